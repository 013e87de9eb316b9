--
-- Views and materialized views.
--
CREATE SCHEMA views;
SET search_path = views, public;

CREATE VIEW plain AS SELECT id, a AS "the a", b FROM zoo.big WHERE id < 100;
CREATE VIEW on_view AS SELECT count(*) AS n, max("the a") AS m FROM plain;
CREATE VIEW checked WITH (security_barrier) AS SELECT id, v FROM zoo.unlogged WHERE id > 10 WITH LOCAL CHECK OPTION;
CREATE VIEW checked_more AS SELECT id, v FROM checked WHERE v <> '' WITH CASCADED CHECK OPTION;
CREATE VIEW as_caller WITH (security_invoker = true) AS SELECT * FROM zoo.options;
ALTER VIEW plain ALTER COLUMN b SET DEFAULT 1.5;
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 10;
-- grouped by a primary key: it cannot be made before that key
CREATE VIEW needs_key AS SELECT id, v, count(*) FROM zoo.tree GROUP BY id;
CREATE VIEW on_needs_key AS SELECT max(count) FROM needs_key;
-- a view and a function that need each other
CREATE VIEW circular AS SELECT 1 AS x;
CREATE FUNCTION of_circular(circular) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x';
CREATE OR REPLACE VIEW circular AS SELECT 1 AS x, views.of_circular(ROW(1)::views.circular) AS y;
DROP VIEW circular CASCADE;
CREATE VIEW odd_columns AS SELECT 1 AS "a b", 'x'::text COLLATE "C" AS "select", NULL::types.mood AS m, ARRAY[ROW(1, 'x')::types.pair] AS ps;
CREATE FUNCTION write_to_view() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER instead INSTEAD OF INSERT ON on_view FOR EACH ROW EXECUTE FUNCTION write_to_view();
CREATE RULE quiet AS ON UPDATE TO plain DO INSTEAD NOTHING;
COMMENT ON VIEW plain IS 'a view';
COMMENT ON COLUMN plain."the a" IS 'a column of a view';

CREATE MATERIALIZED VIEW kept WITH (fillfactor = 90) AS SELECT id % 10 AS g, count(*) AS n FROM zoo.big GROUP BY 1;
CREATE UNIQUE INDEX ON kept (g);
-- its name sorts before the one it is made from
CREATE MATERIALIZED VIEW again AS SELECT sum(n) AS total FROM kept;
CREATE MATERIALIZED VIEW "Third ""one""" AS SELECT total + 1 AS more FROM again;
CREATE MATERIALIZED VIEW of_partitions AS SELECT v, count(*) FROM parts.by_range GROUP BY v;
CREATE MATERIALIZED VIEW needs_key_too AS SELECT id, v, count(*) FROM zoo.tree GROUP BY id;
CREATE MATERIALIZED VIEW unpopulated AS SELECT 1 AS x WITH NO DATA;
CREATE MATERIALIZED VIEW on_unpopulated AS SELECT x + 1 AS y FROM unpopulated WITH NO DATA;
CREATE MATERIALIZED VIEW clustered AS SELECT id, v FROM zoo.options;
CREATE INDEX clustered_id ON clustered (id);
ALTER MATERIALIZED VIEW clustered CLUSTER ON clustered_id;
ALTER MATERIALIZED VIEW clustered ALTER COLUMN v SET STATISTICS 10;
COMMENT ON MATERIALIZED VIEW kept IS 'a materialized view';
RESET search_path;
