/*-------------------------------------------------------------------------
 *
 * schema_objects.h
 *	  Reads the selected schemas, and what is in them besides relations.
 *
 * See schema_objects.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/schema_objects.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_SCHEMA_OBJECTS_H
#define BP_DEFINE_SCHEMA_OBJECTS_H

#include "define/context.h"

/*
 * Adds the selected schemas (d->relations->schemas) and the objects in them
 * that are not relations.  Refuses kinds of objects that have no reader.
 */
extern void bp_read_schema_objects(BpDefine *d);

#endif							/* BP_DEFINE_SCHEMA_OBJECTS_H */
