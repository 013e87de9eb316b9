-- 1,000 tables of 100 rows; their number is psql's variable tables.
SELECT pg_catalog.format('CREATE TABLE public.t%s (id int PRIMARY KEY, name text NOT NULL, at timestamptz, n numeric)', t),
	pg_catalog.format($$INSERT INTO public.t%s SELECT i, 'name ' || i, '2024-01-01 00:00+00'::timestamptz + i * '1 h'::interval, i * 1.25 FROM generate_series(1, 100) AS i$$, t)
FROM pg_catalog.generate_series(1, :tables) AS t \gexec
