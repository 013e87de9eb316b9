/*-------------------------------------------------------------------------
 *
 * extension.c
 *	  ALTER … DEPENDS ON EXTENSION.
 *
 * Functions, materialized views, indexes and triggers can depend on an
 * extension without being a member of it.  The command is part of the
 * object's own statement.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/extension.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/scan.h"
#include "define/extension.h"
#include "define/quote.h"

/* The extension that the object depends on, or InvalidOid */
static Oid
depended_extension(BpDefine *d, Oid classid, Oid oid)
{
	BpCatalogScan s = {0};
	Form_pg_depend dep;
	Oid			extension = InvalidOid;

	bp_catalog_begin_depends(&s, classid, oid, d->snapshot);
	while ((dep = bp_catalog_next_depend(&s)) != NULL)
	{
		if (dep->deptype != DEPENDENCY_AUTO_EXTENSION ||
			dep->refclassid != ExtensionRelationId)
			continue;
		if (OidIsValid(extension))
			bp_refuse(d, "an object depends on several extensions");
		extension = dep->refobjid;
	}
	bp_catalog_end(&s);
	return extension;
}

void
bp_put_depends_on_extension(BpDefine *d, StringInfo sql, Oid classid, Oid oid,
							const char *keyword, const char *qualified)
{
	Oid			extension = depended_extension(d, classid, oid);
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	if (!OidIsValid(extension))
		return;
	if (!BP_DEFINE_KNOWS_DEPENDS_ON_EXTENSION)
		bp_refuse(d, psprintf("%s depends on an extension, and it is not known how pg_dump of this release writes that",
							  qualified));
	bp_catalog_key_oid(&s, Anum_pg_extension_oid, extension);
	bp_catalog_begin(&s, ExtensionRelationId, ExtensionOidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
	{
		appendStringInfo(sql, BP_DEPENDS_ON_EXTENSION_BEFORE
						 "ALTER %s %s DEPENDS ON EXTENSION ",
						 keyword, qualified);
		bp_put_name(sql, NameStr(((Form_pg_extension) GETSTRUCT(tuple))->extname));
		appendStringInfoString(sql, ";" BP_DEPENDS_ON_EXTENSION_AFTER);
	}
	bp_catalog_end(&s);
}
