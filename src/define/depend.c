/*-------------------------------------------------------------------------
 *
 * depend.c
 *	  What each object of a selection needs.
 *
 * pg_dump knows all objects of the database, and what pg_depend says about
 * each.  The dependencies of an entry are the entries of the objects that its
 * object depends on.  If such an object has no entry, pg_dump takes the
 * dependencies of that object instead.  Here only the selected objects are
 * known.  A search starts from each of them, and follows pg_depend through
 * unselected objects until it reaches selected ones.  Unselected objects are
 * read by index when the search meets them (depend_node.c).
 *
 * A part of another object's statement (BpObject.part_of) does not need that
 * object.
 *
 * If an object needs itself, there is a cycle, and pg_dump breaks it by
 * making a part of one of the objects in it separate.  pg_dump does the same
 * if an object that must be created before the data needs an index, which is
 * created after the data.  Which part pg_dump chooses is certain only if
 * exactly one part of the cycle, a default or a CHECK constraint, can be made
 * separate; this part is made separate here.  All other cycles are refused.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/depend.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_rewrite.h"
#include "define/depend.h"
#include "define/depend_node.h"
#include "miscadmin.h"

typedef struct BpSearch
{
	BpDefine   *d;
	HTAB	   *nodes;			/* depend_node.c */
	BpObject   *start;
	int			number;			/* of this search; objects and nodes that it
								 * has met keep the number */
	bool		other_split;	/* a path to the start contains something else
								 * that pg_dump might split */
} BpSearch;

static void search_object(BpSearch *s, BpObject *o);
static void search_edges(BpSearch *s, BpObject *from, BpDependNode *node);
static bool object_reaches_start(BpSearch *s, BpObject *o);

static void
search_unselected(BpSearch *s, BpDependNode *node)
{
	if (node->seen == s->number)
		return;
	node->seen = s->number;
	search_edges(s, NULL, node);
}

/*
 * Follows the edges of a node.  The node is that of the selected object
 * "from"; if "from" is NULL, it is that of an unselected object.
 */
static void
search_edges(BpSearch *s, BpObject *from, BpDependNode *node)
{
	check_stack_depth();
	if (!node->read)
		bp_depend_node_read(s->d, node);
	for (int i = 0; i < node->nedges; i++)
	{
		ObjectAddress to = node->edges[i];
		BpObject   *o = bp_object_find(s->d, to.classId, to.objectId);

		if (o != NULL)
		{
			/*
			 * skip edges from an object to itself, or from a part to its
			 * whole
			 */
			if (from == NULL || (o != from && o != from->part_of))
				search_object(s, o);
		}
		else if (bp_depend_node_is_known(s->d, node, &to))
		{
			if (s->start->kind < BP_OBJECT_TABLE_DATA &&
				bp_depend_node_is_parent_key(s->d, &to))
				bp_refuse(s->d, psprintf("the definition of %s depends on a key, which is created after the data",
										 s->start->name));
			search_unselected(s, bp_depend_node(s->nodes, to.classId,
												to.objectId));
		}
	}
}

/* Follows everything that the object itself depends on. */
static void
search_dependencies(BpSearch *s, BpObject *o)
{
	ListCell   *lc;

	foreach(lc, o->deps)
	{
		BpObject   *other = lfirst(lc);

		if (other != o->part_of)
			search_object(s, other);
	}
	foreach(lc, o->unselected_deps)
	{
		ObjectAddress *to = lfirst(lc);
		BpObject   *other = bp_object_find(s->d, to->classId, to->objectId);

		if (other != NULL)
			search_object(s, other);
		else
			search_unselected(s, bp_depend_node(s->nodes, to->classId,
												to->objectId));
	}
	if (OidIsValid(o->classid))
		search_edges(s, o, bp_depend_node(s->nodes, o->classid, o->oid));
}

/* Handles a selected object that the search meets. */
static void
search_object(BpSearch *s, BpObject *o)
{
	if (o == s->start)
	{
		bp_refuse(s->d, psprintf("the definition of %s depends on itself",
								 o->name));
		return;
	}
	if (o->seen == s->number)
		return;
	o->seen = s->number;
	if (o->separate)
	{
		s->start->needs = lappend(s->start->needs, o);
		return;
	}
	search_dependencies(s, o);
}

