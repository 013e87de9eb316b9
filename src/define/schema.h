/*-------------------------------------------------------------------------
 *
 * schema.h
 *	  Schemas, and the default privileges in them.
 *
 * See schema.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/schema.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_SCHEMA_H
#define BP_DEFINE_SCHEMA_H

#include "define/context.h"

/* Adds these schemas, or these default privileges (oids of pg_default_acl). */
extern void bp_read_schemas(BpDefine *d, const Oid *oids, int n);
extern void bp_read_default_acls(BpDefine *d, const Oid *oids, int n);

#endif							/* BP_DEFINE_SCHEMA_H */
