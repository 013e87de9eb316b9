/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Building, publishing and attaching the plan of a running task.
 *
 * See plan.h for the layout.  The builder has growing arrays in local
 * memory.  Publishing computes the lists of successors and copies everything into
 * one segment, so that nothing in shared memory has to grow.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "lib/stringinfo.h"
#include "shared/plan.h"
#include "utils/memutils.h"

#define BP_PLAN_MAGIC 0x42504c31

/*
 * Opening one more connection and importing the snapshot takes time.  For less
 * data or fewer entries than this it would cost more time than it saves.
 */
#define BP_BYTES_PER_CONNECTION (8 * 1024 * 1024)
#define BP_ENTRIES_PER_CONNECTION 500

typedef struct BpPair
{
	int32		unit;
	int32		value;
} BpPair;

struct BpPlanBuilder
{
	BpUnit	   *units;
	int			nunits;
	int			max_units;
	BpPlanFile *files;
	int			nfiles;
	int			max_files;
	int32	   *entries;
	int			nentries;
	int			max_entries;
	BpPair	   *deps;			/* value waits for unit */
	int			ndeps;
	int			max_deps;
	BpPair	   *locks;			/* value: +id exclusively, -id shared */
	int			nlocks;
	int			max_locks;
	StringInfoData strings;
	uint64		bytes;
	uint32		tables;
};

static uint32 plan_add_string(BpPlanBuilder *b, const char *s);

BpPlanBuilder *
bp_plan_builder_create(void)
{
	BpPlanBuilder *b = palloc0(sizeof(BpPlanBuilder));

	/* now, so that all of them grow in this memory context */
	BP_ARRAY_ROOM(b->units, 0, b->max_units);
	BP_ARRAY_ROOM(b->files, 0, b->max_files);
	BP_ARRAY_ROOM(b->entries, 0, b->max_entries);
	BP_ARRAY_ROOM(b->deps, 0, b->max_deps);
	BP_ARRAY_ROOM(b->locks, 0, b->max_locks);
	initStringInfo(&b->strings);
	plan_add_string(b, "");	/* offset 0 is the empty string */
	return b;
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
	BpPlanFile *f;

	BP_ARRAY_ROOM(b->files, b->nfiles, b->max_files);
	f = &b->files[b->nfiles];
	memset(f, 0, sizeof(*f));
	f->dump_id = dump_id;
	f->flags = flags;
	f->relid = relid;
	f->name = plan_add_string(b, name);
	f->condition = plan_add_string(b, condition);
	return b->nfiles++;
}

void
bp_plan_cut_file(BpPlanBuilder *b, int file, uint32 npieces,
				 uint32 piece_blocks)
{
	BpPlanFile *f = &b->files[file];

	f->npieces = npieces;
	f->piece_blocks = piece_blocks;
}

int
bp_plan_add_unit(BpPlanBuilder *b, BpUnitKind kind, int file, int nfiles,
				 uint32 first, uint32 last, uint64 cost, const char *text)
{
	BpUnit	   *u;
	int			i;

	BP_ARRAY_ROOM(b->units, b->nunits, b->max_units);
	u = &b->units[b->nunits];
	memset(u, 0, sizeof(*u));
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
		Assert(file + i < b->nfiles);
		b->files[file + i].nunits++;
	}
	return b->nunits++;
}

int
bp_plan_add_entry(BpPlanBuilder *b, int toc_index)
{
	BP_ARRAY_ROOM(b->entries, b->nentries, b->max_entries);
	b->entries[b->nentries] = toc_index;
	return b->nentries++;
}

void
bp_plan_add_dependency(BpPlanBuilder *b, int unit, int after)
{
	if (after < 0 || after == unit)
		return;
	BP_ARRAY_ROOM(b->deps, b->ndeps, b->max_deps);
	b->deps[b->ndeps++] = (BpPair) {.unit = after, .value = unit};
}

void
bp_plan_add_lock(BpPlanBuilder *b, int unit, int id, bool exclusive)
{
	Assert(id > 0);
	BP_ARRAY_ROOM(b->locks, b->nlocks, b->max_locks);
	b->locks[b->nlocks++] = (BpPair) {.unit = unit, .value = exclusive ? id : -id};
}

void
bp_plan_leader_only(BpPlanBuilder *b, int unit)
{
	b->units[unit].leader_only = true;
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
	return b->nunits;
}

uint64
bp_plan_bytes(BpPlanBuilder *b)
{
	return b->bytes;
}

/*
 * Sorts the values of n pairs by unit (counting sort) into ints[at...], and
 * stores in each unit where its values are: its locks, or else the units that
 * wait for it.  Returns the next free place.
 */
static int32
plan_place_pairs(const BpPair *pairs, int n, BpUnit *units, int nunits,
				 int32 *ints, int32 at, bool locks)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (locks)
			units[pairs[i].unit].nlocks++;
		else
			units[pairs[i].unit].nnext++;
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
	for (i = 0; i < n; i++)
	{
		BpUnit	   *u = &units[pairs[i].unit];

		if (locks)
			ints[u->locks + u->nlocks++] = pairs[i].value;
		else
		{
			ints[u->next + u->nnext++] = pairs[i].value;
			units[pairs[i].value].pending++;
		}
	}
	return at;
}

/* Fills the header with the offset of everything; returns the plan's size. */
static Size
plan_layout(BpPlanBuilder *b, BpPlan *head)
{
	Size		size;

	memset(head, 0, sizeof(*head));
	head->magic = BP_PLAN_MAGIC;
	head->nunits = b->nunits;
	head->nfiles = b->nfiles;
	head->nentries = b->nentries;
	head->nints = b->ndeps + b->nlocks;
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

/* Copies everything into its place, as plan_layout determined it. */
static void
plan_fill(BpPlanBuilder *b, const BpPlan *head, BpPlan *plan)
{
	BpPlanFile *files;
	int			i;

	*plan = *head;
	if (plan->nunits > 0)
		memcpy(bp_plan_units(plan), b->units,
			   plan->nunits * sizeof(BpUnit));
	if (plan->nfiles > 0)
		memcpy(bp_plan_files(plan), b->files,
			   plan->nfiles * sizeof(BpPlanFile));
	if (plan->nentries > 0)
		memcpy(bp_plan_entries(plan), b->entries,
			   plan->nentries * sizeof(int32));
	memcpy(bp_plan_string(plan, 0), b->strings.data, plan->nstrings);

	i = plan_place_pairs(b->deps, b->ndeps, bp_plan_units(plan), plan->nunits,
						 bp_plan_ints(plan), 0, false);
	plan_place_pairs(b->locks, b->nlocks, bp_plan_units(plan), plan->nunits,
					 bp_plan_ints(plan), i, true);

	files = bp_plan_files(plan);
	for (i = 0; i < (int) plan->nfiles; i++)
	{
		pg_atomic_init_u32(&files[i].units_left, files[i].nunits);
		bp_turn_init(&files[i].turn);
		files[i].load_block = InvalidBlockNumber;
		files[i].load_next_free = InvalidBlockNumber;
		files[i].load_last_free = InvalidBlockNumber;
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
	for (int i = 0; i < b->nfiles; i++)
		if (b->files[i].flags & BP_FILE_BY_QUERY)
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
