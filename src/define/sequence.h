/*-------------------------------------------------------------------------
 *
 * sequence.h
 *	  Sequences.
 *
 * See sequence.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/sequence.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_SEQUENCE_H
#define BP_DEFINE_SEQUENCE_H

#include "define/tables.h"

/* Completes the selected sequences in d->tables. */
extern void bp_read_sequences(BpDefine *d);

/* Writes the entries of a sequence, except its privileges. */
extern void bp_write_sequence(BpDefine *d, BpTable *t);

#endif							/* BP_DEFINE_SEQUENCE_H */
