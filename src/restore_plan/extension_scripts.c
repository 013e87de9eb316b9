/*-------------------------------------------------------------------------
 *
 * extension_scripts.c
 *	  The functions of extensions that a restore will create.
 *
 * An archive has no definitions of the members of extensions, and the target
 * does not have the extension yet.  So the scripts of the extension, which
 * CREATE EXTENSION will run, tell in which languages its functions are
 * written.  All scripts of all versions are read, since it does not matter
 * which of them will run: a function counts as written in C only if each
 * definition of that name is.  Functions that a script makes in another way,
 * with EXECUTE for example, are not found.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/extension_scripts.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "archive/toc_entry.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "restore_plan/extension_scripts.h"
#include "restore_plan/reader_names.h"
#include "storage/fd.h"
#include "utils/hsearch.h"

/* Longer scripts are not read */
#define BP_MAX_SCRIPT	(32 * 1024 * 1024)

/* A function, or an operator, whose name begins with a blank */
typedef struct BpScriptName
{
	char		name[NAMEDATALEN + 1];	/* hash key */
	bool		other;			/* a definition is not in C or internal */
	List	   *functions;		/* names of an operator's functions (char *) */
} BpScriptName;

struct BpExtensionScripts
{
	List	   *extensions;		/* names (char *) */
	HTAB	   *names;			/* BpScriptName; NULL: not read yet */
	bool		failed;			/* a script could not be read or parsed */
};

static BpScriptName *script_name(BpExtensionScripts *scripts, bool operator,
								 const char *name, HASHACTION action);
static void note_function(BpExtensionScripts *scripts, CreateFunctionStmt *stmt);
static void note_operator(BpExtensionScripts *scripts, DefineStmt *stmt);
static char *script_text(const char *path);
static void read_script(BpExtensionScripts *scripts, const char *path);
static void read_scripts(BpExtensionScripts *scripts);

BpExtensionScripts *
bp_extension_scripts(BpSelection *sel)
{
	BpExtensionScripts *scripts = palloc0(sizeof(BpExtensionScripts));

	for (int i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (bp_entry_is(e, "EXTENSION") &&
			(sel->reqs[i] & BP_REQ_SCHEMA) != 0 && e->tag[0] != '\0')
			scripts->extensions = lappend(scripts->extensions, e->tag);
	}
	return scripts;
}

static BpScriptName *
script_name(BpExtensionScripts *scripts, bool operator, const char *name,
			HASHACTION action)
{
	char		key[NAMEDATALEN + 1];
	BpScriptName *entry;
	bool		found;

	memset(key, 0, sizeof(key));
	snprintf(key, sizeof(key), "%s%s", operator ? " " : "", name);
	entry = hash_search(scripts->names, key, action, &found);
	if (action == HASH_ENTER && !found)
	{
		entry->other = false;
		entry->functions = NIL;
	}
	return entry;
}

static void
note_function(BpExtensionScripts *scripts, CreateFunctionStmt *stmt)
{
	BpScriptName *entry = script_name(scripts, false,
									  strVal(llast(stmt->funcname)),
									  HASH_ENTER);

	if (!bp_reader_language_is_c(stmt))
		entry->other = true;
}

static void
note_operator(BpExtensionScripts *scripts, DefineStmt *stmt)
{
	BpScriptName *entry = script_name(scripts, true,
									  strVal(llast(stmt->defnames)),
									  HASH_ENTER);
	bool		found = false;
	ListCell   *lc;

	foreach(lc, stmt->definition)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if ((strcmp(def->defname, "procedure") != 0 &&
			 strcmp(def->defname, "function") != 0) ||
			def->arg == NULL || !IsA(def->arg, TypeName))
			continue;
		found = true;
		entry->functions =
			lappend(entry->functions,
					strVal(llast(((TypeName *) def->arg)->names)));
	}
	if (!found)
		entry->other = true;
}

/*
 * A script as the parser can read it: without psql's commands, and with an
 * identifier in place of @extschema@ and the like.  NULL if the file cannot be
 * read.
 */
