/*-------------------------------------------------------------------------
 *
 * toc_read.c
 *	  Reading the table of contents of a pg_dump archive.
 *
 * The bytes, after WriteHead and WriteToc of pg_backup_archiver.c.  An int is a
 * sign byte (1: negative) and int_size bytes of its absolute value, least
 * significant first.  A str is an int, its length, -1 for a null, and that many
 * bytes without a NUL.
 *
 * 	header
 * 		"PGDMP"; version: major, minor, revision, 1 byte each
 * 		int_size, off_size: 1 byte each; format: 1 byte
 * 		compression: int up to 1.14, 1 byte from 1.15 on
 * 		int: seconds, minutes, hours, day, month, year, daylight saving
 * 		str: database, version of the server, version of pg_dump
 * 		int: number of entries
 * 	entry
 * 		int dump id, int had dumper, str catalog oid, str oid
 * 		str tag, str desc, int section, str definition, str drop, str copy
 * 		str namespace, str tablespace
 * 		str access method (from 1.14 on), int relkind (from 1.16 on)
 * 		str owner, str "true" or "false" (with oids)
 * 		str dependencies in decimal, ended by a null
 * 		directory: str file name, "" if none
 * 		custom: flag byte and off_size bytes of offset
 *
 * An archive is untrusted input.  A length in it is not trusted before that many
 * bytes have arrived: strings and arrays grow while they are read.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_read.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/stream.h"
#include "archive/toc.h"
#include "archive/toc_read.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Bytes by which the memory of a long string grows */
#define STRING_PIECE	(64 * 1024)

typedef struct TocReader
{
	BpTocReadFn fn;
	void	   *arg;
	const char *what;
	uint64		pos;			/* bytes read so far */
	int			int_size;
	int			off_size;
} TocReader;

static void
corrupt(TocReader *r, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("table of contents of %s is damaged", r->what),
			 errdetail("Near offset %llu: %s.",
					   (unsigned long long) r->pos, how)));
}

static void
read_bytes(TocReader *r, void *buf, size_t len)
{
	size_t		n = r->fn(r->arg, buf, len);

	if (n != len)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table of contents of %s is truncated", r->what),
				 errdetail("The data ends at offset %llu.",
						   (unsigned long long) r->pos + n)));
	r->pos += len;
}

static int
read_byte(TocReader *r)
{
	unsigned char b;

	read_bytes(r, &b, 1);
	return b;
}

static int
read_int(TocReader *r)
{
	unsigned char b[1 + 8];
	uint64		value = 0;
	int			i;

	read_bytes(r, b, 1 + r->int_size);
	if (b[0] > 1)
		corrupt(r, "invalid sign of a number");
	for (i = r->int_size; i > 0; i--)
		value = value << 8 | b[i];
	if (value > PG_INT32_MAX)
		corrupt(r, "number out of range");
	return b[0] ? -(int) value : (int) value;
}

/* NULL or a palloc'd string. */
static char *
read_str(TocReader *r)
{
	int			len = read_int(r);
	size_t		cap;
	size_t		done = 0;
	char	   *s;

	if (len < 0)
		return NULL;
	if ((Size) len >= MaxAllocSize)
		corrupt(r, "string too long");
	cap = Min(len, STRING_PIECE);
	s = palloc(cap + 1);
	for (;;)
	{
		read_bytes(r, s + done, cap - done);
		done = cap;
		if (done == (size_t) len)
			break;
		CHECK_FOR_INTERRUPTS();
		cap = Min((size_t) len, cap * 2);
		s = repalloc(s, cap + 1);
	}
	s[len] = '\0';
	if (memchr(s, '\0', len) != NULL)
		corrupt(r, "null byte within a string");
	return s;
}

/* A string that must be there. */
static char *
read_toc_text(TocReader *r, const char *name)
{
	char	   *s = read_str(r);

	if (s == NULL)
		corrupt(r, psprintf("%s is missing", name));
	return s;
}

/* Not empty, and of printable ASCII characters only? */
static bool
is_plain_name(const char *s)
{
	const char *p;

	for (p = s; *p >= ' ' && *p <= '~'; p++)
		;
	return p > s && *p == '\0';
}

/* A decimal number of at most max in a string. */
static uint32
parse_number(TocReader *r, const char *s, uint32 max)
{
	uint64		value = 0;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9' && p - s < 11; p++)
		value = value * 10 + (*p - '0');
	if (p == s || *p != '\0' || value > max)
		corrupt(r, "invalid object number");
	return (uint32) value;
}

static Oid
read_toc_oid(TocReader *r)
{
	char	   *s = read_toc_text(r, "object number");
	Oid			oid = parse_number(r, s, PG_UINT32_MAX);

	pfree(s);
	return oid;
}

