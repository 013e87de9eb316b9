/*-------------------------------------------------------------------------
 *
 * rowtext_types.h
 *	  The writers of single values.  Private to rowtext*.c.
 *
 * A writer appends the text of one value, escaped for COPY, to the buffer and
 * leaves room for one more byte: the one that ends the column.  It runs in
 * the memory context of the batch and may leave memory behind there.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/rowtext_types.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_UNIT_ROWTEXT_TYPES_H
#define BP_UNIT_ROWTEXT_TYPES_H

#include "fmgr.h"
#include "pgtime.h"

#include "archive/buffer.h"

typedef struct BpTextColumn BpTextColumn;
typedef void (*BpTextWriter) (BpTextColumn *col, Datum value, BpBuffer *buf);

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

/* Labels of an enum, escaped; open addressing by OID. */
#define BP_TEXT_LABELS		64
typedef struct BpTextLabels
{
	int			used;
	Oid			value[BP_TEXT_LABELS];
	int			len[BP_TEXT_LABELS];
	char	   *text[BP_TEXT_LABELS];
} BpTextLabels;

struct BpTextColumn
{
	BpTextWriter write;
	int			index;			/* attnum - 1 */
	char		end;			/* '\t', or '\n' in the last column */
	FmgrInfo	output;			/* for values that write leaves alone */
	MemoryContext context;		/* lives as long as the formatter */

	BpTextDay	day;
	BpTextZone	zone;
	BpTextLabels *labels;

	/* arrays */
	Oid			element_type;
	int16		element_len;
	bool		element_byval;
	char		element_align;
	BpTextColumn *element;
};

/* "00" to "99" */
extern const char bp_rowtext_digits[200];

/* Makes room for n bytes and the end of the column; returns where to write. */
static inline char *
bp_rowtext_room(BpBuffer *buf, size_t n)
{
	bp_buffer_reserve(buf, n + 1);
	return buf->data + buf->len;
}

/* Two digits of a number below 100. */
static inline char *
bp_rowtext_put2(char *p, unsigned value)
{
	memcpy(p, &bp_rowtext_digits[value * 2], 2);
	return p + 2;
}

/* rowtext.c */
extern void bp_rowtext_init_column(BpTextColumn *col, Oid type, Oid output,
								   MemoryContext context);
extern void bp_rowtext_write_output(BpTextColumn *col, Datum value,
									BpBuffer *buf);

/* rowtext_types.c */
extern BpTextWriter bp_rowtext_scalar_writer(PGFunction output, int16 typlen);
extern void bp_rowtext_put_numeric(const char *data, size_t size,
								   BpBuffer *buf);

/* rowtext_datetime.c */
extern BpTextWriter bp_rowtext_datetime_writer(PGFunction output);
extern void bp_rowtext_init_datetime(BpTextColumn *col);

/* rowtext_nested.c */
extern BpTextWriter bp_rowtext_nested_writer(PGFunction output);
extern bool bp_rowtext_init_array(BpTextColumn *col, Oid type);
extern void bp_rowtext_forget_labels(BpTextColumn *col);

#endif							/* BP_UNIT_ROWTEXT_TYPES_H */
