/*-------------------------------------------------------------------------
 *
 * parts.c
 *	  An excerpt of a large archive for each schema, for restores of one schema.
 *
 * The part of a schema has all entries that a restore of the schema, or of
 * tables in it, can select (restore_plan/select.c and closure.c), independent
 * of what exists in the target:
 *
 *		the entries of the schema;
 *		entries that belong to those, and companions (restore_plan/closure.c);
 *		entries that those may need, and the schemas of all of them;
 *		the entries about the archive and the database.
 *
 * Other entries on which these depend are in the part as witnesses.  A witness
 * tells a restore that the object is in the archive, so that the restore can
 * look up whether it exists in the target.  A witness has no dependencies, so
 * it brings no further entries into the part.
 *
 * A restore from a part selects the same entries as one from the whole
 * archive; a test compares the two.
 *
 * The work is proportional to the size of the parts: the part of a schema is
 * grown from the entries of the schema, along lists that are made once.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/parts.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/frame_index.h"
#include "archive/part.h"
#include "archive/toc_entry.h"
#include "archive/toc_graph.h"
#include "backup/parts.h"
#include "base/array.h"
#include "base/encoding.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A larger part is not written, as reading the whole archive costs little more */
#define BP_PART_MAX_SHARE	8	/* at most an eighth of the entries */
#define BP_PART_MAX_FRAMES	16384

/* A part is one piece of memory, which must stay below the limit of 1 GB. */
#define BP_PARTS_MAX_TOC	(UINT64CONST(512) * 1024 * 1024)

/* The role of an entry in the part that is being made */
typedef enum BpPartRole
{
	BP_ROLE_NONE = 0,
	BP_ROLE_WITNESS,
	BP_ROLE_SELECTED
} BpPartRole;

/* An entry of a schema, or a SCHEMA entry itself */
typedef struct BpPartSeed
{
	const char *schema;
	int			entry;
} BpPartSeed;

/* Table 'from' brings companion 'entry' into the part. */
typedef struct BpPartLink
{
	int			from;
	int			entry;
} BpPartLink;

/* Arrays of n are indexed as toc->entries is. */
typedef struct BpParts
{
	const BpToc *toc;
	const BpManifest *manifest;
	const BpFrameIndex *frames;
	int			n;
	int		   *parent;
	int		   *child;			/* the last entry that belongs to it, or -1 */
	int		   *sibling;		/* the one before it with that parent, or -1 */
	int		   *sectioned;		/* the entry that gives it its section */
	const BpManifestFile **file;	/* its data file, or NULL */
	BpPartLink *links;			/* sorted by from */
	int			nlinks;
	int			max_links;
	int		   *first_link;		/* n; the first link from it, or nlinks */
	BpPartSeed *seeds;			/* sorted by schema and entry */
	int			nseeds;
	BpPartSeed *schemas;		/* the SCHEMA entries, likewise */
	int			nschemas;
	int		   *common;			/* in every part */
	int			ncommon;

	/* the part that is being made */
	uint8	   *role;			/* n; BpPartRole */
	int		   *members;		/* entries that have a role */
	int			nmembers;
	int		   *selected;		/* selected entries, in the order of selection */
	int			nselected;
} BpParts;

static int
seed_compare(const void *a, const void *b)
{
	const BpPartSeed *sa = a;
	const BpPartSeed *sb = b;
	int			order = strcmp(sa->schema, sb->schema);

	return order != 0 ? order : (sa->entry > sb->entry) - (sa->entry < sb->entry);
}

static int
link_compare(const void *a, const void *b)
{
	const BpPartLink *la = a;
	const BpPartLink *lb = b;

	if (la->from != lb->from)
		return la->from < lb->from ? -1 : 1;
	return (la->entry > lb->entry) - (la->entry < lb->entry);
}

static int
int_compare(const void *a, const void *b)
{
	int			ia = *(const int *) a;
	int			ib = *(const int *) b;

	return (ia > ib) - (ia < ib);
}

static void *
parts_array(int n, size_t size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext,
								  Max(n, 1) * size);
}

/* ---- lists over the whole archive ---- */

