-- 5,000 small tables in 500 schemas, 10 each, with keys and an index.
SELECT pg_catalog.format('CREATE SCHEMA tenant%s', s)
FROM pg_catalog.generate_series(1, greatest((500 * :scale)::int, 1)) AS s \gexec
SELECT pg_catalog.format('CREATE TABLE tenant%s.t%s (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(), n numeric)', s, t),
	pg_catalog.format('CREATE INDEX ON tenant%s.t%s (name)', s, t),
	pg_catalog.format($$INSERT INTO tenant%s.t%s SELECT i, 'name ' || i, '2024-01-01 00:00+00'::timestamptz + i * '1 h'::interval, i * 1.25 FROM generate_series(1, 100) AS i$$, s, t)
FROM pg_catalog.generate_series(1, greatest((500 * :scale)::int, 1)) AS s, pg_catalog.generate_series(1, 10) AS t \gexec
