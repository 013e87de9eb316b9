/*-------------------------------------------------------------------------
 *
 * bp_zoo_label.c
 *	  A provider of security labels that accepts any label on anything.
 *
 * Only for tests: a backup has to keep labels, and Debian packages no
 * provider.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/modules/bp_zoo_label.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/seclabel.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

static void
accept_label(const ObjectAddress *object, const char *seclabel)
{
}

void
_PG_init(void)
{
	register_label_provider("bp_zoo", accept_label);
}
