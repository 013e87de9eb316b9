/*-------------------------------------------------------------------------
 *
 * object.h
 *	  The objects that definitions are made of, and what they depend on.
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
#include "define/define.h"

/* In the order in which pg_dump writes kinds, as far as nothing depends */
typedef enum BpObjectKind
{
	BP_OBJECT_SCHEMA,
	BP_OBJECT_TYPE,
	BP_OBJECT_FUNCTION,
	BP_OBJECT_AGGREGATE,
	BP_OBJECT_RELATION,			/* of all kinds, sequences and views too */
	BP_OBJECT_ATTACH,
	BP_OBJECT_DEFAULT,
	BP_OBJECT_TABLE_DATA,		/* the first that is data */
	BP_OBJECT_SEQUENCE_SET,
	BP_OBJECT_RELSTATS,			/* or comes after data (after_data) */
	BP_OBJECT_CONSTRAINT,		/* the first that comes after data */
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

/* Writes the entries of an object: its own first, with e->dump_id set to it. */
typedef void (*BpObjectWriteFn) (BpDefine *d, BpObject *o);

/*
 * An object that is asked for.  What its reader sets is said at each field;
 * texts are not copied, and belong to CurrentMemoryContext of bp_define_toc.
 */
struct BpObject
{
	Oid			classid;		/* catalog; InvalidOid: stands in none */
	Oid			oid;
	BpObjectKind kind;
	const char *schema;			/* NULL: has none */
	const char *name;			/* by which pg_dump sorts it */
	const char *second_key;			/* and then by that; NULL: nothing */
	int			number;			/* and then by that */
	const char *owner;			/* a name; NULL: nobody */
	bool		separate;		/* has entries of its own (true at first) */
	BpObject   *part_of;		/* if not: it stands in this one's statement */
	bool		may_split;		/* then it can become separate, if need be */
	bool		after_data;			/* comes after data, whatever its kind */
	BpObjectWriteFn write;		/* may be NULL if not separate */
	void	   *info;			/* whatever the writer needs */
	int			dump_id;
	List	   *deps;			/* of BpObject, besides those of pg_depend */
	List	   *unselected_deps;		/* of ObjectAddress: the same, not asked for */
	/* depend.c and sort.c */
	List	   *needs;			/* of BpObject with entries, without doubles */
	int			place;
	int			waiting;
	int			seen;
	bool		reaches_start;
};

/* Adds an object, with a dump id of its own. */
extern BpObject *bp_object_add(BpDefine *d, BpObjectKind kind, Oid classid,
							   Oid oid, const char *schema, const char *name,
							   BpObjectWriteFn write);

/* The object with this identity, or NULL if it is not asked for. */
extern BpObject *bp_object_find(BpDefine *d, Oid classid, Oid oid);

/* Makes o depend on other, besides what pg_depend says. */
extern void bp_object_depends(BpObject *o, BpObject *other);

/* The same for what need not be asked for */
extern void bp_object_depends_on(BpObject *o, Oid classid, Oid oid);

/*
 * Makes the entry that stands for the object: with its dump id, identity,
 * schema, owner and, as dependencies, all that it needs.
 */
extern BpTocEntry *bp_object_entry(BpDefine *d, BpObject *o, const char *desc,
								   const char *tag, int section,
								   const char *defn, const char *drop);

/*
 * Number of the boundary before data, or of that after it: a thing that has
 * no entry, but that pg_dump lets some entries depend on.
 */
extern int	bp_boundary(BpDefine *d, bool after_data);

/* An entry that depends on one or two others (0: none) and on nothing else. */
extern BpTocEntry *bp_add_dependent_entry(BpDefine *d, const char *desc,
										  const char *tag, int section,
										  const char *schema, const char *owner,
										  const char *defn, int dep, int dep2);

/* Fills needs of all objects (depend.c). */
extern void bp_resolve_dependencies(BpDefine *d);

/* Sorts d->objects as pg_dump does (sort.c). */
extern void bp_sort_objects(BpDefine *d);

/*
 * What most objects may have: a comment, security labels, privileges.  Each
 * writes entries that depend on dump id dep, which is that of an entry.
 *
 * type and qname are as in COMMENT ON type qname, the name quoted but without
 * its schema.
 */
extern void bp_write_comment(BpDefine *d, Oid classid, Oid oid, int subid,
							 const char *type, const char *qname,
							 const char *schema, const char *owner, int dep);
extern void bp_write_label(BpDefine *d, Oid classid, Oid oid, int subid,
						   const char *type, const char *qname,
						   const char *schema, const char *owner, int dep);

/*
 * GRANT and REVOKE.  type is TABLE, SEQUENCE, FUNCTION, …; subname a quoted
 * column, or NULL; tag NULL for the usual one.  acl and acldefault are what
 * the server prints for aclitem[], acl NULL for none; initial privileges are
 * looked up under classid, oid, subid.  Returns the dump id of the entry, or
 * 0 if there was nothing to say.  dep2 as in bp_add_dependent_entry.
 */
extern int	bp_write_acl(BpDefine *d, Oid classid, Oid oid, int subid,
						 const char *type, const char *qname,
						 const char *subname, const char *schema,
						 const char *tag, const char *owner,
						 const char *acl, const char *acldefault,
						 int dep, int dep2);

/*
 * Adds the objects in the schemas asked for that are no relations, and the
 * schemas (schema_objects.c).
 */
extern void bp_read_schema_objects(BpDefine *d);

/*
 * Readers, one for each catalog: add the objects with these oids, which are
 * members of a selected schema (or, for relations, selected), not of an
 * extension.
 */
extern void bp_read_schemas(BpDefine *d, const Oid *oids, int n);
extern void bp_read_default_acls(BpDefine *d, const Oid *oids, int n);
extern void bp_read_types(BpDefine *d, const Oid *oids, int n);
extern void bp_read_functions(BpDefine *d, const Oid *oids, int n);
extern void bp_read_statistics(BpDefine *d, const Oid *oids, int n);

#endif							/* BP_DEFINE_OBJECT_H */
