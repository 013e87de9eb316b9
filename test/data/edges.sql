-- What the direct writers of row text could get wrong: lengths around the
-- width of a vector, alignment, nulls, columns that tuples do not have, and
-- the ends of what each type can hold.  Nothing is random here.
CREATE TYPE label AS ENUM ('plain', 'two words', 'a,b', 'q"q', E'back\\slash', E'tab\tnl\n', '{}', 'NULL', 'größer', 'a label that is longer than a vector', 'again, a label longer than a vector');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN stamp AS timestamptz;

-- every length from 0 to 70, plain and with each special byte at each place
CREATE TABLE lengths AS SELECT n, repeat('x', n) AS plain, repeat('x', n)::varchar AS v, repeat('ä', n) AS umlauts,
	repeat(E'\\', n) AS backslashes, repeat(E'\t', n) AS tabs, repeat('"', n) AS quotes, repeat(' ', n) AS blanks
FROM generate_series(0, 70) n;
CREATE TABLE places AS SELECT chr(c) AS c, n, repeat('a', i) || chr(c) || repeat('b', n - i - 1) AS s
FROM generate_series(1, 255) c, unnest(ARRAY[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33]) n, generate_series(0, n - 1) i
WHERE c < 32 OR c IN (34, 44, 92, 123, 125, 127, 128, 255) OR i = 0;
CREATE TABLE places_array AS SELECT ARRAY[s, 'x', NULL, s || s] AS a FROM places;
CREATE TABLE places_json AS SELECT jsonb_build_object(s, s, 'k', jsonb_build_array(s, NULL, n)) AS j FROM places;
CREATE TABLE names AS SELECT left(s, 20)::name AS n, s::bpchar(40) AS b, left(s, 1)::"char" AS c FROM places;
CREATE TABLE blob AS SELECT decode(repeat(to_hex(n % 16) || 'f', n), 'hex') AS b FROM generate_series(0, 70) n;

-- alignment: each kind of column behind one of odd length, and nulls between
CREATE TABLE aligned (t1 text, b bool, i2 int2, t2 text, i4 int4, t3 text, i8 int8, t4 text, f4 float4, u uuid, f8 float8, n name, t5 text,
	iv interval, t6 text, tz timetz, m macaddr, o oid, c "char", d date, j jsonb, a int[], t7 text, m8 macaddr8, x xid8);
INSERT INTO aligned SELECT repeat('t', n), n % 2 = 0, n, repeat('u', n * 7 % 5), -n, repeat('v', n * 3 % 7), n * 1000000007::int8, repeat('w', n * 5 % 3),
	n / 4.0, md5(n::text)::uuid, n / 8.0, 'n' || n, repeat('x', n % 4), make_interval(n, n % 7, 0, n % 11, n % 5, n % 3, n / 10.0), repeat('y', n * 11 % 13),
	('12:00:0' || n % 10 || '+0' || n % 9)::timetz, '08:00:2b:01:02:03', n, 'c', '2000-01-01'::date + n, jsonb_build_object('n', n), ARRAY[n, NULL], repeat('z', n % 3),
	'08:00:2b:01:02:03:04:05', n::text::xid8
FROM generate_series(0, 200) n;
INSERT INTO aligned SELECT CASE WHEN n & 1 <> 0 THEN 'odd' END, CASE WHEN n & 2 <> 0 THEN true END, CASE WHEN n & 4 <> 0 THEN 4 END,
	CASE WHEN n & 8 <> 0 THEN 'x' END, CASE WHEN n & 16 <> 0 THEN 16 END, CASE WHEN n & 32 <> 0 THEN '' END, CASE WHEN n & 64 <> 0 THEN 64 END,
	CASE WHEN n & 128 <> 0 THEN 'yy' END, CASE WHEN n & 256 <> 0 THEN 1.5 END, CASE WHEN n & 512 <> 0 THEN md5('')::uuid END
FROM generate_series(0, 1023) n;

