/*-------------------------------------------------------------------------
 *
 * database.c
 *	  Entries for the database itself.
 *
 * Every archive has an entry DATABASE and, if the database has settings or
 * other properties, an entry DATABASE PROPERTIES.  They do not depend on the
 * selection.  Whether a database is created is decided when the archive is
 * restored.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/database.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_db_role_setting.h"
#include "catalog/pg_tablespace.h"
#include "catalog/pg_type.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/database.h"
#include "define/query.h"
#include "define/quote.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

/* Appends a clause of CREATE DATABASE, if there is a value. */
static void
put_clause(StringInfo out, const char *clause, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	appendStringInfo(out, " %s = ", clause);
	bp_put_literal(out, value);
}

static void
put_locale(StringInfo out, BpCatalogScan *s, HeapTuple tuple)
{
	char		provider = ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider;
	char	   *collate = bp_catalog_text(s, tuple, Anum_pg_database_datcollate);
	char	   *ctype = bp_catalog_text(s, tuple, Anum_pg_database_datctype);

	appendStringInfo(out, " LOCALE_PROVIDER = %s",
					 bp_locale_provider_name(provider));
	if (collate != NULL && ctype != NULL && collate[0] != '\0' &&
		strcmp(collate, ctype) == 0)
		put_clause(out, "LOCALE", collate);
	else
	{
		put_clause(out, "LC_COLLATE", collate);
		put_clause(out, "LC_CTYPE", ctype);
	}
	/* an empty value is written, NULL is not */
	for (int i = 0; i < 2; i++)
	{
		AttrNumber	column = i == 0 ? BP_ANUM_DATABASE_LOCALE :
			BP_ANUM_DATABASE_ICU_RULES;
		char	   *value = column == InvalidAttrNumber ? NULL :
			bp_catalog_text(s, tuple, column);

		if (value == NULL)
			continue;
		appendStringInfo(out, " %s = ", i == 1 ? "ICU_RULES" :
						 provider == COLLPROVIDER_ICU ? "ICU_LOCALE" :
						 "BUILTIN_LOCALE");
		bp_put_literal(out, value);
	}
}

/*
 * Appends ALTER DATABASE … SET for "name=value" or, if role is not NULL,
 * ALTER ROLE … IN DATABASE … SET.  The values of some settings are lists of
 * names, in double quotes where needed; they become lists of literals.
 */
static void
put_setting(StringInfo out, const char *database, const char *role,
			const char *item)
{
	const char *equals = strchr(item, '=');
	char	   *name;
	List	   *names = NIL;

	if (equals == NULL)
		return;
	name = pnstrdup(item, equals - item);
	appendStringInfoString(out, role ? "ALTER ROLE " : "ALTER DATABASE ");
	bp_put_name(out, role ? role : database);
	if (role != NULL)
	{
		appendStringInfoString(out, " IN DATABASE ");
		bp_put_name(out, database);
	}
	appendStringInfoString(out, " SET ");
	bp_put_name(out, name);
	appendStringInfoString(out, " TO ");
	if (GetConfigOptionFlags(name, true) & GUC_LIST_QUOTE)
	{
		ListCell   *lc;

		if (SplitGUCList(pstrdup(equals + 1), ',', &names))
			foreach(lc, names)
			{
				if (lc != list_head(names))
					appendStringInfoString(out, ", ");
				bp_put_literal_e(out, lfirst(lc));
			}
	}
	else
		bp_put_literal_e(out, equals + 1);
	appendStringInfoString(out, ";\n");
}

/*
 * Appends the settings of roles in this database.  The order of the roles is
 * the one in which pg_dump's statement finds them, so the same statement is
 * run.
 */
