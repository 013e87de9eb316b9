-- 3 million rows of the types that most tables are made of; 800 MB as text.
-- psql -v scale=1
CREATE TABLE public.mixed (
	id bigint NOT NULL,
	created timestamptz NOT NULL,
	changed timestamp,
	token uuid,
	amount numeric(12,2),
	ratio double precision,
	code text,
	body text,
	active boolean,
	tags text[],
	doc jsonb
);
INSERT INTO public.mixed
SELECT i,
	'2020-01-01 00:00+00'::timestamptz + i * '37.123457 s'::interval,
	CASE WHEN i % 7 <> 0 THEN '2021-06-01'::timestamp + i * '11 s'::interval END,
	md5(i::text)::uuid,
	((i * 7919) % 1000000000) / 100.0,
	sqrt(i) * CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END,
	'code-' || i % 1000,
	repeat('lorem ipsum dolor ', (i % 8)::int) || md5((i * 3)::text) || CASE WHEN i % 50 = 0 THEN E'\ttab\nline' ELSE '' END,
	i % 3 = 0,
	ARRAY['red', 'green', 'tag ' || i % 100],
	pg_catalog.jsonb_build_object('k', i, 'name', 'item ' || i % 500, 'on', i % 2 = 0)
FROM pg_catalog.generate_series(1, (3000000 * :scale)::bigint) AS i;
ALTER TABLE public.mixed ADD PRIMARY KEY (id);
