/*-------------------------------------------------------------------------
 *
 * extension_scripts.h
 *	  The functions of extensions that a restore will create.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/extension_scripts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_EXTENSION_SCRIPTS_H
#define BP_RESTORE_PLAN_EXTENSION_SCRIPTS_H

#include "restore_plan/selection.h"

typedef struct BpExtensionScripts BpExtensionScripts;

/* The extensions that the selected entries create; no file is read.  palloc'd. */
extern BpExtensionScripts *bp_extension_scripts(BpSelection *sel);

/*
 * Do the scripts of these extensions define functions, or operators, of that
 * name, and all of them in C or internal?  The schema is not compared.  False
 * if there is none, or if a script cannot be read or parsed.  The first call
 * reads the scripts.
 */
extern bool bp_extension_function_is_c(BpExtensionScripts *scripts,
									   const char *name);
extern bool bp_extension_operator_is_c(BpExtensionScripts *scripts,
									   const char *name);

#endif							/* BP_RESTORE_PLAN_EXTENSION_SCRIPTS_H */
