/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Conversion of a task's options to JSON and back.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/options.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/names.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "shared/options.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/varlena.h"

static const char *const content_names[] = {"all", "schema", "data"};
static const char *const if_exists_names[] =
{
	"error", "skip", "truncate", "append", "replace"
};
static const char *const verify_level_names[] = {"checksum", "restore"};

static void json_string(StringInfo buf, const char *name,
						const char *value);
static void json_list(StringInfo buf, const char *name, List *values);
static char *json_text(JsonbValue *v);
static List *json_strings(JsonbContainer *array);

BpOptions *
bp_options_create(void)
{
	BpOptions  *o = palloc0(sizeof(BpOptions));

	o->owner = true;
	o->privileges = true;
	return o;
}

const char *
bp_content_name(BpContent content)
{
	return content_names[content];
}

bool
bp_content_parse(const char *name, BpContent *content)
{
	int			i = bp_name_index(content_names, lengthof(content_names), name);

	if (i < 0)
		return false;
	*content = (BpContent) i;
	return true;
}

const char *
bp_if_exists_name(BpIfExists value)
{
	return if_exists_names[value];
}

bool
bp_if_exists_parse(const char *name, BpIfExists *value)
{
	int			i = bp_name_index(if_exists_names, lengthof(if_exists_names), name);

	if (i < 0)
		return false;
	*value = (BpIfExists) i;
	return true;
}

const char *
bp_verify_level_name(BpVerifyLevel level)
{
	return verify_level_names[level];
}

bool
bp_verify_level_parse(const char *name, BpVerifyLevel *level)
{
	int			i = bp_name_index(verify_level_names, lengthof(verify_level_names), name);

	if (i < 0)
		return false;
	*level = (BpVerifyLevel) i;
	return true;
}

static void
json_string(StringInfo buf, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(buf, ", \"%s\": ", name);
	escape_json(buf, value);
}

static void
json_list(StringInfo buf, const char *name, List *values)
{
	ListCell   *lc;

	if (values == NIL)
		return;
	appendStringInfo(buf, ", \"%s\": [", name);
	foreach(lc, values)
	{
		if (lc != list_head(values))
			appendStringInfoString(buf, ", ");
		escape_json(buf, (char *) lfirst(lc));
	}
	appendStringInfoChar(buf, ']');
}

char *
bp_options_to_json(const BpOptions *o)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"content\": ");
	escape_json(&buf, bp_content_name(o->content));
	if (o->parallel > 0)
		appendStringInfo(&buf, ", \"parallel\": %d", o->parallel);
	json_list(&buf, "schemas", o->schemas);
	json_list(&buf, "tables", o->tables);
	json_list(&buf, "exclude_schemas", o->exclude_schemas);
	json_list(&buf, "exclude_tables", o->exclude_tables);
	json_list(&buf, "exclude_table_data", o->exclude_table_data);
	json_string(&buf, "compression", o->compression);
	json_string(&buf, "label", o->label);
	json_string(&buf, "archive", o->archive);
	if (o->verify)
		json_string(&buf, "level", bp_verify_level_name(o->level));
	else if (o->archive != NULL)
	{
		json_string(&buf, "if_exists", bp_if_exists_name(o->if_exists));
		appendStringInfo(&buf, ", \"create_database\": %s, \"owner\": %s"
						 ", \"privileges\": %s",
						 o->create_database ? "true" : "false",
						 o->owner ? "true" : "false",
						 o->privileges ? "true" : "false");
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static char *
json_text(JsonbValue *v)
{
	return pnstrdup(v->val.string.val, v->val.string.len);
}

/* The strings of an array; elements of other types are ignored. */
static List *
json_strings(JsonbContainer *array)
{
	JsonbIterator *it = JsonbIteratorInit(array);
	JsonbIteratorToken tok;
	JsonbValue	v;
	List	   *list = NIL;

	while ((tok = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (tok == WJB_ELEM && v.type == jbvString)
			list = lappend(list, json_text(&v));
	}
	return list;
}

/* Sets one member of the object; ignores unknown names and wrong types. */
static void
options_set(BpOptions *o, const char *name, JsonbValue *v)
{
	if (v->type == jbvString)
	{
		char	   *s = json_text(v);

		if (strcmp(name, "content") == 0)
			(void) bp_content_parse(s, &o->content);
		else if (strcmp(name, "if_exists") == 0)
			(void) bp_if_exists_parse(s, &o->if_exists);
		else if (strcmp(name, "compression") == 0)
			o->compression = s;
		else if (strcmp(name, "label") == 0)
			o->label = s;
		else if (strcmp(name, "archive") == 0)
			o->archive = s;
		else if (strcmp(name, "level") == 0)
			o->verify = bp_verify_level_parse(s, &o->level);
	}
	else if (v->type == jbvBool)
	{
		if (strcmp(name, "create_database") == 0)
			o->create_database = v->val.boolean;
		else if (strcmp(name, "owner") == 0)
			o->owner = v->val.boolean;
		else if (strcmp(name, "privileges") == 0)
			o->privileges = v->val.boolean;
	}
	else if (v->type == jbvNumeric && strcmp(name, "parallel") == 0)
		o->parallel = DatumGetInt32(DirectFunctionCall1(numeric_int4,
														NumericGetDatum(v->val.numeric)));
	else if (v->type == jbvBinary && JsonContainerIsArray(v->val.binary.data))
	{
		List	   *list = json_strings(v->val.binary.data);

		if (strcmp(name, "schemas") == 0)
			o->schemas = list;
		else if (strcmp(name, "tables") == 0)
			o->tables = list;
		else if (strcmp(name, "exclude_schemas") == 0)
			o->exclude_schemas = list;
		else if (strcmp(name, "exclude_tables") == 0)
			o->exclude_tables = list;
		else if (strcmp(name, "exclude_table_data") == 0)
			o->exclude_table_data = list;
	}
}

BpOptions *
bp_options_from_json(const char *json)
{
	BpOptions  *o = bp_options_create();
	Jsonb	   *jb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														CStringGetDatum(json)));
	JsonbIterator *it;
	JsonbIteratorToken tok;
	JsonbValue	v;
	char	   *name = NULL;

	if (!JB_ROOT_IS_OBJECT(jb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options of a task must be a JSON object")));

	/* true: a nested container comes as one value */
	it = JsonbIteratorInit(&jb->root);
	while ((tok = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (tok == WJB_KEY)
			name = json_text(&v);
		else if (tok == WJB_VALUE)
			options_set(o, name, &v);
	}
	return o;
}

char *
bp_options_only_schema(const BpOptions *options)
{
	char	   *only = NULL;
	ListCell   *lc;

	if (list_length(options->schemas) > 1)
		return NULL;
	if (options->schemas != NIL)
		only = pstrdup(linitial(options->schemas));
	foreach(lc, options->tables)
	{
		List	   *names = textToQualifiedNameList(cstring_to_text(lfirst(lc)));

		if (list_length(names) != 2 ||
			(only != NULL && strcmp(only, strVal(linitial(names))) != 0))
			return NULL;
		only = pstrdup(strVal(linitial(names)));
	}
	return only;
}
