/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  The relations of a selection and their parents, with their columns.
 *
 * See tables.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/tables.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_TABLES_H
#define BP_DEFINE_TABLES_H

#include "define/object.h"
#include "lib/stringinfo.h"

struct BpTable;
struct BpSequence;				/* sequence.c */

/* The default, or generating expression, of a column */
typedef struct BpDefault
{
	struct BpTable *table;
	int			column;			/* from 0 */
	char	   *expr;
	bool		hidden;			/* inherited with the column: not written */
	BpObject   *object;			/* NULL: of an unselected parent */
} BpDefault;

typedef struct BpColumn
{
	char	   *name;
	char	   *type;
	char	   *options;		/* as in SET (…); "" for none */
	char	   *fdw_options;
	char	   *coll_schema;	/* NULL if the collation is that of the type */
	char	   *coll_name;		/* NULL, like coll_schema */
	int			statistics;		/* target; -1: the default */
	char		storage;
	char		type_storage;
	char		identity;
	char		generated;
	char		compression;

	/*
	 * Name of a valid NOT NULL constraint; "" if it is the default name; NULL
	 * if there is no such constraint, or it is NOT VALID
	 */
	char	   *not_null;
	Oid			not_null_oid;	/* the constraint, valid or not */
	bool		not_null_local; /* is not only inherited */
	bool		not_null_no_inherit;
	bool		not_null_comment;	/* has a comment */
	bool		dropped;
	bool		local;			/* attislocal */
	bool		has_default;
	BpDefault  *def;
} BpColumn;

/*
 * A CHECK constraint of a table; or a NOT NULL constraint that is NOT VALID,
 * which has an entry of its own
 */
typedef struct BpCheck
{
	struct BpTable *table;
	const char *desc;			/* of its entry */
	Oid			oid;
	char	   *name;
	char	   *def;			/* not set for an unselected parent */
	bool		local;			/* conislocal */
	BpObject   *object;			/* NULL: of an unselected parent */
} BpCheck;

/* A selected relation of any kind, or an unselected parent of one */
typedef struct BpTable
{
	Oid			oid;
	char		kind;			/* RELKIND_… */
	char		persistence;
	bool		ispartition;
	char	   *schema;
	char	   *name;
	char	   *qualified;		/* quoted */
	char	   *owner;
	BpObject   *object;			/* NULL: an unselected parent */
	int			ncolumns;		/* dropped ones are counted */
	BpColumn   *columns;		/* by attnum - 1 */
	List	   *checks;			/* of BpCheck, by name */
	List	   *parents;		/* of BpTable, in order */
	char	   *tablespace;		/* "" for the database's own */
	char	   *access_method;	/* or NULL */
	char	  **options;		/* "name=value" */
	int			noptions;
	char	  **toast_options;
	int			ntoast_options;
	char	   *check_option;	/* or NULL */
	char	   *of_type;		/* or NULL */
	char	   *partition_key;
	char	   *partition_bound;
	char	   *server;
	char	   *server_options;
	char		replica_identity;
	bool		has_index;
	bool		has_triggers;
	bool		has_rules;
	bool		has_checks;
	bool		row_security;
	bool		force_row_security;
	char	   *acl;			/* as the server prints it; NULL: none */
	char	   *acl_default;
	Oid			owning_table;	/* of a sequence */
	int			owning_column;	/* its attnum */
	bool		is_identity;	/* the sequence of an identity column */
	bool		has_column_acls;
	struct BpSequence *sequence;
} BpTable;

/* Prepares d->tables; to be called once, before any table is added. */
extern void bp_tables_init(BpDefine *d);

/*
 * Makes a table with this oid, zeroed, and appends it to d->tables.  NULL if
 * there is one already.
 */
extern BpTable *bp_table_add(BpDefine *d, Oid oid);

/* The table with this oid, or NULL. */
extern BpTable *bp_table_find(BpDefine *d, Oid oid);

/*
 * The oids of those of d->tables for which test returns true, palloc'd; *n is
 * set to their number.  The test sees unselected parents, too.
 */
typedef bool (*BpTableTestFn) (BpDefine *d, const BpTable *t);
extern Oid *bp_tables_with(BpDefine *d, BpTableTestFn test, int *n);

/* "FOREIGN " for a foreign table, which needs ALTER FOREIGN TABLE, or "" */
extern const char *bp_table_foreign(const BpTable *t);

/* Is the column written in the list of CREATE TABLE? */
extern bool bp_column_is_written(const BpTable *t, const BpColumn *c);

/*
 * Appends reloptions, n texts "name=value", as a list "name=value, …", each
 * name with the prefix.
 */
extern void bp_put_options(StringInfo sql, const char *prefix, char **options,
						   int n);

#endif							/* BP_DEFINE_TABLES_H */
