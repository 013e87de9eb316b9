/*-------------------------------------------------------------------------
 *
 * relations.h
 *	  What a backup's patterns select, by pg_dump's rules.
 *
 * See relations.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/relations.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_CATALOG_RELATIONS_H
#define BP_CATALOG_RELATIONS_H

#include "shared/options.h"
#include "utils/snapshot.h"

/* A table, sequence, view, … that a pattern matches or a table brings along */
typedef struct BpRel
{
	Oid			oid;
	Oid			nsp;
	Oid			owner;
	char		kind;			/* RELKIND_… */
	char		persistence;	/* RELPERSISTENCE_… */
	bool		ispartition;
	bool		system;			/* lies in one of the server's own schemas */
	bool		member;			/* belongs to an extension */
	bool		named;			/* a selecting pattern of tables matches */
	bool		whole;			/* definition and data are asked for */
	bool		config;			/* rows are an extension's configuration */
	bool		no_data;		/* a pattern of exclude_table_data matches */
	bool		data;			/* has rows or a value, and they are asked for */
	char	   *condition;		/* of a configuration table, or NULL */
	char	   *schema;
	char	   *name;
} BpRel;

typedef struct BpRelations
{
	bool		everything;		/* no pattern selects: a whole database */
	bool		dotted;			/* a pattern of a schema has a dot */
	List	   *schemas;		/* of Oid: those that patterns select */
	int			nrels;
	BpRel	   *rels;			/* by oid */
} BpRelations;

/*
 * The relations that pg_dump with the same patterns would consider, under the
 * snapshot, in CurrentMemoryContext.  Names without a schema are looked up
 * along search_path.  Raises undefined_table or undefined_schema for a
 * selecting pattern that matches nothing.
 */
extern BpRelations *bp_rels_read(BpOptions *options, Snapshot snapshot);

/* By oid, or NULL. */
extern BpRel *bp_rels_find(const BpRelations *relations, Oid oid);

/* Must it be locked?  As pg_dump: tables, partitioned ones too. */
extern bool bp_rels_is_locked(const BpRel *rel);

#endif							/* BP_CATALOG_RELATIONS_H */