/* The schema in which to look for the entry, or NULL */
static const char *
seed_schema(const BpTocEntry *e)
{
	return bp_entry_is(e, "SCHEMA") ? e->tag : e->nsp;
}

static void
parts_links(BpParts *p)
{
	for (int i = 0; i < p->n; i++)
	{
		const BpTocEntry *e = &p->toc->entries[i];

		if (p->parent[i] < 0 || !bp_entry_is_companion(e))
			continue;
		e = bp_entry_companion_links(p->toc, e, p->parent[i]);
		for (int k = 0; k < e->ndeps; k++)
		{
			int			j = bp_entry_index(p->toc, e->deps[k]);

			if (j < 0 || j == p->parent[i] ||
				!bp_entry_is_relation(&p->toc->entries[j]))
				continue;
			BP_ARRAY_ROOM(p->links, p->nlinks, p->max_links);
			p->links[p->nlinks].from = j;
			p->links[p->nlinks++].entry = i;
		}
	}
	for (int i = 0; i < p->n; i++)
		p->first_link[i] = p->nlinks;
	if (p->nlinks == 0)
		return;
	qsort(p->links, p->nlinks, sizeof(BpPartLink), link_compare);
	for (int l = p->nlinks - 1; l >= 0; l--)
		p->first_link[p->links[l].from] = l;
}

static BpParts *
parts_create(const BpToc *toc, const BpManifest *manifest)
{
	BpParts    *p = palloc0(sizeof(BpParts));
	int			n = toc->nentries;
	int			sectioned = -1;

	p->toc = toc;
	p->manifest = manifest;
	p->n = n;
	p->parent = parts_array(n, sizeof(int));
	p->child = parts_array(n, sizeof(int));
	p->sibling = parts_array(n, sizeof(int));
	p->sectioned = parts_array(n, sizeof(int));
	p->file = parts_array(n, sizeof(*p->file));
	p->first_link = parts_array(n, sizeof(int));
	p->seeds = parts_array(n, sizeof(BpPartSeed));
	p->common = parts_array(n, sizeof(int));
	p->schemas = parts_array(n, sizeof(BpPartSeed));
	p->members = parts_array(n, sizeof(int));
	p->selected = parts_array(n, sizeof(int));
	p->role = parts_array(n, sizeof(uint8));
	memset(p->role, BP_ROLE_NONE, n);
	for (int i = 0; i < n; i++)
		p->child[i] = p->sibling[i] = -1;
	for (int i = 0; i < n; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		const char *schema = seed_schema(e);

		CHECK_FOR_INTERRUPTS();
		p->file[i] = NULL;
		p->parent[i] = bp_entry_parent(toc, e);
		if (p->parent[i] >= 0)
		{
			p->sibling[i] = p->child[p->parent[i]];
			p->child[p->parent[i]] = i;
		}
		if (e->section != BP_SECTION_NONE)
			sectioned = i;
		p->sectioned[i] = sectioned;
		if (schema != NULL && schema[0] != '\0')
		{
			BpPartSeed	seed = {schema, i};

			p->seeds[p->nseeds++] = seed;
			if (bp_entry_is(e, "SCHEMA"))
				p->schemas[p->nschemas++] = seed;
		}
		else if (bp_entry_is_archive(e) || bp_entry_is_database(e))
			p->common[p->ncommon++] = i;
	}
	qsort(p->seeds, p->nseeds, sizeof(BpPartSeed), seed_compare);
	qsort(p->schemas, p->nschemas, sizeof(BpPartSeed), seed_compare);
	parts_links(p);
	for (int i = 0; i < manifest->nfiles; i++)
	{
		const BpManifestFile *f = &manifest->files[i];
		int			j = f->kind == BP_KIND_TABLE ?
			bp_entry_index(toc, f->dump_id) : -1;

		if (j >= 0)
			p->file[j] = f;
	}
	return p;
}

/* ---- one part ---- */

