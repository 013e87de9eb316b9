/*-------------------------------------------------------------------------
 *
 * acl.c
 *	  Entries for privileges.
 *
 * The commands lead from what the object would have if just made to what it
 * has.  The former is the server's default; if initdb or an extension has
 * given it other privileges, what pg_init_privs says; and for schema public,
 * which exists before anything is restored, what it has in a new database.
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
#include "define/extra.h"
#include "define/grant.h"
#include "define/quote.h"
#include "utils/fmgroids.h"

static void
acl_refuse(BpDefine *d, const BpAclTarget *t)
{
	bp_refuse(d, psprintf("privileges of %s %s can't be understood",
						  t->type, t->qname));
}

/*
 * What schema public is taken to have had: what a new one has in a new
 * database, with its present owner.  pg_dump looks at its name only, and
 * quotes the owner by the rules of its own locale.
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

/* What pg_init_privs says of it, as the server prints it; or NULL */
static char *
acl_initial(BpDefine *d, Oid classid, Oid oid, int subid)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	char	   *text = NULL;

	bp_catalog_key_oid(&s, Anum_pg_init_privs_objoid, oid);
	bp_catalog_key_oid(&s, Anum_pg_init_privs_classoid, classid);
	bp_catalog_key_int4(&s, Anum_pg_init_privs_objsubid, subid);
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
 * What there is, and what there would be without any command.  False: it is
 * the same, or it was refused.
 */
static bool
acl_read(BpDefine *d, Oid classid, Oid oid, int subid,
		 const BpAclTarget *t, const char *acl, const char *acldefault,
		 BpAclTexts *has, BpAclTexts *base)
{
	bool		ispublic = classid == NamespaceRelationId &&
		strcmp(t->qname, "public") == 0;
	char	   *initial = ispublic ? NULL :
		acl_initial(d, classid, oid, subid);

	/*
	 * With no privileges of its own, pg_dump looks at what an object had at
	 * first only if it is a column; or a table, if a column of it has some.
	 * Nothing but a hand in the catalogs makes such a table.
	 */
	if (acl == NULL && !ispublic && (initial == NULL || subid == 0))
	{
		if (initial != NULL && classid == RelationRelationId)
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

int
bp_write_acl(BpDefine *d, Oid classid, Oid oid, int subid, const char *type,
			 const char *qname, const char *subname, const char *schema,
			 const char *tag, const char *owner, const char *acl,
			 const char *acldefault, int dep, int dep2)
{
	BpAclTarget t = {.prefix = "",.type = type,.schema = schema,
	.qname = qname,.subname = subname,.owner = owner};
	BpAclTexts	has;
	BpAclTexts	base;
	char	   *sql;
	int			id = 0;

	t.codes = bp_acl_codes(type, subname);
	if (t.codes == NULL)
	{
		acl_refuse(d, &t);
		return 0;
	}
	if (!acl_read(d, classid, oid, subid, &t, acl, acldefault, &has, &base))
		return 0;
	sql = bp_acl_commands(&t, &has, &base);
	if (sql == NULL)
	{
		acl_refuse(d, &t);
		return 0;
	}
	if (tag == NULL)
		tag = subname != NULL ? psprintf("COLUMN %s.%s", qname, subname) :
			psprintf("%s %s", type, qname);
	if (sql[0] != '\0')
		id = bp_add_dependent_entry(d, "ACL", tag, BP_SECTION_NONE, schema, owner,
									sql, dep, dep2)->dump_id;
	pfree(sql);
	return id;
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
		bp_refuse(d, psprintf("default privileges of %s in schema %s can't be understood",
							  role, schema));
	return sql != NULL ? sql : pstrdup("");
}
