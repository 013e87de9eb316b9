/*-------------------------------------------------------------------------
 *
 * data.h
 *	  Entries for data: TABLE DATA and SEQUENCE SET.
 *
 * See data.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/data.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DATA_H
#define BP_DEFINE_DATA_H

#include "define/context.h"

/*
 * Both write the entry for relation number "index" of d->relations->rels;
 * they need d->rel_ids and d->data_ids.
 */
extern void bp_write_table_data(BpDefine *d, int index);

/*
 * Raises insufficient_privilege if the sequence may not be read, and
 * undefined_table if it has been dropped.
 */
extern void bp_write_sequence_set(BpDefine *d, int index);

#endif							/* BP_DEFINE_DATA_H */
