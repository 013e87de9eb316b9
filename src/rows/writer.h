/*-------------------------------------------------------------------------
 *
 * writer.h
 *	  The writers of single values.  Private to rowtext*.c.
 *
 * A writer puts the text of one value, escaped for COPY, where it is told to
 * and returns the end of it.  It is called with room for BP_TEXT_ROOM bytes,
 * and leaves room for at least one more: the one that ends the column.  Most
 * values need no more than that, and no test; who does asks for it with
 * bp_rowtext_room, which may move the buffer.  buf->len says nothing while a
 * row is written.
 *
 * The value is given by its address, as it lies in a tuple or an array: of a
 * type passed by value that is where its bytes are, of any other it is what
 * the Datum points to.  Fixed-length values are aligned as their type asks.
 *
 * A writer runs in the memory context of the batch and may leave memory
 * behind there.
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

/* Bytes a writer may write without asking; more than any date or number. */
#define BP_TEXT_ROOM		128

typedef struct BpTextColumn BpTextColumn;
typedef char *(*BpTextWriter) (BpTextColumn *col, const char *value, char *p,
							   BpBuffer *buf);

/* The day that was written last, since neighbours often share it. */
typedef struct BpTextDay
{
	int			julian;			/* -1: none yet */
	int			len;
	bool		bc;
	char		text[16];
} BpTextDay;

/* A stretch of time, in Unix seconds, with one offset from UTC. */
typedef struct BpTextZone
{
	pg_time_t	from;
	pg_time_t	until;			/* not included; from == until: none yet */
	long		gmtoff;			/* seconds east */
	int			len;
	char		text[12];
} BpTextZone;

/* Labels of an enum; open addressing by OID. */
#define BP_TEXT_LABELS		64
typedef struct BpTextLabels
{
	int			used;
	Oid			value[BP_TEXT_LABELS];
	int			len[BP_TEXT_LABELS];
	char	   *text[BP_TEXT_LABELS];
} BpTextLabels;

/* A short varlena, made a long one: at most 127 bytes and a longer header. */
typedef union BpShortCopy
{
	struct varlena header;
	uint64		aligned[(VARATT_SHORT_MAX + VARHDRSZ) / sizeof(uint64) + 1];
} BpShortCopy;

/* How the elements of an array are put in quotes. */
typedef enum BpTextQuotes
{
	BP_QUOTES_NEVER,			/* numbers: no text of the type needs any */
	BP_QUOTES_PLAIN,			/* dates: if at all then for its blanks */
	BP_QUOTES_VARLENA,			/* what is stored as text */
	BP_QUOTES_LABEL,			/* of an enum */
	BP_QUOTES_OUTPUT			/* what the output function says */
} BpTextQuotes;

/* A column, or the elements of an array. */
struct BpTextColumn
{
	BpTextWriter write;
	FmgrInfo	output;			/* for values that write leaves alone */
	MemoryContext context;		/* lives as long as the formatter */

	/* how the type is stored */
	int16		len;			/* -1: varlena, -2: cstring */
	bool		byval;
	char		align;			/* typalign */

	BpTextDay	day;
	BpTextZone	zone;
	BpTextLabels *labels;

	/* arrays */
	Oid			element_type;
	BpTextQuotes quotes;
	BpTextColumn *element;
};

/* "00" to "99" */
extern const char bp_rowtext_digits[200];

/* The slow path of bp_rowtext_room. */
extern char *bp_rowtext_grow(BpBuffer *buf, char *p, size_t n);

/*
 * Makes room for n bytes at 'p', which lies in the buffer; returns where that
 * is now.  What is before 'p' is kept.
 */
static inline char *
bp_rowtext_room(BpBuffer *buf, char *p, size_t n)
{
	if (unlikely(n > (size_t) (buf->data + buf->cap - p)))
		return bp_rowtext_grow(buf, p, n);
	return p;
}

/* Two digits of a number below 100. */
static inline char *
bp_rowtext_put2(char *p, unsigned value)
{
	memcpy(p, &bp_rowtext_digits[value * 2], 2);
	return p + 2;
}

/* Some constant bytes. */
static inline char *
bp_rowtext_put(char *p, const char *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

/* A value without compression, in one piece; its header may be short. */
static inline struct varlena *
bp_rowtext_packed(const char *value)
{
	if (unlikely(VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)))
		return pg_detoast_datum_packed((struct varlena *) value);
	return (struct varlena *) value;
}

/* rowtext.c */
extern void bp_rowtext_init_column(BpTextColumn *col, Oid type,
								   MemoryContext context);
extern char *bp_rowtext_output(BpTextColumn *col, const char *value);
extern char *bp_rowtext_write_output(BpTextColumn *col, const char *value,
									 char *p, BpBuffer *buf);

/* write_scalar.c */
extern BpTextWriter bp_rowtext_scalar_writer(PGFunction output, int16 typlen);

/* write_numeric.c */
extern char *bp_rowtext_put_numeric(const char *data, size_t size, char *p,
									BpBuffer *buf);
extern char *bp_rowtext_write_numeric(BpTextColumn *col, const char *value,
									  char *p, BpBuffer *buf);

/* write_datetime.c */
extern BpTextWriter bp_rowtext_datetime_writer(PGFunction output);
extern void bp_rowtext_init_datetime(BpTextColumn *col);

/* write_network.c */
extern BpTextWriter bp_rowtext_network_writer(PGFunction output);

/* write_array.c */
extern BpTextWriter bp_rowtext_nested_writer(PGFunction output);
extern bool bp_rowtext_init_array(BpTextColumn *col, Oid type);
extern void bp_rowtext_forget_labels(BpTextColumn *col);
extern struct varlena *bp_rowtext_aligned(const char *value,
										  BpShortCopy *copy);

/* write_jsonb.c */
extern char *bp_rowtext_write_jsonb(BpTextColumn *col, const char *value,
									char *p, BpBuffer *buf);

#endif							/* BP_ROWS_WRITER_H */
