SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT 'plain ' || count(*) || ' ' || sum(id) || ' ' || md5(string_agg(v, ',' ORDER BY id)) AS line FROM old.plain
	UNION ALL SELECT 'moody ' || count(*) || ' ' || string_agg(DISTINCT m::text, ',') FROM old.moody
	UNION ALL SELECT 'odd ' || count(*) FROM old."Odd ""one"""
	UNION ALL SELECT 'best ' || max(v) FROM old.best
	UNION ALL SELECT 'next ' || nextval('old.seq')
	UNION ALL SELECT 'lob ' || loid || ' ' || length(lo_get(loid)) || ' ' || md5(lo_get(loid)) FROM (SELECT oid AS loid FROM pg_largeobject_metadata) l
	UNION ALL SELECT 'comment ' || obj_description('old.plain'::regclass) || ', ' || obj_description(81001, 'pg_largeobject')
	UNION ALL SELECT 'index ' || count(*) FROM pg_index WHERE indrelid = 'old.plain'::regclass
	UNION ALL SELECT 'generated ' || sum(g) FROM old.generated
) l