-- columns that were dropped, generated, and added after the tuples
CREATE TABLE changed (gone int, a int, gone_too text, g int GENERATED ALWAYS AS (a * 2) STORED, b text);
INSERT INTO changed (gone, a, gone_too, b) SELECT n, n, 'gone' || n, 'b' || n FROM generate_series(1, 50) n;
ALTER TABLE changed DROP gone, DROP gone_too;
INSERT INTO changed (a, b) VALUES (51, 'without');
ALTER TABLE changed ADD added int DEFAULT 7, ADD empty text, ADD words text DEFAULT E'two\twords', ADD list text[] DEFAULT '{a,"b c"}',
	ADD doc jsonb DEFAULT '{"k": [1, "x"]}', ADD amount numeric DEFAULT 1.50, ADD at timestamptz DEFAULT '2024-02-29 12:00+00', ADD name name DEFAULT 'n', ADD kind label DEFAULT 'a,b';
INSERT INTO changed (a, b) VALUES (52, 'with');
ALTER TABLE changed DROP words, ADD last bool DEFAULT false;
CREATE TABLE only_dropped (a int);
INSERT INTO only_dropped SELECT generate_series(1, 10);
ALTER TABLE only_dropped DROP a;
CREATE TABLE first_is_late (a text);
INSERT INTO first_is_late VALUES (NULL), ('x');
ALTER TABLE first_is_late DROP a, ADD b int, ADD c float8 DEFAULT '-0';

-- integers and floats
CREATE TABLE integers AS SELECT i2, i4, i8, i4::oid AS o FROM
	(SELECT sign * (pow(10, e)::numeric + d) AS v FROM unnest(ARRAY[-1, 1]) sign, generate_series(0, 18) e, unnest(ARRAY[-1, 0, 1]) d) v,
	LATERAL (SELECT CASE WHEN abs(v) < 32767 THEN v::int2 END AS i2, CASE WHEN abs(v) < 2147483647 THEN v::int4 END AS i4, v::int8 AS i8) x
UNION ALL VALUES ('-32768'::int2, '-2147483648'::int4, '-9223372036854775808'::int8, '0'::oid), (32767, 2147483647, 9223372036854775807, '4294967295');
CREATE TABLE floats AS SELECT f8, CASE WHEN f8 IN ('NaN', 'Infinity', '-Infinity', 0) OR abs(f8) BETWEEN 1e-37 AND 1e38 THEN f8::float4 END AS f4, ARRAY[f8, NULL, -f8] AS a FROM
	(SELECT sign * m * pow(10::float8, e) AS f8 FROM unnest(ARRAY[-1, 1]) sign, unnest(ARRAY[1, 1.5, 9.999999999999999, 1.0000000000000002, 3.14159]) m, generate_series(-300, 300, 7) e
	UNION ALL SELECT unnest(ARRAY['NaN', 'Infinity', '-Infinity', '0', '-0', '5e-324', '2.2250738585072014e-308', '1.7976931348623157e308', '9007199254740993', '123456789012345680', '1e15', '1e16', '1e-5', '0.0001']::float8[])) f;

-- numerics: weights and scales across the short and the long form
CREATE TABLE numerics AS SELECT n, jsonb_build_object('n', CASE WHEN n NOT IN ('NaN', 'Infinity', '-Infinity') THEN n END) AS j, ARRAY[n, NULL, n] AS a FROM
	(SELECT sign * d * power(10::numeric, e) AS n FROM unnest(ARRAY[-1, 1]) sign, unnest(ARRAY[1, 12, 999.9, 1234567.8901, 5000, 10000.0001]) d, generate_series(-70, 270, 3) e
	UNION ALL SELECT round(0::numeric, s) FROM generate_series(0, 70) s
	UNION ALL SELECT unnest(ARRAY['NaN', 'Infinity', '-Infinity', '0', '0.00', '-0.000000001', '1e-1000', '1e1000']::numeric[])
	UNION ALL SELECT (repeat('9', n) || '.' || repeat('1', n))::numeric FROM unnest(ARRAY[62, 63, 64, 65, 252, 256, 1000, 10000]) n
	UNION ALL SELECT repeat('7', 131072)::numeric UNION ALL SELECT ('0.' || repeat('3', 16383))::numeric) x;

-- each day of some years, first and last days, and what has no day
CREATE TABLE days AS SELECT d, d::timestamp + '23:59:59.999999' AS ts, ARRAY[d, NULL, 'infinity'] AS da FROM
	(SELECT generate_series('1999-01-01'::date, '2001-03-01', '1 day')::date
	UNION ALL SELECT ('0001-01-01'::date + 97 * n) FROM generate_series(0, 37700) n
	UNION ALL SELECT make_date(y, m, 1) - 1 FROM unnest(ARRAY[4, 100, 400, 1600, 1700, 1900, 2000, 2024, 2100, 9999, 10000, 99999, 294276]) y, generate_series(1, 12) m
	UNION ALL SELECT unnest(ARRAY['4713-01-01 BC', '0001-12-31 BC', '0044-03-15 BC', '5874897-12-31', '-infinity', 'infinity']::date[])) x(d)
