/*-------------------------------------------------------------------------
 *
 * row_sum.c
 *	  Sums over the rows of a data file, and of a table.
 *
 * Rows are compared as the text that COPY writes for them, in the encoding of the
 * database.  Data files have that text, and tables are formatted by the same code
 * as in a backup (rows/scan.h), under the same settings.
 *
 * A restore may load rows in another order, so the hashes of the rows are summed
 * up.  Nothing is kept but the sums: any table needs only the memory of one frame
 * or one long row.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/row_sum.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/decompress.h"
#include "archive/file.h"
#include "archive/frame.h"
#include "archive/frame_index.h"
#include "archive/stream.h"
#include "base/buffer.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "rows/scan.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
#include "verify/internal.h"

#define BP_SUM_PIECE	(256 * 1024)

static bool type_is_loose(Oid type, bool stock, int version);
static void add_row(BpRowSum *sum, const char *row, size_t len);
static bool add_text(BpRowSum *sum, const BpCompareColumns *columns,
					 int encoding, char *text, size_t len);
static void sum_frames(BpSession *session, const char *path,
					   BpCodecAlgo algo, int dump_id, uint32 first,
					   uint32 last, int encoding,
					   const BpCompareColumns *columns, BpRowSum *sum);
static void sum_stream(BpSession *session, const char *name, int encoding,
					   const BpCompareColumns *columns, BpRowSum *sum);

/* ---- columns ---- */

/* Does the text of a type's values depend on more than the value? */
static bool
type_is_loose(Oid type, bool stock, int version)
{
	TypeCacheEntry *entry;
	TupleDesc	desc;
	bool		loose = false;
	Oid			inner;

	check_stack_depth();
	type = getBaseType(type);
	switch (type)
	{
		case CASHOID:
			return true;
		case BYTEAOID:
		case TIMESTAMPTZOID:
			return stock;
		case FLOAT4OID:
		case FLOAT8OID:
		case POINTOID:
		case LSEGOID:
		case PATHOID:
		case BOXOID:
		case POLYGONOID:
		case LINEOID:
		case CIRCLEOID:
			return stock && version < 12;
		default:
			break;
	}
	if (OidIsValid(inner = get_element_type(type)) ||
		OidIsValid(inner = get_range_subtype(type)))
		return type_is_loose(inner, stock, version);
	if (OidIsValid(inner = get_multirange_range(type)))
		return type_is_loose(inner, stock, version);
	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		return false;
	entry = lookup_type_cache(type, TYPECACHE_TUPDESC);
	desc = entry->tupDesc;
	for (int i = 0; i < desc->natts && !loose; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		loose = !att->attisdropped &&
			type_is_loose(att->atttypid, stock, version);
	}
	return loose;
}

BpCompareColumns *
bp_compare_columns(Relation rel, List *attlist, bool stock,
				   const char *server_version)
{
	BpCompareColumns *c = palloc0(sizeof(BpCompareColumns));
	int			version = server_version != NULL ? atoi(server_version) : 0;
	ListCell   *lc;

	c->attnums = palloc(sizeof(AttrNumber) * (list_length(attlist) + 1));
	foreach(lc, attlist)
	{
		const char *name = strVal(lfirst(lc));
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);
		Form_pg_attribute att;

		if (attnum <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("table \"%s\" has no column \"%s\" after the restore",
							RelationGetRelationName(rel), name)));
		att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
		if (type_is_loose(att->atttypid, stock, version))
		{
			if (c->skip == NULL)
				c->skip = palloc0(sizeof(bool) * list_length(attlist));
			c->skip[c->nfields] = true;
		}
		else
			c->attnums[c->natts++] = attnum;
		c->nfields++;
	}
	return c;
}

/* ---- sums ---- */

/* Adds one row, without its newline. */
static void
add_row(BpRowSum *sum, const char *row, size_t len)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) row,
										   (int) len, 0);
	uint64		mixed = hash;

	/* the finalizer of MurmurHash3 */
	mixed ^= mixed >> 33;
	mixed *= UINT64CONST(0xff51afd7ed558ccd);
	mixed ^= mixed >> 33;
	mixed *= UINT64CONST(0xc4ceb9fe1a85ec53);
	mixed ^= mixed >> 33;
	sum->rows++;
	sum->sum += hash;
	sum->mixed += mixed;
}

/*
 * Takes the fields out of a row that are not compared; returns its new length.
 * A tab within a value is written as \t, so each tab ends a field.
 */
static size_t
drop_fields(const BpCompareColumns *columns, char *row, size_t len)
{
	char	   *from = row;
	char	   *end = row + len;
	char	   *to = row;

	for (int field = 0; field < columns->nfields; field++)
	{
		char	   *tab = from < end ? memchr(from, '\t', end - from) : NULL;
		size_t		n = (tab != NULL ? tab : end) - from;

		if (!columns->skip[field])
		{
			if (to > row)
				*to++ = '\t';
			memmove(to, from, n);
			to += n;
		}
		if (tab == NULL)
			break;
		from = tab + 1;
	}
	return to - row;
}

/*
 * Adds the rows of a text of whole rows, which is modified.  Returns false if
 * the end marker was found.
 */
