/*-------------------------------------------------------------------------
 *
 * writer.c
 *	  What the writers of single values share.
 *
 * These are the functions that are not inline in writer.h: one is the writer
 * that calls a type's output function, the others make the buffer grow and
 * align values.
 *
 * Values with a short header are stored without alignment.  Arrays and jsonb
 * need alignment.  Such a value is copied to a variable of the caller, which
 * is cheaper than memory from palloc.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/writer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "rows/write_escape.h"
#include "rows/writer.h"

const char	bp_writer_digits[200] =
"00010203040506070809" "10111213141516171819"
"20212223242526272829" "30313233343536373839"
"40414243444546474849" "50515253545556575859"
"60616263646566676869" "70717273747576777879"
"80818283848586878889" "90919293949596979899";

char *
bp_writer_output(BpWriteColumn *col, const char *value)
{
	return OutputFunctionCall(&col->output,
							  fetch_att(value, col->byval, col->len));
}

char *
bp_writer_write_output(BpWriteColumn *col, const char *value, char *p,
					   BpBuffer *buf)
{
	char	   *text = bp_writer_output(col, value);

	return bp_escape_append(buf, p, text, strlen(text), BP_ESCAPE_COPY);
}

char *
bp_writer_grow(BpBuffer *buf, char *p, size_t n)
{
	buf->len = p - buf->data;
	bp_buffer_grow(buf, n);
	return buf->data + buf->len;
}

/* Copies at most 127 bytes, in two pieces that may overlap. */
static inline void
copy_short(char *dst, const char *src, size_t n)
{
	if (n >= 64)
	{
		memcpy(dst, src, 64);
		memcpy(dst + n - 64, src + n - 64, 64);
	}
	else if (n >= 32)
	{
		memcpy(dst, src, 32);
		memcpy(dst + n - 32, src + n - 32, 32);
	}
	else if (n >= 16)
	{
		memcpy(dst, src, 16);
		memcpy(dst + n - 16, src + n - 16, 16);
	}
	else
	{
		for (size_t i = 0; i < n; i++)
			dst[i] = src[i];
	}
}

struct varlena *
bp_writer_aligned(const char *value, BpShortCopy *copy)
{
	struct varlena *v = bp_writer_packed(value);
	Size		size;

	if (!VARATT_IS_SHORT(v))
		return v;
	size = VARSIZE_SHORT(v) - VARHDRSZ_SHORT;
	SET_VARSIZE(&copy->header, size + VARHDRSZ);
	copy_short(VARDATA(&copy->header), VARDATA_SHORT(v), size);
	return &copy->header;
}
