/*-------------------------------------------------------------------------
 *
 * grant.h
 *	  GRANT and REVOKE commands that change one set of privileges into another.
 *
 * See grant.c.  Used by acl.c.
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

/* The object that the commands are for */
typedef struct BpAclTarget
{
	const char *prefix;			/* "", or ALTER DEFAULT PRIVILEGES … */
	const char *type;			/* keyword: TABLE, FUNCTIONS, … */
	const char *codes;			/* from bp_acl_codes */
	const char *schema;			/* NULL: none */
	const char *qname;			/* quoted; "" for default privileges */
	const char *subname;		/* quoted name of a column, or NULL */
	const char *owner;
} BpAclTarget;

/* The elements of an aclitem[], as the server prints them */
typedef struct BpAclTexts
{
	int			n;
	char	  **items;
} BpAclTexts;

/*
 * The codes of all privileges that such an object, or a column if subname is
 * not NULL, can have.  NULL for an unknown type.
 */
extern const char *bp_acl_codes(const char *type, const char *subname);

/*
 * Splits a printed array into its elements, palloc'd.  Returns false if it
 * isn't a plain one-dimensional array without nulls.
 */
extern bool bp_acl_texts(const char *printed, BpAclTexts *out);

/*
 * The commands that change privileges base into acl, palloc'd; "" if they are
 * the same, NULL if an item cannot be parsed.
 */
extern char *bp_acl_commands(const BpAclTarget *t, const BpAclTexts *acl,
							 const BpAclTexts *base);

#endif							/* BP_DEFINE_GRANT_H */
