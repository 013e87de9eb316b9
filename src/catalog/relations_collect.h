/*-------------------------------------------------------------------------
 *
 * relations_collect.h
 *	  Reading the relations that a backup's patterns may select.
 *
 * Private to src/catalog, for relations.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/relations_collect.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_CATALOG_RELATIONS_COLLECT_H
#define BP_CATALOG_RELATIONS_COLLECT_H

#include "catalog/pattern.h"
#include "catalog/relations.h"
#include "nodes/pg_list.h"

/* A schema that has been read */
typedef struct BpSchema
{
	Oid			oid;
	char	   *name;
	bool		system;
	bool		excluded;
	bool		contains;		/* its relations are selected */
} BpSchema;

/*
 * The state of one call of bp_relations_read.  It is allocated in the memory
 * context that is current in that call.
 */
typedef struct BpRelationsReader
{
	Snapshot	snapshot;
	bool		everything;		/* no pattern selects schemas or tables: all
								 * are selected */
	/* lists of BpPattern */
	List	   *schemas;
	List	   *tables;
	List	   *no_schemas;
	List	   *no_tables;
	List	   *no_data;
	List	   *known;			/* of BpSchema: the schemas already read */
	BpSchema   *last;			/* the schema that was looked up last, or
								 * NULL */
	BpPattern  *pattern;		/* the pattern whose relations are being read;
								 * NULL: all relations */
	BpRel	   *rels;			/* in order of oid, once they have been
								 * sorted */
	int			nrels;
	int			max_rels;
} BpRelationsReader;

/* Parses a list of strings; returns a list of BpPattern. */
extern List *bp_relations_parse_patterns(List *texts, bool with_schema);

/*
 * Finds or reads a schema by its oid.  Raises undefined_schema if there is
 * none under the snapshot.
 */
extern BpSchema *bp_relations_schema(BpRelationsReader *s, Oid oid);

/* Does one of these patterns of tables match the relation? */
extern bool bp_relation_matches_any(List *patterns, const BpRel *rel);

/*
 * Reads and sorts the relations.  Raises undefined_table or undefined_schema
 * for a selecting pattern that matches nothing.
 */
extern void bp_relations_collect(BpRelationsReader *s);

/*
 * Appends the relation with this oid, if there is one and it matches
 * s->pattern.  Kinds of relations that are never selected, such as indexes,
 * are not appended.
 */
extern void bp_relations_add_oid(BpRelationsReader *s, Oid oid);

/* Sorts the relations by oid, and removes duplicates. */
extern void bp_relations_sort(BpRelationsReader *s);

/* Finds a relation among n sorted ones, or returns NULL. */
extern BpRel *bp_relations_search(BpRel *rels, int n, Oid oid);

#endif							/* BP_CATALOG_RELATIONS_COLLECT_H */
