/*-------------------------------------------------------------------------
 *
 * manifest_read.c
 *	  Reading manifest.json.
 *
 * The layout in lines, see manifest_write.c, divides the text into three pieces:
 * what comes before the list of files; the files, one per line; and the checksum.
 * The first piece, and each line of the second, is converted to the database's
 * encoding and parsed by core's jsonb_in, so that no piece is too large for a
 * jsonb.
 *
 * A manifest is untrusted input: any error of the parser is replaced by our own,
 * which names the file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest_read.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/file.h"
#include "archive/manifest.h"
#include "archive/manifest_read.h"
#include "base/encoding.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define FILES_MARK		"\n\"files\": ["
#define FILES_END		"\n],\n"
#define SUM_MARK		"\"manifest_checksum\": \""

/* Bytes of the file that are read first if the list of files is not wanted */
#define FIRST_PART		(64 * 1024)

static void
manifest_damaged(const char *path, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("manifest \"%s\" is damaged", path),
			 errdetail("%s", how)));
}

/* ----------------------------------------------------------------
 *		values of a JSON object
 * ----------------------------------------------------------------
 */

/* Parses UTF-8 text that must be one JSON object. */
static Jsonb *
parse_object(const char *path, const char *text, size_t len)
{
	char	   *s = bp_encoding_from_utf8(text, len);
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile jb = NULL;

	PG_TRY();
	{
		jb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(s)));
	}
	PG_CATCH();
	{
		ErrorData  *edata;
		int			category;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		category = ERRCODE_TO_CATEGORY(edata->sqlerrcode);
		if (category != ERRCODE_DATA_EXCEPTION &&
			category != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
			PG_RE_THROW();
		FlushErrorState();
		manifest_damaged(path, edata->detail != NULL ? edata->detail :
						 edata->message);
	}
	PG_END_TRY();
	if (!JB_ROOT_IS_OBJECT(jb))
		manifest_damaged(path, "A JSON object is expected.");
	return jb;
}

static JsonbValue *
get_value(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), NULL);
}

/* A string in 'context'; NULL if it is null or absent. */
static char *
get_string(const char *path, JsonbContainer *object, const char *key,
		   MemoryContext context)
{
	JsonbValue *v = get_value(object, key);
	char	   *s;

	if (v == NULL || v->type == jbvNull)
		return NULL;
	if (v->type != jbvString)
		manifest_damaged(path, psprintf("\"%s\" is not a string.", key));
	s = (char *) MemoryContextAlloc(context, v->val.string.len + 1);
	memcpy(s, v->val.string.val, v->val.string.len);
	s[v->val.string.len] = '\0';
	return s;
}

/* A whole number from 0 to max; 0 if it is null or absent. */
static uint64
get_number(const char *path, JsonbContainer *object, const char *key,
		   uint64 max)
{
	JsonbValue *v = get_value(object, key);
	char	   *text;
	char	   *end;
	uint64		n;

	if (v == NULL || v->type == jbvNull)
		return 0;
	if (v->type != jbvNumeric)
		manifest_damaged(path, psprintf("\"%s\" is not a number.", key));
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(v->val.numeric)));
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n > max)
		manifest_damaged(path, psprintf("\"%s\" is out of range.", key));
	return n;
}

static TimestampTz
get_time(const char *path, JsonbContainer *object, const char *key)
{
	char	   *text = get_string(path, object, key, CurrentMemoryContext);
	struct pg_tm tm;
	int			usec;
	int			used = 0;
	Timestamp	result = 0;

	if (text == NULL)
		return 0;
	memset(&tm, 0, sizeof(tm));
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ%n", &tm.tm_year, &tm.tm_mon,
			   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &usec,
			   &used) != 7 || used != (int) strlen(text) ||
		tm.tm_year < 1 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
		tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 ||
		tm.tm_hour > 24 || tm.tm_min < 0 || tm.tm_min > 59 ||
		tm.tm_sec < 0 || tm.tm_sec > 60 || usec < 0 ||
		tm2timestamp(&tm, usec, NULL, &result) != 0)
		manifest_damaged(path, psprintf("\"%s\" is not a time.", key));
	return (TimestampTz) result;
}

/* An object within the object; NULL if absent. */
static JsonbContainer *
get_object(const char *path, JsonbContainer *object, const char *key)
{
	JsonbValue *v = get_value(object, key);

	if (v == NULL || v->type == jbvNull)
		return NULL;
	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
		manifest_damaged(path, psprintf("\"%s\" is not an object.", key));
	return v->val.binary.data;
}

/* ----------------------------------------------------------------
 *		the manifest
 * ----------------------------------------------------------------
 */

