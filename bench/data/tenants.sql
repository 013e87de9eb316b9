-- Schemas that are alike, ten small tables each; their number is psql's
-- variable tenants.  Tables have fewer rows than autovacuum would look at.
SET synchronous_commit = off;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tenants_reader') THEN
		CREATE ROLE tenants_reader;
	END IF;
END$$;
CREATE PROCEDURE pg_temp.make(first int, last int) LANGUAGE plpgsql AS $proc$
BEGIN
	FOR n IN first .. last LOOP
		EXECUTE pg_catalog.format($$
			CREATE SCHEMA %1$I;
			GRANT USAGE ON SCHEMA %1$I TO tenants_reader;
			CREATE TABLE %1$I.customer (id serial PRIMARY KEY, name varchar(60) NOT NULL, mail varchar(80), at timestamptz NOT NULL DEFAULT now());
			CREATE INDEX customer_name ON %1$I.customer (name);
			COMMENT ON TABLE %1$I.customer IS 'who buys';
			GRANT SELECT ON %1$I.customer TO tenants_reader;
			INSERT INTO %1$I.customer (name, mail, at)
				SELECT 'name ' || i, 'm' || i || '@%1$s.example', '2024-01-01 00:00+00'::timestamptz + i * '1 h'::interval FROM generate_series(1, 20) AS i;
			CREATE TABLE %1$I.invoice (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES %1$I.customer, total numeric(10, 2) CHECK (total >= 0), note text);
			INSERT INTO %1$I.invoice SELECT i, 1 + i %% 20, i * 1.25, 'note ' || i FROM generate_series(1, 40) AS i;
			CREATE VIEW %1$I.sales AS
				SELECT c.name, pg_catalog.sum(i.total) AS total FROM %1$I.customer AS c JOIN %1$I.invoice AS i ON i.customer_id = c.id GROUP BY c.name;
			$$, 'tenant' || n);
		FOR t IN 3 .. 10 LOOP
			EXECUTE pg_catalog.format($$
				CREATE TABLE %1$I.t%2$s (id int PRIMARY KEY, name varchar(60) NOT NULL, at timestamptz DEFAULT now(), n numeric);
				INSERT INTO %1$I.t%2$s SELECT i, 'name ' || i, '2024-01-01 00:00+00'::timestamptz + i * '1 h'::interval, i * 1.25 FROM generate_series(1, 20) AS i;
				$$, 'tenant' || n, t);
		END LOOP;
	END LOOP;
END$proc$;
-- not all in one transaction, which would lock them all
SELECT pg_catalog.format('CALL pg_temp.make(%s, %s)', n, least(n + 199, :tenants))
FROM pg_catalog.generate_series(1, :tenants, 200) AS n \gexec
SELECT pg_catalog.format('VACUUM (ANALYZE) pg_catalog.%I', relname)
FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared \gexec
