/*-------------------------------------------------------------------------
 *
 * archive_access.c
 *	  Who may use which archive.
 *
 * The rule is checked when a task is enqueued, in the caller's session, and
 * again when it runs, in the session of the task's owner.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/archive_access.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "archive/repo.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "shared/archive_access.h"
#include "shared/settings.h"
#include "storage/fd.h"
#include "utils/acl.h"

bool
bp_archive_is_visible(Oid role, const char *owner)
{
	Oid			oid;

	if (superuser_arg(role))
		return true;
	if (owner == NULL)
		return false;
	oid = get_role_oid(owner, true);
	return OidIsValid(oid) && has_privs_of_role(role, oid);
}

static bool
archive_has_manifest(const char *path)
{
	char	   *file = psprintf("%s/%s", path, BP_MANIFEST);
	struct stat st;
	bool		found = lstat(file, &st) == 0 && S_ISREG(st.st_mode);

	pfree(file);
	return found;
}

/*
 * Is the part of the archive whose manifest lies beside it?  An index of
 * parts that came from another archive is whole as far as it can tell.  Only
 * the head of the manifest is read.
 */
static void
archive_check_part(const char *path, const BpPart *part,
				   const BpManifest *m)
{
	BpManifest *whole = bp_manifest_read(path, false, false);

	if (whole == NULL || whole->task != m->task ||
		whole->started_at != m->started_at ||
		whole->finished_at != m->finished_at ||
		strcmp(whole->system_identifier ? whole->system_identifier : "",
			   m->system_identifier ? m->system_identifier : "") != 0 ||
		strcmp(whole->owner ? whole->owner : "",
			   m->owner ? m->owner : "") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("index of parts \"%s\" is of another archive",
						part->path),
				 errhint("It only makes restores of one schema quicker.  To do without, remove this file; the archive has all that is in it.")));
}

char *
bp_archive_open(const char *name, const char *schema, BpManifest **manifest,
				BpPart **part)
{
	char	   *path;
	struct stat st;
	bool		ours = false;

	*manifest = NULL;
	*part = NULL;
	if (is_absolute_path(name))
	{
		if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to read an archive outside the repository"),
					 errhint("Only roles with privileges of the \"pg_read_server_files\" role may give a path.")));
		path = pstrdup(name);
		canonicalize_path(path);
	}
	else
	{
		if (!bp_repo_valid_archive_name(name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("invalid archive name \"%s\"", name),
					 errhint("Names are as view backup_pool.archives shows them; another directory is given by its absolute path.")));
		path = bp_repo_archive_path(bp_repo_root(bp_setting_repository), name);
		ours = true;
	}

	if (lstat(path, &st) != 0)
	{
		if (errno == ENOENT || errno == ENOTDIR)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("archive \"%s\" does not exist", name)));
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not access archive \"%s\": %m", name)));
	}
	if (!S_ISDIR(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("archive \"%s\" is not a directory", name),
				 errhint("Only archives in pg_dump's directory format can be restored.")));

	if (archive_has_manifest(path))
	{
		if (schema != NULL)
			*part = bp_part_read(path, schema);
		if (*part != NULL)
		{
			*manifest = bp_part_manifest(*part, false);
			archive_check_part(path, *part, *manifest);
		}
		else
			*manifest = bp_manifest_read(path, false, true);
		if (!bp_archive_is_visible(GetUserId(), (*manifest)->owner))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for archive \"%s\"", name),
					 errdetail("It belongs to another role.")));
	}
	else if (ours && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for archive \"%s\"", name),
				 errdetail("It has no manifest that would name its owner.")));
	return path;
}
