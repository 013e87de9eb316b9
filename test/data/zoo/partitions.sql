--
-- Partitions: each strategy, several levels, attached tables and indexes.
--
CREATE SCHEMA parts;
SET search_path = parts, public;

-- by range, with a default, and a subpartition of another strategy
CREATE TABLE by_range (id int NOT NULL, at date NOT NULL, v text DEFAULT 'root', PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE range_2025 PARTITION OF by_range (v DEFAULT 'leaf', CONSTRAINT leaf_only CHECK (id < 1000000)) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE range_2026 PARTITION OF by_range FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (id);
CREATE TABLE range_2026_low PARTITION OF range_2026 FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE range_2026_rest PARTITION OF range_2026 DEFAULT PARTITION BY HASH (id);
CREATE TABLE range_2026_rest_0 PARTITION OF range_2026_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE range_2026_rest_1 PARTITION OF range_2026_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE range_rest PARTITION OF by_range DEFAULT WITH (fillfactor = 50);
-- attached later: other order of columns, a dropped one
CREATE TABLE attached (gone int, v text, at date NOT NULL, id int NOT NULL);
ALTER TABLE attached DROP COLUMN gone;
INSERT INTO attached SELECT 'attached', '2027-06-01', g FROM generate_series(1, 50) g;
CREATE UNIQUE INDEX attached_key ON attached (id, at);
ALTER TABLE by_range ATTACH PARTITION attached FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
INSERT INTO by_range SELECT g, '2025-01-01'::date + g, (ARRAY['a', 'b', 'c', 'd'])[1 + g % 4] FROM generate_series(1, 2000) g;
INSERT INTO by_range VALUES (1, '2026-05-05', NULL);
CREATE TABLE levels (v text, at timestamptz) PARTITION BY LIST (v);
CREATE TABLE levels_ab PARTITION OF levels FOR VALUES IN ('a', E'b\\''\t');
CREATE TABLE levels_null PARTITION OF levels FOR VALUES IN (NULL) PARTITION BY RANGE (at);
CREATE TABLE levels_null_all PARTITION OF levels_null FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
INSERT INTO levels VALUES ('a', 'infinity'), (E'b\\''\t', NULL), (NULL, '2026-01-01+00');
-- an index on the root alone, with one partition's index attached
CREATE INDEX half ON ONLY by_range (v);
CREATE INDEX half_2025 ON range_2025 (v);
ALTER INDEX half ATTACH PARTITION half_2025;
CREATE INDEX whole ON by_range (lower(v), id) WHERE id > 5;
CREATE TABLE detached (LIKE by_range);
INSERT INTO detached VALUES (1, '2000-01-01', 'free');

CREATE TABLE by_range2 (a int, b text) PARTITION BY RANGE (a, b COLLATE "C");
CREATE TABLE range2_low PARTITION OF by_range2 FOR VALUES FROM (MINVALUE, MINVALUE) TO (10, 'm');
CREATE TABLE range2_high PARTITION OF by_range2 FOR VALUES FROM (10, 'm') TO (MAXVALUE, MAXVALUE);
INSERT INTO by_range2 SELECT g, chr(97 + g % 26) FROM generate_series(1, 100) g;
CREATE TABLE by_expression (a int, b text) PARTITION BY RANGE ((a + length(b)), (lower(b)));
CREATE TABLE expression_all PARTITION OF by_expression DEFAULT;
INSERT INTO by_expression VALUES (1, 'x'), (2, 'Y');

CREATE TABLE by_list (m types.mood, v int) PARTITION BY LIST (m);
CREATE TABLE list_sad PARTITION OF by_list FOR VALUES IN ('sad', 'glum');
CREATE TABLE list_rest PARTITION OF by_list DEFAULT;
INSERT INTO by_list SELECT (enum_range(NULL::types.mood))[1 + g % 4], g FROM generate_series(1, 400) g;

-- by hash; by hash of an enum: the hash is of the label's oid, which is another
-- one in the copy, so the rows have to go in through the root
CREATE TABLE by_hash (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE UNLOGGED TABLE hash_2 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO by_hash SELECT g, md5(g::text) FROM generate_series(1, 3000) g;
CREATE TABLE by_hash_of_enum (m types.mood, o types."Odd Enum", v int, gen int GENERATED ALWAYS AS (v + 1) STORED) PARTITION BY HASH (m, o);
CREATE TABLE enum_0 PARTITION OF by_hash_of_enum FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE enum_1 PARTITION OF by_hash_of_enum FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE enum_2 PARTITION OF by_hash_of_enum FOR VALUES WITH (MODULUS 4, REMAINDER 2) PARTITION BY HASH (m);
CREATE TABLE enum_2_0 PARTITION OF enum_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE enum_2_1 PARTITION OF enum_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE enum_3 PARTITION OF by_hash_of_enum FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO by_hash_of_enum
	SELECT (enum_range(NULL::types.mood))[1 + g % 4], (enum_range(NULL::types."Odd Enum"))[1 + g % 9], g FROM generate_series(1, 900) g;
-- range on top, hash of an enum below
CREATE TABLE mixed (id int, m types.mood) PARTITION BY RANGE (id);
CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES FROM (0) TO (100) PARTITION BY HASH (m);
CREATE TABLE mixed_1_0 PARTITION OF mixed_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE mixed_1_1 PARTITION OF mixed_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE mixed_2 PARTITION OF mixed FOR VALUES FROM (100) TO (200);
INSERT INTO mixed SELECT g, (enum_range(NULL::types.mood))[1 + g % 4] FROM generate_series(0, 199) g;

CREATE TABLE empty_root (id int) PARTITION BY LIST (id);
CREATE TABLE foreign_part_root (id int, v text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE foreign_part PARTITION OF foreign_part_root FOR VALUES IN (1) SERVER "zoo server";
CREATE TABLE near_part PARTITION OF foreign_part_root FOR VALUES IN (2);
INSERT INTO near_part VALUES (2, 'near');

-- Foreign keys to and from partitioned tables; a trigger on the root.  None to a
-- table of several levels: stock pg_restore -j may deadlock with itself between
-- such a key and ALTER INDEX ... ATTACH PARTITION (test/t/restore/selection.pl has one).
CREATE TABLE refers (id int, h int REFERENCES by_hash ON DELETE CASCADE);
INSERT INTO refers SELECT g, g FROM generate_series(1, 1000) g;
ALTER TABLE by_list ADD FOREIGN KEY (v) REFERENCES by_hash;
CREATE TRIGGER on_root AFTER INSERT ON by_range FOR EACH ROW EXECUTE FUNCTION code.touch();
ALTER TABLE range_2025 DISABLE TRIGGER on_root;
COMMENT ON TABLE by_range IS 'a root';
COMMENT ON TABLE range_2025 IS 'a leaf';
CREATE STATISTICS on_root_too (ndistinct) ON id, v FROM by_range;
RESET search_path;
