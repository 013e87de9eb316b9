/*-------------------------------------------------------------------------
 *
 * fkey_validate.c
 *	  Validating a foreign key by a set of bits.
 *
 * The server validates a foreign key by a query that joins both tables and
 * returns rows of the referencing table without a row in the referenced one.
 * That join is among the costliest parts of a restore.  Most keys are a single
 * integer.  Then the values of the referenced column fit into a set of bits,
 * and it is enough to read each table once.
 *
 * We do not change the catalogs ourselves.  The server runs VALIDATE
 * CONSTRAINT with all its checks and locks, and a hook in the executor waits
 * for that one query, which it recognises by its full text.  With the snapshot
 * of the query the hook looks for a violation.  If there is none, it returns
 * what the query would return: no row.  In all other cases (a violation, other
 * types, too little memory for the range of values) the query runs as usual, so
 * that the errors and their texts come from the server.
 *
 * The set consists of pieces of 4,096 bits, found by a hash table.  Keys from a
 * sequence need one byte per eight rows.  The limit of its memory is
 * maintenance_work_mem, the same as that of the join.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/fkey_validate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "restore/fkey_validate.h"
#include "rows/scan.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define BP_PIECE_SHIFT	12		/* values in a piece, as a power of two */
#define BP_PIECE_VALUES (1 << BP_PIECE_SHIFT)
#define BP_PIECE_WORDS	(BP_PIECE_VALUES / 64)

typedef struct BpPiece
{
	int64		number;			/* hash key: values >> BP_PIECE_SHIFT */
	uint64	   *bits;
	char		status;			/* simplehash's */
} BpPiece;

