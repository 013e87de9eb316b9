/*-------------------------------------------------------------------------
 *
 * extra.h
 *	  Comments, security labels and privileges, as far as not every kind of
 *	  object has them.
 *
 * See comment.c and acl.c; what any object may have is in
 * object.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/extra.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_EXTRA_H
#define BP_DEFINE_EXTRA_H

#include "define/object.h"

/*
 * Entries for the comments and the labels of a relation and its columns.
 * type is as in COMMENT ON type; attnames are the names, not quoted, of all
 * natts columns by number, dropped ones too.  The object's schema, name and
 * owner must be set.
 */
extern void bp_write_table_comments(BpDefine *d, BpObject *o,
									const char *type, char **attnames,
									int natts);
extern void bp_write_table_labels(BpDefine *d, BpObject *o,
								  const char *type, char **attnames,
								  int natts);

/*
 * ALTER DEFAULT PRIVILEGES of a role in a schema; type is TABLES, FUNCTIONS,
 * …, and acl what the server prints for aclitem[].  "" if there is nothing to
 * say, or if it was refused.
 */
extern char *bp_default_acl_commands(BpDefine *d, const char *role,
									 const char *schema, const char *type,
									 const char *acl);

#endif							/* BP_DEFINE_EXTRA_H */
