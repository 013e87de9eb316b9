/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  Relations, and what belongs to them, while they are defined.
 *
 * See relation.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relation.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_RELATION_H
#define BP_DEFINE_RELATION_H

#include "define/object.h"

struct BpTable;
typedef struct BpSequence BpSequence;

/* The default, or generating expression, of a column */
typedef struct BpDefault
{
	struct BpTable *table;
	int			column;			/* from 0 */
	char	   *expr;
	bool		hidden;			/* inherited with the column: not written */
	BpObject   *object;			/* NULL: of a parent, or made up */
} BpDefault;

typedef struct BpColumn
{
	char	   *name;
	char	   *type;
	char	   *options;		/* as in SET (…); "" for none */
	char	   *fdw_options;
	char	   *coll_schema;	/* of a collation that is not its type's */
	char	   *coll_name;		/* or NULL */
	int			statistics;		/* -1: the default */
	char		storage;
	char		type_storage;
	char		identity;
	char		generated;
	char		compression;
	/* NOT NULL: the name, "" if it is the usual one; NULL: not so, or NOT VALID */
	char	   *not_null;
	Oid			not_null_oid;	/* the constraint, valid or not */
	bool		not_null_local; /* not only inherited */
	bool		not_null_no_inherit;
	bool		not_null_comment;
	bool		dropped;
	bool		local;
	bool		has_default;
	BpDefault  *def;
} BpColumn;

/* A CHECK constraint; or NOT NULL that is NOT VALID, an entry of its own */
typedef struct BpCheck
{
	struct BpTable *table;
	const char *desc;
	Oid			oid;
	char	   *name;
	char	   *def;			/* unless of a parent */
	bool		local;
	BpObject   *object;			/* NULL: of a parent */
} BpCheck;

/* A table, view, sequence, … asked for; or a parent of such */
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
	BpObject   *object;			/* NULL: a parent that is not asked for */
	int			ncolumns;
	BpColumn   *columns;
	List	   *checks;			/* of BpCheck, by name */
	List	   *parents;		/* of BpTable, in order */
	/* only if asked for */
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
	char	   *acl;
	char	   *acl_default;
	Oid			owning_table;	/* of a sequence */
	int			owning_column;
	bool		is_identity;
	bool		has_column_acls;
	BpSequence *sequence;	/* sequence.c's own */
} BpTable;

extern BpTable *bp_table_find(BpDefine *d, Oid oid);

/*
 * The oids of those of d->tables that the test says yes to, *n of them:
 * parents, too, which have no object.
 */
typedef bool (*BpTableTestFn) (BpDefine *d, const BpTable *t);
extern Oid *bp_tables_with(BpDefine *d, BpTableTestFn test, int *n);

/* "FOREIGN " where ALTER TABLE of it is ALTER FOREIGN TABLE */
extern const char *bp_table_foreign(const BpTable *t);

/* Does the column stand in CREATE TABLE? */
extern bool bp_column_is_written(const BpTable *t, const BpColumn *c);

/* Appends name=value, …, as reloptions are written. */
extern void bp_put_options(StringInfo sql, const char *prefix, char **options,
						   int n);

/* Adds the relations d->relations, and all that comes with them. */
extern void bp_read_relations(BpDefine *d);

/* Of all d->tables: columns, defaults, checks (column.c) */
extern void bp_read_columns(BpDefine *d);

/* Indexes, the constraints they serve, attached indexes (index.c) */
extern void bp_read_indexes(BpDefine *d);

/*
 * Makes o depend on all that is attached to an index, and to what is attached
 * to it.
 */
extern void bp_depend_on_attached_indexes(BpDefine *d, BpObject *o, Oid index);

/* Foreign keys (constraint.c) */
extern void bp_read_foreign_keys(BpDefine *d);
extern void bp_write_check(BpDefine *d, BpObject *o);
extern void bp_write_constraint_comment(BpDefine *d, BpTable *t, Oid oid,
										const char *name, int dep);

/* The entries of a sequence (sequence.c) */
extern void bp_read_sequences(BpDefine *d);
extern void bp_write_sequence(BpDefine *d, BpTable *t);

/* The statement of a table, a view, a materialized view (table.c) */
extern void bp_put_table(BpDefine *d, StringInfo sql, BpTable *t);

/* Privileges of columns (table.c); table_acl: entry of its own, or 0 */
extern void bp_write_column_acls(BpDefine *d, BpTable *t, int table_acl);

#endif							/* BP_DEFINE_RELATION_H */
