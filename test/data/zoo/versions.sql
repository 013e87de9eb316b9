--
-- What not every version has.
--
CREATE SCHEMA news;
SET search_path = news, public;

\if :v16
CREATE COLLATION ruled (provider = icu, locale = 'und', rules = '&a < g');
CREATE TABLE with_storage (v text STORAGE EXTERNAL);
INSERT INTO with_storage VALUES ('x');
\endif

\if :v17
CREATE COLLATION builtin_c (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE identity_parts (id bigint GENERATED ALWAYS AS IDENTITY, k int) PARTITION BY LIST (k);
CREATE TABLE identity_part_1 PARTITION OF identity_parts FOR VALUES IN (1);
CREATE TABLE identity_part_2 PARTITION OF identity_parts FOR VALUES IN (2);
INSERT INTO identity_parts (k) SELECT 1 + g % 2 FROM generate_series(1, 20) g;
CREATE TABLE excluded_parts (k int, r int4range, EXCLUDE USING gist (k WITH =, r WITH &&)) PARTITION BY LIST (k);
CREATE TABLE excluded_part PARTITION OF excluded_parts FOR VALUES IN (1);
INSERT INTO excluded_parts VALUES (1, '[1,5)'), (1, '[5,9)');
CREATE TABLE maintained (v int);
GRANT MAINTAIN ON maintained TO zoo_writer;
-- the root names a method, the partition takes it from there
CREATE TABLE method_parts (id int) PARTITION BY LIST (id) USING zoo_heap;
CREATE TABLE method_part PARTITION OF method_parts FOR VALUES IN (1);
INSERT INTO method_parts VALUES (1);
\endif

\if :v18
CREATE TABLE virtual (a int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL, s int GENERATED ALWAYS AS (a + 2), z text);
INSERT INTO virtual (a, z) SELECT g, 'z' FROM generate_series(1, 10) g;
CREATE TABLE only_virtual (v int GENERATED ALWAYS AS (1) VIRTUAL);
INSERT INTO only_virtual DEFAULT VALUES;
CREATE TABLE lax (a int, b int, CONSTRAINT not_enforced CHECK (b > 0) NOT ENFORCED);
INSERT INTO lax VALUES (NULL, -1);
ALTER TABLE lax ADD CONSTRAINT a_not_null NOT NULL a NOT VALID;
ALTER TABLE lax ADD CONSTRAINT lax_tree FOREIGN KEY (b) REFERENCES zoo.tree NOT ENFORCED;
CREATE TABLE named_not_null (a int CONSTRAINT "must be" NOT NULL, b int NOT NULL NO INHERIT);
COMMENT ON CONSTRAINT "must be" ON named_not_null IS 'a comment on a not-null constraint';
CREATE TABLE named_child () INHERITS (named_not_null);
INSERT INTO named_child VALUES (1, NULL);
CREATE TABLE rooms (id int, valid_at daterange, v text, PRIMARY KEY (id, valid_at WITHOUT OVERLAPS));
INSERT INTO rooms SELECT g % 5, daterange('2026-01-01'::date + g, '2026-01-01'::date + g + 1), 'v' FROM generate_series(1, 50) g;
CREATE TABLE stays (id int, valid_at daterange, room int, FOREIGN KEY (room, PERIOD valid_at) REFERENCES rooms (id, PERIOD valid_at));
INSERT INTO stays SELECT g, daterange('2026-01-01'::date + g, '2026-01-01'::date + g + 1), g % 5 FROM generate_series(1, 50) g;
CREATE TABLE many_defaults (id uuid DEFAULT uuidv7(), v int);
\endif
-- something for every version
CREATE TABLE everywhere (v int);
INSERT INTO everywhere VALUES (1);
RESET search_path;
