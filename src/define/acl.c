/*-------------------------------------------------------------------------
 *
 * acl.c
 *	  Entries for privileges.
 *
 * The commands change the privileges that the object has after it is created
 * into its privileges of today.  After its creation an object has the server's
 * default privileges.  If initdb or an extension has given it others,
 * pg_init_privs tells which.  Schema public exists before anything is
 * restored; the commands start from the privileges that it has in a new
 * database.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/acl.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_init_privs.h"
#include "catalog/pg_namespace.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/grant.h"
#include "define/quote.h"
#include "utils/fmgroids.h"

static void
acl_refuse(BpDefine *d, const BpAclTarget *t)
{
	bp_refuse(d, psprintf("privileges of %s %s cannot be parsed",
						  t->type, t->qname));
}

/*
 * The initial privileges of schema public, which are its privileges in a new
 * database, but with its present owner.  pg_dump recognises the schema by its
 * name only.  It quotes the owner by the rules of its own locale, so false is
 * returned for an owner that is not ASCII.
 */
static bool
acl_of_public(const char *owner, BpAclTexts *texts)
{
	StringInfoData name;
	bool		safe = true;

	initStringInfo(&name);
	for (const char *p = owner; *p; p++)
	{
		if (IS_HIGHBIT_SET(*p))
			return false;
		safe &= (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= '0' && *p <= '9') || *p == '_';
	}
	if (!safe)
		appendStringInfoChar(&name, '"');
	for (const char *p = owner; *p; p++)
	{
		if (*p == '"')
			appendStringInfoChar(&name, '"');
		appendStringInfoChar(&name, *p);
	}
	if (!safe)
		appendStringInfoChar(&name, '"');
	texts->n = 2;
	texts->items = palloc(2 * sizeof(char *));
	texts->items[0] = psprintf("%s=UC/%s", name.data, name.data);
	texts->items[1] = psprintf("=U/%s", name.data);
	return true;
}

/* pg_init_privs.initprivs as the server prints it; NULL if there is no row */
static char *
acl_initial(BpDefine *d, const BpEntryTarget *target)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	char	   *text = NULL;

	bp_catalog_key_oid(&s, Anum_pg_init_privs_objoid, target->oid);
	bp_catalog_key_oid(&s, Anum_pg_init_privs_classoid, target->classid);
	bp_catalog_key_int4(&s, Anum_pg_init_privs_objsubid, target->subid);
	bp_catalog_begin(&s, InitPrivsRelationId, InitPrivsObjIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = bp_catalog_attr(&s, tuple,
											Anum_pg_init_privs_initprivs,
											&isnull);

		if (!isnull)
			text = OidOutputFunctionCall(F_ARRAY_OUT, value);
	}
	bp_catalog_end(&s);
	return text;
}

/*
 * Sets *has to the privileges of the object, and *base to its privileges
 * before any command.  Returns false if no command is needed, or after
 * refusing.
 */
static bool
acl_read(BpDefine *d, const BpEntryTarget *target, const BpAclTarget *t,
		 const char *acl, const char *acldefault,
		 BpAclTexts *has, BpAclTexts *base)
{
	bool		ispublic = target->classid == NamespaceRelationId &&
		strcmp(t->qname, "public") == 0;
	char	   *initial = ispublic ? NULL : acl_initial(d, target);

	/*
	 * If the object has no privileges now, pg_dump considers the initial ones
	 * only for a column, or for a table that has a column with privileges.  A
	 * table that has initial privileges but none now can only result from a
	 * manual change of the catalogs; such a table is refused.
	 */
	if (acl == NULL && !ispublic && (initial == NULL || target->subid == 0))
	{
		if (initial != NULL && target->classid == RelationRelationId)
			acl_refuse(d, t);
		return false;
	}
	if (!(ispublic ? acl_of_public(t->owner, base) :
		  bp_acl_texts(initial != NULL ? initial : acldefault, base)) ||
		!bp_acl_texts(acl != NULL ? acl : acldefault, has))
	{
		acl_refuse(d, t);
		return false;
	}
	return true;
}

/* column is NULL for the object itself */
static int
write_acl_entry(BpDefine *d, const BpEntryTarget *target, const char *column,
				const char *acl, const char *acldefault, int dep2)
{
	BpAclTarget t = {.prefix = "",.type = target->type,
		.schema = target->schema,.qname = target->qname,.subname = column,
	.owner = target->owner};
	BpAclTexts	has;
	BpAclTexts	base;
	char	   *sql;
	char	   *tag;
	int			id = 0;

	t.codes = bp_acl_codes(t.type, column);
	if (t.codes == NULL)
	{
		acl_refuse(d, &t);
		return 0;
	}
	if (!acl_read(d, target, &t, acl, acldefault, &has, &base))
		return 0;
	sql = bp_acl_commands(&t, &has, &base);
	if (sql == NULL)
	{
		acl_refuse(d, &t);
		return 0;
	}
	tag = column != NULL ? psprintf("COLUMN %s.%s", t.qname, column) :
		psprintf("%s %s", t.type, t.qname);
	if (sql[0] != '\0')
		id = bp_add_dependent_entry(d, target, "ACL", tag, BP_SECTION_NONE,
									sql, dep2)->dump_id;
	pfree(sql);
	return id;
}

int
bp_write_acl(BpDefine *d, const BpEntryTarget *target, const char *acl,
			 const char *acldefault)
{
	return write_acl_entry(d, target, NULL, acl, acldefault, 0);
}

void
bp_write_column_acl(BpDefine *d, const BpEntryTarget *target,
					const char *column, const char *acl, int table_acl)
{
	(void) write_acl_entry(d, target, column, acl, "{}", table_acl);
}

char *
bp_default_acl_commands(BpDefine *d, const char *role, const char *schema,
						const char *type, const char *acl)
{
	BpAclTarget t = {.type = type,.codes = bp_acl_codes(type, NULL),
	.qname = "",.owner = role};
	BpAclTexts	has;
	BpAclTexts	none = {0};
	char	   *sql = NULL;

	t.prefix = psprintf("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s ",
						bp_name(role), bp_name(schema));
	if (t.codes != NULL && bp_acl_texts(acl, &has))
		sql = bp_acl_commands(&t, &has, &none);
	if (sql == NULL)
		bp_refuse(d, psprintf("default privileges of %s in schema %s cannot be parsed",
							  role, schema));
	return sql != NULL ? sql : pstrdup("");
}
