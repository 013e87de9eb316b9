/*-------------------------------------------------------------------------
 *
 * acl.h
 *	  Entries for privileges.
 *
 * See acl.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/acl.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_ACL_H
#define BP_DEFINE_ACL_H

#include "define/context.h"

/*
 * Appends the entry with the GRANT and REVOKE commands that change an
 * object's initial privileges into acl.  acl and acldefault are printed
 * values of aclitem[]; acl is NULL if the catalog has none.  target->type is
 * a keyword of GRANT (TABLE, SEQUENCE, FUNCTION, …).
 *
 * Returns the dump id of the entry, or 0 if no command is needed.  Refuses
 * privileges that cannot be parsed.
 */
extern int	bp_write_acl(BpDefine *d, const BpEntryTarget *target,
						 const char *acl, const char *acldefault);

/*
 * The same for a column, whose attnum is target->subid and whose quoted name
 * is "column".  table_acl is the dump id of the table's own ACL entry, or 0.
 */
extern void bp_write_column_acl(BpDefine *d, const BpEntryTarget *target,
								const char *column, const char *acl,
								int table_acl);

/*
 * The commands ALTER DEFAULT PRIVILEGES of a role in a schema, palloc'd.
 * type is TABLES, FUNCTIONS, …, and acl a printed value of aclitem[].  "" if
 * no command is needed, or after bp_refuse.
 */
extern char *bp_default_acl_commands(BpDefine *d, const char *role,
									 const char *schema, const char *type,
									 const char *acl);

#endif							/* BP_DEFINE_ACL_H */
