/*-------------------------------------------------------------------------
 *
 * context.h
 *	  The state of one call of bp_define_toc, which all files of define/ share.
 *
 * See context.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/context.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_CONTEXT_H
#define BP_DEFINE_CONTEXT_H

#include "archive/toc.h"
#include "catalog/relations.h"
#include "nodes/pg_list.h"
#include "shared/options.h"
#include "utils/hsearch.h"
#include "utils/snapshot.h"

struct BpObject;				/* object.h */
struct BpRefreshes;				/* view.c */

/* A table of contents under construction */
typedef struct BpDefine
{
	/* the inputs of bp_define_toc */
	const BpOptions *options;
	BpRelations *relations;
	Snapshot	snapshot;
	const char *database;

	BpToc	   *toc;			/* with its texts in CurrentMemoryContext */
	int			max_entries;	/* entries that toc->entries has room for */
	int			last_id;		/* the last dump id that was assigned */
	int		   *rel_ids;		/* dump ids of relations->rels */
	int		   *data_ids;		/* dump ids of their data; 0: no data */
	char	   *reason;			/* why this backup must be left to pg_dump;
								 * NULL: no reason yet */

	/* the following are not used for content => 'data' */
	struct BpObject **objects;	/* object.c */
	int			nobjects;
	int			max_objects;
	HTAB	   *by_id;
	List	   *tables;			/* of BpTable (tables.c) */
	HTAB	   *tables_by_oid;
	List	   *parents;		/* of Oid: tables that are not selected, but
								 * have selected children or sequences */
	List	   *indexes;		/* of BpIndex (index.c) */
	List	   *parent_indexes; /* of Oid: indexes that others are attached to */
	struct BpRefreshes *refreshes;
	int			boundaries[2];	/* dump ids of the boundaries before and after
								 * data (bp_boundary); 0: not assigned yet */
} BpDefine;

/*
 * The object that a comment, security label or ACL entry is about.  Texts are
 * not copied; they must live until the entry has been made.
 */
typedef struct BpEntryTarget
{
	Oid			classid;		/* identity in the catalogs */
	Oid			oid;
	int			subid;			/* column number; 0: the object itself */
	const char *type;			/* keyword, as in COMMENT ON type qname */
	const char *qname;			/* quoted, without the schema */
	const char *schema;			/* not quoted; NULL: in no schema */
	const char *owner;			/* role name, not quoted */
	int			dep;			/* dump id of the object's own entry */
} BpEntryTarget;

/*
 * Notes the reason why this backup must be left to pg_dump.  reason is
 * copied; only the first one is kept.  This function returns, and the caller
 * may continue: the result is discarded in the end.
 */
extern void bp_refuse(BpDefine *d, const char *reason);

/*
 * Appends an entry: zeroed, except for a new dump id and copies of desc, tag
 * and section.  The pointer is valid until the next entry is appended.
 */
extern BpTocEntry *bp_add_entry(BpDefine *d, const char *desc, const char *tag,
								int section);

/*
 * Appends an entry with the schema and owner of target, that depends on entry
 * target->dep and, unless it is 0, on entry dep2.  defn is copied.
 */
extern BpTocEntry *bp_add_dependent_entry(BpDefine *d,
										  const BpEntryTarget *target,
										  const char *desc, const char *tag,
										  int section, const char *defn,
										  int dep2);

/*
 * The dump id of the boundary before data, or of the one after it.  A
 * boundary has no entry, but pg_dump makes some entries depend on it.
 */
extern int	bp_boundary(BpDefine *d, bool after_data);

#endif							/* BP_DEFINE_CONTEXT_H */
