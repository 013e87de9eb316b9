/*-------------------------------------------------------------------------
 *
 * toc.h
 *	  The table of contents of a pg_dump archive, in memory.
 *
 * toc_read.h and toc_write.h read and write it.  See toc_read.c for the bytes.
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

/* Versions that we read: 1.12 (PostgreSQL 9.6) to 1.16 */
#define BP_TOC_VMAJ			1
#define BP_TOC_VMIN_OLDEST	12
#define BP_TOC_VMIN_NEWEST	16

/* BpToc.format, the archive's format byte */
#define BP_TOC_CUSTOM		1
#define BP_TOC_DIRECTORY	3	/* toc.dat has the number of tar here */
#define BP_TOC_DIRECTORY2	5

/* BpTocEntry.section */
#define BP_SECTION_NONE		1
#define BP_SECTION_PRE_DATA	2
#define BP_SECTION_DATA		3
#define BP_SECTION_POST_DATA 4

/*
 * Strings may be NULL where pg_dump writes none; tag and desc are never NULL.
 */
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
	int		   *deps;			/* dump ids; some may belong to no entry */
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
	/* from the entries of these names; only the reader sets them */
	char	   *encoding;		/* "UTF8"; NULL if there is none */
	bool		std_strings;
	char	   *searchpath;		/* whole statement; NULL if there is none */
	/* indexes into entries, sorted by dump id; see bp_toc_index */
	int		   *by_id;
	int			nby_id;
} BpToc;

/*
 * Gives every entry with data the file name that pg_dump -Fd of the same
 * archive version gives it; palloc'd.
 */
extern void bp_toc_set_filenames(BpToc *toc);

/*
 * Makes by_id, in CurrentMemoryContext if there was none; to be called after
 * entries were added, removed or moved.  ERRCODE_DATA_CORRUPTED if two entries
 * have the same dump id.
 */
extern void bp_toc_index(BpToc *toc);

/* The entry with this dump id, or NULL; O(log n). */
extern BpTocEntry *bp_toc_find(const BpToc *toc, int dump_id);

/* Is this safe as the name of a data file in an archive directory? */
extern bool bp_toc_valid_filename(const char *name);

#endif							/* BP_ARCHIVE_TOC_H */
