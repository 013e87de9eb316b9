/*-------------------------------------------------------------------------
 *
 * relations_collect.h
 *	  Finding the relations that a backup's patterns may be about.
 *
 * For relations.c alone.
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

/* A schema we have looked at */
typedef struct BpSchema
{
	Oid			oid;
	char	   *name;
	bool		system;
	bool		excluded;
	bool		contains;		/* what is in it is taken */
} BpSchema;

/* All of it in the memory context that was current at its beginning */
typedef struct BpRelationsReader
{
	Snapshot	snapshot;
	/* lists of BpPattern */
	List	   *schemas;
	List	   *tables;
	List	   *no_schemas;
	List	   *no_tables;
	List	   *no_data;
	List	   *known;			/* BpSchema, as they are met */
	BpSchema   *last;
	BpPattern  *pattern;		/* relations are being collected for it */
	BpRel	   *rels;
	int			nrels;
	int			max;
} BpRelationsReader;

/* A list of BpPattern from one of strings. */
extern List *bp_relations_parse_patterns(List *texts, bool with_schema);

/* By oid; an error if there is none under the snapshot. */
extern BpSchema *bp_relations_schema(BpRelationsReader *s, Oid oid);

/* Does one of the patterns (of tables) match? */
extern bool bp_relation_matches_any(List *patterns, const BpRel *rel);

/* Fills rels, sorted; raises an error for a pattern that matches nothing. */
extern void bp_relations_collect(BpRelationsReader *s);

/* Appends the relation, if there is one of a kind we know. */
extern void bp_relations_add_oid(BpRelationsReader *s, Oid oid);

/* By oid, each once. */
extern void bp_relations_sort(BpRelationsReader *s);

#endif							/* BP_CATALOG_RELATIONS_COLLECT_H */
