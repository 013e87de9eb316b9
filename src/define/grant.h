/*-------------------------------------------------------------------------
 *
 * grant.h
 *	  GRANT and REVOKE commands that lead from some privileges to others.
 *
 * See grant.c; for acl.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/grant.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_GRANT_H
#define BP_DEFINE_GRANT_H

/* What commands are for */
typedef struct BpAclTarget
{
	const char *prefix;
	const char *type;
	const char *codes;			/* from bp_acl_codes */
	const char *schema;			/* NULL: none */
	const char *qname;			/* "" with default privileges */
	const char *subname;		/* NULL: not a column */
	const char *owner;
} BpAclTarget;

/* Items as the server prints them */
typedef struct BpAclTexts
{
	int			n;
	char	  **items;
} BpAclTexts;

/* Codes of all privileges of such an object, or NULL if we know none such. */
extern const char *bp_acl_codes(const char *type, const char *subname);

/* The elements of an array that the server has printed; false if not sound. */
extern bool bp_acl_texts(const char *printed, BpAclTexts *out);

/*
 * The commands that lead from base to acl; NULL if there is an item that can't
 * be understood.
 */
extern char *bp_acl_commands(const BpAclTarget *t, const BpAclTexts *acl,
							 const BpAclTexts *base);

#endif							/* BP_DEFINE_GRANT_H */