static void
put_role_settings(BpDefine *d, StringInfo out, const char *database)
{
	MemoryContext caller = CurrentMemoryContext;

	PushActiveSnapshot(d->snapshot);
	SPI_connect();
	if (SPI_execute(psprintf("SELECT rolname, unnest(setconfig) "
							 "FROM pg_db_role_setting s, pg_roles r "
							 "WHERE setrole = r.oid AND setdatabase = '%u'::oid",
							 MyDatabaseId), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the settings of roles");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		char	   *role = SPI_getvalue(t, SPI_tuptable->tupdesc, 1);
		char	   *item = SPI_getvalue(t, SPI_tuptable->tupdesc, 2);
		MemoryContext old = MemoryContextSwitchTo(caller);

		if (item != NULL)
			put_setting(out, database, role, item);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	PopActiveSnapshot();
}

/*
 * The settings in a row of pg_db_role_setting, as texts "name=value"; *n is
 * set to their number.
 */
static char **
setting_items(BpCatalogScan *s, HeapTuple tuple, int *n)
{
	bool		isnull;
	Datum		config = bp_catalog_attr(s, tuple,
										 Anum_pg_db_role_setting_setconfig,
										 &isnull);
	char	  **items;
	Datum	   *texts;
	bool	   *nulls;
	int			ntexts;

	*n = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(config), TEXTOID, -1, false,
					  TYPALIGN_INT, &texts, &nulls, &ntexts);
	items = palloc(sizeof(char *) * Max(1, ntexts));
	for (int i = 0; i < ntexts; i++)
		if (!nulls[i])
			items[(*n)++] = TextDatumGetCString(texts[i]);
	return items;
}

static void
put_settings(BpDefine *d, StringInfo out, const char *database)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	bool		of_roles = false;

	bp_catalog_key_oid(&s, Anum_pg_db_role_setting_setdatabase, MyDatabaseId);
	bp_catalog_begin(&s, DbRoleSettingRelationId, DbRoleSettingDatidRolidIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		char	  **items;
		int			n;

		if (OidIsValid(((Form_pg_db_role_setting) GETSTRUCT(tuple))->setrole))
		{
			of_roles = true;
			continue;
		}
		items = setting_items(&s, tuple, &n);
		for (int i = 0; i < n; i++)
			put_setting(out, database, NULL, items[i]);
	}
	bp_catalog_end(&s);
	if (of_roles)
		put_role_settings(d, out, database);
}

enum
{
	DATABASE_DESCRIPTION, DATABASE_ACL, DATABASE_ACL_DEFAULT
};

static BpQuery database_query = {
	/*
	 * shobj_description() is an SQL function that is planned at each call, so
	 * it is not used
	 */
	"SELECT description, datacl, pg_catalog.acldefault('d', datdba) "
	"FROM pg_catalog.unnest($1) AS src(dboid) "
	"JOIN pg_catalog.pg_database ON oid OPERATOR(pg_catalog.=) src.dboid "
	"LEFT JOIN pg_catalog.pg_shdescription ON objoid OPERATOR(pg_catalog.=) src.dboid "
	"AND classoid OPERATOR(pg_catalog.=) 1262::pg_catalog.oid"
};

enum
{
	LABEL_PROVIDER, LABEL_TEXT
};

static BpQuery database_labels_query = {
	"SELECT provider, label FROM pg_catalog.unnest($1) AS src(dboid) "
	"JOIN pg_catalog.pg_shseclabel ON classoid OPERATOR(pg_catalog.=) 1262::pg_catalog.oid "
	"AND objoid OPERATOR(pg_catalog.=) src.dboid"
};

/* Writes the comment, labels and privileges of the database. */
static void
write_database_annotations(BpDefine *d, const char *name, const char *owner,
						   int dump_id)
{
	Oid			oid = MyDatabaseId;
	BpRows	   *rows = bp_query(d, &database_query, &oid, 1);
	BpRows	   *labels = bp_query(d, &database_labels_query, &oid, 1);
	BpEntryTarget target = {.classid = DatabaseRelationId,.oid = oid,
	.type = "DATABASE",.owner = owner,.dep = dump_id};
	char	   *tag;
	StringInfoData sql;

	target.qname = bp_name(name);
	tag = psprintf("DATABASE %s", target.qname);
	initStringInfo(&sql);
	if (rows->n > 0 && bp_row_text(rows, 0, DATABASE_DESCRIPTION)[0] != '\0')
	{
		appendStringInfo(&sql, "COMMENT ON %s IS ", tag);
		bp_put_literal(&sql, bp_row(rows, 0, DATABASE_DESCRIPTION));
		appendStringInfoString(&sql, ";\n");
		bp_add_dependent_entry(d, &target, "COMMENT", tag, BP_SECTION_NONE,
							   sql.data, 0);
	}
	resetStringInfo(&sql);
	for (int i = 0; i < labels->n; i++)
	{
		appendStringInfo(&sql, "SECURITY LABEL FOR %s ON %s IS ",
						 bp_name(bp_row_text(labels, i, LABEL_PROVIDER)), tag);
		bp_put_literal_e(&sql, bp_row_text(labels, i, LABEL_TEXT));
		appendStringInfoString(&sql, ";\n");
	}
	if (sql.len > 0)
		bp_add_dependent_entry(d, &target, "SECURITY LABEL", tag,
							   BP_SECTION_NONE, sql.data, 0);
	if (rows->n > 0)
		(void) bp_write_acl(d, &target, bp_row(rows, 0, DATABASE_ACL),
							bp_row(rows, 0, DATABASE_ACL_DEFAULT));
}