WHERE d < '294277-01-01';
CREATE TABLE far_days AS SELECT unnest(ARRAY['5874897-12-31', '4713-01-01 BC', '294277-01-01', 'infinity', '-infinity']::date[]) AS d;
CREATE TABLE times AS SELECT t, t::timestamptz AS tz, (t AT TIME ZONE 'UTC')::stamp AS s, t::time AS ti, ARRAY[t, NULL] AS ta, ARRAY[t::timestamptz, 'infinity', '-infinity'] AS tza, ARRAY[t::time] AS tia FROM
	(SELECT '1900-01-01'::timestamp + n * '1234567.891011 s'::interval FROM generate_series(1, 5000) n
	UNION ALL SELECT unnest(ARRAY['4714-11-24 00:00:00 BC', '0001-01-01 00:00:00.000001 BC', '294276-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999', '1970-01-01', '2000-01-01', '1999-12-31 23:59:59.5', '9999-12-31 23:59:59', '10000-01-01']::timestamp[])) x(t);
CREATE TABLE infinite AS SELECT unnest(ARRAY['infinity', '-infinity']::timestamp[]) AS t, unnest(ARRAY['infinity', '-infinity']::timestamptz[]) AS tz, '24:00'::time AS ti, '24:00:00-15:59:59'::timetz AS tt;
CREATE TABLE zoned AS SELECT (to_char(n, 'FM00') || ':01:02.03' || z)::timetz AS t, ARRAY[(to_char(n, 'FM00') || ':01:02.03' || z)::timetz, NULL] AS a
FROM generate_series(0, 23) n, unnest(ARRAY['+00', '-00:30', '+05:45', '-15:59:59', '+15:59', '+00:00:01', '-08']) z;
CREATE TABLE intervals AS SELECT i, ARRAY[i, NULL, -i] AS a FROM
	(SELECT make_interval(y, m, 0, d) + s * '1 us'::interval FROM unnest(ARRAY[-3, 0, 1, 178]) y, unnest(ARRAY[-11, -1, 0, 1, 5]) m, unnest(ARRAY[-40, -1, 0, 1, 2]) d,
		unnest(ARRAY[0, 1, -1, 1000000, -60000000, 3600000000, 359999999999, 360000000000, -360000000001, 8888888888888888]) s
	UNION ALL SELECT unnest(ARRAY['178000000 years', '-178000000 years', '2147483646 days', '2562047787 hours', '-2562047788 hours']::interval[])) x(i);

-- addresses: each number of bits, each run of zeros
CREATE TABLE addresses AS SELECT i, network(i) AS c, ARRAY[i, NULL] AS a, ARRAY[network(i)] AS ca FROM
	(SELECT set_masklen('10.200.30.4'::inet, n) FROM generate_series(0, 32) n
	UNION ALL SELECT set_masklen('2001:db8:0:0:1::2'::inet, n) FROM generate_series(0, 128) n
	UNION ALL SELECT array_to_string(ARRAY(SELECT CASE WHEN m & (1 << k) <> 0 THEN CASE k % 3 WHEN 0 THEN 'f' WHEN 1 THEN '1ab' ELSE 'ffff' END ELSE '0' END FROM generate_series(0, 7) k), ':')::inet FROM generate_series(0, 255) m
	UNION ALL SELECT unnest(ARRAY['0.0.0.0/0', '255.255.255.255', '::', '::1', '::ffff:1.2.3.4', '::1.2.3.4', '::ffff:0:1.2.3.4', '1::', '1:0:0:2:0:0:0:3', '1:0:0:2:0:0:3:4']::inet[])) x(i);
CREATE TABLE cards AS SELECT ('08002b' || lpad(to_hex(n * 65537 % 16777216), 6, '0'))::macaddr AS m, ('08002b' || lpad(to_hex(n * 65537 % 16777216), 6, '0'))::macaddr::macaddr8 AS m8,
	ARRAY[('0a0b0c' || lpad(to_hex(n), 6, '0'))::macaddr] AS a FROM generate_series(0, 300) n;

