/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The backup_pool.* settings.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/settings.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_SETTINGS_H
#define BP_SHARED_SETTINGS_H

/* backup_pool.definitions */
typedef enum BpDefinitions
{
	BP_DEFINITIONS_AUTO = 0,	/* native; pg_dump if something is not handled */
	BP_DEFINITIONS_PG_DUMP,
	BP_DEFINITIONS_NATIVE		/* an error for what is not handled */
} BpDefinitions;

extern char *bp_setting_compression;
extern int	bp_setting_connect_timeout; /* ms */
extern char *bp_setting_database;
extern int	bp_setting_idle_timeout;	/* ms */
extern int	bp_setting_max_attempts;
extern int	bp_setting_max_connections;
extern int	bp_setting_max_lifetime;	/* ms */
extern int	bp_setting_max_tasks;
extern int	bp_setting_min_connections;
extern int	bp_setting_definitions; /* a BpDefinitions */
extern int	bp_setting_parallel;	/* 0: all that are free */
extern char *bp_setting_prewarm;
extern char *bp_setting_repository;
extern char *bp_setting_socket_directory;

/* Defines the settings; only from _PG_init. */
extern void bp_settings_define(void);

/*
 * The number of sessions that the pool and its pg_dumps may have together:
 * max_connections of the server, less the reserved ones, and less one for an
 * administrator.
 */
extern int	bp_connection_budget(void);

/* The number of sessions that the pool itself may have. */
extern int	bp_effective_max_connections(void);

/* The number of processors of this machine, at least 1. */
extern int	bp_processors(void);

/*
 * The directory of the socket that the pool connects to, palloc'd; NULL if the
 * server listens on no Unix-domain socket.
 */
extern char *bp_socket_directory(void);

#endif							/* BP_SHARED_SETTINGS_H */