static void
read_dependencies(TocReader *r, BpTocEntry *e)
{
	int			max = 0;
	char	   *s;

	while ((s = read_str(r)) != NULL)
	{
		if (e->ndeps == max)
		{
			max = max > 0 ? max * 2 : 4;
			if (e->deps == NULL)
				e->deps = palloc(max * sizeof(int));
			else
				e->deps = repalloc(e->deps, max * sizeof(int));
		}
		e->deps[e->ndeps++] = (int) parse_number(r, s, PG_INT32_MAX);
		pfree(s);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Reads the part of an entry that depends on the format. */
static void
read_file_name(TocReader *r, const BpToc *toc, BpTocEntry *e)
{
	if (toc->format == BP_TOC_CUSTOM)
	{
		char		skipped[1 + 8];

		read_bytes(r, skipped, 1 + r->off_size);
		return;
	}
	e->filename = read_str(r);
	if (e->filename != NULL && e->filename[0] == '\0')
	{
		pfree(e->filename);
		e->filename = NULL;
	}
	if (e->filename == NULL)
	{
		if (e->had_dumper)
			corrupt(r, "an entry with data has no file name");
	}
	else if (!bp_toc_valid_filename(e->filename))
		corrupt(r, "unsafe name of a data file");
}

static void
read_entry(TocReader *r, const BpToc *toc, BpTocEntry *e)
{
	char	   *with_oids;
	int			relkind;

	memset(e, 0, sizeof(*e));
	e->dump_id = read_int(r);
	if (e->dump_id <= 0)
		corrupt(r, "invalid number of an entry");
	e->had_dumper = (read_int(r) != 0);
	e->table_oid = read_toc_oid(r);
	e->oid = read_toc_oid(r);
	e->tag = read_toc_text(r, "name of an entry");
	e->desc = read_toc_text(r, "type of an entry");
	if (!is_plain_name(e->desc))
		corrupt(r, "invalid type of an entry");
	e->section = read_int(r);
	if (e->section < BP_SECTION_NONE || e->section > BP_SECTION_POST_DATA)
		corrupt(r, "invalid section of an entry");
	e->defn = read_str(r);
	e->drop_stmt = read_str(r);
	e->copy_stmt = read_str(r);
	e->nsp = read_str(r);
	e->tablespace = read_str(r);
	if (toc->vmin >= 14)
		e->tableam = read_str(r);
	if (toc->vmin >= 16)
	{
		relkind = read_int(r);
		if (relkind < 0 || relkind > 127)
			corrupt(r, "invalid kind of relation");
		e->relkind = (char) relkind;
	}
	e->owner = read_str(r);
	with_oids = read_str(r);
	e->with_oids = (with_oids != NULL && strcmp(with_oids, "true") == 0);
	read_dependencies(r, e);
	read_file_name(r, toc, e);
}

static void
read_header(TocReader *r, BpToc *toc)
{
	char		magic[5];

	read_bytes(r, magic, sizeof(magic));
	if (memcmp(magic, "PGDMP", sizeof(magic)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s is not a pg_dump archive", r->what),
				 errdetail("It does not begin with \"PGDMP\".")));
	toc->vmaj = read_byte(r);
	toc->vmin = read_byte(r);
	toc->vrev = read_byte(r);
	if (toc->vmaj != BP_TOC_VMAJ || toc->vmin < BP_TOC_VMIN_OLDEST ||
		toc->vmin > BP_TOC_VMIN_NEWEST)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("archive version %d.%d of %s is not supported",
						toc->vmaj, toc->vmin, r->what),
				 errdetail("Versions %d.%d to %d.%d can be read.",
						   BP_TOC_VMAJ, BP_TOC_VMIN_OLDEST,
						   BP_TOC_VMAJ, BP_TOC_VMIN_NEWEST),
				 errhint("Use the pg_restore that belongs to the pg_dump that made it.")));
	toc->int_size = r->int_size = read_byte(r);
	toc->off_size = r->off_size = read_byte(r);
	if (r->int_size < 1 || r->int_size > 8 ||
		r->off_size < 1 || r->off_size > 8)
		corrupt(r, "impossible size of numbers");
	toc->format = read_byte(r);
	if (toc->format != BP_TOC_CUSTOM && toc->format != BP_TOC_DIRECTORY &&
		toc->format != BP_TOC_DIRECTORY2)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("archive format %d of %s is not supported",
						toc->format, r->what),
				 errdetail("Directory and custom format can be read.")));
	toc->compression = toc->vmin >= 15 ? read_byte(r) : read_int(r);
	toc->tm_sec = read_int(r);
	toc->tm_min = read_int(r);
	toc->tm_hour = read_int(r);
	toc->tm_mday = read_int(r);
	toc->tm_mon = read_int(r);
	toc->tm_year = read_int(r);
	toc->tm_isdst = read_int(r);
	toc->dbname = read_str(r);
	toc->server_version = read_str(r);
	toc->dump_version = read_str(r);
}

