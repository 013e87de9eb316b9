/*-------------------------------------------------------------------------
 *
 * manifest_write.c
 *	  Writing manifest.json.
 *
 * The file is JSON in UTF-8, laid out in lines; readers may rely on the lines:
 *
 * 	{
 * 	"format": 1,
 * 	"task": 42,
 * 	… one member a line …
 * 	"settings": {"name": "value", …},
 * 	"totals": {"tables": 2, "rows": 3, "raw_bytes": 4, "bytes": 5},
 * 	"files": [
 * 	{"name": "3340.dat.zst", "dump_id": 3340, "schema": "public", … },
 * 	… one file a line …
 * 	],
 * 	"manifest_checksum": "<64 hex digits>"}
 *
 * So a reader can skip the list of files, or read it line by line, however long
 * it is.  The checksum is the SHA-256 of everything before its line, as in
 * PostgreSQL's own backup_manifest.  Times are ISO 8601 in UTC with microseconds.
 * A reader ignores members that it does not know; a change that it must not
 * ignore needs a higher "format".
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest_write.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/file.h"
#include "archive/manifest.h"
#include "archive/manifest_write.h"
#include "base/encoding.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* A JSON string, or null. */
static void
put_json_string(StringInfo out, const char *s)
{
	char	   *utf8;

	if (s == NULL)
	{
		appendStringInfoString(out, "null");
		return;
	}
	utf8 = bp_encoding_to_utf8(s);
	escape_json(out, utf8);
	pfree(utf8);
}

/* Write members that are a line of their own; the line ends with a comma. */
static void
line_string(StringInfo out, const char *name, const char *value)
{
	appendStringInfo(out, "\"%s\": ", name);
	put_json_string(out, value);
	appendStringInfoString(out, ",\n");
}

static void
line_number(StringInfo out, const char *name, int64 value)
{
	appendStringInfo(out, "\"%s\": " INT64_FORMAT ",\n", name, value);
}

static void
line_time(StringInfo out, const char *name, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (value == 0 || TIMESTAMP_NOT_FINITE(value) ||
		timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL) != 0)
	{
		line_string(out, name, NULL);
		return;
	}
	appendStringInfo(out, "\"%s\": \"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\",\n",
					 name, tm.tm_year, tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fsec);
}

static void
put_file(StringInfo out, const BpManifestFile *f)
{
	appendStringInfoString(out, "{\"name\": ");
	put_json_string(out, f->name);
	appendStringInfo(out, ", \"dump_id\": %d, \"schema\": ", f->dump_id);
	put_json_string(out, f->schema);
	appendStringInfoString(out, ", \"table\": ");
	put_json_string(out, f->table);
	appendStringInfo(out, ", \"kind\": \"%s\", \"size\": " UINT64_FORMAT
					 ", \"rows\": " UINT64_FORMAT ", \"raw_size\": "
					 UINT64_FORMAT ", \"crc32c\": \"%08x\"}",
					 bp_manifest_kind_name(f->kind), f->size, f->rows,
					 f->raw_size, f->crc);
}

/* The part before the list of files. */
static void
put_head(StringInfo out, const BpManifest *m)
{
	int			i;

	appendStringInfoString(out, "{\n");
	line_number(out, "format", BP_MANIFEST_FORMAT);
	line_number(out, "task", m->task);
	line_string(out, "owner", m->owner);
	line_string(out, "label", m->label);
	line_string(out, "database", m->database);
	line_string(out, "encoding", m->encoding);
	line_string(out, "content", m->content);
	line_string(out, "server_version", m->server_version);
	line_number(out, "server_version_num", m->server_version_num);
	line_string(out, "system_identifier", m->system_identifier);
	line_number(out, "timeline", m->timeline);
	line_string(out, "lsn", m->lsn);
	line_time(out, "snapshot_time", m->snapshot_time);
	line_time(out, "started_at", m->started_at);
	line_time(out, "finished_at", m->finished_at);
	line_string(out, "compression", m->compression);
	appendStringInfoString(out, "\"settings\": {");
	for (i = 0; i < m->nsettings; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		put_json_string(out, m->settings[i].name);
		appendStringInfoString(out, ": ");
		put_json_string(out, m->settings[i].value);
	}
	appendStringInfo(out, "},\n\"totals\": {\"tables\": " UINT64_FORMAT
					 ", \"rows\": " UINT64_FORMAT ", \"raw_bytes\": "
					 UINT64_FORMAT ", \"bytes\": " UINT64_FORMAT "},\n",
					 m->tables, m->rows, m->raw_bytes, m->bytes);
}

void
bp_manifest_to_json(const BpManifest *m, StringInfo out)
{
	int			begin = out->len;
	char		sum[BP_MANIFEST_SUM_LEN + 1];
	int			i;

	put_head(out, m);
	appendStringInfoString(out, "\"files\": [");
	for (i = 0; i < m->nfiles; i++)
	{
		appendStringInfoString(out, i > 0 ? ",\n" : "\n");
		put_file(out, &m->files[i]);
	}
	appendStringInfoString(out, "\n],\n");
	bp_manifest_sum(out->data + begin, out->len - begin, sum);
	appendStringInfo(out, "\"manifest_checksum\": \"%s\"}\n", sum);
}

void
bp_manifest_write(const char *dir, const BpManifest *m)
{
	char	   *path = psprintf("%s/%s", dir, BP_MANIFEST);
	StringInfoData out;

	initStringInfo(&out);
	bp_manifest_to_json(m, &out);
	bp_file_write_whole(path, out.data, out.len);
	pfree(out.data);
	pfree(path);
}

void
bp_manifest_write_verified(const char *dir, const BpManifest *m,
						   TimestampTz at, const char *level)
{
	char	   *path = psprintf("%s/%s", dir, BP_VERIFIED);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\n");
	line_time(&out, "verified_at", at);
	line_string(&out, "level", level);
	appendStringInfo(&out, "\"manifest_checksum\": \"%s\"}\n", m->checksum);
	bp_file_write_whole(path, out.data, out.len);
	pfree(out.data);
	pfree(path);
}
