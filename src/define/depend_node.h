/*-------------------------------------------------------------------------
 *
 * depend_node.h
 *	  What an object of the catalogs depends on; it need not be selected.
 *
 * See depend_node.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/depend_node.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DEPEND_NODE_H
#define BP_DEFINE_DEPEND_NODE_H

#include "define/object.h"

/* An object of the catalogs, and what it depends on */
typedef struct BpDependNode
{
	Oid			classid;		/* the key: classid and oid */
	Oid			oid;
	bool		read;			/* edges have been read */
	int			seen;			/* number of the search that last met it */
	bool		reaches_start;	/* in that search: a path leads to its start */
	int			nedges;
	int			max_edges;
	ObjectAddress *edges;		/* what it depends on, including objects that
								 * pg_dump does not know
								 * (bp_depend_node_is_known) */
} BpDependNode;

/* A hash table for nodes, empty, in CurrentMemoryContext */
extern HTAB *bp_depend_node_table(void);

/* The node of this identity; a new one if needed, without edges. */
extern BpDependNode *bp_depend_node(HTAB *nodes, Oid classid, Oid oid);

/*
 * Reads the edges of a node from pg_depend and other catalogs.  An unselected
 * object that pg_dump does not know gets none.
 */
extern void bp_depend_node_read(BpDefine *d, BpDependNode *node);

/*
 * "to" is the unselected end of an edge of node.  Does pg_dump know that
 * object, so that it follows the edge?
 */
extern bool bp_depend_node_is_known(BpDefine *d, const BpDependNode *node,
									const ObjectAddress *to);

/*
 * Is it a constraint with an index, of an unselected parent table?  pg_dump
 * places these after the data, even though it does not write them.
 */
extern bool bp_depend_node_is_parent_key(BpDefine *d, const ObjectAddress *to);

/* Is it a kind of object that pg_dump reads only together with its table? */
extern bool bp_depend_node_is_of_table(Oid classid);

#endif							/* BP_DEFINE_DEPEND_NODE_H */
