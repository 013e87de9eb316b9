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
 * Runs 'validate', which must be ALTER TABLE ... VALIDATE CONSTRAINT of the
 * foreign key 'conoid'.  Where that asks for the rows that violate the key,
 * and we can show that there are none, the question is not carried out.
 * Raises what 'validate' raises.
 */
extern void bp_fkey_validate(Oid conoid, void (*validate) (void *arg), void *arg);

#endif							/* BP_RESTORE_FKEY_VALIDATE_H */
