/*-------------------------------------------------------------------------
 *
 * manifest.h
 *	  manifest.json: what an archive is and what it consists of.
 *
 * See manifest_write.c for the file.  Reading and writing need a transaction.
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
#include "lib/stringinfo.h"

#define BP_MANIFEST			"manifest.json"
#define BP_MANIFEST_FORMAT	1

/* When the archive was last verified, and how */
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
 * Strings are in the database's encoding, in memory; NULL is written as null.
 * Times: 0 is written as null.
 */
typedef struct BpManifest
{
	int			format;			/* set by the reader; written as ours */
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
	BpManifestSetting *settings;
	uint64		tables;
	uint64		rows;
	uint64		raw_bytes;
	uint64		bytes;			/* of all files listed */
	int			nfiles;
	int			max_files;		/* allocated */
	BpManifestFile *files;
	BpManifestFile **by_name;	/* of bp_manifest_find */
	char		checksum[65];	/* of the reader: SHA-256, lower-case hex */
} BpManifest;

/* An empty manifest in CurrentMemoryContext. */
extern BpManifest *bp_manifest_create(void);

/* One more file, zeroed, for the caller to fill before the next call. */
extern BpManifestFile *bp_manifest_add_file(BpManifest *m);

/* One more setting; both strings are copied. */
extern void bp_manifest_add_setting(BpManifest *m, const char *name,
									const char *value);

/* The text of the file, valid UTF-8 whatever the database's encoding is. */
extern void bp_manifest_to_json(const BpManifest *m, StringInfo out);

/* Writes dir/manifest.json; not yet synced. */
extern void bp_manifest_write(const char *dir, const BpManifest *m);

/*
 * Reads dir/manifest.json into CurrentMemoryContext; NULL if there is none.
 * Strings come in the database's encoding, with '?' for what it has not.
 *
 * with_files: read the list of files too.  check: verify the checksum over
 * the file.  With neither, only the first part of the file is read: cheap
 * enough for a view over many archives.
 *
 * ERRCODE_DATA_CORRUPTED naming the file for a wrong checksum or content,
 * ERRCODE_FEATURE_NOT_SUPPORTED if a later version wrote it.
 */
extern BpManifest *bp_manifest_read(const char *dir, bool with_files,
									bool check);

/*
 * The same of a manifest's text, a string of len bytes; 'path' is how errors
 * call it.
 */
extern BpManifest *bp_manifest_parse(const char *path, const char *text,
									 size_t len, bool with_files, bool check);

/* The file of that name, or NULL.  The first call sorts them. */
extern const BpManifestFile *bp_manifest_find(BpManifest *m,
											  const char *name);

/*
 * Makes or replaces dir/verified.json, which says that the archive with this
 * manifest was found to be whole.
 */
extern void bp_manifest_write_verified(const char *dir, const BpManifest *m,
									   TimestampTz at, const char *level);

/*
 * The time in dir/verified.json; 0 if there is none, if it is of another
 * manifest, or is damaged: then the archive is simply not known to be whole.
 * The manifest must have been read with its checksum.
 */
extern TimestampTz bp_manifest_read_verified(const char *dir,
											 const BpManifest *m);

extern const char *bp_manifest_kind_name(BpManifestKind kind);

#endif							/* BP_ARCHIVE_MANIFEST_H */
