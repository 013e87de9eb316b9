/*-------------------------------------------------------------------------
 *
 * object.h
 *	  The objects of a selection: everything that gets an entry or is part of
 *	  one.
 *
 * See object.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/object.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_OBJECT_H
#define BP_DEFINE_OBJECT_H

#include "catalog/objectaddress.h"
#include "define/context.h"

/* Kinds of objects, in the order in which pg_dump sorts kinds */
typedef enum BpObjectKind
{
	BP_OBJECT_SCHEMA,
	BP_OBJECT_TYPE,
	BP_OBJECT_FUNCTION,
	BP_OBJECT_AGGREGATE,
	BP_OBJECT_RELATION,			/* of all kinds, sequences and views too */
	BP_OBJECT_ATTACH,
	BP_OBJECT_DEFAULT,
	BP_OBJECT_TABLE_DATA,		/* the first kind of data */
	BP_OBJECT_SEQUENCE_SET,
	BP_OBJECT_RELSTATS,			/* comes after data if BpObject.after_data is
								 * set */
	BP_OBJECT_CONSTRAINT,		/* the first kind that comes after data */
	BP_OBJECT_INDEX,
	BP_OBJECT_INDEX_ATTACH,
	BP_OBJECT_STATISTICS,
	BP_OBJECT_RULE,
	BP_OBJECT_TRIGGER,
	BP_OBJECT_FOREIGN_KEY,
	BP_OBJECT_POLICY,
	BP_OBJECT_DEFAULT_ACL,
	BP_OBJECT_REFRESH
} BpObjectKind;

typedef struct BpObject BpObject;

/*
 * Writes the entries of an object: first its own, with the object's dump id,
 * then those that depend on it.
 */
typedef void (*BpObjectWriteFn) (BpDefine *d, BpObject *o);

/*
 * A selected object.  Its reader fills in what bp_object_add does not; texts
 * are not copied, and must live as long as the BpDefine.
 */
struct BpObject
{
	Oid			classid;		/* catalog; InvalidOid: it is in no catalog */
	Oid			oid;
	BpObjectKind kind;
	const char *schema;			/* NULL: in no schema */
	const char *name;
	const char *second_key;		/* pg_dump sorts by kind, schema, name, then
								 * by this key (NULL: no key) */
	int			number;			/* and then by this number */
	const char *owner;			/* role name; NULL: none */
	bool		separate;		/* has an entry of its own (true at first) */
	BpObject   *part_of;		/* if not separate: the object whose statement
								 * contains it, or NULL */
	bool		may_split;		/* a part that can be made separate */
	bool		after_data;		/* comes after data, unlike its kind */
	BpObjectWriteFn write;		/* may be NULL if not separate */
	void	   *info;			/* for the writer: what the reader found */
	int			dump_id;
	List	   *deps;			/* of BpObject: dependencies besides those of
								 * pg_depend */
	List	   *unselected_deps;	/* of ObjectAddress: the same, on objects
									 * that need not be selected */
	/* set by depend.c */
	List	   *needs;			/* of BpObject: all separate objects that it
								 * depends on, each once */
	int			seen;			/* number of the search that last met it */
	bool		reaches_start;	/* in that search: a path leads to its start */
	/* set by sort.c */
	int			rank;			/* position without regard to dependencies */
};

/*
 * Adds an object, with a dump id of its own.  It can be found by classid and
 * oid afterwards, unless classid is InvalidOid.
 */
extern BpObject *bp_object_add(BpDefine *d, BpObjectKind kind, Oid classid,
							   Oid oid, const char *schema, const char *name,
							   BpObjectWriteFn write);

/* The object with this identity, or NULL if it is not selected. */
extern BpObject *bp_object_find(BpDefine *d, Oid classid, Oid oid);

/* Makes o depend on other, in addition to what pg_depend says. */
extern void bp_object_depends(BpObject *o, BpObject *other);

/* The same for an object that need not be selected. */
extern void bp_object_depends_on_id(BpObject *o, Oid classid, Oid oid);

/*
 * Appends the object's own entry: with its dump id, identity, schema and
 * owner, and with dependencies on all that it needs.  Texts are copied; drop
 * may be NULL.  The pointer is valid until the next entry is appended.
 */
extern BpTocEntry *bp_object_entry(BpDefine *d, BpObject *o, const char *desc,
								   const char *tag, int section,
								   const char *defn, const char *drop);

/* The object as a target of comments, labels and privileges */
extern BpEntryTarget bp_object_target(const BpObject *o, const char *type,
									  const char *qname);

#endif							/* BP_DEFINE_OBJECT_H */
