/*-------------------------------------------------------------------------
 *
 * readers.c
 *	  Which entries of an archive run functions that may read tables.
 *
 * pg_restore loads all tables, in the order of the archive, before it makes
 * indexes and constraints.  So a generated column, a check, a domain or an
 * index can call a function that reads another table, although no catalog
 * records that it does.  We load tables side by side, and must keep that order
 * where there is such a function (load_edges.c, post.c).
 *
 * A function may read tables if it is neither in pg_catalog nor written in C
 * or internal.  What cannot be decided counts as reading: a function that is
 * neither in the archive nor in the target nor, written in C, in the scripts of
 * an extension that this restore makes (extension_scripts.c), and a definition
 * that our parser does not accept.
 * There is one exception.  Types and operator classes that are found nowhere
 * are those of an extension; the functions of these are written in C.
 *
 * An entry may read if it depends, directly or not, on a function that may.
 * There are two sources of dependencies.  The archive has those that the
 * server recorded: they include functions that the text of a definition does
 * not show, such as those of casts and operator classes.  But pg_dump leaves
 * out those of exclusion constraints, and all objects that it did not dump.
 * So the names in the definition count, too (reader_names.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/readers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "base/array.h"
#include "restore/exists.h"
#include "restore_plan/extension_scripts.h"
#include "restore_plan/reader_names.h"
#include "restore_plan/readers.h"
#include "restore_plan/target_readers.h"
#include "utils/hsearch.h"

/* The entries of the archive that have a name */
typedef struct BpNamedEntries
{
	char		key[2 * NAMEDATALEN + 8];	/* see name_key */
	List	   *entries;		/* indexes into the TOC */
} BpNamedEntries;

typedef struct BpReaders
{
	BpDag	   *dag;
	HTAB	   *named;			/* BpNamedEntries */
	BpExtensionScripts *scripts;
	bool	   *reads;			/* by entry, of any kind */
	BpEdge	   *edges;			/* 'after' uses 'before' */
	int			nedges;
	int			max_edges;
} BpReaders;

/* Kinds of entries whose functions other entries may run */
static const char *const used_kinds[] = {
	"FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR", "OPERATOR CLASS",
	"OPERATOR FAMILY", "CAST", "DOMAIN", "TYPE", NULL
};

/* Those of them that a table may need only for the default of a column */
static const char *const called_kinds[] = {
	"FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR", "CAST", NULL
};

static const char *const function_kinds[] = {"FUNCTION", "PROCEDURE", NULL};

/* Kinds that evaluate expressions when they are made, or when ANALYZE runs */
static const char *const post_kinds[] = {
	"INDEX", "CONSTRAINT", "CHECK CONSTRAINT", "STATISTICS", NULL
};

static void add_use(BpReaders *r, int used, int user);
static char *name_key(BpNameKind kind, const char *schema, const char *name);
static void add_entry_name(BpReaders *r, BpNameKind kind, const char *schema,
						   const char *name, int entry);
static void index_names(BpReaders *r);
static bool function_may_read(const BpTocEntry *e);
static List *entries_of(BpReaders *r, const BpUsedName *name);
static void use_name(BpReaders *r, int entry, const BpUsedName *name);
static bool has_names(BpReaders *r, const BpTocEntry *e);
static void look_at_table(BpReaders *r, int entry);
static void look_at_entry(BpReaders *r, int entry);
static void propagate(BpReaders *r);
static void spread_opclasses(BpReaders *r);

static void
add_use(BpReaders *r, int used, int user)
{
	if (used < 0 || used == user)
		return;
	BP_ARRAY_ROOM(r->edges, r->nedges, r->max_edges);
	r->edges[r->nedges].before = used;
	r->edges[r->nedges].after = user;
	r->nedges++;
}

/*
 * The hash key of a name.  Without a schema it stands for the name in any
 * schema.  Names are at most NAMEDATALEN - 1 bytes long in a valid archive;
 * two longer ones may have one key, which makes the answer "may read" at
 * worst.
 */
static char *
name_key(BpNameKind kind, const char *schema, const char *name)
{
	static char key[2 * NAMEDATALEN + 8];

	memset(key, 0, sizeof(key));
	snprintf(key, sizeof(key), "%d %s.%s", (int) kind,
			 schema != NULL ? schema : "", name);
	return key;
}

static void
add_entry_name(BpReaders *r, BpNameKind kind, const char *schema,
			   const char *name, int entry)
{
	bool		found;
	BpNamedEntries *named;

	named = hash_search(r->named, name_key(kind, schema, name), HASH_ENTER,
						&found);
	if (!found)
		named->entries = NIL;
	named->entries = lappend_int(named->entries, entry);
	if (schema != NULL)
		add_entry_name(r, kind, NULL, name, entry);
}

/*
 * Fills r->named.  The tag of a function is its name and its arguments; a
 * name with a parenthesis will not be found, which is safe.
 */
