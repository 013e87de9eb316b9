/*-------------------------------------------------------------------------
 *
 * options.h
 *	  The options of a task: the arguments of the SQL functions.
 *
 * Between processes options are JSON text: the log keeps and shows it, a slot
 * carries it to the worker, and a pooled backend parses it, with core's jsonb.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/options.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_OPTIONS_H
#define BP_SHARED_OPTIONS_H

#include "nodes/pg_list.h"

typedef enum BpContent
{
	BP_CONTENT_ALL = 0,
	BP_CONTENT_SCHEMA,
	BP_CONTENT_DATA
} BpContent;

typedef enum BpIfExists
{
	BP_EXISTS_ERROR = 0,
	BP_EXISTS_SKIP,
	BP_EXISTS_TRUNCATE,
	BP_EXISTS_APPEND,
	BP_EXISTS_REPLACE
} BpIfExists;

typedef enum BpVerifyLevel
{
	BP_VERIFY_CHECKSUM = 0,		/* read and check every file */
	BP_VERIFY_RESTORE			/* and restore it into a scratch database */
} BpVerifyLevel;

typedef struct BpOptions
{
	BpContent	content;
	int			parallel;		/* connections; 0: all that are free */

	/* backup: lists of char *, patterns as pg_dump's */
	List	   *schemas;		/* -n; restore: names */
	List	   *tables;			/* -t; restore: names */
	List	   *exclude_schemas;	/* -N */
	List	   *exclude_tables; /* -T */
	List	   *exclude_table_data;
	char	   *compression;	/* checked codec specification */
	char	   *label;

	/* restore */
	char	   *archive;		/* name in the repository, or absolute path */
	bool		create_database;
	BpIfExists	if_exists;
	bool		owner;
	bool		privileges;

	/* verify */
	bool		verify;
	BpVerifyLevel level;
} BpOptions;

/* A palloc'd struct with the defaults. */
extern BpOptions *bp_options_create(void);

/* To JSON text in the database's encoding, palloc'd. */
extern char *bp_options_to_json(const BpOptions *options);

/*
 * From JSON text, palloc'd; ignores unknown members, as a later version may
 * write them.  Raises jsonb's errors, and invalid_parameter_value for text that
 * is not a JSON object.
 */
extern BpOptions *bp_options_from_json(const char *json);

/*
 * The schema that contains all of a restore's selection, palloc'd; NULL if the
 * selection may extend to other schemas.  Raises invalid_name for a table's
 * name that cannot be parsed.
 */
extern char *bp_options_only_schema(const BpOptions *options);

/*
 * Convert values to their names, which are constants, and back.  The *_parse
 * functions return false for an unknown name, and then do not change the
 * value.
 */
extern const char *bp_content_name(BpContent content);
extern bool bp_content_parse(const char *name, BpContent *content);
extern const char *bp_if_exists_name(BpIfExists value);
extern bool bp_if_exists_parse(const char *name, BpIfExists *value);
extern const char *bp_verify_level_name(BpVerifyLevel level);
extern bool bp_verify_level_parse(const char *name, BpVerifyLevel *level);

#endif							/* BP_SHARED_OPTIONS_H */
