/*-------------------------------------------------------------------------
 *
 * comment.h
 *	  Entries for comments and security labels.
 *
 * See comment.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/comment.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_COMMENT_H
#define BP_DEFINE_COMMENT_H

#include "define/object.h"

/*
 * Each of these appends the entries that the target needs, which may be none.
 * Labels of several providers on the same object or column are refused.
 */

/* The comment, or the security label, of one object or column */
extern void bp_write_comment(BpDefine *d, const BpEntryTarget *target);
extern void bp_write_label(BpDefine *d, const BpEntryTarget *target);

/*
 * The comment of a table's constraint.  The names are not quoted; dep is the
 * dump id of the entry that creates the constraint.
 */
extern void bp_write_constraint_comment(BpDefine *d, Oid constraint,
										const char *name, const char *schema,
										const char *table, const char *owner,
										int dep);

/*
 * The comments, or the labels, of a relation and its columns.  type is as in
 * COMMENT ON type; attnames are the names, not quoted, of all natts columns
 * in order of attnum, dropped ones too.  Uses the object's schema, name and
 * owner.
 */
extern void bp_write_table_comments(BpDefine *d, BpObject *o,
									const char *type, char **attnames,
									int natts);
extern void bp_write_table_labels(BpDefine *d, BpObject *o,
								  const char *type, char **attnames,
								  int natts);

#endif							/* BP_DEFINE_COMMENT_H */
