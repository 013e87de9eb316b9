/*-------------------------------------------------------------------------
 *
 * names.h
 *	  Finds the value of an enum by its name.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/names.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_NAMES_H
#define BP_BASE_NAMES_H

/* The index of a name in an array of n names; -1 if the name is not in it. */
static inline int
bp_name_index(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
	{
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

#endif							/* BP_BASE_NAMES_H */