#define SH_PREFIX piecehash
#define SH_ELEMENT_TYPE BpPiece
#define SH_KEY_TYPE int64
#define SH_KEY number
#define SH_HASH_KEY(tb, key) \
	hash_combine(murmurhash32((uint32) (key)), (uint32) ((uint64) (key) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Values of one column */
typedef struct BpValues
{
	MemoryContext cxt;			/* of the whole set */
	piecehash_hash *pieces;
	int64		last;			/* number of the piece that was used last */
	uint64	   *last_bits;		/* its bits; NULL if there are none */
	Size		limit;			/* bytes */
} BpValues;

/* One side of the key */
typedef struct BpSide
{
	Relation	rel;
	AttrNumber	attnum;
	int			width;			/* of its integers, in bytes */
} BpSide;

static ExecutorRun_hook_type prev_run = NULL;
static Oid	validated_key = InvalidOid; /* the foreign key being validated */

static void fkey_run(BP_EXECUTOR_RUN_ARGS);
static bool fkey_holds(QueryDesc *query);
static bool fkey_sides(Oid conoid, BpSide *referencing, BpSide *referenced);
static bool fkey_is_query(const char *sql, const BpSide *referencing,
						  const BpSide *referenced);
static bool fkey_open(BpSide *side, Oid relid, AttrNumber attnum);
static void fkey_close(BpSide *side);
static bool fkey_scan(const BpSide *side, Snapshot snapshot,
					  BpValues *values,
					  bool (*each) (BpValues *values, int64 value));

/* ---- the set of values ---- */

/*
 * The bits of the piece that has the value; NULL if there is no such piece.
 * With 'make', a missing piece is made if the limit allows it.
 */
static inline uint64 *
values_piece(BpValues *values, int64 value, bool make)
{
	int64		number = value >> BP_PIECE_SHIFT;
	BpPiece    *piece;
	bool		found;

	if (values->last_bits != NULL && number == values->last)
		return values->last_bits;
	piece = piecehash_lookup(values->pieces, number);
	if (piece == NULL)
	{
		if (!make ||
			MemoryContextMemAllocated(values->cxt, true) > values->limit)
			return NULL;
		piece = piecehash_insert(values->pieces, number, &found);
		piece->bits = MemoryContextAllocZero(values->cxt,
											 BP_PIECE_WORDS * sizeof(uint64));
	}
	values->last = number;
	values->last_bits = piece->bits;
	return piece->bits;
}

static bool
values_add(BpValues *values, int64 value)
{
	uint64	   *bits = values_piece(values, value, true);
	int			bit = value & (BP_PIECE_VALUES - 1);

	if (bits == NULL)
		return false;
	bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
	return true;
}

static bool
values_contain(BpValues *values, int64 value)
{
	uint64	   *bits = values_piece(values, value, false);
	int			bit = value & (BP_PIECE_VALUES - 1);

	return bits != NULL && (bits[bit / 64] >> (bit % 64)) & 1;
}

/* ---- the tables ---- */

/*
 * Opens the table of one side.  Returns false if it is not a plain table that we
 * can read; the caller must call fkey_close all the same.  The query that runs
 * has locked the table.
 */
static bool
fkey_open(BpSide *side, Oid relid, AttrNumber attnum)
{
	Form_pg_attribute attr;

	side->rel = table_open(relid, AccessShareLock);
	side->attnum = attnum;
	if (side->rel->rd_rel->relkind != RELKIND_RELATION ||
		!bp_scan_splittable(side->rel) ||
		attnum < 1 || attnum > RelationGetNumberOfAttributes(side->rel))
		return false;
	attr = TupleDescAttr(RelationGetDescr(side->rel), attnum - 1);
	side->width = attr->attlen;
	return !attr->attisdropped;
}

static void
fkey_close(BpSide *side)
{
	if (side->rel != NULL)
		table_close(side->rel, NoLock);
	side->rel = NULL;
}

/*
 * Calls 'each' for every value that is not null.  Stops and returns false as
 * soon as 'each' returns false.
 */
static bool
fkey_scan(const BpSide *side, Snapshot snapshot, BpValues *values,
		  bool (*each) (BpValues *values, int64 value))
{
	TableScanDesc scan = table_beginscan_strat(side->rel, snapshot, 0, NULL,
											   true, false);
	TupleDesc	desc = RelationGetDescr(side->rel);
	bool		goes_on = true;
	HeapTuple	tuple;

	while (goes_on &&
		   (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		bool		isnull;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		value = heap_getattr(tuple, side->attnum, desc, &isnull);
		if (isnull)
			continue;
		goes_on = each(values, side->width == sizeof(int64) ?
					   DatumGetInt64(value) :
					   side->width == sizeof(int32) ?
					   DatumGetInt32(value) : DatumGetInt16(value));
	}
	table_endscan(scan);
	return goes_on;
}

/* ---- the key ---- */

/* Opens both sides of the key; returns false if it is not a single integer. */
static bool
fkey_sides(Oid conoid, BpSide *referencing, BpSide *referenced)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(conoid));
	Form_pg_constraint con;
	AttrNumber	conkey[INDEX_MAX_KEYS];
	AttrNumber	confkey[INDEX_MAX_KEYS];
	AttrNumber	set_cols[INDEX_MAX_KEYS];
	Oid			pf_ops[INDEX_MAX_KEYS];
	Oid			pp_ops[INDEX_MAX_KEYS];
	Oid			ff_ops[INDEX_MAX_KEYS];
	int			nkeys;
	int			nset;
	bool		ok = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	con = (Form_pg_constraint) GETSTRUCT(tuple);
	if (con->contype == CONSTRAINT_FOREIGN)
	{
		DeconstructFkConstraintRow(tuple, &nkeys, conkey, confkey, pf_ops,
								   pp_ops, ff_ops, &nset, set_cols);
		ok = nkeys == 1;
	}
	if (ok)
	{
		switch (get_opcode(pf_ops[0]))
		{
			case F_INT2EQ:
			case F_INT24EQ:
			case F_INT28EQ:
			case F_INT42EQ:
			case F_INT4EQ:
			case F_INT48EQ:
			case F_INT82EQ:
			case F_INT84EQ:
			case F_INT8EQ:
				ok = fkey_open(referencing, con->conrelid, conkey[0]) &&
					fkey_open(referenced, con->confrelid, confkey[0]);
				break;
			default:
				ok = false;
		}
	}
	ReleaseSysCache(tuple);
	return ok;
}

/* "schema"."table" as RI_Initial_Check() writes it: always in quotes */
static void
append_quoted(StringInfo buf, const char *name)
{
	appendStringInfoChar(buf, '"');
	for (; *name != '\0'; name++)
	{
		if (*name == '"')
			appendStringInfoChar(buf, '"');
		appendStringInfoChar(buf, *name);
	}
	appendStringInfoChar(buf, '"');
}

static void
append_side(StringInfo buf, const BpSide *side, const char *alias)
{
	appendStringInfoString(buf, "ONLY ");
	append_quoted(buf,
				  get_namespace_name(RelationGetNamespace(side->rel)));
	appendStringInfoChar(buf, '.');
	append_quoted(buf, RelationGetRelationName(side->rel));
	appendStringInfo(buf, " %s", alias);
}

static void
append_column(StringInfo buf, const BpSide *side, const char *alias)
{
	appendStringInfo(buf, "%s.", alias);
	append_quoted(buf,
				  NameStr(TupleDescAttr(RelationGetDescr(side->rel),
										side->attnum - 1)->attname));
}

/*
 * Is this text the query of RI_Initial_Check() in the server's ri_triggers.c?
 * For a key of one column the query has only this form.
 */
static bool
fkey_is_query(const char *sql, const BpSide *referencing,
			  const BpSide *referenced)
{
	StringInfoData buf;
	bool		same;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT ");
	append_column(&buf, referencing, "fk");
	appendStringInfoString(&buf, " FROM ");
	append_side(&buf, referencing, "fk");
	appendStringInfoString(&buf, " LEFT OUTER JOIN ");
	append_side(&buf, referenced, "pk");
	appendStringInfoString(&buf, " ON ( ");
	append_column(&buf, referenced, "pk");
	appendStringInfoString(&buf, " OPERATOR(pg_catalog.=) ");
	append_column(&buf, referencing, "fk");
	appendStringInfoString(&buf, ") WHERE ");
	append_column(&buf, referenced, "pk");
	appendStringInfoString(&buf, " IS NULL AND (");
	append_column(&buf, referencing, "fk");
	appendStringInfoString(&buf, " IS NOT NULL)");
	same = sql != NULL && strcmp(sql, buf.data) == 0;
	pfree(buf.data);
	return same;
}

/* Is this the query for violations, and are there none? */
static bool
fkey_holds(QueryDesc *query)
{
	BpSide		referencing = {0};
	BpSide		referenced = {0};
	BpValues	values = {0};
	bool		holds;

	if (query->operation != CMD_SELECT || query->snapshot == NULL)
		return false;
	holds = fkey_sides(validated_key, &referencing, &referenced) &&
		fkey_is_query(query->sourceText, &referencing, &referenced);
	if (holds)
	{
		values.cxt = AllocSetContextCreate(CurrentMemoryContext,
										   "backup_pool referenced values",
										   ALLOCSET_DEFAULT_SIZES);
		values.limit = maintenance_work_mem * (Size) 1024;
		values.pieces = piecehash_create(values.cxt, 1024, NULL);
		holds = fkey_scan(&referenced, query->snapshot, &values,
						  values_add);
		values.last_bits = NULL;
		holds = holds && fkey_scan(&referencing, query->snapshot, &values,
								   values_contain);
		MemoryContextDelete(values.cxt);
		ereport(DEBUG1,
				(errmsg_internal("foreign key %u was checked by a set of bits: %s",
								 validated_key, holds ? "holds" : "unclear")));
	}
	fkey_close(&referencing);
	fkey_close(&referenced);
	return holds;
}

/* The executor's hook */
static void
fkey_run(BP_EXECUTOR_RUN_ARGS)
{
	/* With this direction the query starts and ends, and returns no row */
	if (OidIsValid(validated_key) && fkey_holds(queryDesc))
		direction = NoMovementScanDirection;
	if (prev_run)
		prev_run(BP_EXECUTOR_RUN_VALUES);
	else
		standard_ExecutorRun(BP_EXECUTOR_RUN_VALUES);
}

void
bp_fkey_validate(Oid conoid, void (*validate) (void *arg), void *arg)
{
	prev_run = ExecutorRun_hook;
	ExecutorRun_hook = fkey_run;
	validated_key = conoid;
	PG_TRY();
	{
		validate(arg);
	}
	PG_FINALLY();
	{
		ExecutorRun_hook = prev_run;
		validated_key = InvalidOid;
	}
	PG_END_TRY();
}
