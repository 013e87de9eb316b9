/*-------------------------------------------------------------------------
 *
 * database.h
 *	  Entries for the database itself.
 *
 * See database.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/database.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DATABASE_H
#define BP_DEFINE_DATABASE_H

#include "define/context.h"

/*
 * Writes DATABASE and DATABASE PROPERTIES; unless content is 'data', also the
 * comment, labels and privileges of the database.
 */
extern void bp_write_database(BpDefine *d);

/*
 * Is the boolean setting turned off for new sessions by ALTER DATABASE or
 * ALTER ROLE ... SET?
 */
extern bool bp_login_turns_off(BpDefine *d, const char *name);

#endif							/* BP_DEFINE_DATABASE_H */
