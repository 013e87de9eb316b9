/*-------------------------------------------------------------------------
 *
 * define.h
 *	  Definitions made here, entry by entry as pg_dump would write them.
 *
 * See define.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/define.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DEFINE_H
#define BP_DEFINE_DEFINE_H

#include "archive/toc.h"
#include "nodes/pg_list.h"
#include "session/session.h"
#include "utils/hsearch.h"

/* A table of contents in the making */
typedef struct BpDefine
{
	BpSession  *session;
	BpRelations *relations;
	Snapshot	snapshot;
	BpToc	   *toc;			/* and all in it: in CurrentMemoryContext */
	int			max_entries;
	int			last_id;		/* of a dump id */
	int		   *rel_ids;		/* dump ids of relations->rels */
	int		   *data_ids;		/* of their data; 0: none */
	char	   *reason;			/* why it can't be done; NULL: it can */
	/* not for content => 'data' */
	struct BpObject **objects;	/* object.c */
	int			nobjects;
	int			max_objects;
	HTAB	   *by_id;
	List	   *tables;			/* of BpTable (relation.c) */
	HTAB	   *tables_by_oid;
	List	   *parents;		/* of Oid: tables not asked for, whose children
								 * or sequences are */
	List	   *indexes;		/* of BpIndex (index.c) */
	List	   *parent_indexes; /* of Oid: of indexes that others are attached to */
	struct BpRefreshes *refreshes;	/* view.c */
	int			boundaries[2];	/* numbers, 0 if not needed yet */
} BpDefine;

/* Writes the entry for a relation's data, or value. */
typedef void (*BpDefineDataFn) (BpDefine *d, int rel);

/*
 * The table of contents of the task's selection, in session->cxt, identical
 * to that of the server's own pg_dump but for the numbers it gives to
 * objects.  NULL, and *reason for people (palloc'd), if there is anything in
 * it that only pg_dump can write for certain.  Needs session->relations and
 * session->snapshot.  Raises errors where pg_dump would end with one.
 */
extern BpToc *bp_define_toc(BpSession *session, char **reason);

/*
 * For the define_*.c files.
 */

/* Appends an entry, zeroed but for a number of its own; valid until the next. */
extern BpTocEntry *bp_add_entry(BpDefine *d, const char *desc, const char *tag,
								int section);

/* The first reason stays. */
extern void bp_refuse(BpDefine *d, const char *reason);

extern void bp_write_table_data(BpDefine *d, int rel); /* data.c */
extern void bp_write_sequence_set(BpDefine *d, int rel);

/*
 * DATABASE and DATABASE PROPERTIES (database.c); with definitions its
 * comment, labels and privileges, too.
 */
extern void bp_write_database(BpDefine *d);

/* Do settings of the database or the role say name = off? */
extern bool bp_login_turns_off(BpDefine *d, const char *name);

/*
 * Numbers of the relations that have data, in the order in which pg_dump -a
 * writes it; *n of them.  NULL if that can't be told.  (data_order.c)
 */
extern int *bp_data_order(BpDefine *d, int *n);

#endif							/* BP_DEFINE_DEFINE_H */