static void
read_settings(const char *path, JsonbContainer *object, BpManifest *m)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;
	char	   *name = NULL;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token == WJB_VALUE)
		{
			if (v.type != jbvString)
				manifest_damaged(path, "A setting is not a string.");
			bp_manifest_add_setting(m, name,
									pnstrdup(v.val.string.val,
											 v.val.string.len));
		}
	}
}

/* The head: all but the files. */
static void
read_head(const char *path, const char *text, size_t len, BpManifest *m)
{
	MemoryContext cxt = CurrentMemoryContext;
	StringInfoData json;
	JsonbContainer *o;
	JsonbContainer *part;

	/* the comma before the files becomes the end of the object */
	if (len == 0 || text[len - 1] != ',')
		manifest_damaged(path, "It is not laid out as a manifest.");
	initStringInfo(&json);
	appendBinaryStringInfo(&json, text, len - 1);
	appendStringInfoChar(&json, '}');
	o = &parse_object(path, json.data, json.len)->root;

	m->format = (int) get_number(path, o, "format", PG_INT32_MAX);
	if (m->format > BP_MANIFEST_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("manifest \"%s\" is of format %d, only %d is supported",
						path, m->format, BP_MANIFEST_FORMAT),
				 errhint("Use the version of backup_pool that made the archive, or a later one.")));
	if (m->format < 1)
		manifest_damaged(path, "\"format\" is missing.");
	m->task = (int64) get_number(path, o, "task", PG_INT64_MAX);
	m->owner = get_string(path, o, "owner", cxt);
	m->label = get_string(path, o, "label", cxt);
	m->database = get_string(path, o, "database", cxt);
	m->encoding = get_string(path, o, "encoding", cxt);
	m->content = get_string(path, o, "content", cxt);
	m->server_version = get_string(path, o, "server_version", cxt);
	m->server_version_num = (int) get_number(path, o, "server_version_num",
											 PG_INT32_MAX);
	m->system_identifier = get_string(path, o, "system_identifier", cxt);
	m->timeline = (uint32) get_number(path, o, "timeline", PG_UINT32_MAX);
	m->lsn = get_string(path, o, "lsn", cxt);
	m->snapshot_time = get_time(path, o, "snapshot_time");
	m->started_at = get_time(path, o, "started_at");
	m->finished_at = get_time(path, o, "finished_at");
	m->compression = get_string(path, o, "compression", cxt);
	part = get_object(path, o, "settings");
	if (part != NULL)
		read_settings(path, part, m);
	part = get_object(path, o, "totals");
	if (part != NULL)
	{
		m->tables = get_number(path, part, "tables", PG_UINT64_MAX);
		m->rows = get_number(path, part, "rows", PG_UINT64_MAX);
		m->raw_bytes = get_number(path, part, "raw_bytes", PG_UINT64_MAX);
		m->bytes = get_number(path, part, "bytes", PG_UINT64_MAX);
	}
}

/* One line of the list of files, parsed in the current (scratch) context. */
static void
read_file_line(const char *path, const char *line, size_t len, BpManifest *m)
{
	MemoryContext cxt = GetMemoryChunkContext(m);
	BpManifestFile *f = bp_manifest_add_file(m);
	JsonbContainer *o = &parse_object(path, line, len)->root;
	char	   *kind;
	char	   *crc;
	char	   *end;

	f->name = get_string(path, o, "name", cxt);
	if (f->name == NULL || f->name[0] == '\0' || f->name[0] == '.' ||
		strchr(f->name, '/') != NULL)
		manifest_damaged(path, "A file has an unsafe name.");
	f->dump_id = (int) get_number(path, o, "dump_id", PG_INT32_MAX);
	f->schema = get_string(path, o, "schema", cxt);
	f->table = get_string(path, o, "table", cxt);
	kind = get_string(path, o, "kind", CurrentMemoryContext);
	if (kind == NULL || !bp_manifest_kind_parse(kind, &f->kind))
		manifest_damaged(path, "A file is of an unknown kind.");
	f->size = get_number(path, o, "size", PG_UINT64_MAX);
	f->rows = get_number(path, o, "rows", PG_UINT64_MAX);
	f->raw_size = get_number(path, o, "raw_size", PG_UINT64_MAX);
	crc = get_string(path, o, "crc32c", CurrentMemoryContext);
	if (crc == NULL || strlen(crc) != 8 ||
		strspn(crc, "0123456789abcdef") != 8)
		manifest_damaged(path, "A file has no valid checksum.");
	f->crc = (uint32) strtoul(crc, &end, 16);
}

