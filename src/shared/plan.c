/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Building, publishing and attaching the plan of a running task.
 *
 * See plan.h for the layout.  The builder keeps growing arrays in local
 * memory; publishing computes the successor lists and copies everything into
 * one segment, so nothing in shared memory ever has to grow.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "shared/plan.h"
#include "utils/memutils.h"

#define BP_PLAN_MAGIC 0x42504c31

/*
 * A further connection has to be opened, and takes over a snapshot: not worth
 * it for less data, or fewer entries, than this.
 */
#define BP_BYTES_PER_CONNECTION (8 * 1024 * 1024)
#define BP_ENTRIES_PER_CONNECTION 500

typedef struct BpPair
{
	int32		unit;
	int32		value;
} BpPair;

/* A growing array of fixed-size things */
typedef struct BpVector
{
	char	   *data;
	int			n;
	int			cap;
	Size		size;
} BpVector;

struct BpPlanBuilder
{
	MemoryContext cxt;
	BpVector	units;			/* BpUnit */
	BpVector	files;			/* BpPlanFile */
	BpVector	entries;		/* int32 */
	BpVector	deps;			/* BpPair: value waits for unit */
	BpVector	locks;			/* BpPair */
	StringInfoData strings;
	uint64		bytes;
	uint32		tables;
};

static void *vector_add(BpPlanBuilder *b, BpVector *v);
static uint32 plan_add_string(BpPlanBuilder *b, const char *s);
static int32 plan_place_pairs(BpVector *pairs, BpUnit *units, int nunits,
							  int32 *ints, int32 at, bool locks);

BpPlanBuilder *
bp_plan_builder_create(void)
{
	BpPlanBuilder *b = palloc0(sizeof(BpPlanBuilder));

	b->cxt = CurrentMemoryContext;
	b->units.size = sizeof(BpUnit);
	b->files.size = sizeof(BpPlanFile);
	b->entries.size = sizeof(int32);
	b->deps.size = sizeof(BpPair);
	b->locks.size = sizeof(BpPair);
	initStringInfo(&b->strings);
	plan_add_string(b, "");	/* offset 0 is the empty string */
	return b;
}

static void *
vector_add(BpPlanBuilder *b, BpVector *v)
{
	void	   *slot;

	if (v->n >= v->cap)
	{
		MemoryContext old = MemoryContextSwitchTo(b->cxt);

		v->cap = Max(64, v->cap * 2);
		if (v->data == NULL)
			v->data = MemoryContextAllocHuge(b->cxt, v->cap * v->size);
		else
			v->data = repalloc_huge(v->data, v->cap * v->size);
		MemoryContextSwitchTo(old);
	}
	slot = v->data + v->n * v->size;
	memset(slot, 0, v->size);
	v->n++;
	return slot;
}

static uint32
plan_add_string(BpPlanBuilder *b, const char *s)
{
	uint32		off = b->strings.len;

	if (s == NULL || (*s == '\0' && off > 0))
		return 0;
	appendBinaryStringInfo(&b->strings, s, strlen(s) + 1);
	return off;
}

int
bp_plan_add_file(BpPlanBuilder *b, int dump_id, uint32 flags, Oid relid,
				 const char *name, const char *condition)
{
	BpPlanFile *f = vector_add(b, &b->files);

	f->dump_id = dump_id;
	f->flags = flags;
	f->relid = relid;
	f->name = plan_add_string(b, name);
	f->condition = plan_add_string(b, condition);
	return b->files.n - 1;
}

int
bp_plan_add_unit(BpPlanBuilder *b, BpUnitKind kind, int file, int nfiles,
				 uint32 first, uint32 last, uint64 cost, const char *text)
{
	BpUnit	   *u = vector_add(b, &b->units);
	int			i;

	u->kind = kind;
	u->state = BP_UNIT_WAITING;
	u->file = file;
	u->nfiles = nfiles;
	u->first = first;
	u->last = last;
	u->cost = cost;
	u->text = plan_add_string(b, text);
	for (i = 0; file >= 0 && i < nfiles; i++)
	{
		Assert(file + i < b->files.n);
		((BpPlanFile *) b->files.data)[file + i].nunits++;
	}
	return b->units.n - 1;
}

int
bp_plan_add_entry(BpPlanBuilder *b, int toc_index)
{
	int32	   *e = vector_add(b, &b->entries);

	*e = toc_index;
	return b->entries.n - 1;
}

void
bp_plan_add_dependency(BpPlanBuilder *b, int unit, int after)
{
	BpPair	   *p;

	if (after < 0 || after == unit)
		return;
	p = vector_add(b, &b->deps);
	p->unit = after;
	p->value = unit;
}

void
bp_plan_add_lock(BpPlanBuilder *b, int unit, int id, bool exclusive)
{
	BpPair	   *p = vector_add(b, &b->locks);

	Assert(id > 0);
	p->unit = unit;
	p->value = exclusive ? id : -id;
}

void
bp_plan_leader_only(BpPlanBuilder *b, int unit)
{
	((BpUnit *) b->units.data)[unit].leader_only = true;
}

void
bp_plan_set_totals(BpPlanBuilder *b, uint64 bytes, uint32 tables)
{
	b->bytes = bytes;
	b->tables = tables;
}

int
bp_plan_unit_count(BpPlanBuilder *b)
{
	return b->units.n;
}

uint64
bp_plan_bytes(BpPlanBuilder *b)
{
	return b->bytes;
}

/*
 * Sort pairs by unit into ints[at...] by counting, and note each unit's part.
 * Returns the next free place.
 */
