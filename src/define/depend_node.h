/*-------------------------------------------------------------------------
 *
 * depend_node.h
 *	  Where the objects of the catalogs lead.
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

/* An object of the catalogs, asked for or not, and where it reaches_start */
typedef struct BpDependNode
{
	Oid			classid;		/* the key */
	Oid			oid;
	bool		read;
	int			seen;			/* number of the search that met it last */
	bool		reaches_start;			/* to the start of that search */
	int			nedges;
	int			max_edges;
	ObjectAddress *edges;		/* what it needs; may name what is not known */
} BpDependNode;

/* The nodes met so far; to be kept while dependencies are looked for */
extern HTAB *bp_depend_node_table(void);

/* The node of this identity; its edges are read at the first use. */
extern BpDependNode *bp_depend_node(HTAB *nodes, Oid classid, Oid oid);
extern void bp_depend_node_read(BpDefine *d, BpDependNode *node);

/*
 * Is an object that is not asked for, as met from this node, one that pg_dump
 * knows?
 */
extern bool bp_depend_node_is_known(BpDefine *d, const BpDependNode *node,
									const ObjectAddress *to);

/*
 * Is it a constraint with an index, of a table that is not asked for but read?
 * Such a thing comes after the data, even though it is not written.
 */
extern bool bp_depend_node_is_parent_key(BpDefine *d, const ObjectAddress *to);

/* Of a kind that pg_dump reads only with its table? */
extern bool bp_depend_node_is_of_table(Oid classid);

#endif							/* BP_DEFINE_DEPEND_NODE_H */
