/*-------------------------------------------------------------------------
 *
 * part.h
 *	  The parts of an archive: parts.idx.
 *
 * A part is what a restore of one schema needs of an archive's manifest, table of
 * contents and frame index.  See part.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/part.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_PART_H
#define BP_ARCHIVE_PART_H

#include "archive/frame_index.h"
#include "archive/manifest.h"
#include "archive/toc.h"

#define BP_PARTS	"parts.idx"

/* One schema's part of an archive, as the contents of the three files. */
typedef struct BpPart
{
	char	   *path;			/* of parts.idx, for errors */
	char	   *manifest;		/* a string */
	uint32		manifest_len;
	char	   *toc;
	uint32		toc_len;
	char	   *frames;
	uint32		frames_len;
} BpPart;

/*
 * Writes dir/parts.idx, part by part.  All calls from create to finish must be
 * in one transaction.  They raise the system's errors.
 */
typedef struct BpPartWriter BpPartWriter;

/* Makes the file; the writer lives in CurrentMemoryContext. */
extern BpPartWriter *bp_part_writer_create(const char *dir);

/*
 * Writes the part of a schema, whose name is in the database's encoding, to the
 * file.  The writer keeps only a record of 32 bytes in memory.
 */
extern void bp_part_writer_add(BpPartWriter *w, const char *schema,
							   const BpManifest *manifest, const BpToc *toc,
							   const BpFrame *frames, int nframes);

/* Writes the records, closes the file, not yet synced, and frees the writer. */
extern void bp_part_writer_finish(BpPartWriter *w);

/*
 * Reads one schema's part of dir/parts.idx into CurrentMemoryContext; NULL if
 * there is no such file, or the schema is not in it: then the caller must read
 * the whole archive.
 *
 * ERRCODE_DATA_CORRUPTED naming the file, ERRCODE_FEATURE_NOT_SUPPORTED if a
 * later version wrote it.
 */
extern BpPart *bp_part_read(const char *dir, const char *schema);

/*
 * The contents of a part, in CurrentMemoryContext, with the errors of
 * bp_manifest_parse, bp_toc_parse and bp_frame_index_parse.
 */
extern BpManifest *bp_part_manifest(const BpPart *part, bool with_files);
extern BpToc *bp_part_toc(const BpPart *part);
extern BpFrameIndex *bp_part_frames(const BpPart *part);

#endif							/* BP_ARCHIVE_PART_H */
