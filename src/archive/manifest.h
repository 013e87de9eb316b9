/*-------------------------------------------------------------------------
 *
 * manifest.h
 *	  The contents of manifest.json: what an archive is, and its files.
 *
 * manifest_read.h and manifest_write.h read and write the file; its format is
 * in manifest_write.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_MANIFEST_H
#define BP_ARCHIVE_MANIFEST_H

#include "datatype/timestamp.h"

#define BP_MANIFEST			"manifest.json"
#define BP_MANIFEST_FORMAT	1
#define BP_MANIFEST_SUM_LEN	64	/* hex digits of a SHA-256 */

/* The file that says when the archive was last verified, and how */
#define BP_VERIFIED			"verified.json"

typedef enum BpManifestKind
{
	BP_KIND_TABLE = 0,
	BP_KIND_LARGE_OBJECT,
	BP_KIND_TOC,
	BP_KIND_FRAMES,
	BP_KIND_BLOBS_TOC,
	BP_KIND_PARTS
} BpManifestKind;

typedef struct BpManifestFile
{
	char	   *name;			/* as stored, with suffix */
	int			dump_id;		/* archive entry; 0 if none */
	char	   *schema;			/* NULL if none */
	char	   *table;			/* NULL if none */
	BpManifestKind kind;
	uint64		size;			/* bytes stored */
	uint64		rows;
	uint64		raw_size;		/* bytes of text */
	uint32		crc;			/* CRC-32C of the stored bytes */
} BpManifestFile;

typedef struct BpManifestSetting
{
	char	   *name;
	char	   *value;
} BpManifestSetting;

/*
 * Strings are in the database's encoding; NULL is written as null.  A time of
 * 0 is written as null.  Everything lives in the memory context of the struct.
 */
typedef struct BpManifest
{
	int			format;			/* set by the reader; the writer always writes
								 * BP_MANIFEST_FORMAT */
	int64		task;
	char	   *owner;
	char	   *label;
	char	   *database;
	char	   *encoding;		/* of the database: "UTF8" */
	char	   *content;		/* "all", "schema", "data" */
	char	   *server_version;
	int			server_version_num;
	char	   *system_identifier;
	uint32		timeline;
	char	   *lsn;			/* "0/16B3748" */
	TimestampTz snapshot_time;
	TimestampTz started_at;
	TimestampTz finished_at;
	char	   *compression;	/* "zstd:1" */
	int			nsettings;
	int			max_settings;	/* allocated */
	BpManifestSetting *settings;
	uint64		tables;
	uint64		rows;
	uint64		raw_bytes;
	uint64		bytes;			/* of all files listed */
	int			nfiles;
	int			max_files;		/* allocated */
	BpManifestFile *files;
	BpManifestFile **by_name;	/* NULL until bp_manifest_by_name sorts */
	/* SHA-256 of the file in hex; "" unless the reader checked it */
	char		checksum[BP_MANIFEST_SUM_LEN + 1];
} BpManifest;

/* An empty manifest, palloc'd in CurrentMemoryContext. */
extern BpManifest *bp_manifest_create(void);

/*
 * Adds a file, zeroed, for the caller to fill.  The pointer is valid until the
 * next call, which may move the array.
 */
extern BpManifestFile *bp_manifest_add_file(BpManifest *m);

/* Adds a setting; both strings are copied. */
extern void bp_manifest_add_setting(BpManifest *m, const char *name,
									const char *value);

/*
 * Pointers to all files, sorted by name (files of the same name side by side).
 * The array belongs to the manifest.  The first call makes it, after which no
 * file may be added.
 */
extern BpManifestFile **bp_manifest_by_name(BpManifest *m);

/* The file of that name, or NULL.  Calls bp_manifest_by_name. */
extern const BpManifestFile *bp_manifest_find(BpManifest *m,
											  const char *name);

/* A kind's name in the file, a constant. */
extern const char *bp_manifest_kind_name(BpManifestKind kind);

/* The opposite; false if no kind has this name. */
extern bool bp_manifest_kind_parse(const char *name, BpManifestKind *kind);

/*
 * Stores the SHA-256 of len bytes at hex, as BP_MANIFEST_SUM_LEN lower-case hex
 * digits and a NUL.  Needs a resource owner: a transaction, or that of a base
 * backup.  ERRCODE_OUT_OF_MEMORY.
 */
extern void bp_manifest_sum(const char *data, size_t len, char *hex);

#endif							/* BP_ARCHIVE_MANIFEST_H */