/* Sets what the object needs. */
static void
search_needs(BpSearch *s, BpObject *o)
{
	ListCell   *lc;

	s->start = o;
	s->number++;
	search_dependencies(s, o);
	foreach(lc, o->needs)
	{
		BpObject   *other = lfirst(lc);

		if (o->kind < BP_OBJECT_TABLE_DATA &&
			other->kind >= BP_OBJECT_TABLE_DATA)
			bp_refuse(s->d, psprintf("the definition of %s depends on %s, which is created after the data",
									 o->name, other->name));
	}
}

/* ----------------------------------------------------------------
 *		parts that have to become separate
 * ----------------------------------------------------------------
 */

/*
 * Does a path lead from the node to the start of the search?  All paths are
 * followed, to find out what else on the paths to the start could be split.
 */
static bool
node_reaches_start(BpSearch *s, BpObject *from, BpDependNode *node)
{
	bool		reaches_start = false;

	check_stack_depth();
	if (!node->read)
		bp_depend_node_read(s->d, node);
	for (int i = 0; i < node->nedges; i++)
	{
		ObjectAddress to = node->edges[i];
		BpObject   *o = bp_object_find(s->d, to.classId, to.objectId);
		BpDependNode *next;

		if (o != NULL)
		{
			if (from == NULL || (o != from && o != from->part_of))
				reaches_start |= object_reaches_start(s, o);
			continue;
		}
		if (!bp_depend_node_is_known(s->d, node, &to))
			continue;
		next = bp_depend_node(s->nodes, to.classId, to.objectId);
		if (next->seen != s->number)
		{
			next->seen = s->number;
			next->reaches_start = false;
			next->reaches_start = node_reaches_start(s, NULL, next);
			if (next->reaches_start &&
				(next->classid == RewriteRelationId ||
				 bp_depend_node_is_of_table(next->classid)))
				s->other_split = true;
		}
		reaches_start |= next->reaches_start;
	}
	return reaches_start;
}

/* The same for everything that the object itself depends on */
static bool
dependencies_reach_start(BpSearch *s, BpObject *o)
{
	bool		reaches_start = false;
	ListCell   *lc;

	foreach(lc, o->deps)
		if (lfirst(lc) != o->part_of)
			reaches_start |= object_reaches_start(s, lfirst(lc));
	if (OidIsValid(o->classid))
		reaches_start |= node_reaches_start(s, o,
											bp_depend_node(s->nodes,
														   o->classid,
														   o->oid));
	return reaches_start;
}

static bool
object_reaches_start(BpSearch *s, BpObject *o)
{
	if (o == s->start)
		return true;
	if (o->seen == s->number)
		return o->reaches_start;
	o->seen = s->number;
	o->reaches_start = false;
	o->reaches_start = dependencies_reach_start(s, o);
	/* pg_dump might split this part from its whole instead */
	if (o->reaches_start && !o->separate)
		s->other_split = true;
	return o->reaches_start;
}

/*
 * Makes a part separate if it depends on something that depends on its whole.
 * An example is a default that calls nextval() on a sequence that its column
 * owns.
 */
static void
split_if_in_cycle(BpSearch *s, BpObject *part)
{
	BpObject   *whole = part->part_of;

	s->start = whole;
	s->number++;
	s->other_split = false;
	part->seen = s->number;
	if (!dependencies_reach_start(s, part))
		return;
	if (s->other_split || !part->may_split)
	{
		bp_refuse(s->d, psprintf("the definition of %s depends on itself",
								 whole->name));
		return;
	}
	part->separate = true;
	part->part_of = NULL;
	part->deps = lappend(part->deps, whole);
	whole->deps = list_delete_ptr(whole->deps, part);
}

void
bp_resolve_dependencies(BpDefine *d)
{
	BpSearch	s = {0};

	s.d = d;
	s.nodes = bp_depend_node_table();
	for (int i = 0; i < d->nobjects && d->reason == NULL; i++)
		if (d->objects[i]->part_of != NULL)
			split_if_in_cycle(&s, d->objects[i]);
	for (int i = 0; i < d->nobjects && d->reason == NULL; i++)
		if (d->objects[i]->separate)
			search_needs(&s, d->objects[i]);
}
