/*-------------------------------------------------------------------------
 *
 * numeric_storage.h
 *	  How numeric is stored.
 *
 * The server's numeric.c keeps the format private, but pg_upgrade relies on
 * it, and it is the same in all supported releases: a header of 16 bits, then
 * in the long form 16 bits for the weight, and then the digits to the base
 * 10000, without zeros at either end.
 *
 * Private to src/rows.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/numeric_storage.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_NUMERIC_STORAGE_H
#define BP_ROWS_NUMERIC_STORAGE_H

/* The two highest bits of the header tell the form. */
#define BP_NUM_FORM(header)				((header) & 0xC000)
#define BP_NUM_LONG_NEGATIVE			0x4000	/* long form */
#define BP_NUM_SHORT					0x8000	/* short form, either sign */
#define BP_NUM_SPECIAL					0xC000

/* The header of a special value */
#define BP_NUM_NAN						0xC000
#define BP_NUM_POSITIVE_INF				0xD000
#define BP_NUM_NEGATIVE_INF				0xF000

/* Short form: the display scale is 0 to 63, the weight -64 to 63. */
#define BP_NUM_SHORT_NEGATIVE			0x2000
#define BP_NUM_SHORT_DSCALE(header)		(((header) & 0x1F80) >> 7)
#define BP_NUM_SHORT_WEIGHT(header) \
	((int) ((header) & 0x3F) - (int) ((header) & 0x40))
#define BP_NUM_MAKE_SHORT_DSCALE(scale)		((uint16) ((scale) << 7))
#define BP_NUM_MAKE_SHORT_WEIGHT(weight)	((uint16) ((weight) & 0x7F))

/* Long form */
#define BP_NUM_LONG_DSCALE(header)		((header) & 0x3FFF)

#endif							/* BP_ROWS_NUMERIC_STORAGE_H */
