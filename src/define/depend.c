/*-------------------------------------------------------------------------
 *
 * depend.c
 *	  What each object of a selection needs.
 *
 * pg_dump knows all objects of the database, with what pg_depend says of
 * them, and gives an entry the entries it needs; where one is not written, it
 * looks through it at what that one needs.  Here only the objects asked for
 * are known.  From each of them pg_depend is followed through all others,
 * called unselected_deps ones, read by index when they are met, until objects that
 * are asked for are found.
 *
 * What is part of another's statement does not need the other.
 *
 * Where an object comes to need itself, or a definition an index, pg_dump
 * splits one of those involved.  Which one is clear for defaults and CHECKs
 * whose circle has nothing else that may be split: they become entries of
 * their own.  All else is a reason to refuse.
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
#include "define/depend_node.h"
#include "miscadmin.h"

typedef struct BpSearch
{
	BpDefine   *d;
	HTAB	   *nodes;
	BpObject   *start;
	int			number;
	bool		other_split;			/* a way reaches_start through what might be split */
} BpSearch;

static void search_object(BpSearch *s, BpObject *o);
static void search_edges(BpSearch *s, BpObject *from, BpDependNode *node);
static void search_out(BpSearch *s, BpObject *from, BpDependNode *node);
static bool object_reaches_start(BpSearch *s, BpObject *o);

static void
search_out(BpSearch *s, BpObject *from, BpDependNode *node)
{
	if (node->seen == s->number)
		return;
	node->seen = s->number;
	search_edges(s, from, node);
}

/* From a node, of an object (from) or of an unselected_deps one (NULL) */
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
			/* a part and its whole; an object and itself */
			if (from == NULL || (o != from && o != from->part_of))
				search_object(s, o);
		}
		else if (bp_depend_node_is_known(s->d, node, &to))
		{
			if (s->start->kind < BP_OBJECT_TABLE_DATA &&
				bp_depend_node_is_parent_key(s->d, &to))
				bp_refuse(s->d, psprintf("the definition of %s needs a key, which is made after the data",
										 s->start->name));
			search_out(s, NULL, bp_depend_node(s->nodes, to.classId, to.objectId));
		}
	}
}

static void
search_own(BpSearch *s, BpObject *o)
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
			search_out(s, NULL, bp_depend_node(s->nodes, to->classId, to->objectId));
	}
	if (OidIsValid(o->classid))
		search_edges(s, o, bp_depend_node(s->nodes, o->classid, o->oid));
}

/* An object that was met on the way */
static void
search_object(BpSearch *s, BpObject *o)
{
	if (o == s->start)
	{
		bp_refuse(s->d, psprintf("the definition of %s needs itself",
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
	search_own(s, o);
}

/* The start's own */
static void
search_from(BpSearch *s, BpObject *o)
{
	ListCell   *lc;

	s->start = o;
	s->number++;
	search_own(s, o);
	foreach(lc, o->needs)
	{
		BpObject   *other = lfirst(lc);

		if (o->kind < BP_OBJECT_TABLE_DATA &&
			other->kind >= BP_OBJECT_TABLE_DATA)
			bp_refuse(s->d, psprintf("the definition of %s needs %s, which is made after the data",
									 o->name, other->name));
	}
}

/* ----------------------------------------------------------------
 *		parts that cannot be parts
 * ----------------------------------------------------------------
 */

/*
 * Does this lead to the start?  All ways are gone, to see what lies on those
 * that do.
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
		BpDependNode	   *next;

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
			if (next->reaches_start && (next->classid == RewriteRelationId ||
										bp_depend_node_is_of_table(next->classid)))
				s->other_split = true;
		}
		reaches_start |= next->reaches_start;
	}
	return reaches_start;
}

static bool
own_reaches_start(BpSearch *s, BpObject *o)
{
	bool		reaches_start = false;
	ListCell   *lc;

	foreach(lc, o->deps)
		if (lfirst(lc) != o->part_of)
			reaches_start |= object_reaches_start(s, lfirst(lc));
	if (OidIsValid(o->classid))
		reaches_start |= node_reaches_start(s, o, bp_depend_node(s->nodes, o->classid, o->oid));
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
	o->reaches_start = own_reaches_start(s, o);
	/* another part, or what it is a part of, might be split instead */
	if (o->reaches_start && !o->separate)
		s->other_split = true;
	return o->reaches_start;
}

/*
 * A part that needs something that needs the whole becomes an entry of its
 * own, as the default of a column that takes its value from a sequence of its
 * own.
 */
static void
split(BpSearch *s, BpObject *part)
{
	BpObject   *whole = part->part_of;

	s->start = whole;
	s->number++;
	s->other_split = false;
	part->seen = s->number;
	if (!own_reaches_start(s, part))
		return;
	if (s->other_split || !part->may_split)
	{
		bp_refuse(s->d, psprintf("the definition of %s needs itself",
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
			split(&s, d->objects[i]);
	for (int i = 0; i < d->nobjects && d->reason == NULL; i++)
		if (d->objects[i]->separate)
			search_from(&s, d->objects[i]);
}
