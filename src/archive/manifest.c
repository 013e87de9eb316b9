/*-------------------------------------------------------------------------
 *
 * manifest.c
 *	  The contents of manifest.json in memory.
 *
 * manifest_read.c and manifest_write.c convert them from and to the file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/manifest.h"
#include "base/array.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/memutils.h"

static const char *const kind_names[] = {
	"table", "large_object", "toc", "frames", "blobs_toc", "parts"
};

const char *
bp_manifest_kind_name(BpManifestKind kind)
{
	Assert((int) kind >= 0 && kind < lengthof(kind_names));
	return kind_names[kind];
}

bool
bp_manifest_kind_parse(const char *name, BpManifestKind *kind)
{
	int			i;

	for (i = 0; i < lengthof(kind_names); i++)
	{
		if (strcmp(name, kind_names[i]) == 0)
		{
			*kind = (BpManifestKind) i;
			return true;
		}
	}
	return false;
}

BpManifest *
bp_manifest_create(void)
{
	BpManifest *m = (BpManifest *) palloc0(sizeof(BpManifest));

	m->format = BP_MANIFEST_FORMAT;
	return m;
}

BpManifestFile *
bp_manifest_add_file(BpManifest *m)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(m));
	BpManifestFile *f;

	BP_ARRAY_ROOM(m->files, m->nfiles, m->max_files);
	MemoryContextSwitchTo(old);
	f = &m->files[m->nfiles++];
	memset(f, 0, sizeof(*f));
	return f;
}

void
bp_manifest_add_setting(BpManifest *m, const char *name, const char *value)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(m));
	BpManifestSetting *s;

	BP_ARRAY_ROOM(m->settings, m->nsettings, m->max_settings);
	s = &m->settings[m->nsettings++];
	s->name = pstrdup(name);
	s->value = pstrdup(value);
	MemoryContextSwitchTo(old);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp((*(BpManifestFile *const *) a)->name,
				  (*(BpManifestFile *const *) b)->name);
}

BpManifestFile **
bp_manifest_by_name(BpManifest *m)
{
	if (m->by_name == NULL)
	{
		m->by_name = (BpManifestFile **)
			MemoryContextAllocHuge(GetMemoryChunkContext(m),
								   (m->nfiles + 1) * sizeof(BpManifestFile *));
		for (int i = 0; i < m->nfiles; i++)
			m->by_name[i] = &m->files[i];
		qsort(m->by_name, m->nfiles, sizeof(BpManifestFile *), compare_names);
	}
	return m->by_name;
}

const BpManifestFile *
bp_manifest_find(BpManifest *m, const char *name)
{
	BpManifestFile key = {.name = unconstify(char *, name)};
	BpManifestFile *keyp = &key;
	BpManifestFile **found;

	found = bsearch(&keyp, bp_manifest_by_name(m), m->nfiles,
					sizeof(BpManifestFile *), compare_names);
	return found != NULL ? *found : NULL;
}

void
bp_manifest_sum(const char *data, size_t len, char *hex)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	int			i;

	if (ctx == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	if (pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, (const uint8 *) data, len) < 0 ||
		pg_cryptohash_final(ctx, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute checksum of manifest: %s",
			 pg_cryptohash_error(ctx));
	pg_cryptohash_free(ctx);
	for (i = 0; i < PG_SHA256_DIGEST_LENGTH; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
}