/* The list of files; text begins behind its opening bracket. */
static void
read_files(const char *path, const char *text, BpManifest *m)
{
	const char *end = strstr(text, FILES_END);
	MemoryContext scratch;
	MemoryContext old;

	if (end == NULL)
		manifest_damaged(path, "The end of the list of files is missing.");
	scratch = AllocSetContextCreate(CurrentMemoryContext,
									"backup_pool manifest",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	while (text < end)
	{
		const char *eol;
		size_t		len;

		CHECK_FOR_INTERRUPTS();
		text++;					/* the newline */
		eol = strchr(text, '\n');
		len = eol - text;
		if (len > 0 && text[len - 1] == ',')
			len--;
		if (len > 0)
			read_file_line(path, text, len, m);
		MemoryContextReset(scratch);
		text = eol;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/* Compares the checksum in the last line with that of all before it. */
static void
check_sum(const char *path, const char *text, size_t len, BpManifest *m)
{
	const size_t mark_len = strlen(SUM_MARK);
	const size_t line_len = mark_len + BP_MANIFEST_SUM_LEN + strlen("\"}\n");
	const char *line = text + len - line_len;

	if (len < line_len + 1 || line[-1] != '\n' ||
		strncmp(line, SUM_MARK, mark_len) != 0 ||
		strcmp(line + mark_len + BP_MANIFEST_SUM_LEN, "\"}\n") != 0)
		manifest_damaged(path, "The line with its checksum is missing: it is truncated, or was edited.");
	bp_manifest_sum(text, line - text, m->checksum);
	if (strncmp(line + mark_len, m->checksum, BP_MANIFEST_SUM_LEN) != 0)
		manifest_damaged(path, "Its checksum is wrong.");
}

/* Reads the file, or its part up to the list of files, as a string. */
static char *
read_json_text(const char *path, int fd, off_t size, bool whole, size_t *len)
{
	size_t		want = whole ? (size_t) size : Min(size, FIRST_PART);
	size_t		have = 0;
	char	   *text;

	text = palloc(want + 1);
	for (;;)
	{
		have += bp_file_read_at(fd, path, text + have, want - have, have);
		text[have] = '\0';
		if (have < want || have == (size_t) size ||
			strstr(text, FILES_MARK) != NULL)
			break;
		want = Min((size_t) size, want * 2);
		text = repalloc(text, want + 1);
	}
	*len = have;
	return text;
}

BpManifest *
bp_manifest_parse(const char *path, const char *text, size_t len,
				  bool with_files, bool check)
{
	BpManifest *m = bp_manifest_create();
	const char *files;

	if (check)
		check_sum(path, text, len, m);
	files = strstr(text, FILES_MARK);
	if (files == NULL)
		manifest_damaged(path, "The list of files is missing.");
	read_head(path, text, files - text, m);
	if (with_files)
		read_files(path, files + strlen(FILES_MARK), m);
	return m;
}

BpManifest *
bp_manifest_read(const char *dir, bool with_files, bool check)
{
	char	   *path = psprintf("%s/%s", dir, BP_MANIFEST);
	off_t		size;
	int			fd = bp_file_open(path, true, &size);
	BpManifest *m;
	char	   *text;
	size_t		len;

	if (fd < 0)
	{
		pfree(path);
		return NULL;
	}
	if (size >= (off_t) MaxAllocSize)
	{
		bp_file_close(fd, path);
		manifest_damaged(path, "It is too large.");
	}
	text = read_json_text(path, fd, size, with_files || check, &len);
	bp_file_close(fd, path);
	if (memchr(text, '\0', len) != NULL)
		manifest_damaged(path, "It contains a null byte.");
	m = bp_manifest_parse(path, text, len, with_files, check);
	pfree(text);
	pfree(path);
	return m;
}

/* ----------------------------------------------------------------
 *		verified.json
 * ----------------------------------------------------------------
 */

/* The time; raises an error if the file is damaged. */
static TimestampTz
read_verified(const char *path, const BpManifest *m)
{
	off_t		size;
	int			fd = bp_file_open(path, true, &size);
	char		text[1024];
	size_t		len;
	JsonbContainer *o;
	char	   *sum;

	if (fd < 0)
		return 0;
	len = bp_file_read_at(fd, path, text, sizeof(text), 0);
	bp_file_close(fd, path);
	o = &parse_object(path, text, len)->root;
	sum = get_string(path, o, "manifest_checksum", CurrentMemoryContext);
	if (sum == NULL || strcmp(sum, m->checksum) != 0)
		return 0;
	return get_time(path, o, "verified_at");
}

TimestampTz
bp_manifest_read_verified(const char *dir, const BpManifest *m)
{
	char	   *path = psprintf("%s/%s", dir, BP_VERIFIED);
	MemoryContext context = CurrentMemoryContext;
	TimestampTz at = 0;

	PG_TRY();
	{
		at = read_verified(path, m);
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code == ERRCODE_QUERY_CANCELED || code == ERRCODE_ADMIN_SHUTDOWN)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return at;
}
