/*-------------------------------------------------------------------------
 *
 * reader_names.c
 *	  The names that the expressions of a definition use.
 *
 * pg_dump qualifies every name that is not in pg_catalog, so the parse tree of
 * a definition says which functions, operators, types and operator classes it
 * needs, without a catalog.  Archives of old versions of pg_dump have names
 * without a schema; they are passed on, too.
 *
 * The server evaluates, when rows are loaded: checks, generated columns,
 * partition keys, and input functions of types.  It evaluates index
 * expressions and predicates, exclusion constraints and extended statistics
 * when they are made or analyzed.  It does not evaluate column defaults, since
 * COPY gives a value for each column.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/reader_names.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "restore/entry.h"
#include "restore_plan/reader_names.h"
#include "utils/memutils.h"

/* Where a walk over a parse tree puts names */
typedef struct BpNameWalk
{
	BpUsedNames *names;
	List	  **into;			/* names->used or names->defaults */
	const char *am;				/* of the index or partition key */
} BpNameWalk;

static void add_name(BpNameWalk *walk, BpNameKind kind, List *qualified);
static bool name_walker(Node *node, void *context);
static void walk_expression(BpNameWalk *walk, Node *expr);
static void walk_elements(BpNameWalk *walk, List *nodes);
static void walk_node(BpNameWalk *walk, Node *node);

List *
bp_reader_parse(const char *sql, bool *failed)
{
	MemoryContext cxt = CurrentMemoryContext;
	List	   *volatile parsed = NIL;

	*failed = false;
	PG_TRY();
	{
		parsed = bp_entry_parse(sql);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		if (geterrcode() != ERRCODE_SYNTAX_ERROR &&
			geterrcode() != ERRCODE_FEATURE_NOT_SUPPORTED)
			PG_RE_THROW();
		FlushErrorState();
		*failed = true;
		parsed = NIL;
	}
	PG_END_TRY();
	return parsed;
}

bool
bp_reader_language_is_c(const CreateFunctionStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "language") == 0)
			return pg_strcasecmp(strVal(option->arg), "c") == 0 ||
				pg_strcasecmp(strVal(option->arg), "internal") == 0;
	}
	return false;				/* SQL */
}

/* Adds a name, which may be qualified, unless it is one of pg_catalog. */
static void
add_name(BpNameWalk *walk, BpNameKind kind, List *qualified)
{
	BpUsedName *used;
	int			n = list_length(qualified);

	if (n == 0 || (n > 1 && strcmp(strVal(list_nth(qualified, n - 2)),
								   "pg_catalog") == 0))
		return;
	used = palloc(sizeof(BpUsedName));
	used->kind = kind;
	used->schema = n > 1 ? strVal(list_nth(qualified, n - 2)) : NULL;
	used->name = strVal(llast(qualified));
	used->am = walk->am;
	*walk->into = lappend(*walk->into, used);
}

/* A raw_expression_tree_walker that adds all names; never true. */
static bool
name_walker(Node *node, void *context)
{
	BpNameWalk *walk = context;

	if (node == NULL)
		return false;
	if (IsA(node, FuncCall))
		add_name(walk, BP_NAME_FUNCTION, ((FuncCall *) node)->funcname);
	else if (IsA(node, A_Expr))
		add_name(walk, BP_NAME_OPERATOR, ((A_Expr *) node)->name);
	else if (IsA(node, TypeName))
		add_name(walk, BP_NAME_TYPE, ((TypeName *) node)->names);
	else if (IsA(node, SubLink))
		add_name(walk, BP_NAME_OPERATOR, ((SubLink *) node)->operName);
	return raw_expression_tree_walker(node, name_walker, context);
}

/* Adds the names of an expression that the server evaluates. */
static void
walk_expression(BpNameWalk *walk, Node *expr)
{
	if (expr == NULL)
		return;
	walk->names->expressions = true;
	(void) name_walker(expr, walk);
}

static void
walk_constraint(BpNameWalk *walk, Constraint *constraint)
{
	ListCell   *lc;

	switch (constraint->contype)
	{
		case CONSTR_CHECK:
		case CONSTR_GENERATED:
			walk_expression(walk, constraint->raw_expr);
			break;
		case CONSTR_DEFAULT:
			walk->into = &walk->names->defaults;
			(void) name_walker(constraint->raw_expr, walk);
			walk->into = &walk->names->used;
			break;
		case CONSTR_EXCLUSION:
			walk->am = constraint->access_method;
			walk_expression(walk, constraint->where_clause);
			foreach(lc, constraint->exclusions)
			{
				List	   *pair = lfirst_node(List, lc);

				walk_node(walk, linitial(pair));
				add_name(walk, BP_NAME_OPERATOR, lsecond(pair));
			}
			break;
		default:
			break;
	}
}

