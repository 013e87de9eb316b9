/*-------------------------------------------------------------------------
 *
 * grant.c
 *	  GRANT and REVOKE commands that change one set of privileges into another.
 *
 * pg_dump works on aclitems as the server prints them: grantee=codes/grantor,
 * with names in double quotes where needed.  The same is done here.  The
 * items that an object has now are compared, text by text, with those that it
 * has when it is created.  First, items that are missing now are revoked, in
 * the order in which the object has them when it is created.  Then items that
 * were added are granted, in their present order, except that those of the
 * owner come first.  A privilege that another role than the owner has granted
 * is granted as that role.
 *
 * The texts are not converted by aclitemin, which raises errors for roles
 * that have been dropped: for these the server prints a number, and pg_dump
 * writes it.
 *
 * Whether a list of privileges can be written as ALL depends on the
 * privileges that the kind of object can have, so there is a table of kinds.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/grant.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "define/grant.h"
#include "define/quote.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* Codes of the privileges of a kind of object, in the order of pg_dump */
typedef struct BpAclKind
{
	const char *type;
	const char *codes;
} BpAclKind;

static const BpAclKind acl_kinds[] = {
	{"TABLE", BP_TABLE_PRIVILEGES},
	{"SEQUENCE", "rUw"},
	{"FUNCTION", "X"},
	{"PROCEDURE", "X"},
	{"SCHEMA", "CU"},
	{"TYPE", "U"},
	{"DATABASE", "CcT"},
	{"TABLES", BP_TABLE_PRIVILEGES},
	{"SEQUENCES", "rUw"},
	{"FUNCTIONS", "X"},
	{"TYPES", "U"}
};

/* Codes for a column; its type is TABLE */
#define BP_COLUMN_PRIVILEGES "raxw"

/* The parts of an item */
typedef struct BpAclParts
{
	char	   *grantee;		/* "": PUBLIC */
	char	   *grantor;
	char	   *codes;
	StringInfoData without;		/* list of privileges without grant option;
								 * may be empty */
	StringInfoData with;		/* list of those with grant option; may be
								 * empty */
} BpAclParts;

static const char *
privilege_name(char code)
{
	switch (code)
	{
		case 'r':
			return "SELECT";
		case 'a':
			return "INSERT";
		case 'w':
			return "UPDATE";
		case 'd':
			return "DELETE";
		case 'D':
			return "TRUNCATE";
		case 'x':
			return "REFERENCES";
		case 't':
			return "TRIGGER";
		case 'm':
			return "MAINTAIN";
		case 'X':
			return "EXECUTE";
		case 'U':
			return "USAGE";
		case 'C':
			return "CREATE";
		case 'c':
			return "CONNECT";
		case 'T':
			return "TEMPORARY";
	}
	elog(ERROR, "unknown privilege \"%c\"", code);
}

const char *
bp_acl_codes(const char *type, const char *subname)
{
	for (int i = 0; i < (int) lengthof(acl_kinds); i++)
		if (strcmp(acl_kinds[i].type, type) == 0)
			return subname != NULL ? BP_COLUMN_PRIVILEGES :
				acl_kinds[i].codes;
	return NULL;
}

bool
bp_acl_texts(const char *printed, BpAclTexts *out)
{
	ArrayType  *array;
	Datum	   *datums;
	bool	   *nulls;

	/* unusual bounds would be printed before the brace */
	if (printed[0] != '{')
		return false;
	array = DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN,
													pstrdup(printed), TEXTOID,
													-1));
	if (ARR_NDIM(array) > 1)
		return false;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &datums,
					  &nulls, &out->n);
	out->items = palloc(sizeof(char *) * Max(1, out->n));
	for (int i = 0; i < out->n; i++)
	{
		if (nulls[i])
			return false;
		out->items[i] = TextDatumGetCString(datums[i]);
	}
	return true;
}

/* A role's name up to "=" or the end; NULL if a quote is not closed. */
static char *
acl_name(const char **at)
{
	const char *p = *at;
	char	   *name = palloc(strlen(p) + 1);
	char	   *end = name;
	bool		quoted = false;

	for (; *p != '\0' && (quoted || *p != '='); p++)
	{
		if (*p != '"')
			*end++ = *p;
		else if (quoted && p[1] == '"')
			*end++ = *++p;
		else
			quoted = !quoted;
	}
	*end = '\0';
	*at = p;
	return quoted ? NULL : name;
}

static void
put_privilege(StringInfo list, const char *name, const char *subname)
{
	appendStringInfo(list, "%s%s", list->len > 0 ? "," : "", name);
	if (subname != NULL)
		appendStringInfo(list, "(%s)", subname);
}

/*
 * Makes the lists of privileges from those codes that the object can have.
 * Unless separate is true, grant options are ignored.
 */
