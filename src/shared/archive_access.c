/*-------------------------------------------------------------------------
 *
 * archive_access.c
 *	  Whether a role may use an archive.
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

#include "archive/manifest_read.h"
#include "archive/repo_name.h"
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

bool
bp_archive_is_gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

void
bp_archive_not_found(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("archive \"%s\" does not exist", name),
			 is_absolute_path(name) ? 0 :
			 errhint("View backup_pool.archives lists the archives in the repository.")));
}

void
bp_archive_catch_gone(MemoryContext caller, const char *name,
					  const char *path)
{
	if (geterrcode() != ERRCODE_UNDEFINED_FILE || !bp_archive_is_gone(path))
		return;
	MemoryContextSwitchTo(caller);
	FlushErrorState();
	bp_archive_not_found(name);
}

/*
 * Raises an error unless the part belongs to the archive with the manifest
 * 'whole'.  Nothing else detects an index of parts that was copied from
 * another archive.
 */
static void
archive_check_part(const BpPart *part, const BpManifest *whole,
				   const BpManifest *m)
{
	if (whole->task != m->task ||
		whole->started_at != m->started_at ||
		whole->finished_at != m->finished_at ||
		strcmp(whole->system_identifier ? whole->system_identifier : "",
			   m->system_identifier ? m->system_identifier : "") != 0 ||
		strcmp(whole->owner ? whole->owner : "",
			   m->owner ? m->owner : "") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("index of parts \"%s\" belongs to another archive",
						part->path),
				 errhint("The file only makes restores of one schema faster.  The archive is complete without it: you can remove the file.")));
}

/*
 * Raises an error if the directory of the archive's database is a symbolic
 * link: below the repository, symbolic links are not followed.
 */
static void
archive_check_database(const char *path)
{
	char	   *parent = pstrdup(path);
	struct stat st;

	get_parent_directory(parent);
	if (lstat(parent, &st) == 0 && S_ISLNK(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a directory", parent),
				 errdetail("Symbolic links are not followed.")));
	pfree(parent);
}

char *
bp_archive_find(const char *name)
{
	char	   *path;
	struct stat st;

	if (is_absolute_path(name))
	{
		path = pstrdup(name);
		canonicalize_path(path);
	}
	else
	{
		path = bp_repo_archive_path(bp_repo_root(bp_setting_repository), name);
		archive_check_database(path);
	}
	if (lstat(path, &st) != 0)
	{
		if (errno == ENOENT || errno == ENOTDIR)
			bp_archive_not_found(name);
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not access archive \"%s\": %m", name)));
	}
	if (!S_ISDIR(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("archive \"%s\" is not a directory", name),
				 errhint("An archive is a directory in the format of pg_dump -Fd; symbolic links are not followed.")));
	return path;
}

/*
 * The manifest, or the part and its manifest, as bp_archive_open returns
 * them.  NULL if there is no manifest, or if another session has just removed
 * it, which may happen between any two accesses.
 */
static BpManifest *
archive_read_manifest(const char *path, const char *schema, BpPart **part)
{
	BpManifest *whole = bp_manifest_read(path, false, schema == NULL);
	BpManifest *m;

	if (whole == NULL || schema == NULL)
		return whole;
	*part = bp_part_read(path, schema);
	if (*part == NULL)
		return bp_manifest_read(path, false, true);
	m = bp_part_manifest(*part, false);
	archive_check_part(*part, whole, m);
	return m;
}

char *
bp_archive_open(const char *name, const char *schema, BpManifest **manifest,
				BpPart **part)
{
	char	   *path;
	bool		ours = !is_absolute_path(name);

	*manifest = NULL;
	*part = NULL;
	if (!ours && !has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read an archive outside the repository"),
				 errhint("Only roles with privileges of the \"pg_read_server_files\" role may give a path.")));
	if (ours && !bp_repo_valid_archive_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid archive name \"%s\"", name),
				 errhint("View backup_pool.archives lists the names; give any other directory by its absolute path.")));
	path = bp_archive_find(name);

	*manifest = archive_read_manifest(path, schema, part);
	if (*manifest == NULL && bp_archive_is_gone(path))
		bp_archive_not_found(name);
	if (*manifest != NULL &&
		!bp_archive_is_visible(GetUserId(), (*manifest)->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for archive \"%s\"", name),
				 errdetail("It belongs to another role.")));
	if (*manifest == NULL && ours && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for archive \"%s\"", name),
				 errdetail("The archive has no manifest, so its owner is not known.")));
	return path;
}
