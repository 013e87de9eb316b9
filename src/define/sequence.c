/*-------------------------------------------------------------------------
 *
 * sequence.c
 *	  Sequences, including those of identity columns.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/sequence.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "define/comment.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/sequence.h"

enum
{
	SEQUENCE_OID, SEQUENCE_TYPE, SEQUENCE_START, SEQUENCE_INCREMENT,
	SEQUENCE_MAX, SEQUENCE_MIN, SEQUENCE_CACHE, SEQUENCE_CYCLE
};

static BpQuery sequences_query = {
	"SELECT seqrelid, pg_catalog.format_type(seqtypid, NULL), seqstart, "
	"seqincrement, seqmax, seqmin, seqcache, seqcycle "
	"FROM pg_catalog.unnest($1) AS src(seqoid) "
	"JOIN pg_catalog.pg_sequence ON seqrelid OPERATOR(pg_catalog.=) src.seqoid"
};

typedef struct BpSequence
{
	char	   *type;
	char	   *start;
	char	   *increment;
	char	   *max;
	char	   *min;
	char	   *cache;
	bool		cycle;
} BpSequence;

static bool
is_sequence(BpDefine *d, const BpTable *t)
{
	return t->object != NULL && t->kind == RELKIND_SEQUENCE;
}

void
bp_read_sequences(BpDefine *d)
{
	int			n;
	Oid		   *oids = bp_tables_with(d, is_sequence, &n);
	BpRows	   *rows = bp_query(d, &sequences_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpSequence *s = palloc0(sizeof(BpSequence));

		s->type = bp_row_text(rows, i, SEQUENCE_TYPE);
		s->start = bp_row_text(rows, i, SEQUENCE_START);
		s->increment = bp_row_text(rows, i, SEQUENCE_INCREMENT);
		s->max = bp_row_text(rows, i, SEQUENCE_MAX);
		s->min = bp_row_text(rows, i, SEQUENCE_MIN);
		s->cache = bp_row_text(rows, i, SEQUENCE_CACHE);
		s->cycle = bp_row_bool(rows, i, SEQUENCE_CYCLE);
		bp_table_find(d, bp_row_oid(rows, i, SEQUENCE_OID))->sequence = s;
	}
}

/* Is the value the default limit of a sequence of this type and direction? */
static bool
is_default_limit(const BpSequence *s, const char *value, bool upper)
{
	bool		ascending = s->increment[0] != '-';
	int64		limit;

	if (strcmp(s->type, "smallint") == 0)
		limit = upper ? PG_INT16_MAX : PG_INT16_MIN;
	else if (strcmp(s->type, "integer") == 0)
		limit = upper ? PG_INT32_MAX : PG_INT32_MIN;
	else
		limit = upper ? PG_INT64_MAX : PG_INT64_MIN;
	if (ascending && !upper)
		limit = 1;
	if (!ascending && upper)
		limit = -1;
	return strcmp(value, psprintf(INT64_FORMAT, limit)) == 0;
}

/*
 * Begins the statement that makes the owning column an identity column, which
 * creates the sequence.  Returns false after refusing.
 */
static bool
put_identity_column(BpDefine *d, StringInfo sql, BpTable *t)
{
	BpTable    *owner = bp_table_find(d, t->owning_table);
	BpColumn   *c;

	if (owner == NULL || owner->object == NULL || t->owning_column < 1 ||
		t->owning_column > owner->ncolumns)
	{
		bp_refuse(d, psprintf("the column that owns sequence %s was not found",
							  t->qualified));
		return false;
	}
	c = &owner->columns[t->owning_column - 1];
	appendStringInfo(sql, "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED ",
					 owner->qualified, bp_name(c->name));
	if (c->identity == ATTRIBUTE_IDENTITY_ALWAYS)
		appendStringInfoString(sql, "ALWAYS");
	else if (c->identity == ATTRIBUTE_IDENTITY_BY_DEFAULT)
		appendStringInfoString(sql, "BY DEFAULT");
	appendStringInfo(sql, " AS IDENTITY (\n    SEQUENCE NAME %s\n",
					 t->qualified);
	if (t->persistence != owner->persistence)
		appendStringInfo(sql, "    %s\n",
						 t->persistence == RELPERSISTENCE_UNLOGGED ?
						 "UNLOGGED" : "LOGGED");
	return true;
}

static void
put_sequence_options(StringInfo sql, const BpSequence *s)
{
	appendStringInfo(sql, "    START WITH %s\n    INCREMENT BY %s\n",
					 s->start, s->increment);
	if (is_default_limit(s, s->min, false))
		appendStringInfoString(sql, "    NO MINVALUE\n");
	else
		appendStringInfo(sql, "    MINVALUE %s\n", s->min);
	if (is_default_limit(s, s->max, true))
		appendStringInfoString(sql, "    NO MAXVALUE\n");
	else
		appendStringInfo(sql, "    MAXVALUE %s\n", s->max);
	appendStringInfo(sql, "    CACHE %s%s", s->cache,
					 s->cycle ? "\n    CYCLE" : "");
}

static void
write_owned_by(BpDefine *d, BpTable *t, const BpEntryTarget *target)
{
	BpTable    *owner = bp_table_find(d, t->owning_table);

	/* nothing is written about a table that is not selected */
	if (owner == NULL || owner->object == NULL || t->is_identity ||
		t->owning_column < 1 || t->owning_column > owner->ncolumns)
		return;
	bp_add_dependent_entry(d, target, "SEQUENCE OWNED BY", t->name,
						   BP_SECTION_PRE_DATA,
						   psprintf("ALTER SEQUENCE %s OWNED BY %s.%s;\n",
									t->qualified, owner->qualified,
									bp_name(owner->columns[t->owning_column - 1].name)),
						   0);
}

void
bp_write_sequence(BpDefine *d, BpTable *t)
{
	BpSequence *s = t->sequence;
	BpObject   *o = t->object;
	BpEntryTarget target;
	StringInfoData sql;

	if (s == NULL)
	{
		bp_refuse(d, psprintf("sequence %s is not in pg_sequence", t->qualified));
		return;
	}
	initStringInfo(&sql);
	if (t->is_identity)
	{
		if (!put_identity_column(d, &sql, t))
			return;
	}
	else
	{
		appendStringInfo(&sql, "CREATE %sSEQUENCE %s\n",
						 t->persistence == RELPERSISTENCE_UNLOGGED ?
						 "UNLOGGED " : "", t->qualified);
		if (strcmp(s->type, "bigint") != 0)
			appendStringInfo(&sql, "    AS %s\n", s->type);
	}
	put_sequence_options(&sql, s);
	appendStringInfoString(&sql, t->is_identity ? "\n);\n" : ";\n");
	bp_object_entry(d, o, "SEQUENCE", t->name, BP_SECTION_PRE_DATA, sql.data,
					t->is_identity ? "" :
					psprintf("DROP SEQUENCE %s;\n", t->qualified))->relkind = 0;
	target = bp_object_target(o, "SEQUENCE", bp_name(t->name));
	write_owned_by(d, t, &target);
	bp_write_comment(d, &target);
	bp_write_label(d, &target);
}
