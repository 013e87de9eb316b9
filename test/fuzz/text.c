/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Fuzzers of small texts.
 *
 *	options		the options of a task, as JSON
 *	statement	the text in the parentheses of a unit's statement
 *	names		names of archives and codecs, and values of arguments
 *
 * All these texts come from SQL, so the server has checked already that they
 * are valid in the database's encoding.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/text.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/codec.h"
#include "archive/repo_name.h"
#include "fuzz.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "shared/options.h"
#include "shared/task.h"
#include "storage/lwlock.h"
#include "tcop/utility.h"

static bool
is_text(const unsigned char *data, size_t len)
{
	return pg_verify_mbstr(PG_UTF8, (const char *) data, len, true);
}

void
fuzz_options(const unsigned char *data, size_t len)
{
	char	   *text = pnstrdup((const char *) data, len);
	char	   *first;
	char	   *second;

	if (!is_text(data, len))
		return;
	first = bp_options_to_json(bp_options_from_json(text));
	second = bp_options_to_json(bp_options_from_json(first));
	fuzz_require(strcmp(first, second) == 0, "options read as they are written");

	/* members of a member are none of ours */
	first = bp_options_to_json(bp_options_from_json(psprintf("{\"x\": %s}",
															 text)));
	second = bp_options_to_json(bp_options_create());
	fuzz_require(strcmp(first, second) == 0, "what is unknown is ignored");
}

/* No session is registered: each statement must be refused. */
void
fuzz_statement(const unsigned char *data, size_t len)
{
	static LWLock lock;
	static BpShared shared;
	char	   *text;
	List	   *stmts;
	ListCell   *lc;

	if (!is_text(data, len))
		return;
	if (bp_shared == NULL)
	{
		LWLockInitialize(&lock, LWTRANCHE_FIRST_USER_DEFINED);
		shared.lock = &lock;
		bp_shared = &shared;
	}
	text = psprintf("COPY t TO 'backup_pool' WITH (%.*s)", (int) len, data);
	stmts = raw_parser(text, RAW_PARSE_DEFAULT);
	foreach(lc, stmts)
	{
		RawStmt    *raw = lfirst_node(RawStmt, lc);
		CopyStmt   *copy = (CopyStmt *) raw->stmt;
		PlannedStmt *stmt;

		if (!IsA(copy, CopyStmt) || copy->filename == NULL ||
			copy->is_program || strcmp(copy->filename, "backup_pool") != 0)
			continue;
		stmt = makeNode(PlannedStmt);
		stmt->commandType = CMD_UTILITY;
		stmt->utilityStmt = (Node *) copy;
		ProcessUtility_hook(stmt, text, false, PROCESS_UTILITY_TOPLEVEL, NULL,
							NULL, NULL, NULL);
		fuzz_require(false, "a statement of nobody's session is refused");
	}
}

void
fuzz_names(const unsigned char *data, size_t len)
{
	char	   *text = pnstrdup((const char *) data, len);
	BpCodecSpec spec;
	BpCodecSpec again;
	BpContent	content;
	BpIfExists	if_exists;
	const char *why = NULL;
	char	   *name;

	if (!is_text(data, len))
		return;
	if (bp_codec_parse(text, &spec, &why))
	{
		fuzz_require(bp_codec_parse(bp_codec_text(&spec), &again, NULL) &&
					 spec.algo == again.algo && spec.level == again.level,
					 "a codec reads as it is written");
	}
	else
		fuzz_require(why != NULL, "it is said what is wrong with a codec");
	(void) bp_content_parse(text, &content);
	(void) bp_if_exists_parse(text, &if_exists);

	name = bp_repo_encode_name(text);
	fuzz_require(strchr(name, '/') == NULL && name[0] != '.' &&
				 !bp_repo_is_partial(name), "a name is a safe directory");
	if (text[0] != '\0')
	{
		char	   *decoded = bp_repo_decode_name(name);

		fuzz_require(decoded != NULL && strcmp(decoded, text) == 0,
					 "a name reads as it is written");
	}
	name = bp_repo_decode_name(text);
	if (name != NULL)
		fuzz_require(strcmp(bp_repo_encode_name(name), text) == 0,
					 "a name has one spelling");
	if (bp_repo_valid_archive_name(text))
		fuzz_require(text[0] != '/' && strstr(text, "/.") == NULL &&
					 strchr(text, '/') == strrchr(text, '/'),
					 "the name of an archive is a directory in another");
}