static void
index_names(BpReaders *r)
{
	const BpToc *toc = r->dag->sel->toc;
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(((BpNamedEntries *) 0)->key);
	ctl.entrysize = sizeof(BpNamedEntries);
	ctl.hcxt = CurrentMemoryContext;
	r->named = hash_create("names of an archive", 256, &ctl,
						   HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		const char *schema = bp_entry_schema(e);

		if (bp_entry_in(e, function_kinds) || bp_entry_is(e, "AGGREGATE"))
			add_entry_name(r, BP_NAME_FUNCTION, schema,
						   pnstrdup(e->tag, strcspn(e->tag, "(")), i);
		else if (bp_entry_is(e, "OPERATOR"))
			add_entry_name(r, BP_NAME_OPERATOR, schema, e->tag, i);
		else if (bp_entry_is(e, "OPERATOR CLASS"))
			add_entry_name(r, BP_NAME_OPCLASS, schema, e->tag, i);
		else if (bp_entry_is(e, "DOMAIN") || bp_entry_is(e, "TYPE") ||
				 bp_entry_is_relation(e))
			add_entry_name(r, BP_NAME_TYPE, schema, e->tag, i);
	}
}

/* Is the function written in a language whose functions may read tables? */
static bool
function_may_read(const BpTocEntry *e)
{
	bool		failed;
	List	   *parsed = bp_reader_parse(e->defn, &failed);
	Node	   *create;

	if (failed || parsed == NIL)
		return true;
	create = linitial_node(RawStmt, parsed)->stmt;
	return !IsA(create, CreateFunctionStmt) ||
		!bp_reader_language_is_c((CreateFunctionStmt *) create);
}

/* The entries of the archive that a name can mean */
static List *
entries_of(BpReaders *r, const BpUsedName *name)
{
	BpNamedEntries *named;

	named = hash_search(r->named, name_key(name->kind, name->schema, name->name),
						HASH_FIND, NULL);
	return named != NULL ? named->entries : NIL;
}

/*
 * The entry uses a name.  Names without a schema are those of pg_catalog,
 * except in archives that were made before pg_dump qualified all others.
 */
static void
use_name(BpReaders *r, int entry, const BpUsedName *name)
{
	bool		qualified = name->schema != NULL;
	List	   *entries;
	BpTargetAnswer answer = BP_TARGET_MISSING;
	ListCell   *lc;

	if (!qualified && r->dag->sel->toc->searchpath != NULL)
		return;
	entries = entries_of(r, name);
	foreach(lc, entries)
		add_use(r, lfirst_int(lc), entry);
	if (entries != NIL || !qualified)
		return;
	switch (name->kind)
	{
		case BP_NAME_FUNCTION:
			answer = bp_target_function(name->schema, name->name);
			break;
		case BP_NAME_OPERATOR:
			answer = bp_target_operator(name->schema, name->name);
			break;
		case BP_NAME_TYPE:
			answer = bp_target_type(name->schema, name->name);
			break;
		case BP_NAME_OPCLASS:
			answer = bp_target_opclass(name->am, name->schema, name->name);
			break;
	}
	if (answer == BP_TARGET_READS ||
		(answer == BP_TARGET_MISSING &&
		 ((name->kind == BP_NAME_FUNCTION &&
		   !bp_extension_function_is_c(r->scripts, name->name)) ||
		  (name->kind == BP_NAME_OPERATOR &&
		   !bp_extension_operator_is_c(r->scripts, name->name)))))
		r->reads[entry] = true;
}

/*
 * Can the entry's definition contain a qualified name besides that of its
 * table?  Most definitions cannot, and need not be parsed.
 */
static bool
has_names(BpReaders *r, const BpTocEntry *e)
{
	const char *dot = e->defn != NULL ? strchr(e->defn, '.') : NULL;

	if (r->dag->sel->toc->searchpath == NULL)
		return true;
	return dot != NULL && strchr(dot + 1, '.') != NULL;
}

/*
 * A table depends on its parents and on the types of its columns.  The
 * functions that the archive says it depends on count if it has expressions
 * that run, unless only defaults use them.
 */
static void
look_at_table(BpReaders *r, int entry)
{
	BpDag	   *dag = r->dag;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	BpUsedNames *names = NULL;
	List	   *used = NIL;
	List	   *defaults = NIL;
	bool		calls = false;
	ListCell   *lc;

	for (int k = 0; k < e->ndeps && !calls; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		calls = j >= 0 && bp_entry_in(&dag->sel->toc->entries[j], called_kinds);
	}
	if (calls || has_names(r, e))
	{
		names = bp_reader_names(e);
		r->reads[entry] = names->unknown;
		foreach(lc, names->used)
		{
			use_name(r, entry, lfirst(lc));
			used = list_concat(used, entries_of(r, lfirst(lc)));
		}
		foreach(lc, names->defaults)
			defaults = list_concat(defaults, entries_of(r, lfirst(lc)));
	}
	for (int k = 0; k <= e->ndeps; k++)
	{
		int			j = k < e->ndeps ?
			bp_selection_index(dag->sel, e->deps[k]) : dag->attached_to[entry];
		const BpTocEntry *d = j >= 0 ? &dag->sel->toc->entries[j] : NULL;

		if (d == NULL)
			continue;
		if (bp_entry_is(d, "TABLE"))
		{
			Oid			relid = dag->created[j] || !dag->created[entry] ?
				InvalidOid : bp_restore_relation(d);

			add_use(r, j, entry);
			if (OidIsValid(relid) && bp_target_table_reads(relid))
				r->reads[entry] = true;
		}
		else if (bp_entry_in(d, called_kinds))
		{
			if (names->expressions && (!list_member_int(defaults, j) ||
									   list_member_int(used, j)))
				add_use(r, j, entry);
		}
		else if (bp_entry_in(d, used_kinds))
			add_use(r, j, entry);
	}
}

