--
-- Types: every base type, with values at its edges, alone and in arrays; and
-- every way to make a type out of others.
--
SELECT setseed(0.25);

CREATE SCHEMA types;
COMMENT ON SCHEMA types IS 'one table for each type';

-- each row: a type and one value of it
CREATE TEMP TABLE sample (typ text, val text);

INSERT INTO sample
SELECT typ, unnest(vals) FROM (VALUES
	('bool', ARRAY['t', 'f']),
	('bytea', ARRAY['', '\x', '\x00', '\xdeadbeef', '\x5c5c090a0d', '\x' || repeat('00ff', 3000)]),
	('"char"', ARRAY['', 'a', '\', '\011', '\200', '\377', '''', '"', ',', '{']),
	('name', ARRAY['', 'a', 'with space', E'tab\there', E'back\\slash', repeat('x', 63), 'é€😀']),
	('int2', ARRAY['0', '1', '-1', '9', '10', '99', '100', '-32768', '32767']),
	('int4', ARRAY['0', '-1', '9', '10', '99', '100', '999', '1000', '99999', '-2147483648', '2147483647']),
	('int8', ARRAY['0', '-1', '10', '4294967295', '4294967296', '9999999999', '10000000000',
				   '99999999', '100000000', '-9223372036854775808', '9223372036854775807']),
	('int2vector', ARRAY['', '1', '1 -2 3']),
	('oidvector', ARRAY['', '1', '1 2 4294967295']),
	('oid', ARRAY['0', '1', '2147483648', '4294967295']),
	('tid', ARRAY['(0,0)', '(1,2)', '(4294967295,65535)']),
	('xid', ARRAY['0', '3', '4294967295']),
	('cid', ARRAY['0', '4294967295']),
	('xid8', ARRAY['0', '18446744073709551615']),
	('regproc', ARRAY['-', 'now', 'pg_catalog.now']),
	('regprocedure', ARRAY['-', 'abs(integer)', 'pg_catalog.textcat(text,text)']),
	('regoper', ARRAY['0', '||/', '|/']),
	('regoperator', ARRAY['0', '+(integer,integer)', '-(NONE,integer)']),
	('regclass', ARRAY['-', 'pg_class', 'information_schema.tables']),
	('regtype', ARRAY['-', 'integer', 'character varying', 'timestamp(3) with time zone', 'integer[]']),
	('regrole', ARRAY['-', 'zoo_owner', '"zoo_Odd ""Role"""']),
	('regnamespace', ARRAY['-', 'pg_catalog', 'types']),
	('regconfig', ARRAY['-', 'english', 'simple']),
	('regdictionary', ARRAY['-', 'english_stem', 'simple']),
	('regcollation', ARRAY['-', '"C"', '"POSIX"']),
	('json', ARRAY['null', '{}', '[]', '  {"b" : 1,  "a":[1, 2.50, "x"] , "b":2}', '"\u0041\n\\ \" é"',
				   E'{"line\\nbreak"\n:\t1}']),
	('jsonb', ARRAY['null', '{}', '[]', '{"b": 1, "a": [1, 2.50, "x"], "b": 2}', '"tab\t nl\n bs\\ q\" é 😀"',
					'1e400', '-0', '[[[[[[]]]]]]', 'true']),
	('jsonpath', ARRAY['$', '$.a[*] ? (@ > 1 && @.b == "x\ty")', 'strict $."a b"[last]', '$.**{2 to 5}']),
	('xml', ARRAY['', '<a/>', E'<a b="c">\n\ttext &amp; <![CDATA[x\\y]]></a>', 'content without root']),
	('point', ARRAY['(0,0)', '(1.5,-2.25)', '(1e300,-1e-300)', '(Infinity,-Infinity)', '(NaN,NaN)', '(0.1,0.30000000000000004)']),
	('lseg', ARRAY['[(0,0),(1,1)]', '[(-1.5,2),(1e10,0)]']),
	('path', ARRAY['[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '[(1,1)]']),
	('box', ARRAY['(1,1),(0,0)', '(1e5,2.5),(-1e5,-2.5)']),
	('polygon', ARRAY['((0,0),(1,1),(2,0))', '((1.5,2.5))']),
	('line', ARRAY['{1,-1,0}', '{0,1,-2.5}']),
	('circle', ARRAY['<(0,0),1>', '<(1.5,-2),0>', '<(0,0),Infinity>']),
	('float4', ARRAY['0', '-0', '1', '0.1', '1e-45', '3.4028235e38', 'NaN', 'Infinity', '-Infinity', '123456.79', '1e15', '1e-5']),
	('float8', ARRAY['0', '-0', '1', '0.1', '0.30000000000000004', '5e-324', '1.7976931348623157e308', 'NaN',
					 'Infinity', '-Infinity', '1e15', '1e16', '123456789012345680', '1e-4', '1e-5', '2.2250738585072014e-308']),
	('numeric', ARRAY['0', '0.000', '-0.1', '1', '10000', '9999', '99999999', '123456789.987654321', 'NaN', 'Infinity', '-Infinity',
					  '1e-16383', '1e100', '100000000000000000000000000000000', '0.00010000', '-1234567890123456789012345678901234567890.5',
					  repeat('9', 1000) || '.' || repeat('8', 1000)]),
	('money', ARRAY['0', '0.01', '-0.01', '1234567.89', '92233720368547758.07', '-92233720368547758.08']),
	('text', ARRAY['', ' ', 'a', '\N', E'\\', '\.', E'\t', E'\n', E'\r', E'\r\n', E'\b\f\v', E'\x01\x1f\x7f', 'NULL', '""',
				   'é', '€', '😀', 'naïve 日本語 текст', E'a\tb\nc\rd\\e', E'ends with backslash\\', E'\\\\\\', repeat('long ', 20000)]),
	('varchar', ARRAY['', 'a', E'a\tb\nc\\d', 'é€😀', repeat('x', 255)]),
	('bpchar', ARRAY['', 'a', 'a   ', E'\t \\ ', 'é']),
	('bit varying', ARRAY['', '0', '1', '10101010', '101010101', repeat('110', 100)]),
	('bit', ARRAY['0', '1']),
	('date', ARRAY['2026-11-22', '4713-01-01 BC', '0001-01-01', '0001-12-31 BC', '5874897-12-31', 'infinity', '-infinity', '2000-02-29',
				   '9999-12-31', '10000-01-01', '0044-03-15 BC', '1970-01-01']),
	('time', ARRAY['00:00:00', '23:59:59.999999', '24:00:00', '12:34:56.7', '01:02:03.000001', '12:00:00.1200']),
	('timetz', ARRAY['00:00:00+00', '24:00:00+15:59:59', '12:34:56.789-05:30', '01:02:03-15:59', '23:59:59.999999+02']),
	('timestamp', ARRAY['2026-11-22 10:11:12', '2026-11-22 10:11:12.1', '2026-11-22 10:11:12.123456', '4713-01-01 00:00:00 BC',
						'0001-12-31 23:59:59.999999 BC', '0001-01-01 00:00:00', '294276-12-31 23:59:59.999999', 'infinity', '-infinity',
						'1999-12-31 23:59:59.99', '2000-01-01', '1969-12-31 23:59:59.999999', '10000-01-01 00:00:00.5']),
	('timestamptz', ARRAY['2026-11-22 10:11:12+00', '2026-11-22 10:11:12.1-08', '2026-11-22 10:11:12.123456+05:30',
						  '4713-01-01 00:00:00+00 BC', '0001-12-31 23:59:59.999999+00 BC', '294276-12-31 23:59:59.999999+00',
						  'infinity', '-infinity', '1883-11-18 12:03:57+00', '2000-01-01 00:00+00']),
	('interval', ARRAY['0', '1 year', '-1 year', '1 mon -1 day', '-1 days +02:03:04', '1 day -00:00:01', '00:00:00.000001', '-00:00:00.5',
					   '178000000 years', '-178000000 years', '1 year 2 mons 3 days 04:05:06.789', '2562047788:00:54.775807',
					   '-1 mons', '3 days', '100:00:00']),
	('inet', ARRAY['0.0.0.0/0', '192.168.0.1', '192.168.0.1/24', '255.255.255.255', '::', '::1', 'fe80::1/64', '::ffff:1.2.3.4',
				   '2001:db8::8a2e:370:7334/128', '1:2:3:4:5:6:7:8']),
	('cidr', ARRAY['0.0.0.0/0', '10.0.0.0/8', '192.168.0.1/32', '::/0', '2001:db8::/32', '::1/128']),
	('macaddr', ARRAY['00:00:00:00:00:00', '08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff']),
	('macaddr8', ARRAY['00:00:00:00:00:00:00:00', '08:00:2b:ff:fe:01:02:03']),
	('uuid', ARRAY['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-ffffffffffff']),
	('pg_lsn', ARRAY['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF']),
	('tsvector', ARRAY['', 'a', 'a:1,2B,3A b:4 c', '''it''''s'':1 ''a b'':2 ''back\\slash'':3', E'''tab\t'':1']),
	('tsquery', ARRAY['', 'a', 'a & !b | c:*AB', '(a | b) <-> c', '''it''''s'' <5> ''x y''']),
	('refcursor', ARRAY['', 'my cursor', E'a\\b']),
	('aclitem', ARRAY['zoo_owner=arw/zoo_owner', '=r/zoo_owner', 'zoo_reader=r*w*/"zoo_Odd ""Role"""']),
	('txid_snapshot', ARRAY['1:1:', '10:20:11,15,19']),
	('pg_snapshot', ARRAY['1:1:', '10:20:11,15,19']),
	('int4range', ARRAY['empty', '(,)', '[1,2)', '[1,)', '(,5)', '[-2147483648,2147483647)']),
	('int8range', ARRAY['empty', '(,)', '[1,2)', '[-9223372036854775808,)']),
	('numrange', ARRAY['empty', '(,)', '[1.50,2.5]', '(0.1,0.2)', '[NaN,NaN]']),
	('tsrange', ARRAY['empty', '(,)', '["2026-01-01 00:00:00","2027-01-01 00:00:00"]', '[-infinity,infinity]', '(,"2026-01-01 00:00:00.5")']),
	('tstzrange', ARRAY['empty', '(,)', '["2026-01-01 00:00:00+00","2027-01-01 00:00:00+00"]']),
	('daterange', ARRAY['empty', '(,)', '[2026-01-01,2027-01-01)', '["0044-03-15 BC",2026-01-01)', '[-infinity,infinity)']),
	('int4multirange', ARRAY['{}', '{[1,2),[5,9)}', '{(,)}', '{(,1),[3,)}']),
	('int8multirange', ARRAY['{}', '{[1,2),[5,9)}']),
	('nummultirange', ARRAY['{}', '{[1.5,2.5],(3,4)}']),
	('tsmultirange', ARRAY['{}', '{["2026-01-01 00:00:00","2027-01-01 00:00:00"]}']),
	('tstzmultirange', ARRAY['{}', '{["2026-01-01 00:00:00+00","2027-01-01 00:00:00+00"]}']),
	('datemultirange', ARRAY['{}', '{[2026-01-01,2027-01-01),[2028-01-01,)}'])
) AS s(typ, vals);

\if :v17
INSERT INTO sample VALUES ('interval', 'infinity'), ('interval', '-infinity');
\endif
\if :v18
-- 18 prints regtype and friends of what is not there as numbers, as before
INSERT INTO sample VALUES ('bytea', '\x0123456789abcdef');
\endif

-- a type that this file has not heard of is a hole in the tests
DO $$
DECLARE
	missing text;
BEGIN
	SELECT string_agg(typname, ', ') INTO missing
	FROM pg_type t
	WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typelem = 0
	  AND t.oid::regtype NOT IN (SELECT typ::regtype FROM sample)
	  -- their input functions refuse every value
	  AND typname NOT IN ('pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',
						  'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary', 'gtsvector')
	  -- they have elements, and are covered all the same
	  AND typname NOT IN ('name', 'point', 'lseg', 'box', 'line', 'int2vector', 'oidvector');
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'no samples of type %', missing;
	END IF;
END $$;

-- types."int4" (id, v int4, a int4[]) and so on
DO $$
DECLARE
	t text;
	bare text;
	value text;
BEGIN
	FOR t IN SELECT DISTINCT typ FROM sample ORDER BY 1
	LOOP
		bare := trim('"' FROM t);
		EXECUTE format('CREATE TABLE types.%I (id int GENERATED ALWAYS AS IDENTITY, v %s, a %2$s[])', bare, t);
		FOR value IN SELECT val FROM sample WHERE typ = t
		LOOP
			EXECUTE format('INSERT INTO types.%I (v, a) VALUES (%L, ARRAY[%2$L, NULL, %2$L]::%s[])', bare, value, t);
		END LOOP;
		EXECUTE format('INSERT INTO types.%I (v, a) VALUES (NULL, NULL), (NULL, ''{}''), (NULL, ''{NULL}'')', bare);
		-- nested, and with odd lower bounds
		EXECUTE format('INSERT INTO types.%I (a) SELECT ARRAY[[v, NULL], [v, v]] FROM types.%1$I WHERE v IS NOT NULL LIMIT 3', bare);
		EXECUTE format('INSERT INTO types.%I (a) SELECT array_fill(v, ARRAY[2, 1, 2], ARRAY[-1, 0, 3]) FROM types.%1$I WHERE v IS NOT NULL LIMIT 2', bare);
	END LOOP;
END $$;

-- with modifiers
CREATE TABLE types.modifiers (
	c1 char(1), c10 char(10), vc varchar(20), n numeric(10,3), nz numeric(4,-2), b5 bit(5), vb varbit(9),
	t0 time(0), t3 timetz(3), ts0 timestamp(0), ts2 timestamptz(2), iv interval(3), ym interval year to month, ds interval day to second(2),
	ca char(3)[], na numeric(5,2)[]
);
INSERT INTO types.modifiers VALUES
	('a', 'padded', 'varied', 1234567.891, 123456, '10101', '110', '12:34:56.7', '12:34:56.7891+01', '2026-01-01 12:34:56.7',
	 '2026-01-01 12:34:56.789+00', '1 day 00:00:01.23456', '1 year 2 mons', '3 days 04:05:06.789', '{a,"b ",NULL}', '{1.234,NaN}'),
	('', E'\t', '', -0.0005, -50, '00000', '', '24:00:00', '00:00:00-15:59', 'infinity', '-infinity', '-00:00:00.0005', '-1 mon', '0', '{}', '{{1},{2}}'),
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- every control byte, alone and at each place of strings of each length up to
-- a few machine words: what a vectorised search for bytes to escape gets wrong
CREATE TABLE types.escapes (len int, pos int, v text);
INSERT INTO types.escapes
	SELECT len, pos, overlay(repeat('x', len) PLACING E'\\' FROM pos FOR 1)
	FROM generate_series(1, 70) len, generate_series(1, 70) pos WHERE pos <= len;
INSERT INTO types.escapes
	SELECT -c, 0, repeat('é', c % 17) || chr(c) || repeat('y', c % 33) || chr(c) FROM generate_series(1, 300) c;

-- random values of the types that most columns have
CREATE TABLE types.random AS
SELECT g AS id,
	   (random() * 65535 - 32768)::int::int2 AS i2,
	   ((random() - 0.5) * 4294967294)::int8::int4 AS i4,
	   ((random() - 0.5) * pow(10, random() * 18))::int8 AS i8,
	   ((random() - 0.5) * pow(10, random() * 60 - 30))::float4 AS f4,
	   (random() - 0.5) * pow(10, random() * 600 - 300) AS f8,
	   round(((random() - 0.5) * pow(10, random() * 20))::numeric, (random() * 12)::int) AS n,
	   timestamp '2000-01-01' + (random() - 0.5) * interval '4000 years' AS ts,
	   timestamptz '2000-01-01+00' + (random() - 0.5) * interval '200 years' AS tz,
	   date '2000-01-01' + ((random() - 0.5) * 2000000)::int AS d,
	   time '00:00' + random() * interval '24 hours' AS t,
	   (random() - 0.5) * interval '1000 years' AS iv,
	   random() < 0.5 AS b,
	   md5(random()::text)::uuid AS u,
	   decode(md5(random()::text), 'hex') AS ba,
	   (SELECT string_agg(chr(1 + (random() * 600 + x * 0)::int), '') FROM generate_series(1, (random() * 40 + g * 0)::int) x) AS s,
	   CASE WHEN random() < 0.3 THEN NULL ELSE substr(md5(random()::text), 1, (random() * 32)::int) END AS maybe,
	   jsonb_build_object('k', random(), md5(random()::text), ARRAY[g, g + 1]) AS j,
	   ARRAY[random(), random()] AS fa,
	   ARRAY[md5(random()::text), NULL, chr(1 + (random() * 120)::int)] AS sa
FROM generate_series(1, 3000) g;

-- enums, one of them changed after it was made
CREATE TYPE types.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE types.mood ADD VALUE 'glum' BEFORE 'ok';
ALTER TYPE types.mood RENAME VALUE 'ok' TO 'so so';
CREATE TYPE types."Odd Enum" AS ENUM ('', 'it''s', 'a "b"', 'c,d', E'tab\t', E'new\nline', E'back\\slash', 'ünïcödé', '{}');
CREATE TYPE types.no_values AS ENUM ();
COMMENT ON TYPE types.mood IS E'a comment\nwith two lines -- and ''quotes''';

-- domains
CREATE DOMAIN types.positive AS int CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN types.small AS types.positive DEFAULT 7 NOT NULL CHECK (VALUE < 100);
CREATE DOMAIN types.ints AS int[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN types.label AS text COLLATE "C" CHECK (VALUE !~ '\s');
CREATE DOMAIN types.doubtful AS int;
CREATE TABLE types.doubts (v types.doubtful);
INSERT INTO types.doubts VALUES (1);	-- stock pg_restore -j may add the constraint before the rows
ALTER DOMAIN types.doubtful ADD CONSTRAINT not_yet CHECK (VALUE > 0) NOT VALID;
COMMENT ON DOMAIN types.positive IS 'above zero';
COMMENT ON CONSTRAINT above_zero ON DOMAIN types.positive IS 'really';

-- composites, one with a dropped and an added attribute
CREATE TYPE types.pair AS (x int, "the y" text);
CREATE TYPE types.nested AS (p types.pair, ps types.pair[], m types.mood, gone int, d types.small);
ALTER TYPE types.nested DROP ATTRIBUTE gone;
ALTER TYPE types.nested ADD ATTRIBUTE late text COLLATE "C";
CREATE TYPE types.nothing AS ();
CREATE DOMAIN types.pair_up AS types.pair CHECK ((VALUE).x >= 0);
COMMENT ON COLUMN types.pair."the y" IS 'a column of a type';

-- ranges; ranges over domains and composites
CREATE FUNCTION types.float8_diff(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 OPERATOR(pg_catalog.-) $2';
CREATE TYPE types.floatrange AS RANGE (subtype = float8, subtype_diff = types.float8_diff, multirange_type_name = types.many_floats);
CREATE TYPE types.textrange AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN types.short_range AS int4range CHECK (upper(VALUE) - lower(VALUE) < 100);

-- a base type of our own, over int4's functions, and a type that is only a shell
CREATE TYPE types.int42;
CREATE FUNCTION types.int42_in(cstring) RETURNS types.int42 LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION types.int42_out(types.int42) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE types.int42 (input = types.int42_in, output = types.int42_out, internallength = 4, alignment = int4,
						 default = 42, passedbyvalue, category = 'N', delimiter = ';');
CREATE TYPE types.text42;
CREATE FUNCTION types.text42_in(cstring) RETURNS types.text42 LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION types.text42_out(types.text42) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE types.text42 (input = types.text42_in, output = types.text42_out, internallength = variable, storage = extended, collatable = true);
CREATE TYPE types.shell;

CREATE TABLE types.made (
	id serial PRIMARY KEY,
	m types.mood, ms types.mood[], o types."Odd Enum", os types."Odd Enum"[],
	pos types.positive, sm types.small, sms types.small[], ints types.ints, lab types.label,
	p types.pair, ps types.pair[], n types.nested, ns types.nested[], nothing types.nothing, up types.pair_up, ups types.pair_up[],
	fr types.floatrange, mf types.many_floats, tr types.textrange, sr types.short_range,
	i42 types.int42, i42s types.int42[], t42 types.text42
);
INSERT INTO types.made VALUES
	(DEFAULT, 'sad', '{sad,glum,NULL}', 'it''s', ARRAY['', 'it''s', 'a "b"', 'c,d', E'tab\t', E'new\nline', E'back\\slash', 'ünïcödé', '{}', NULL]::types."Odd Enum"[],
	 1, 2, '{3,4}', '{5,6}', 'label', (1, 'one'), ARRAY[(1, 'a')::types.pair, NULL, (NULL, NULL)::types.pair],
	 ROW((1, 'one'), ARRAY[(2, E'q"\\,()\t\n ''x''')::types.pair], 'happy', 5, 'late'), ARRAY[ROW(NULL, '{}', NULL, 1, '')::types.nested],
	 ROW()::types.nothing, (0, ''), ARRAY[(1, ' ')::types.pair_up], '[1.5,2.5)', '{[1,2),(3,4]}', '["a b","c,d")', '[1,5)', '17', '{1;NULL;3}', E'te\\xt\t42'),
	(DEFAULT, 'so so', '{}', '', '{}', NULL, 99, '{}', '{}', '', (NULL, NULL), '{}', ROW(NULL, NULL, NULL, 1, NULL), '{}', NULL, NULL, NULL,
	 'empty', '{}', '(,)', 'empty', NULL, '{}', '');
INSERT INTO types.made (m, pos, sm, i42) SELECT (enum_range(NULL::types.mood))[1 + g % 4], 1 + g, 1 + g % 90, g::text::types.int42 FROM generate_series(1, 500) g;

-- all columns of all base types in one row: wide, with many nulls
DO $$
DECLARE
	cols text;
BEGIN
	SELECT string_agg(format('%I %s', 'c ' || typ, typ), ', ' ORDER BY typ) INTO cols FROM (SELECT DISTINCT typ FROM sample) s;
	EXECUTE 'CREATE TABLE types.wide (' || cols || ')';
	FOR cols IN SELECT format('INSERT INTO types.wide (%I) VALUES (%L)', 'c ' || typ, val) FROM sample ORDER BY typ, val COLLATE "C"
	LOOP
		EXECUTE cols;
	END LOOP;
END $$;
DROP TABLE sample;