/* What is behind DefElems: the subtype and opclass of a range, for example */
static void
walk_definition(BpNameWalk *walk, List *elements)
{
	ListCell   *lc;

	foreach(lc, elements)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (def->arg != NULL && IsA(def->arg, TypeName))
			add_name(walk, BP_NAME_TYPE, ((TypeName *) def->arg)->names);
	}
}

static void
walk_elements(BpNameWalk *walk, List *nodes)
{
	ListCell   *lc;

	foreach(lc, nodes)
		walk_node(walk, lfirst(lc));
}

static void
walk_create_index(BpNameWalk *walk, IndexStmt *stmt)
{
	walk->am = stmt->accessMethod;
	walk_elements(walk, stmt->indexParams);
	walk_expression(walk, stmt->whereClause);
}

static void
walk_create_table(BpNameWalk *walk, CreateStmt *stmt)
{
	walk_elements(walk, stmt->tableElts);
	if (stmt->ofTypename != NULL)
		add_name(walk, BP_NAME_TYPE, stmt->ofTypename->names);
	if (stmt->partspec != NULL)
	{
		walk->am = "btree";
		walk_elements(walk, stmt->partspec->partParams);
	}
}

/* Adds the names of a statement, or of a part of one. */
static void
walk_node(BpNameWalk *walk, Node *node)
{
	if (node == NULL)
		return;
	switch (nodeTag(node))
	{
		case T_CreateStmt:
			walk_create_table(walk, (CreateStmt *) node);
			break;
		case T_ColumnDef:
			if (((ColumnDef *) node)->typeName != NULL)
				add_name(walk, BP_NAME_TYPE,
						 ((ColumnDef *) node)->typeName->names);
			walk_elements(walk, ((ColumnDef *) node)->constraints);
			break;
		case T_Constraint:
			walk_constraint(walk, (Constraint *) node);
			break;
		case T_PartitionElem:
			walk_expression(walk, ((PartitionElem *) node)->expr);
			add_name(walk, BP_NAME_OPCLASS, ((PartitionElem *) node)->opclass);
			break;
		case T_IndexStmt:
			walk_create_index(walk, (IndexStmt *) node);
			break;
		case T_IndexElem:
			walk_expression(walk, ((IndexElem *) node)->expr);
			add_name(walk, BP_NAME_OPCLASS, ((IndexElem *) node)->opclass);
			break;
		case T_CreateStatsStmt:
			walk_elements(walk, ((CreateStatsStmt *) node)->exprs);
			break;
		case T_StatsElem:
			walk_expression(walk, ((StatsElem *) node)->expr);
			break;
		case T_AlterTableStmt:
			walk_elements(walk, ((AlterTableStmt *) node)->cmds);
			break;
		case T_AlterTableCmd:
			if (((AlterTableCmd *) node)->subtype == AT_AddConstraint)
				walk_node(walk, ((AlterTableCmd *) node)->def);
			break;
		case T_AlterDomainStmt:
			walk_node(walk, ((AlterDomainStmt *) node)->def);
			break;
		case T_CreateDomainStmt:
			add_name(walk, BP_NAME_TYPE,
					 ((CreateDomainStmt *) node)->typeName->names);
			walk_elements(walk, ((CreateDomainStmt *) node)->constraints);
			break;
		case T_CompositeTypeStmt:
			walk_elements(walk, ((CompositeTypeStmt *) node)->coldeflist);
			break;
		case T_CreateRangeStmt:
			walk_definition(walk, ((CreateRangeStmt *) node)->params);
			break;
		default:
			break;
	}
}

BpUsedNames *
bp_reader_names(const BpTocEntry *e)
{
	BpUsedNames *names = palloc0(sizeof(BpUsedNames));
	BpNameWalk	walk = {.names = names,.into = &names->used,.am = "btree"};
	ListCell   *lc;

	foreach(lc, bp_reader_parse(e->defn, &names->unknown))
		walk_node(&walk, lfirst_node(RawStmt, lc)->stmt);
	return names;
}