/* Adds what an entry other than a table uses. */
static void
look_at_entry(BpReaders *r, int entry)
{
	BpSelection *sel = r->dag->sel;
	const BpTocEntry *e = &sel->toc->entries[entry];

	if (bp_entry_in(e, function_kinds))
	{
		r->reads[entry] = function_may_read(e);
		return;
	}
	if ((bp_entry_in(e, post_kinds) || bp_entry_is(e, "DOMAIN") ||
		 bp_entry_is(e, "TYPE")) && has_names(r, e))
	{
		BpUsedNames *names = bp_reader_names(e);
		ListCell   *lc;

		r->reads[entry] = names->unknown;
		foreach(lc, names->used)
			use_name(r, entry, lfirst(lc));
	}
	for (int k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(sel, e->deps[k]);

		if (j >= 0 && bp_entry_in(&sel->toc->entries[j], used_kinds))
			add_use(r, j, entry);
	}
}

static int
compare_uses(const void *a, const void *b)
{
	const BpEdge *x = a;
	const BpEdge *y = b;

	return x->before < y->before ? -1 : x->before > y->before;
}

/* An entry that uses one that may read may read, too. */
static void
propagate(BpReaders *r)
{
	int			n = r->dag->sel->toc->nentries;
	int		   *first = palloc0((n + 1) * sizeof(int));	/* edge, by 'before' */
	int		   *todo = palloc((n + 1) * sizeof(int));
	int			ntodo = 0;

	if (r->nedges > 0)
		qsort(r->edges, r->nedges, sizeof(BpEdge), compare_uses);
	for (int i = r->nedges - 1; i >= 0; i--)
		first[r->edges[i].before] = i;
	for (int i = 0; i < n; i++)
	{
		if (r->reads[i])
			todo[ntodo++] = i;
	}
	while (ntodo > 0)
	{
		int			i = todo[--ntodo];

		for (int k = first[i]; k < r->nedges && r->edges[k].before == i; k++)
		{
			int			user = r->edges[k].after;

			if (!r->reads[user])
			{
				r->reads[user] = true;
				todo[ntodo++] = user;
			}
		}
	}
}

/*
 * A key uses the default operator class of its column's type without a trace
 * in the archive.  If an operator class of the archive may read, and will be in
 * the target, which hardly ever happens, all keys count.
 */
static void
spread_opclasses(BpReaders *r)
{
	const BpToc *toc = r->dag->sel->toc;
	bool		reads = false;

	for (int i = 0; i < toc->nentries && !reads; i++)
		reads = r->reads[i] &&
			(bp_entry_is(&toc->entries[i], "OPERATOR CLASS") ||
			 bp_entry_is(&toc->entries[i], "OPERATOR FAMILY")) &&
			(r->dag->sel->reqs[i] != 0 || bp_selection_exists(r->dag->sel, i));
	for (int i = 0; reads && i < toc->nentries; i++)
	{
		if (bp_entry_is(&toc->entries[i], "CONSTRAINT") ||
			bp_entry_is(&toc->entries[i], "FK CONSTRAINT"))
			r->reads[i] = true;
	}
}

void
bp_restore_plan_find_readers(BpDag *dag)
{
	const BpToc *toc = dag->sel->toc;
	BpReaders	r = {.dag = dag};

	r.reads = palloc0((toc->nentries + 1) * sizeof(bool));
	r.scripts = bp_extension_scripts(dag->sel);
	index_names(&r);
	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];

		if (bp_entry_in(e, used_kinds))
			look_at_entry(&r, i);
		else if ((dag->sel->reqs[i] & BP_REQ_SCHEMA) == 0)
			continue;			/* it is not made */
		else if (bp_entry_is(e, "TABLE"))
			look_at_table(&r, i);
		else if (bp_entry_in(e, post_kinds))
			look_at_entry(&r, i);
	}
	propagate(&r);
	spread_opclasses(&r);
	for (int i = 0; i < toc->nentries; i++)
		dag->reads[i] = r.reads[i] &&
			(bp_entry_is(&toc->entries[i], "TABLE") ||
			 bp_entry_in(&toc->entries[i], post_kinds) ||
			 bp_entry_is(&toc->entries[i], "FK CONSTRAINT"));
}
