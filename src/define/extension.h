/*-------------------------------------------------------------------------
 *
 * extension.h
 *	  ALTER … DEPENDS ON EXTENSION.
 *
 * See extension.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/extension.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_EXTENSION_H
#define BP_DEFINE_EXTENSION_H

#include "define/context.h"
#include "lib/stringinfo.h"

/*
 * Appends ALTER keyword qualified DEPENDS ON EXTENSION, if the object depends
 * on an extension in this way.  qualified is the quoted name.  Refuses
 * several extensions, since the order in which pg_dump writes them is not
 * defined.
 */
extern void bp_put_depends_on_extension(BpDefine *d, StringInfo sql,
										Oid classid, Oid oid,
										const char *keyword,
										const char *qualified);

#endif							/* BP_DEFINE_EXTENSION_H */
