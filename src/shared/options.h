/*-------------------------------------------------------------------------
 *
 * options.h
 *	  What a task was asked to do: the arguments of the SQL functions.
 *
 * Options travel as JSON text: it is what the log keeps (and shows to
 * people), what a slot carries to the worker, and what a pooled backend
 * parses.  JSON by core's jsonb.
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
	int			parallel;		/* 0: all connections that are free */

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

/* From JSON text; unknown members are ignored, as a later version may write
 * them.  Raises an error for text that is no JSON object. */
extern BpOptions *bp_options_from_json(const char *json);

/*
 * The one schema that a restore's selection lies in, palloc'd; NULL if there
 * may be others.  Raises an error for what is no name of a table.
 */
extern char *bp_options_only_schema(const BpOptions *options);

/* Names of values, and back; *_parse return false for an unknown one. */
extern const char *bp_content_name(BpContent content);
extern bool bp_content_parse(const char *name, BpContent *content);
extern const char *bp_if_exists_name(BpIfExists value);
extern bool bp_if_exists_parse(const char *name, BpIfExists *value);
extern const char *bp_verify_level_name(BpVerifyLevel level);
extern bool bp_verify_level_parse(const char *name, BpVerifyLevel *level);

#endif							/* BP_SHARED_OPTIONS_H */
