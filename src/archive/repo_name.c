/*-------------------------------------------------------------------------
 *
 * repo_name.c
 *	  Names and paths in the repository.
 *
 * A database may have any name; as a directory it is written with a percent sign
 * and two upper-case hex digits for each byte that is not a letter, a digit, or
 * one of "_-.".  A name has exactly one spelling, so that no archive can appear
 * under two names, and none contains a slash or begins with a dot.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo_name.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/repo_name.h"
#include "miscadmin.h"

/* Bytes of the longest component, and of the longest root, so that paths fit */
#define MAX_COMPONENT	200
#define MAX_ROOT		(MAXPGPATH - 2 * MAX_COMPONENT - 300)

char *
bp_repo_root(const char *setting)
{
	char	   *path;

	if (setting == NULL || setting[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no repository is set"),
				 errhint("Set backup_pool.repository to a directory.")));
	if (is_absolute_path(setting))
		path = pstrdup(setting);
	else
		path = psprintf("%s/%s", DataDir, setting);
	canonicalize_path(path);
	if (strlen(path) > MAX_ROOT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the path of the repository is too long"),
				 errdetail("The limit is %d bytes.", MAX_ROOT)));
	return path;
}

static inline bool
is_plain(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool
bp_repo_is_partial(const char *s)
{
	size_t		len = strlen(s);
	size_t		suffix = strlen(BP_PARTIAL_SUFFIX);

	return len >= suffix && strcmp(s + len - suffix, BP_PARTIAL_SUFFIX) == 0;
}

/*
 * Dots are kept where they do no harm: not at the beginning, and not where
 * the rest of the name would be our suffix.
 */
char *
bp_repo_encode_name(const char *dbname)
{
	char	   *out = palloc(strlen(dbname) * 3 + 1);
	char	   *o = out;
	const char *p;

	for (p = dbname; *p != '\0'; p++)
	{
		if (is_plain((unsigned char) *p) ||
			(*p == '.' && p > dbname && strcmp(p, BP_PARTIAL_SUFFIX) != 0))
			*o++ = *p;
		else
			o += sprintf(o, "%%%02X", (unsigned char) *p);
	}
	*o = '\0';
	return out;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
bp_repo_decode_name(const char *component)
{
	char	   *out = palloc(strlen(component) + 1);
	char	   *o = out;
	const char *p;
	char	   *again;
	bool		same;

	for (p = component; *p != '\0'; p++)
	{
		int			high;
		int			low;

		if (*p != '%')
		{
			*o++ = *p;
			continue;
		}
		high = hex_value(p[1]);
		low = (high >= 0) ? hex_value(p[2]) : -1;
		if (low < 0 || high * 16 + low == 0)
			return NULL;
		*o++ = (char) (high * 16 + low);
		p += 2;
	}
	*o = '\0';

	/* reject the component unless it is the only spelling of the name */
	again = bp_repo_encode_name(out);
	same = (out[0] != '\0' && strcmp(again, component) == 0);
	pfree(again);
	return same ? out : NULL;
}

/* Is it one safe component, and not the name of a partial archive? */
static bool
valid_component(const char *s)
{
	const char *p;

	if (s[0] == '\0' || s[0] == '.' || strlen(s) > MAX_COMPONENT ||
		bp_repo_is_partial(s))
		return false;
	for (p = s; *p != '\0'; p++)
	{
		if (!is_plain((unsigned char) *p) && *p != '.' && *p != '%')
			return false;
	}
	return true;
}

bool
bp_repo_valid_archive_name(const char *name)
{
	const char *slash = strchr(name, '/');
	char	   *database;
	bool		ok;

	if (slash == NULL)
		return false;
	database = pnstrdup(name, slash - name);
	ok = valid_component(database) && valid_component(slash + 1) &&
		bp_repo_decode_name(database) != NULL;
	pfree(database);
	return ok;
}

char *
bp_repo_archive_name(const char *dbname, const char *archive)
{
	char	   *database = bp_repo_encode_name(dbname);
	char	   *name = psprintf("%s/%s", database, archive);

	pfree(database);
	return name;
}

static void
check_archive_name(const char *name)
{
	if (!bp_repo_valid_archive_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is not the name of an archive", name),
				 errhint("The view backup_pool.archives shows the names.")));
}

char *
bp_repo_archive_path(const char *root, const char *name)
{
	check_archive_name(name);
	return psprintf("%s/%s", root, name);
}

char *
bp_repo_partial_path(const char *root, const char *name)
{
	check_archive_name(name);
	return psprintf("%s/%s%s", root, name, BP_PARTIAL_SUFFIX);
}