/* Give the entry a role, unless it has a stronger one. */
static void
part_give(BpParts *p, int i, BpPartRole role)
{
	if (p->role[i] >= role)
		return;
	if (p->role[i] == BP_ROLE_NONE)
		p->members[p->nmembers++] = i;
	if (role == BP_ROLE_SELECTED)
		p->selected[p->nselected++] = i;
	p->role[i] = role;
}

static void
part_clear(BpParts *p)
{
	for (int m = 0; m < p->nmembers; m++)
		p->role[p->members[m]] = BP_ROLE_NONE;
	p->nmembers = 0;
	p->nselected = 0;
}

static int
schema_compare(const void *a, const void *b)
{
	return strcmp(a, ((const BpPartSeed *) b)->schema);
}

/*
 * Select the attachment of a partition's parent, as the planner of a restore
 * follows the attachments up to the root.
 */
static void
part_ancestors(BpParts *p, int parent)
{
	for (int c = p->child[parent]; c >= 0; c = p->sibling[c])
	{
		if (bp_entry_is(&p->toc->entries[c], "TABLE ATTACH"))
			part_give(p, c, BP_ROLE_SELECTED);
	}
}

/* Give a role to all entries that a selected entry brings into the part. */
static void
part_expand(BpParts *p, int i)
{
	const BpTocEntry *e = &p->toc->entries[i];
	BpPartSeed *schema = NULL;

	for (int c = p->child[i]; c >= 0; c = p->sibling[c])
		part_give(p, c, BP_ROLE_SELECTED);
	for (int l = p->first_link[i]; l < p->nlinks && p->links[l].from == i; l++)
	{
		part_give(p, p->links[l].entry, BP_ROLE_SELECTED);
		part_give(p, p->parent[p->links[l].entry], BP_ROLE_SELECTED);
	}
	for (int k = 0; k < e->ndeps; k++)
	{
		int			j = bp_entry_index(p->toc, e->deps[k]);

		if (j < 0)
			continue;
		part_give(p, j, bp_entry_is_needed(&p->toc->entries[j]) ?
				  BP_ROLE_SELECTED : BP_ROLE_WITNESS);
		if (bp_entry_is(e, "TABLE ATTACH") && j != p->parent[i])
			part_ancestors(p, j);
	}
	if (e->nsp != NULL)
		schema = bsearch(e->nsp, p->schemas, p->nschemas, sizeof(BpPartSeed),
						 schema_compare);
	if (schema != NULL)
		part_give(p, schema->entry, BP_ROLE_SELECTED);
}

/*
 * Is the name the same after conversion to UTF-8 and back?  Otherwise two
 * schemas might have one name in the index.
 */
static bool
part_has_name(const char *schema)
{
	char	   *utf8 = bp_encoding_to_utf8(schema);

	return strcmp(bp_encoding_from_utf8(utf8, strlen(utf8)), schema) == 0;
}

/* Grow the part from its seeds.  Returns false if it becomes too large. */
static bool
part_grow(BpParts *p, const BpPartSeed *seeds, int nseeds)
{
	for (int i = 0; i < p->ncommon; i++)
		part_give(p, p->common[i], BP_ROLE_SELECTED);
	for (int s = 0; s < nseeds; s++)
		part_give(p, seeds[s].entry, BP_ROLE_SELECTED);
	for (int c = 0; c < p->nselected; c++)
	{
		part_expand(p, p->selected[c]);
		if (p->nmembers > p->n / BP_PART_MAX_SHARE)
			return false;
	}
	qsort(p->members, p->nmembers, sizeof(int), int_compare);
	return true;
}

/* The entry as a witness */
static BpTocEntry
part_witness(const BpTocEntry *e)
{
	BpTocEntry	w = *e;

	w.had_dumper = false;
	w.filename = NULL;
	w.copy_stmt = NULL;
	w.ndeps = 0;
	w.deps = NULL;
	return w;
}

/*
 * The part's table of contents.  An entry without a section belongs to the
 * section of the entry before it, so the part needs an entry of that section
 * before it, too.
 */