static int32
plan_place_pairs(BpVector *pairs, BpUnit *units, int nunits, int32 *ints,
				 int32 at, bool locks)
{
	BpPair	   *p = (BpPair *) pairs->data;
	int			i;

	for (i = 0; i < pairs->n; i++)
	{
		if (locks)
			units[p[i].unit].nlocks++;
		else
			units[p[i].unit].nnext++;
	}
	for (i = 0; i < nunits; i++)
	{
		if (locks)
		{
			units[i].locks = at;
			at += units[i].nlocks;
			units[i].nlocks = 0;
		}
		else
		{
			units[i].next = at;
			at += units[i].nnext;
			units[i].nnext = 0;
		}
	}
	for (i = 0; i < pairs->n; i++)
	{
		BpUnit	   *u = &units[p[i].unit];

		if (locks)
			ints[u->locks + u->nlocks++] = p[i].value;
		else
		{
			ints[u->next + u->nnext++] = p[i].value;
			units[p[i].value].pending++;
		}
	}
	return at;
}

/* The head of the plan, with the place of everything; returns its size. */
static Size
plan_layout(BpPlanBuilder *b, BpPlan *head)
{
	Size		size;

	memset(head, 0, sizeof(*head));
	head->magic = BP_PLAN_MAGIC;
	head->nunits = b->units.n;
	head->nfiles = b->files.n;
	head->nentries = b->entries.n;
	head->nints = b->deps.n + b->locks.n;
	head->nstrings = b->strings.len;
	head->bytes_total = b->bytes;
	head->tables_total = b->tables;

	size = MAXALIGN(sizeof(BpPlan));
	head->off_units = size;
	size += MAXALIGN((Size) head->nunits * sizeof(BpUnit));
	head->off_files = size;
	size += MAXALIGN((Size) head->nfiles * sizeof(BpPlanFile));
	head->off_entries = size;
	size += MAXALIGN((Size) head->nentries * sizeof(int32));
	head->off_ints = size;
	size += MAXALIGN((Size) head->nints * sizeof(int32));
	head->off_strings = size;
	return size + head->nstrings;
}

/* Puts everything into its place. */
static void
plan_fill(BpPlanBuilder *b, const BpPlan *head, BpPlan *plan)
{
	BpPlanFile *files;
	int			i;

	*plan = *head;
	if (plan->nunits > 0)
		memcpy(bp_plan_units(plan), b->units.data,
			   plan->nunits * sizeof(BpUnit));
	if (plan->nfiles > 0)
		memcpy(bp_plan_files(plan), b->files.data,
			   plan->nfiles * sizeof(BpPlanFile));
	if (plan->nentries > 0)
		memcpy(bp_plan_entries(plan), b->entries.data,
			   plan->nentries * sizeof(int32));
	memcpy(bp_plan_string(plan, 0), b->strings.data, plan->nstrings);

	i = plan_place_pairs(&b->deps, bp_plan_units(plan), plan->nunits,
						 bp_plan_ints(plan), 0, false);
	plan_place_pairs(&b->locks, bp_plan_units(plan), plan->nunits,
					 bp_plan_ints(plan), i, true);

	files = bp_plan_files(plan);
	for (i = 0; i < (int) plan->nfiles; i++)
	{
		pg_atomic_init_u32(&files[i].units_left, files[i].nunits);
		pg_atomic_init_u64(&files[i].next_offset, 0);
		pg_atomic_init_u64(&files[i].rows, 0);
		pg_atomic_init_u64(&files[i].raw_bytes, 0);
		pg_atomic_init_u64(&files[i].stored_bytes, 0);
	}
	pg_atomic_init_u64(&plan->nframes, 0);
}

dsm_handle
bp_plan_publish(BpPlanBuilder *b)
{
	BpPlan		head;
	Size		size = plan_layout(b, &head);
	dsm_segment *seg = dsm_create(size, 0);
	dsm_handle	handle;

	plan_fill(b, &head, dsm_segment_address(seg));
	dsm_pin_segment(seg);
	handle = dsm_segment_handle(seg);
	dsm_detach(seg);
	return handle;
}

BpPlan *
bp_plan_make(BpPlanBuilder *b)
{
	BpPlan		head;
	Size		size = plan_layout(b, &head);
	BpPlan	   *plan = MemoryContextAllocHuge(CurrentMemoryContext, size);

	plan_fill(b, &head, plan);
	return plan;
}

bool
bp_plan_has_queries(BpPlanBuilder *b)
{
	for (int i = 0; i < b->files.n; i++)
		if (((BpPlanFile *) b->files.data)[i].flags & BP_FILE_BY_QUERY)
			return true;
	return false;
}

int
bp_plan_connections(uint64 bytes, uint32 entries)
{
	return (int) Min(1024, 1 + bytes / BP_BYTES_PER_CONNECTION +
					 entries / BP_ENTRIES_PER_CONNECTION);
}

BpPlan *
bp_plan_attach(dsm_handle handle, dsm_segment **seg)
{
	BpPlan	   *plan;

	*seg = dsm_attach(handle);
	if (*seg == NULL)
		return NULL;
	dsm_pin_mapping(*seg);
	plan = dsm_segment_address(*seg);
	if (plan->magic != BP_PLAN_MAGIC)
	{
		dsm_detach(*seg);
		*seg = NULL;
		return NULL;
	}
	return plan;
}

void
bp_plan_unpin(dsm_handle handle)
{
	dsm_unpin_segment(handle);
}