/* The text between the first two quotes of a definition. */
static char *
quoted_value(TocReader *r, const BpTocEntry *e)
{
	const char *begin = e->defn != NULL ? strchr(e->defn, '\'') : NULL;
	const char *end = begin != NULL ? strchr(begin + 1, '\'') : NULL;
	char	   *value = end != NULL ?
		pnstrdup(begin + 1, end - begin - 1) : NULL;

	/* the encoding is not known yet, and errors show the value */
	if (value == NULL || !is_plain_name(value))
		corrupt(r, psprintf("invalid %s entry", e->desc));
	return value;
}

/* Notes what the entries about the archive as a whole say. */
static void
note_settings(TocReader *r, BpToc *toc)
{
	int			i;

	toc->std_strings = true;
	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		if (strcmp(e->desc, "ENCODING") == 0)
			toc->encoding = quoted_value(r, e);
		else if (strcmp(e->desc, "STDSTRINGS") == 0)
			toc->std_strings = (strcmp(quoted_value(r, e), "on") == 0);
		else if (strcmp(e->desc, "SEARCHPATH") == 0)
			toc->searchpath = e->defn;
	}
}

BpToc *
bp_toc_read(BpTocReadFn fn, void *arg, const char *what)
{
	TocReader	r = {fn, arg, what, 0, 0, 0};
	BpToc	   *toc = (BpToc *) palloc0(sizeof(BpToc));
	int			count;
	int			max;

	read_header(&r, toc);
	count = read_int(&r);
	if (count < 0)
		corrupt(&r, "negative number of entries");
	max = Min(Max(count, 1), 256);
	toc->entries = (BpTocEntry *) palloc(max * sizeof(BpTocEntry));
	while (toc->nentries < count)
	{
		CHECK_FOR_INTERRUPTS();
		if (toc->nentries == max)
		{
			max = (max > count / 2) ? count : max * 2;
			toc->entries = (BpTocEntry *)
				repalloc_huge(toc->entries, max * sizeof(BpTocEntry));
		}
		read_entry(&r, toc, &toc->entries[toc->nentries]);
		toc->nentries++;
	}
	note_settings(&r, toc);
	bp_toc_index(toc);
	return toc;
}

static size_t
read_from_stream(void *arg, void *buf, size_t len)
{
	size_t		done = 0;
	size_t		n;

	while (done < len &&
		   (n = bp_stream_read((BpStream *) arg, (char *) buf + done,
							   len - done)) > 0)
		done += n;
	return done;
}

/* Checks a table of contents of the directory format that was read to its end. */
static void
check_directory(const BpToc *toc, const char *what, bool more)
{
	if (toc->format == BP_TOC_CUSTOM)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("toc.dat of %s is not of directory format", what)));
	if (more)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table of contents of %s is damaged", what),
				 errdetail("There are bytes behind the last entry.")));
}

static size_t
read_from_memory(void *arg, void *buf, size_t len)
{
	StringInfo	in = (StringInfo) arg;
	size_t		n = Min(len, (size_t) (in->len - in->cursor));

	memcpy(buf, in->data + in->cursor, n);
	in->cursor += (int) n;
	return n;
}

BpToc *
bp_toc_parse(const char *data, size_t len, const char *what)
{
	StringInfoData in = {
		.data = unconstify(char *, data),
		.len = (int) len
	};
	BpToc	   *toc = bp_toc_read(read_from_memory, &in, what);

	check_directory(toc, what, in.cursor < in.len);
	return toc;
}

BpToc *
bp_toc_read_dir(const char *dir)
{
	char	   *what = psprintf("archive \"%s\"", dir);
	BpStream   *stream;
	BpToc	   *toc;
	char		more;

	if (!bp_data_file_find(dir, "toc.dat", NULL, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("\"%s\" is not a pg_dump directory archive", dir),
				 errdetail("There is no file toc.dat in it."),
				 errhint("Archives are directories made by backup_pool or by pg_dump -Fd.")));
	stream = bp_stream_open(dir, "toc.dat");
	bp_stream_set_limit(stream);
	toc = bp_toc_read(read_from_stream, stream, what);
	check_directory(toc, what, read_from_stream(stream, &more, 1) != 0);
	bp_stream_close(stream);
	pfree(what);
	return toc;
}
