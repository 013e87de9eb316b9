/*-------------------------------------------------------------------------
 *
 * domain.h
 *	  Domains and their constraints.
 *
 * See domain.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/domain.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DOMAIN_H
#define BP_DEFINE_DOMAIN_H

#include "define/context.h"

/*
 * Completes the domains that bp_read_types has added: reads what stands in
 * CREATE DOMAIN, adds their constraints, and sets their writer.
 */
extern void bp_read_domains(BpDefine *d);

#endif							/* BP_DEFINE_DOMAIN_H */
