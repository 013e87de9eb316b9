/*-------------------------------------------------------------------------
 *
 * write_numeric.h
 *	  The representation of numeric on disk.
 *
 * numeric.c keeps it private, but it is what pg_upgrade preserves, and the
 * same on all versions supported here: a header of 16 bits, in the long form
 * the weight in 16 bits more, and digits to the base 10000, without zeros at
 * either end.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_numeric.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_NUMERIC_H
#define BP_ROWS_WRITE_NUMERIC_H

#define BP_NUM_SHORT			0x8000
#define BP_NUM_SHORT_NEGATIVE	0x2000

/* Display scale 0 to 63; weight -64 to 63, its lowest seven bits */
#define BP_NUM_MAKE_SHORT_DSCALE(scale)		((uint16) ((scale) << 7))
#define BP_NUM_MAKE_SHORT_WEIGHT(weight)	((uint16) ((weight) & 0x7F))

#endif							/* BP_ROWS_WRITE_NUMERIC_H */