static BpToc *
part_entries(const BpParts *p)
{
	BpToc	   *toc = palloc(sizeof(BpToc));
	int			section = BP_SECTION_PRE_DATA;

	*toc = *p->toc;
	toc->by_id = NULL;
	toc->nby_id = 0;
	toc->nentries = 0;
	toc->entries = parts_array(2 * p->nmembers, sizeof(BpTocEntry));
	for (int m = 0; m < p->nmembers; m++)
	{
		int			i = p->members[m];
		int			before = p->sectioned[i];
		const BpTocEntry *e = &p->toc->entries[i];

		if (before >= 0 && before != i &&
			p->toc->entries[before].section != section)
		{
			toc->entries[toc->nentries++] =
				part_witness(&p->toc->entries[before]);
			section = p->toc->entries[before].section;
		}
		if (e->section != BP_SECTION_NONE)
			section = e->section;
		toc->entries[toc->nentries++] =
			p->role[i] == BP_ROLE_SELECTED ? *e : part_witness(e);
	}
	return toc;
}

static int
file_compare(const void *a, const void *b)
{
	int			id_a = (*(const BpManifestFile *const *) a)->dump_id;
	int			id_b = (*(const BpManifestFile *const *) b)->dump_id;

	return (id_a > id_b) - (id_a < id_b);
}

/* Write the part, unless it has too many frames. */
static void
part_write(const BpParts *p, BpPartWriter *w, const char *schema)
{
	BpManifest *m = palloc(sizeof(BpManifest));
	const BpManifestFile **files;
	BpFrame    *frames;
	int			nfiles = 0;
	int			nframes = 0;

	files = parts_array(p->nmembers, sizeof(*files));
	for (int k = 0; k < p->nmembers; k++)
	{
		int			i = p->members[k];

		if (p->role[i] == BP_ROLE_SELECTED && p->file[i] != NULL)
			files[nfiles++] = p->file[i];
	}
	qsort(files, nfiles, sizeof(*files), file_compare);

	*m = *p->manifest;
	m->nfiles = m->max_files = 0;
	m->files = NULL;
	frames = parts_array(BP_PART_MAX_FRAMES, sizeof(BpFrame));
	for (int k = 0; k < nfiles; k++)
	{
		int			n;
		const BpFrame *first = bp_frame_index_find(p->frames,
												   files[k]->dump_id, &n);

		if (n > BP_PART_MAX_FRAMES - nframes)
			return;
		memcpy(&frames[nframes], first, n * sizeof(BpFrame));
		nframes += n;
		*bp_manifest_add_file(m) = *files[k];
	}
	bp_part_writer_add(w, schema, m, part_entries(p), frames, nframes);
}

static void
parts_write(BpParts *p, const char *dir)
{
	BpPartWriter *w = bp_part_writer_create(dir);
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "backup_pool part of an archive",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	int			next;

	for (int s = 0; s < p->nseeds; s = next)
	{
		const char *schema = p->seeds[s].schema;

		CHECK_FOR_INTERRUPTS();
		for (next = s + 1; next < p->nseeds; next++)
		{
			if (strcmp(p->seeds[next].schema, schema) != 0)
				break;
		}
		if (part_has_name(schema) &&
			part_grow(p, &p->seeds[s], next - s))
			part_write(p, w, schema);
		part_clear(p);
		MemoryContextReset(cxt);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	bp_part_writer_finish(w);
}

bool
bp_backup_parts(const char *dir, const BpToc *toc, const BpManifest *manifest)
{
	MemoryContext cxt;
	MemoryContext old;
	BpParts    *p;

	if (toc->nentries < BP_PARTS_MIN_ENTRIES)
		return false;
	for (int i = 0; i < manifest->nfiles; i++)
	{
		if (manifest->files[i].kind == BP_KIND_TOC &&
			manifest->files[i].size > BP_PARTS_MAX_TOC)
			return false;
	}
	cxt = AllocSetContextCreate(CurrentMemoryContext,
								"backup_pool parts of an archive",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	p = parts_create(toc, manifest);
	p->frames = bp_frame_index_read(dir);
	if (p->frames == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("frame index of archive \"%s\" is missing", dir),
				 errdetail("Somebody removed it while the backup was running.")));
	parts_write(p, dir);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	return true;
}
