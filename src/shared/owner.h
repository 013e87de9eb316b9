/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  Whether a role may own a task.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/owner.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_OWNER_H
#define BP_SHARED_OWNER_H

/*
 * Raises invalid_authorization_specification unless the current user may log
 * in, since the connections that run its tasks log in as that role;
 * undefined_object if the role was dropped.
 */
extern void bp_owner_check_login(void);

/*
 * Raises insufficient_privilege unless the current user may connect to the
 * database of this session.
 */
extern void bp_owner_check_connect(void);

#endif							/* BP_SHARED_OWNER_H */
