/*-------------------------------------------------------------------------
 *
 * relations.h
 *	  The relations that a backup's patterns select, by pg_dump's rules.
 *
 * See relations.c for the rules.
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

/* A table, sequence, view, … that the backup may have to consider */
typedef struct BpRel
{
	Oid			oid;
	Oid			nsp;
	Oid			owner;
	char		kind;			/* RELKIND_… */
	char		persistence;	/* RELPERSISTENCE_… */
	bool		ispartition;
	bool		system;			/* is in one of the server's own schemas */
	bool		member;			/* belongs to an extension */
	bool		named;			/* a selecting pattern of tables matches */
	bool		whole;			/* definition and data are selected */
	bool		config;			/* configuration table of an extension, whose
								 * rows are selected */
	bool		data_excluded;	/* whole or config, but exclude_table_data
								 * matches */
	bool		data;			/* has rows or a value that are selected */
	char	   *condition;		/* which rows of a configuration table are
								 * selected, as SQL ("WHERE ..."); NULL: all
								 * rows */
	char	   *schema;
	char	   *name;
} BpRel;

typedef struct BpRelations
{
	bool		everything;		/* there is no selecting pattern: the whole
								 * database is selected */
	bool		dotted;			/* a pattern of schemas has a dot
								 * (BpPattern) */
	List	   *schemas;		/* of Oid: the schemas that patterns select */
	int			nrels;
	BpRel	   *rels;			/* by oid */
} BpRelations;

/*
 * Reads the relations that pg_dump with the same patterns would consider,
 * under the snapshot.  The result is allocated in CurrentMemoryContext.  Names
 * without a schema match the relations that are visible in search_path.
 * Raises undefined_table or undefined_schema for a selecting pattern that
 * matches nothing, and the errors of bp_pattern_parse.
 */
extern BpRelations *bp_relations_read(BpOptions *options, Snapshot snapshot);

/* Finds a relation by its oid, or returns NULL. */
extern BpRel *bp_relations_find(const BpRelations *relations, Oid oid);

/* Does pg_dump lock it?  It locks tables, including partitioned ones. */
extern bool bp_relation_needs_lock(const BpRel *rel);

#endif							/* BP_CATALOG_RELATIONS_H */
