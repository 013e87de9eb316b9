/*-------------------------------------------------------------------------
 *
 * writer.h
 *	  What the writers of single values share.
 *
 * A writer is a function that appends the text of one value, escaped for
 * COPY, to a buffer.  It gets the address 'p' in the buffer where the text
 * begins, and returns the address behind the text.  The caller guarantees
 * BP_WRITER_ROOM bytes at 'p'.  The writer must leave at least one byte free
 * behind the text, for the separator of columns.  Most values need no more
 * than that, so most writers do not check the room at all.  A writer that
 * needs more calls bp_writer_room, which may move the buffer.  buf->len is not
 * up to date while a row is being written.
 *
 * 'value' is the address of the value as it lies in a tuple or an array.  For
 * a type that is passed by value, this is the address of its bytes; for any
 * other type, it is what the Datum points to.  Values of fixed length are
 * aligned as their type requires.
 *
 * A writer runs in the memory context of the batch, which is reset between
 * rows, so it need not free what it allocates.  It raises the errors of the
 * buffer's growth (see base/buffer.h), of detoasting, and of the type's output
 * function where it calls that.
 *
 * This header is private to src/rows.  The writers are declared in write_*.h,
 * and chosen in choose_writer.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/writer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITER_H
#define BP_ROWS_WRITER_H

#include "base/buffer.h"
#include "base/compat.h"
#include "fmgr.h"
#include "pgtime.h"

/* Bytes that a writer may write without a check: enough for any date. */
#define BP_WRITER_ROOM		128

typedef struct BpWriteColumn BpWriteColumn;

/* A writer, as described above. */
typedef char *BpWriter (BpWriteColumn *col, const char *value, char *p,
						BpBuffer *buf);

/* The text of the last day written; the next row often has the same day. */
typedef struct BpWriteDay
{
	int			julian;			/* -1: none yet */
	int			len;
	bool		bc;
	char		text[16];
} BpWriteDay;

/* A period in which the session's time zone has one offset from UTC. */
typedef struct BpWriteZone
{
	pg_time_t	from;			/* Unix seconds */
	pg_time_t	until;			/* not included; from == until: none yet */
	long		gmtoff;			/* seconds east */
	int			len;
	char		text[12];
} BpWriteZone;

/* Labels of an enum: a hash table by OID, with open addressing. */
#define BP_WRITER_LABELS	64
typedef struct BpWriteLabels
{
	int			used;
	Oid			value[BP_WRITER_LABELS];
	int			len[BP_WRITER_LABELS];
	char	   *text[BP_WRITER_LABELS];
} BpWriteLabels;

/*
 * A varlena with a short header, converted to one with a long header.  It has
 * at most 127 bytes before.
 */
typedef union BpShortCopy
{
	struct varlena header;
	uint64		aligned[(VARATT_SHORT_MAX + VARHDRSZ) / sizeof(uint64) + 1];
} BpShortCopy;

/* How values of a type are put in quotes as elements of an array. */
typedef enum BpWriteQuotes
{
	BP_QUOTES_NEVER,			/* the writer's text never needs quotes */
	BP_QUOTES_PLAIN,			/* the writer's text may have a blank, and
								 * nothing to escape */
	BP_QUOTES_VARLENA,			/* look at the value, which is text */
	BP_QUOTES_LABEL,			/* look at the label of the enum */
	BP_QUOTES_OUTPUT			/* look at the text of the output function */
} BpWriteQuotes;

/* A column, or the elements of an array. */
struct BpWriteColumn
{
	BpWriter   *write;
	FmgrInfo	output;			/* for values that 'write' does not handle */
	MemoryContext context;		/* lives as long as the formatter */

	/* how the type is stored */
	int16		len;			/* -1: varlena, -2: cstring */
	bool		byval;
	char		align;			/* typalign */
	BpWriteQuotes quotes;

	BpWriteDay	day;
	BpWriteZone zone;
	BpWriteLabels *labels;

	/* arrays */
	Oid			element_type;
	BpWriteColumn *element;
};

/* "00" to "99", without separators */
extern const char bp_writer_digits[200];

/* The slow path of bp_writer_room. */
extern char *bp_writer_grow(BpBuffer *buf, char *p, size_t n);

/*
 * Makes room for n bytes at 'p', an address in the buffer, and returns the
 * new address of the same place.  What is before 'p' is kept.  Raises the
 * errors of bp_buffer_grow.
 */
static inline char *
bp_writer_room(BpBuffer *buf, char *p, size_t n)
{
	if (unlikely(n > (size_t) (buf->data + buf->cap - p)))
		return bp_writer_grow(buf, p, n);
	return p;
}

/* Writes two digits of a number below 100. */
static inline char *
bp_writer_put2(char *p, unsigned value)
{
	memcpy(p, &bp_writer_digits[value * 2], 2);
	return p + 2;
}

/* Writes n bytes as they are. */
static inline char *
bp_writer_put(char *p, const char *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

/*
 * The varlena at 'value', detoasted if it is compressed or stored out of line;
 * its header may be short.  The result is 'value' itself, or allocated in the
 * current memory context.
 */
static inline struct varlena *
bp_writer_packed(const char *value)
{
	if (unlikely(VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)))
		return pg_detoast_datum_packed((struct varlena *) value);
	return (struct varlena *) value;
}

/*
 * The same, but aligned and with a long header.  A value with a short header
 * is copied to *copy, and the result points there.
 */
extern struct varlena *bp_writer_aligned(const char *value, BpShortCopy *copy);

/*
 * The result of the type's output function, not escaped, allocated in the
 * current memory context.
 */
extern char *bp_writer_output(BpWriteColumn *col, const char *value);

/* The writer of types that have no other: it calls the output function. */
extern BpWriter bp_writer_write_output;

#endif							/* BP_ROWS_WRITER_H */