static void
acl_privileges(BpAclParts *parts, const BpAclTarget *t, bool separate)
{
	StringInfo	lists[2] = {&parts->without, &parts->with};
	bool		all[2] = {true, true};

	resetStringInfo(lists[0]);
	resetStringInfo(lists[1]);
	for (const char *c = t->codes; *c; c++)
	{
		const char *p = strchr(parts->codes, *c);
		int			list;

		if (p == NULL)
		{
			all[0] = all[1] = false;
			continue;
		}
		list = separate && p[1] == '*' ? 1 : 0;
		all[1 - list] = false;
		put_privilege(lists[list], privilege_name(*c), t->subname);
	}
	for (int i = 0; i < 2; i++)
		if (all[i])
		{
			resetStringInfo(lists[i]);
			put_privilege(lists[i], "ALL", t->subname);
		}
}

static bool
acl_parse(const char *item, const BpAclTarget *t, bool separate,
		  BpAclParts *parts)
{
	const char *p = item;
	const char *slash;

	parts->grantee = acl_name(&p);
	if (parts->grantee == NULL || *p != '=')
		return false;
	slash = strchr(++p, '/');
	if (slash == NULL)
		return false;
	parts->codes = pnstrdup(p, slash - p);
	p = slash + 1;
	parts->grantor = acl_name(&p);
	if (parts->grantor == NULL || *p != '\0')
		return false;
	acl_privileges(parts, t, separate);
	return true;
}

/* Appends GRANT … TO role or REVOKE … FROM role, without further clauses. */
static void
put_privileges(StringInfo out, const BpAclTarget *t, bool grant,
			   const char *privileges, const char *role)
{
	appendStringInfo(out, "%s%s %s ON %s ", t->prefix,
					 grant ? "GRANT" : "REVOKE", privileges, t->type);
	if (t->schema != NULL)
	{
		bp_put_name(out, t->schema);
		appendStringInfoChar(out, '.');
	}
	appendStringInfoString(out, t->qname);
	if (t->qname[0] != '\0' || BP_DEFAULT_ACL_SPACE)
		appendStringInfoChar(out, ' ');
	appendStringInfoString(out, grant ? "TO " : "FROM ");
	if (role[0] == '\0')
		appendStringInfoString(out, "PUBLIC");
	else
		bp_put_name(out, role);
}

/* Appends the grants of one item. */
static void
put_grants(StringInfo out, const BpAclTarget *t, const BpAclParts *parts)
{
	bool		other = strcmp(parts->grantor, t->owner) != 0;

	if (other)
	{
		appendStringInfoString(out, "SET SESSION AUTHORIZATION ");
		bp_put_name(out, parts->grantor);
		appendStringInfoString(out, ";\n");
	}
	if (parts->without.len > 0)
	{
		put_privileges(out, t, true, parts->without.data, parts->grantee);
		appendStringInfoString(out, ";\n");
	}
	if (parts->with.len > 0)
	{
		put_privileges(out, t, true, parts->with.data, parts->grantee);
		appendStringInfoString(out, " WITH GRANT OPTION;\n");
	}
	if (other)
		appendStringInfoString(out, "RESET SESSION AUTHORIZATION;\n");
}

static bool
acl_has(const BpAclTexts *texts, const char *item)
{
	for (int i = 0; i < texts->n; i++)
		if (strcmp(texts->items[i], item) == 0)
			return true;
	return false;
}

/*
 * Compares base with acl.  Appends to "first" the commands that revoke items
 * which are in base only.  Items which are in acl only are granted; the
 * owner's grants to itself are appended to "first", all others to "second".
 * Returns false if an item cannot be parsed.
 */
static bool
put_changes(StringInfo first, StringInfo second, const BpAclTarget *t,
			const BpAclTexts *acl, const BpAclTexts *base,
			BpAclParts *parts)
{
	for (int i = 0; i < base->n; i++)
	{
		if (acl_has(acl, base->items[i]))
			continue;
		if (!acl_parse(base->items[i], t, false, parts))
			return false;
		if (parts->without.len == 0)
			continue;
		put_privileges(first, t, false, parts->without.data,
					   parts->grantee);
		appendStringInfoString(first, ";\n");
	}
	for (int i = 0; i < acl->n; i++)
	{
		bool		own;

		if (acl_has(base, acl->items[i]))
			continue;
		if (!acl_parse(acl->items[i], t, true, parts))
			return false;
		if (parts->without.len == 0 && parts->with.len == 0)
			continue;
		own = strcmp(parts->grantee, t->owner) == 0 &&
			strcmp(parts->grantor, t->owner) == 0;
		put_grants(own ? first : second, t, parts);
	}
	return true;
}

char *
bp_acl_commands(const BpAclTarget *t, const BpAclTexts *acl,
				const BpAclTexts *base)
{
	StringInfoData first;
	StringInfoData second;
	BpAclParts	parts;
	bool		ok;

	initStringInfo(&first);
	initStringInfo(&second);
	initStringInfo(&parts.without);
	initStringInfo(&parts.with);
	ok = put_changes(&first, &second, t, acl, base, &parts);
	appendStringInfoString(&first, second.data);
	pfree(second.data);
	pfree(parts.without.data);
	pfree(parts.with.data);
	return ok ? first.data : NULL;
}
