/*-------------------------------------------------------------------------
 *
 * toc_graph.c
 *	  How the entries of a table of contents hang together.
 *
 * Most entries belong to another: an index to its table, a comment to its
 * object.  Archives do not say so; dependencies and the form of the tag do.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_graph.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "archive/toc_graph.h"

static int	parent_relation(const BpToc *toc, const BpTocEntry *e);
static int	first_dep(const BpToc *toc, const BpTocEntry *e,
					  const char *desc);
static bool attached_index(const BpTocEntry *e, const BpTocEntry *index);

int
bp_entry_index(const BpToc *toc, int dump_id)
{
	BpTocEntry *e = bp_toc_find(toc, dump_id);

	return e != NULL ? (int) (e - toc->entries) : -1;
}

bool
bp_entry_is_companion(const BpTocEntry *e)
{
	return bp_entry_is(e, "TABLE ATTACH") ||
		bp_entry_is(e, "SEQUENCE OWNED BY");
}

const BpTocEntry *
bp_entry_companion_links(const BpToc *toc, const BpTocEntry *e, int parent)
{
	return bp_entry_is(e, "SEQUENCE OWNED BY") && parent >= 0 ?
		&toc->entries[parent] : e;
}

bool
bp_entry_is_needed(const BpTocEntry *e)
{
	static const char *const needed[] = {
		"SHELL TYPE", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "AGGREGATE",
		"OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "CAST", "COLLATION",
		"CONVERSION", "EXTENSION", "SEQUENCE", "ACCESS METHOD",
		"PROCEDURAL LANGUAGE", "TRANSFORM", "TEXT SEARCH PARSER",
		"TEXT SEARCH TEMPLATE", "TEXT SEARCH DICTIONARY",
		"TEXT SEARCH CONFIGURATION", "FOREIGN DATA WRAPPER", "SERVER",
		"SCHEMA", NULL
	};

	return bp_entry_in(e, needed);
}

/* The first dependency of that kind, or of any kind if desc is NULL. */
static int
first_dep(const BpToc *toc, const BpTocEntry *e, const char *desc)
{
	int			i;

	for (i = 0; i < e->ndeps; i++)
	{
		int			j = bp_entry_index(toc, e->deps[i]);

		if (j >= 0 && (desc == NULL ||
					   bp_entry_is(&toc->entries[j], desc)))
			return j;
	}
	return -1;
}

/*
 * The relation that e is part of: the tag is often "relation name", which
 * tells it from other relations that e depends on.
 */
static int
parent_relation(const BpToc *toc, const BpTocEntry *e)
{
	int			first = -1;
	int			i;

	for (i = 0; i < e->ndeps; i++)
	{
		int			j = bp_entry_index(toc, e->deps[i]);
		const BpTocEntry *p = j >= 0 ? &toc->entries[j] : NULL;
		size_t		len;

		if (p == NULL || !bp_entry_is_relation(p))
			continue;
		if (first < 0)
			first = j;
		len = strlen(p->tag);
		if (strncmp(e->tag, p->tag, len) == 0 &&
			(e->tag[len] == ' ' || e->tag[len] == '\0') &&
			(e->nsp == NULL || p->nsp == NULL || strcmp(e->nsp, p->nsp) == 0))
			return j;
	}
	return first;
}

/* Is 'index' the one that an INDEX ATTACH entry attaches? */
static bool
attached_index(const BpTocEntry *e, const BpTocEntry *index)
{
	size_t		len = strlen(e->tag);
	size_t		ilen = strlen(index->tag);

	if (bp_entry_is(index, "INDEX"))
		return strcmp(index->tag, e->tag) == 0;
	/* the tag of a constraint is "table constraint" */
	return bp_entry_is(index, "CONSTRAINT") && ilen > len &&
		index->tag[ilen - len - 1] == ' ' &&
		strcmp(index->tag + ilen - len, e->tag) == 0;
}

int
bp_entry_parent(const BpToc *toc, const BpTocEntry *e)
{
	static const char *const of_relation[] = {
		"TABLE DATA", "MATERIALIZED VIEW DATA", "DEFAULT", "CONSTRAINT",
		"CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX", "TRIGGER", "RULE",
		"POLICY", "ROW SECURITY", "STATISTICS", "TABLE ATTACH",
		"PUBLICATION TABLE", NULL
	};
	int			i;

	if (bp_entry_in(e, of_relation) || bp_entry_is_identity(e))
	{
		int			relation = parent_relation(toc, e);

		/* there are those of domains */
		return relation < 0 && bp_entry_is(e, "CHECK CONSTRAINT") ?
			first_dep(toc, e, "DOMAIN") : relation;
	}
	if (bp_entry_is(e, "SEQUENCE SET") || bp_entry_is(e, "SEQUENCE OWNED BY"))
		return first_dep(toc, e, "SEQUENCE");
	if (bp_entry_is(e, "PUBLICATION TABLES IN SCHEMA"))
		return first_dep(toc, e, "PUBLICATION");
	if (bp_entry_is(e, "BLOBS"))
		return first_dep(toc, e, "BLOB METADATA");
	if (bp_entry_is(e, "USER MAPPING"))
		return first_dep(toc, e, "SERVER");
	if (bp_entry_is(e, "STATISTICS DATA"))
		return first_dep(toc, e, NULL);

	for (i = 0; i < e->ndeps; i++)
	{
		int			j = bp_entry_index(toc, e->deps[i]);

		if (j < 0)
			continue;
		if (bp_entry_is_remark(e) && !bp_entry_is(&toc->entries[j], "ACL"))
			return j;
		if (bp_entry_is(e, "INDEX ATTACH") &&
			attached_index(e, &toc->entries[j]))
			return j;
	}
	return -1;
}
