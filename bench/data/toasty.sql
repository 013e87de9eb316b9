-- Rows of 50 kB that compress and 50 kB that do not, as text and as bytea.
CREATE TABLE public.toasty (id int PRIMARY KEY, soft text, hard bytea, softer bytea, harder text);
CREATE FUNCTION pg_temp.noise(seed int, kb int) RETURNS bytea LANGUAGE sql VOLATILE AS
	$$ SELECT pg_catalog.string_agg(pg_catalog.sha512((seed * 100000::bigint + n)::text::bytea), '')
	   FROM pg_catalog.generate_series(1, kb * 16) AS n $$;
INSERT INTO public.toasty
SELECT i,
	CASE WHEN i % 2 = 0 THEN repeat(md5(i::text) || ' lorem ipsum dolor sit amet ', 850) END,
	CASE WHEN i % 2 = 0 THEN pg_temp.noise(i, 50) END,
	CASE WHEN i % 2 = 1 THEN repeat(md5(i::text) || ' lorem ipsum dolor sit amet ', 850)::bytea END,
	CASE WHEN i % 2 = 1 THEN pg_catalog.encode(pg_temp.noise(i, 38), 'base64') END
FROM pg_catalog.generate_series(1, (20000 * :scale)::int) AS i;
