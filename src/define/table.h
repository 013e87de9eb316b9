/*-------------------------------------------------------------------------
 *
 * table.h
 *	  The statements that create a table or a view.
 *
 * See table.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/table.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_TABLE_H
#define BP_DEFINE_TABLE_H

#include "define/tables.h"

/* Appends the statement that creates a table or any kind of view. */
extern void bp_put_table(BpDefine *d, StringInfo sql, BpTable *t);

/*
 * Writes the privileges of columns.  table_acl is the dump id of the table's
 * own ACL entry, or 0.
 */
extern void bp_write_column_acls(BpDefine *d, BpTable *t, int table_acl);

#endif							/* BP_DEFINE_TABLE_H */
