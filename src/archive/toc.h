/*-------------------------------------------------------------------------
 *
 * toc.h
 *	  The table of contents of a pg_dump archive.
 *
 * Reads and writes toc.dat of pg_dump's directory format, and reads the one that
 * a custom format archive begins with.  See toc_read.c for the bytes.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_TOC_H
#define BP_ARCHIVE_TOC_H

#include "lib/stringinfo.h"

/* What we read: 1.12 (PostgreSQL 9.6) up to this */
#define BP_TOC_VMAJ			1
#define BP_TOC_VMIN_OLDEST	12
#define BP_TOC_VMIN_NEWEST	16

/* BpToc.format, the archive's format byte */
#define BP_TOC_CUSTOM		1
#define BP_TOC_DIRECTORY	3	/* sic: tar's number stands in toc.dat */
#define BP_TOC_DIRECTORY2	5

/* BpTocEntry.section */
#define BP_SECTION_NONE		1
#define BP_SECTION_PRE_DATA	2
#define BP_SECTION_DATA		3
#define BP_SECTION_POST_DATA 4

/* Strings may be NULL where pg_dump writes none; tag and desc never are. */
typedef struct BpTocEntry
{
	int			dump_id;		/* > 0, unique */
	bool		had_dumper;		/* has a data file */
	Oid			table_oid;		/* catalog of the object, 0 for data */
	Oid			oid;			/* the object; for TABLE DATA the table */
	char	   *tag;
	char	   *desc;			/* "TABLE", "TABLE DATA", … */
	int			section;		/* BP_SECTION_… */
	char	   *defn;
	char	   *drop_stmt;
	char	   *copy_stmt;
	char	   *nsp;
	char	   *tablespace;
	char	   *tableam;		/* 1.14 and later */
	char		relkind;		/* 1.16 and later; 0 if absent */
	char	   *owner;
	bool		with_oids;		/* always false since PostgreSQL 12 */
	int			ndeps;
	int		   *deps;			/* dump ids, maybe of no entry here */
	char	   *filename;		/* without suffix; NULL if none */
} BpTocEntry;

typedef struct BpToc
{
	int			vmaj;
	int			vmin;
	int			vrev;
	int			int_size;		/* bytes of a stored int, 4 */
	int			off_size;		/* bytes of a stored offset, 8 */
	int			format;			/* as read */
	int			compression;	/* < 1.15: level (-1 default, 0 none); since:
								 * a BpCodecAlgo */
	/* time of creation, as in struct tm (year - 1900, month from 0) */
	int			tm_sec;
	int			tm_min;
	int			tm_hour;
	int			tm_mday;
	int			tm_mon;
	int			tm_year;
	int			tm_isdst;
	char	   *dbname;
	char	   *server_version;
	char	   *dump_version;
	int			nentries;
	BpTocEntry *entries;		/* in archive order */
	/* from the entries of these names; set when reading only */
	char	   *encoding;		/* "UTF8"; NULL if not said */
	bool		std_strings;
	char	   *searchpath;		/* whole statement; NULL if not said */
	/* indexes into entries, sorted by dump id; see bp_toc_index */
	int		   *by_id;
	int			nby_id;
} BpToc;

/*
 * Source of bytes: stores len bytes at buf and returns len; returns fewer at
 * the end of data only.  May raise errors.
 */
typedef size_t (*BpTocReadFn) (void *arg, void *buf, size_t len);

/*
 * Reads a table of contents.  All of it is allocated in CurrentMemoryContext,
 * in proportion to the bytes that really arrive.  Never asks for a byte
 * behind the table of contents, in small pieces: the callback should buffer.
 * 'what' is how errors call the source.
 *
 * Entries of a custom format archive have filename NULL; see
 * bp_toc_set_filenames.
 *
 * Errors: ERRCODE_DATA_CORRUPTED for bytes that are no table of contents,
 * ERRCODE_FEATURE_NOT_SUPPORTED for versions or formats we do not read.
 */
extern BpToc *bp_toc_read(BpTocReadFn fn, void *arg, const char *what);

/*
 * Reads toc.dat (or toc.dat.gz, .lz4, .zst) of a directory.  In addition:
 * ERRCODE_UNDEFINED_FILE if there is none, and what archive/stream.h says.
 * Bytes behind the last entry are an error here.
 */
extern BpToc *bp_toc_read_dir(const char *dir);

/*
 * Reads one for the directory format that is in memory, from its first byte
 * to its last.  'what' is how errors call it.
 */
extern BpToc *bp_toc_parse(const char *data, size_t len, const char *what);

/*
 * Gives every entry with data the file name that pg_dump -Fd of the same
 * archive version gives it.
 */
extern void bp_toc_set_filenames(BpToc *toc);

/*
 * Appends the table of contents to out, for the directory format, in the
 * version that the struct says.  What was read from a directory gives the
 * same bytes.  out is limited to 1 GB, as any StringInfo.
 */
extern void bp_toc_write(const BpToc *toc, StringInfo out);

/*
 * Hands over the same bytes, some megabyte at a time or an entry that is
 * larger: all together they may be more than a StringInfo holds.
 */
typedef void (*BpTocPieceFn) (void *arg, const char *data, size_t len);
extern void bp_toc_write_pieces(const BpToc *toc, BpTocPieceFn fn, void *arg);

/* (Re)makes by_id; to be called after a change of entries. */
extern void bp_toc_index(BpToc *toc);

/* The entry with this dump id, or NULL; O(log n). */
extern BpTocEntry *bp_toc_find(const BpToc *toc, int dump_id);

/* Is this safe as the name of a data file in an archive directory? */
extern bool bp_toc_valid_filename(const char *name);

#endif							/* BP_ARCHIVE_TOC_H */