static char *
script_text(const char *path)
{
	struct stat st;
	FILE	   *file;
	StringInfoData buf;
	char	   *line;
	size_t		len;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
		st.st_size > BP_MAX_SCRIPT)
		return NULL;
	file = AllocateFile(path, "r");
	if (file == NULL)
		return NULL;
	initStringInfo(&buf);
	enlargeStringInfo(&buf, st.st_size + 1);
	len = fread(buf.data, 1, st.st_size, file);
	FreeFile(file);
	buf.data[len] = '\0';
	if (strlen(buf.data) != len || len != (size_t) st.st_size)
		return NULL;
	for (line = buf.data; line != NULL; line = strchr(line, '\n'))
	{
		if (*line == '\n')
			line++;
		if (*line == '\\')
			memset(line, ' ', strcspn(line, "\n"));
	}
	for (line = strchr(buf.data, '@'); line != NULL; line = strchr(line + 1, '@'))
	{
		size_t		word = strspn(line + 1, "abcdefghijklmnopqrstuvwxyz:_");

		/* an operator has no letter next to it */
		if (word > 0 && line[word + 1] == '@')
			memset(line, 'x', word + 2);
	}
	return buf.data;
}

static void
read_script(BpExtensionScripts *scripts, const char *path)
{
	char	   *text = script_text(path);
	bool		failed = true;
	List	   *parsed = NIL;
	ListCell   *lc;

	if (text != NULL)
		parsed = bp_reader_parse(text, &failed);
	if (failed)
		scripts->failed = true;
	foreach(lc, parsed)
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (IsA(stmt, CreateFunctionStmt))
			note_function(scripts, (CreateFunctionStmt *) stmt);
		else if (IsA(stmt, DefineStmt) &&
				 ((DefineStmt *) stmt)->kind == OBJECT_OPERATOR)
			note_operator(scripts, (DefineStmt *) stmt);
	}
}

/* Reads the scripts "NAME--*.sql" of all extensions. */
static void
read_scripts(BpExtensionScripts *scripts)
{
	char		share[MAXPGPATH];
	char	   *folder;
	HASHCTL		ctl;
	DIR		   *dir;
	struct dirent *de;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(((BpScriptName *) 0)->name);
	ctl.entrysize = sizeof(BpScriptName);
	ctl.hcxt = CurrentMemoryContext;
	scripts->names = hash_create("functions of extensions", 256, &ctl,
								 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	get_share_path(my_exec_path, share);
	folder = psprintf("%s/extension", share);
	dir = AllocateDir(folder);
	if (dir == NULL)
		return;
	while ((de = ReadDirExtended(dir, folder, LOG)) != NULL)
	{
		size_t		len = strlen(de->d_name);
		ListCell   *lc;

		if (len < 4 || strcmp(de->d_name + len - 4, ".sql") != 0)
			continue;
		foreach(lc, scripts->extensions)
		{
			char	   *prefix = psprintf("%s--", (char *) lfirst(lc));

			if (strncmp(de->d_name, prefix, strlen(prefix)) == 0)
				read_script(scripts, psprintf("%s/%s", folder, de->d_name));
		}
	}
	FreeDir(dir);
}

bool
bp_extension_function_is_c(BpExtensionScripts *scripts, const char *name)
{
	BpScriptName *entry;

	if (scripts->extensions == NIL)
		return false;
	if (scripts->names == NULL)
		read_scripts(scripts);
	entry = script_name(scripts, false, name, HASH_FIND);
	return !scripts->failed && entry != NULL && !entry->other;
}

bool
bp_extension_operator_is_c(BpExtensionScripts *scripts, const char *name)
{
	BpScriptName *entry;
	ListCell   *lc;

	if (scripts->extensions == NIL)
		return false;
	if (scripts->names == NULL)
		read_scripts(scripts);
	entry = script_name(scripts, true, name, HASH_FIND);
	if (scripts->failed || entry == NULL || entry->other)
		return false;
	foreach(lc, entry->functions)
	{
		if (!bp_extension_function_is_c(scripts, lfirst(lc)))
			return false;
	}
	return true;
}