static bool
add_text(BpRowSum *sum, const BpCompareColumns *columns, int encoding,
		 char *text, size_t len)
{
	bool		convert = columns != NULL && encoding != GetDatabaseEncoding();
	char	   *end = text + len;
	char	   *next;

	for (char *row = text; row < end; row = next)
	{
		char	   *newline = memchr(row, '\n', end - row);
		char	   *converted = row;
		size_t		n = (newline != NULL ? newline : end) - row;

		next = row + n + 1;
		if (columns == NULL)
		{
			/* a row of a table, formatted without the other columns */
			add_row(sum, row, n);
			continue;
		}
		if (n == 2 && row[0] == '\\' && row[1] == '.')
			return false;
		if (convert)
		{
			converted = pg_any_to_server(row, (int) n, encoding);
			if (converted != row)
				n = strlen(converted);
		}
		if (columns->skip != NULL)
			n = drop_fields(columns, converted, n);
		add_row(sum, converted, n);
		if (converted != row)
			pfree(converted);
	}
	return true;
}

/* ---- files ---- */

static void
sum_frames(BpSession *session, const char *path, BpCodecAlgo algo,
		   int dump_id, uint32 first, uint32 last, int encoding,
		   const BpCompareColumns *columns, BpRowSum *sum)
{
	BpDecompressor *d = NULL;
	BpBuffer	stored;
	BpBuffer	raw;
	const BpFrame *frames;
	off_t		size;
	int			n = 0;
	int			fd;

	frames = bp_frame_index_find(bp_session_frames(session), dump_id, &n);
	if (last == BP_WHOLE_FILE)
	{
		first = 0;
		last = n - 1;
	}
	fd = bp_file_open(path, false, &size);
	if (n == 0 || last >= n)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" was changed while it was being read",
						path)));
	if (algo != BP_CODEC_NONE)
		d = bp_decompressor_create(algo);
	bp_buffer_init(&stored, BP_SUM_PIECE);
	bp_buffer_init(&raw, BP_SUM_PIECE);
	for (uint32 i = first; i <= last; i++)
	{
		const BpFrame *f = &frames[i];

		CHECK_FOR_INTERRUPTS();
		if ((f->flags & BP_FRAME_TERMINATOR) != 0)
			continue;
		if (!bp_frame_is_possible(f, algo, size))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("wrong length of a frame of \"%s\" in the frame index",
							path)));
		bp_buffer_reserve(&raw, f->raw_len + 1);
		bp_buffer_reserve(&stored, f->stored_len + 1);
		bp_frame_read(fd, path, f, d == NULL ? raw.data : stored.data);
		if (d != NULL)
			bp_decompress_frame(d, stored.data, f->stored_len, raw.data,
								f->raw_len);
		(void) add_text(sum, columns, encoding, raw.data, f->raw_len);
	}
	bp_file_close(fd, path);
	if (d != NULL)
		bp_decompressor_destroy(d);
	bp_buffer_free(&stored);
	bp_buffer_free(&raw);
}

static void
sum_stream(BpSession *session, const char *name, int encoding,
		   const BpCompareColumns *columns, BpRowSum *sum)
{
	BpStream   *stream = bp_stream_open(session->path, name);
	BpBuffer	buf;
	size_t		n;
	bool		ended = false;

	bp_buffer_init(&buf, 2 * BP_SUM_PIECE);
	do
	{
		char	   *newline;
		size_t		whole;

		CHECK_FOR_INTERRUPTS();
		bp_buffer_reserve(&buf, BP_SUM_PIECE);
		n = bp_stream_read(stream, buf.data + buf.len, BP_SUM_PIECE);
		newline = NULL;
		for (size_t i = buf.len + n; i > buf.len && newline == NULL; i--)
		{
			if (buf.data[i - 1] == '\n')
				newline = &buf.data[i - 1];
		}
		buf.len += n;
		if (newline == NULL)
			continue;
		whole = newline - buf.data + 1;
		if (!ended)
			ended = !add_text(sum, columns, encoding, buf.data, whole);
		memmove(buf.data, buf.data + whole, buf.len - whole);
		buf.len -= whole;
	} while (n > 0);
	bp_stream_close(stream);
	bp_buffer_free(&buf);
}

void
bp_row_sum_file(BpSession *session, const char *name, int dump_id,
				uint32 first, uint32 last, int encoding,
				const BpCompareColumns *columns, BpRowSum *sum)
{
	BpCodecAlgo algo;
	char	   *path;

	if (bp_session_frames(session) == NULL)
	{
		sum_stream(session, name, encoding, columns, sum);
		return;
	}
	if (!bp_data_file_find(session->path, name, &path, &algo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" is missing in directory \"%s\"",
						name, session->path)));
	sum_frames(session, path, algo, dump_id, first, last, encoding, columns,
			   sum);
}

/* ---- tables ---- */

static void
table_flush(void *arg, BpBuffer *buf, uint64 rows)
{
	CHECK_FOR_INTERRUPTS();
	(void) add_text(arg, NULL, 0, buf->data, buf->len);
}

void
bp_row_sum_table(Relation rel, BlockNumber first, BlockNumber nblocks,
				 const BpCompareColumns *columns, BpRowSum *sum)
{
	BpBuffer	buf;
	BpScanOut	out;

	bp_buffer_init(&buf, BP_SUM_PIECE);
	out.buf = &buf;
	out.limit = BP_SUM_PIECE;
	out.flush = table_flush;
	out.arg = sum;
	(void) bp_scan_blocks(rel, GetActiveSnapshot(), first, nblocks,
						  columns->natts, columns->attnums, &out);
	bp_buffer_free(&buf);
}
