/*-------------------------------------------------------------------------
 *
 * type.h
 *	  Types.
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

/*
 * Joins, as k, the schema and name of a collation, unless it is the default
 * collation of the type.  With OFFSET 0 and subselects, the planner looks
 * these up by index for each row: the cost must not depend on the size of the
 * database.
 */
#define BP_TYPE_COLLATION(collation, type) \
	"LEFT JOIN LATERAL (SELECT (SELECT n.nspname " \
	"FROM pg_catalog.pg_namespace n WHERE n.oid = c.collnamespace), " \
	"c.collname FROM pg_catalog.pg_collation c WHERE c.oid = " collation " " \
	"AND c.oid <> (SELECT b.typcollation FROM pg_catalog.pg_type b " \
	"WHERE b.oid = " type ") OFFSET 0) k ON true "

/* BpObject.info of a type */
typedef struct BpType
{
	BpObject   *object;
	char		typtype;		/* TYPTYPE_… */
	const char *word;			/* TYPE or DOMAIN */
	const char *begin;			/* of the statement, after the name */
	const char *end;
	char	   *qname;			/* quoted */
	char	   *qualified;
	const char *acl;			/* as the server prints it; NULL: none */
	const char *acldefault;
	StringInfoData body;		/* what stands between begin and end */
	List	   *comments;		/* of BpTypeComment, on columns */
	List	   *parts;			/* of BpObject: a domain's valid constraints */
} BpType;

typedef struct BpTypeComment
{
	const char *column;
	const char *text;
} BpTypeComment;

/*
 * Adds these types.  Domains among them are added without a body, and
 * bp_read_domains must be called afterwards.
 */
extern void bp_read_types(BpDefine *d, const Oid *oids, int n);

/* The type whose oid is in column 0 of a row; it must have been added. */
extern BpType *bp_type_of(BpDefine *d, const BpRows *rows, int row);

/* Appends COLLATE, with a space before it, if there is a name. */
extern void bp_type_put_collation(StringInfo out, const char *schema,
								  const char *name);

/* Refuses a type whose body is empty, but must not be. */
extern void bp_type_require_body(BpDefine *d, const BpType *t);

/* Writes the entry of a type, and its comments, labels and privileges. */
extern void bp_write_type(BpDefine *d, BpObject *o);

#endif							/* BP_DEFINE_TYPE_H */