-- enums, and arrays of everything
CREATE TABLE labels AS SELECT l, enum_range(NULL::label) AS a, ARRAY[l, NULL] AS b FROM unnest(enum_range(NULL::label)) l;
CREATE TYPE many AS ENUM ();
SELECT format('ALTER TYPE many ADD VALUE %L', 'label ' || n) FROM generate_series(1, 100) n \gexec
CREATE TABLE labels_many AS SELECT m, ARRAY[m] AS a FROM unnest(enum_range(NULL::many)) m, generate_series(1, 3);
CREATE TABLE arrays AS SELECT '{}'::int[] AS e, '[0:1]={1,2}'::int[] AS low, '[-3:-2][5:6]={{1,2},{NULL,4}}'::int[] AS low2, '{{{{{{1}}}}}}'::int[] AS deep, '{{{{{{a}},{{" b"}}}}}}'::text[] AS deep_text,
	ARRAY['', 'NULL', 'null', 'Null', 'nulls', NULL, '"', E'\\', '{', '}', ',', ' ', E'\b', E'\x01', 'x']::text[] AS words, ARRAY['a', 'b c']::bpchar(5)[] AS b, ARRAY['v', '']::varchar[] AS v,
	ARRAY['{"a": "b"}', '1', '"x"']::json[] AS js, ARRAY['{"a": "b\\c"}', '1', '"x"', 'null']::jsonb[] AS jb, ARRAY['\x00ff', '']::bytea[] AS by, ARRAY[true, false, NULL] AS bo,
	ARRAY[ROW(1, 'a "b"'), ROW(NULL, '')]::pair[] AS pairs, ARRAY['n', 'two words']::name[] AS na, ARRAY['x', ',']::"char"[] AS ch, ARRAY['(1,2),(3,4)'::box] AS boxes,
	ARRAY['1.50', 'NaN']::numeric[] AS nu, ARRAY['00000000-0000-0000-0000-000000000000'::uuid] AS u, ARRAY['1', '2']::xid8[] AS x, ARRAY['[1,2)', 'empty']::int4range[] AS r, ARRAY[1, 2]::oid[] AS o;
CREATE TABLE arrays_long AS SELECT n, ARRAY(SELECT k FROM generate_series(1, n) k) AS ia, ARRAY(SELECT CASE WHEN k % 7 = 0 THEN NULL ELSE repeat(chr(31 + k % 95), k % 40) END FROM generate_series(1, n) k) AS ta,
	ARRAY(SELECT now() FROM generate_series(1, n) k) AS tza FROM unnest(ARRAY[0, 1, 7, 8, 9, 100, 1000, 5000]) n;

-- jsonb of all shapes, short and long
CREATE TABLE documents AS SELECT j FROM (SELECT unnest(ARRAY['{}', '[]', 'null', 'true', '"s"', '1', '[[]]', '[{}]', '{"": ""}', '{"a": {}}', '[1, [2, [3, [4]]], {"x": [null, false]}]', '-0.0', '1e300', '[1.10, -5]', '"\u0001\"\\/\t"']::jsonb[])
	UNION ALL SELECT (SELECT jsonb_agg(repeat('x', k)) FROM generate_series(0, n) k) FROM generate_series(0, 120, 5) n
	UNION ALL SELECT (SELECT jsonb_object_agg('key ' || k, k * 1.5) FROM generate_series(0, n) k) FROM generate_series(0, 120, 5) n
	UNION ALL SELECT (repeat('[', 500) || repeat(']', 500))::jsonb) x(j);

-- toasted: compressed, external, both; and short headers just below the limit
CREATE TABLE toasted (plain text, ext text, comp text, b bytea, j jsonb, a text[], n numeric);
ALTER TABLE toasted ALTER ext SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL, ALTER comp SET STORAGE MAIN;
INSERT INTO toasted SELECT repeat(E'tab\t', n), repeat(E'back\\', n), repeat('abc', n), decode(repeat('00ff', n), 'hex'), jsonb_build_object('k', repeat(E'q"\n', n)), ARRAY[repeat('x y', n), NULL], repeat('8', n)::numeric
FROM unnest(ARRAY[20, 31, 32, 40, 42, 60, 62, 63, 64, 125, 126, 127, 128, 500, 700, 3000, 9000, 9001, 40000]) n;
