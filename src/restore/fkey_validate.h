/*-------------------------------------------------------------------------
 *
 * fkey_validate.h
 *	  Validating a foreign key by a set of bits.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/fkey_validate.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_FKEY_VALIDATE_H
#define BP_RESTORE_FKEY_VALIDATE_H


/*
 * Calls 'validate', which must run ALTER TABLE ... VALIDATE CONSTRAINT for the
 * foreign key 'conoid'.  The server does that with a query for rows that
 * violate the foreign key; if we can show that there are none, the query is not
 * executed.  Raises what 'validate' raises.
 */
extern void bp_fkey_validate(Oid conoid, void (*validate) (void *arg), void *arg);

#endif							/* BP_RESTORE_FKEY_VALIDATE_H */
