/*-------------------------------------------------------------------------
 *
 * type.h
 *	  Definitions of types: what type.c and domain.c share.
 *
 * See type.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/type.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_TYPE_H
#define BP_DEFINE_TYPE_H

#include "define/object.h"
#include "define/query.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/*
 * Joins schema and name of a collation, as k, if it isn't the one that the type
 * has anyway.  OFFSET 0 and subselects make these lookups by index for each
 * row: what a plan costs must not depend on how much there is in the database.
 */
#define BP_TYPE_COLLATION(collation, type) \
	"LEFT JOIN LATERAL (SELECT (SELECT n.nspname " \
	"FROM pg_catalog.pg_namespace n WHERE n.oid = c.collnamespace), " \
	"c.collname FROM pg_catalog.pg_collation c WHERE c.oid = " collation " " \
	"AND c.oid <> (SELECT b.typcollation FROM pg_catalog.pg_type b " \
	"WHERE b.oid = " type ") OFFSET 0) k ON true "

/* What is known of a type besides its object, whose info it is */
typedef struct BpType
{
	BpObject   *object;
	const char *word;			/* TYPE or DOMAIN */
	const char *begin;			/* of the statement, after the name */
	const char *end;
	char	   *qname;			/* quoted */
	char	   *qualified;
	const char *acl;			/* NULL: none */
	const char *acldefault;
	StringInfoData body;		/* what stands between begin and end */
	List	   *comments;		/* of BpTypeComment, on columns */
	List	   *parts;			/* of BpObject, valid constraints of a domain */
} BpType;

typedef struct BpTypeComment
{
	const char *column;
	const char *text;
} BpTypeComment;

/* The type with the oid that stands in column 0 of a row. */
extern BpType *bp_type_of(BpDefine *d, const BpRows *rows, int row);

/* Appends COLLATE, with a space before it, if there is a name. */
extern void bp_type_put_collation(StringInfo out, const char *schema,
								  const char *name);

/* Writes the entry of a type, and its comment, labels and privileges. */
extern void bp_write_type(BpDefine *d, BpObject *o);

/* Completes domains, which are registered as types (domain.c). */
extern void bp_read_domains(BpDefine *d, const Oid *oids, int n);

/* Writes a domain, after which come comments on its constraints. */
extern void bp_write_domain(BpDefine *d, BpObject *o);

#endif							/* BP_DEFINE_TYPE_H */
