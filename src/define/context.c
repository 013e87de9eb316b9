/*-------------------------------------------------------------------------
 *
 * context.c
 *	  The state of one call of bp_define_toc.
 *
 * Every reader and writer of define/ gets a BpDefine.  A reader adds objects
 * to it, a writer adds entries to its table of contents, and both can refuse
 * (bp_refuse); then pg_dump makes the definitions of this backup.  Nothing
 * here depends on other files of define/, so that all of them can include
 * context.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/context.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "define/context.h"

void
bp_refuse(BpDefine *d, const char *reason)
{
	if (d->reason == NULL)
		d->reason = pstrdup(reason);
}

BpTocEntry *
bp_add_entry(BpDefine *d, const char *desc, const char *tag, int section)
{
	BpToc	   *toc = d->toc;
	BpTocEntry *e;

	BP_ARRAY_ROOM(toc->entries, toc->nentries, d->max_entries);
	e = &toc->entries[toc->nentries++];
	memset(e, 0, sizeof(BpTocEntry));
	e->dump_id = ++d->last_id;
	e->desc = pstrdup(desc);
	e->tag = pstrdup(tag);
	e->section = section;
	return e;
}

BpTocEntry *
bp_add_dependent_entry(BpDefine *d, const BpEntryTarget *target,
					   const char *desc, const char *tag, int section,
					   const char *defn, int dep2)
{
	BpTocEntry *e = bp_add_entry(d, desc, tag, section);

	e->nsp = target->schema != NULL ? pstrdup(target->schema) : NULL;
	e->owner = target->owner != NULL ? pstrdup(target->owner) : NULL;
	e->defn = pstrdup(defn);
	e->deps = palloc(sizeof(int) * 2);
	if (target->dep != 0)
		e->deps[e->ndeps++] = target->dep;
	if (dep2 != 0)
		e->deps[e->ndeps++] = dep2;
	return e;
}

int
bp_boundary(BpDefine *d, bool after_data)
{
	if (d->boundaries[after_data] == 0)
		d->boundaries[after_data] = ++d->last_id;
	return d->boundaries[after_data];
}