bool
bp_login_turns_off(BpDefine *d, const char *name)
{
	size_t		len = strlen(name);
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	bool		found = false;

	bp_catalog_begin(&s, DbRoleSettingRelationId, InvalidOid, d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_db_role_setting f = (Form_pg_db_role_setting) GETSTRUCT(tuple);
		char	  **items;
		int			n;

		if ((OidIsValid(f->setdatabase) && f->setdatabase != MyDatabaseId) ||
			(OidIsValid(f->setrole) && f->setrole != GetSessionUserId()))
			continue;
		items = setting_items(&s, tuple, &n);
		for (int i = 0; i < n; i++)
		{
			bool		on;

			/* the value is stored as it was typed: off, false, 0, … */
			if (pg_strncasecmp(items[i], name, len) == 0 &&
				items[i][len] == '=' &&
				(!parse_bool(items[i] + len + 1, &on) || !on))
				found = true;
		}
	}
	bp_catalog_end(&s);
	return found;
}

static void
write_database_properties(BpDefine *d, Form_pg_database db, const char *owner)
{
	const char *name = NameStr(db->datname);
	StringInfoData sql;
	StringInfoData drop;
	BpTocEntry *e;

	initStringInfo(&sql);
	initStringInfo(&drop);
	if (db->datconnlimit != -1)
	{
		appendStringInfoString(&sql, "ALTER DATABASE ");
		bp_put_name(&sql, name);
		appendStringInfo(&sql, " CONNECTION LIMIT = %d;\n", db->datconnlimit);
	}
	if (db->datistemplate)
	{
		appendStringInfoString(&sql, "ALTER DATABASE ");
		bp_put_name(&sql, name);
		appendStringInfoString(&sql, " IS_TEMPLATE = true;\n");
		appendStringInfoString(&drop,
							   "UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = ");
		bp_put_literal(&drop, name);
		appendStringInfoString(&drop, ";\n");
	}
	put_settings(d, &sql, name);
	if (sql.len == 0)
		return;
	e = bp_add_entry(d, "DATABASE PROPERTIES", name, BP_SECTION_PRE_DATA);
	e->owner = pstrdup(owner);
	e->defn = sql.data;
	e->drop_stmt = drop.data;
}

void
bp_write_database(BpDefine *d)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	Form_pg_database db;
	BpTocEntry *e;
	StringInfoData sql;
	StringInfoData drop;
	char	   *owner;

	bp_catalog_key_oid(&s, Anum_pg_database_oid, MyDatabaseId);
	bp_catalog_begin(&s, DatabaseRelationId, DatabaseOidIndexId, d->snapshot);
	tuple = bp_catalog_next(&s);
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_DATABASE),
				 errmsg("database with OID %u does not exist", MyDatabaseId)));
	tuple = heap_copytuple(tuple);
	db = (Form_pg_database) GETSTRUCT(tuple);
	owner = bp_catalog_role(db->datdba, d->snapshot);

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CREATE DATABASE ");
	bp_put_name(&sql, NameStr(db->datname));
	appendStringInfoString(&sql, " WITH TEMPLATE = template0 ENCODING = ");
	bp_put_literal(&sql, pg_encoding_to_char(db->encoding));
	put_locale(&sql, &s, tuple);
	if (db->dattablespace != DEFAULTTABLESPACE_OID)
	{
		appendStringInfoString(&sql, " TABLESPACE = ");
		bp_put_name(&sql, bp_catalog_tablespace(db->dattablespace,
												d->snapshot));
	}
	appendStringInfoString(&sql, ";\n");
	initStringInfo(&drop);
	appendStringInfoString(&drop, "DROP DATABASE ");
	bp_put_name(&drop, NameStr(db->datname));
	appendStringInfoString(&drop, ";\n");

	e = bp_add_entry(d, "DATABASE", NameStr(db->datname),
					 BP_SECTION_PRE_DATA);
	e->table_oid = DatabaseRelationId;
	e->oid = MyDatabaseId;
	e->owner = owner;
	e->defn = sql.data;
	e->drop_stmt = drop.data;
	if (d->options->content != BP_CONTENT_DATA)
		write_database_annotations(d, NameStr(db->datname), owner, e->dump_id);
	write_database_properties(d, db, owner);
	bp_catalog_end(&s);
}
