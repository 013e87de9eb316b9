--
-- functions.sql
--	Functions, procedures and aggregates of all sorts, for test/t/define/functions.pl.
--
-- Needs roles zoe and "odd ""role", and bp_zoo_label to be preloaded.
--
\set QUIET on
SET client_min_messages = error;
SET check_function_bodies = off;
SET client_encoding = 'UTF8';

CREATE SCHEMA fn;
CREATE SCHEMA "types b";
CREATE SCHEMA types_a;
CREATE SCHEMA ties;
CREATE SCHEMA ranges;
CREATE SCHEMA "odd ""schema";
CREATE SCHEMA extended;
CREATE SCHEMA late;
CREATE TYPE "types b".t AS ENUM ('x');
CREATE TYPE "types b"."T ""q" AS (a int, b text);
CREATE TYPE types_a.t AS ENUM ('x');
CREATE TYPE types_a.u AS ENUM ('x');
CREATE DOMAIN fn.posint AS int CHECK (VALUE > 0);
CREATE TYPE fn.color AS ENUM ('red', 'it''s');
CREATE TYPE fn.pair AS (x int, y text);

-- arguments
CREATE FUNCTION fn.no_args() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.unnamed(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.defaults(a int, b text DEFAULT E'it''s \\ \n', c timestamptz DEFAULT '2020-01-01 00:00+00', d fn.color DEFAULT 'it''s',
	e numeric DEFAULT 1.50, f int[] DEFAULT '{1,2}', g bytea DEFAULT '\x00ff', h interval DEFAULT '1 day 2 hours', i date DEFAULT CURRENT_DATE,
	j float8 DEFAULT 0.1, k fn.pair DEFAULT ROW(1, 'x')::fn.pair, l text DEFAULT NULL, m json DEFAULT '{"a": 1}') RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.modes(IN a int, OUT b int, INOUT c text, VARIADIC d int[]) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION fn.one_out(OUT a int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.several_out(OUT a int, OUT "B" text) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION fn.table_out(a int) RETURNS TABLE ("select" int, b varchar(10), c "types b".t) LANGUAGE sql AS 'SELECT 1, ''x'', NULL';
CREATE FUNCTION fn."Odd ""fn(,"("a b" int, "select" "types b"."T ""q", "C" fn.posint) RETURNS "types b"."T ""q"[] LANGUAGE sql AS 'SELECT NULL';
CREATE FUNCTION fn."select"(int) RETURNS fn.color LANGUAGE sql AS 'SELECT NULL';
CREATE FUNCTION fn."line
break"(int) RETURNS void LANGUAGE sql AS 'SELECT NULL';
CREATE FUNCTION fn."Überlänge_ß"("ö" int) RETURNS void LANGUAGE sql AS 'SELECT ''ü''';
CREATE FUNCTION fn.with_typmods(a varchar(3), b numeric(10,2), c char(4), d timestamp(3) with time zone, e bit varying(3)) RETURNS varchar(5) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.poly(anyelement, anyarray, anynonarray, anyenum, anyrange) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION fn.poly2(anycompatible, anycompatiblearray) RETURNS SETOF anycompatible LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION fn.setof_text() RETURNS SETOF text LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.setof_rec() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fn.internals(internal, cstring, "char", name, oid, regclass, "any") RETURNS internal LANGUAGE internal AS 'int4in';
CREATE FUNCTION fn.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION fn.etrg() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION fn.variadic_any(VARIADIC "any") RETURNS int LANGUAGE internal AS 'pg_num_nulls';
CREATE FUNCTION fn.default_calls(a int DEFAULT fn.no_args(), b regclass DEFAULT 'pg_class') RETURNS int LANGUAGE sql AS 'SELECT 1';

-- bodies
CREATE FUNCTION fn.dollars() RETURNS text LANGUAGE sql AS 'SELECT $$x$$';
CREATE FUNCTION fn.dollars2() RETURNS text LANGUAGE sql AS 'SELECT $$x$$ || $_$y$_$';
CREATE FUNCTION fn.dollars3() RETURNS text LANGUAGE sql AS 'SELECT $ || $_ || $_X || $_XX';
CREATE FUNCTION fn.dollars9() RETURNS text LANGUAGE sql AS 'SELECT $_XXXXXXX$a$_XXXXXXX$ $_XXXXXXX_XX$';
CREATE FUNCTION fn.ends_with_dollar() RETURNS text LANGUAGE sql AS 'SELECT 1 --$';
CREATE FUNCTION fn.ends_with_tag() RETURNS text LANGUAGE sql AS 'SELECT $$a$$ --$_';
CREATE FUNCTION fn.empty_body() RETURNS void LANGUAGE plpgsql AS '';
CREATE FUNCTION fn.newlines() RETURNS void LANGUAGE plpgsql AS E'\n\tBEGIN\r\n  -- \\ ''quoted''\nEND;\n\n';
CREATE FUNCTION fn.atomic(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + b; SELECT fn.no_args() + a; END;
CREATE FUNCTION fn.atomic_none() RETURNS void LANGUAGE sql BEGIN ATOMIC END;
CREATE FUNCTION fn.returns(a int) RETURNS int LANGUAGE sql IMMUTABLE RETURN a * 2 + pg_catalog.length('it''s \');
CREATE FUNCTION fn.returns_select() RETURNS bigint LANGUAGE sql STABLE RETURN (SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relname ~ '^x');
CREATE FUNCTION fn.internal_fn(int) RETURNS bigint LANGUAGE internal AS 'int84';
CREATE FUNCTION fn.c_fn(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION fn.plpgsql_inline_handler(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql';
UPDATE pg_proc SET probin = 'it''s \a', prosrc = 'quote''d \ $$' WHERE proname = 'c_fn';
CREATE FUNCTION fn.c_fn_alone(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
UPDATE pg_proc SET prosrc = '' WHERE proname = 'c_fn_alone';

-- attributes
CREATE FUNCTION fn.stable_fn() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION fn.immutable_fn(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT LEAKPROOF SECURITY DEFINER PARALLEL SAFE COST 0.5 AS 'SELECT 1';
CREATE FUNCTION fn.restricted() RETURNS int LANGUAGE sql PARALLEL RESTRICTED AS 'SELECT 1';
CREATE FUNCTION fn.cost_100() RETURNS int LANGUAGE sql COST 100 AS 'SELECT 1';
CREATE FUNCTION fn.cost_1() RETURNS int LANGUAGE sql COST 1 AS 'SELECT 1';
CREATE FUNCTION fn.cost_odd() RETURNS int LANGUAGE sql COST 1234567.125 AS 'SELECT 1';
CREATE FUNCTION fn.cost_big() RETURNS int LANGUAGE sql COST 1e20 AS 'SELECT 1';
CREATE FUNCTION fn.cost_small() RETURNS int LANGUAGE sql COST 1e-7 AS 'SELECT 1';
CREATE FUNCTION fn.cost_internal_1(int) RETURNS bigint LANGUAGE internal COST 1 AS 'int84';
CREATE FUNCTION fn.cost_internal_100(int) RETURNS bigint LANGUAGE internal COST 100 AS 'int84';
CREATE FUNCTION fn.rows_1000() RETURNS SETOF int LANGUAGE sql ROWS 1000 AS 'SELECT 1';
CREATE FUNCTION fn.rows_7() RETURNS SETOF int LANGUAGE sql COST 3 ROWS 7.5 AS 'SELECT 1';
CREATE FUNCTION fn.support_fn(internal) RETURNS internal LANGUAGE internal STRICT AS 'text_starts_with_support';
CREATE FUNCTION fn.supported(text, text) RETURNS bool LANGUAGE internal SUPPORT fn.support_fn AS 'text_starts_with';
CREATE FUNCTION fn.supported_by_core(text, text) RETURNS bool LANGUAGE internal SUPPORT pg_catalog.text_starts_with_support AS 'text_starts_with';
CREATE FUNCTION fn.win(int) RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE AS 'window_row_number';
CREATE FUNCTION fn.win_nth(anyelement, int) RETURNS anyelement LANGUAGE internal WINDOW STRICT AS 'window_nth_value';

-- settings
CREATE FUNCTION fn.set_path() RETURNS int LANGUAGE sql SET search_path = fn, "types b", "$user", '', 'a,b', 'a "q', public AS 'SELECT 1';
CREATE FUNCTION fn.set_empty_path() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
CREATE FUNCTION fn.set_long_path() RETURNS int LANGUAGE sql SET search_path = 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh' AS 'SELECT 1';
CREATE FUNCTION fn.set_many() RETURNS int LANGUAGE sql SET work_mem = '5MB' SET datestyle = 'ISO, DMY' SET timezone = 'Europe/Berlin'
	SET application_name = 'it''s \ "x"' SET my.setting = 'some value' SET temp_tablespaces = '' SET session_preload_libraries = 'a b', "C/d" SET statement_timeout = 0
	SET enable_seqscan = off SET local_preload_libraries = 'x', 'y z' AS 'SELECT 1';
CREATE FUNCTION fn.set_umlaut() RETURNS int LANGUAGE sql SET search_path = 'ä ö', ü AS 'SELECT 1';
SET search_path = "$user", public;
CREATE FUNCTION fn.set_current() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';
SELECT pg_catalog.set_config('search_path', '', false) \g /dev/null
CREATE FUNCTION fn.set_current_none() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';
RESET search_path;

-- transforms
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE TRANSFORM FOR fn.color LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION fn.transformed(int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int STRICT AS 'SELECT 1';
CREATE FUNCTION fn.transformed2(int, fn.color) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE fn.color, FOR TYPE int AS 'SELECT 1';

-- procedures
CREATE PROCEDURE fn.proc() LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE fn.proc_args(a int, INOUT b text DEFAULT 'x', VARIADIC c int[] DEFAULT '{}') LANGUAGE plpgsql SECURITY DEFINER SET work_mem = '1MB' AS 'BEGIN END';
CREATE PROCEDURE fn.proc_out(a int, OUT b text, OUT c int) LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE fn.proc_atomic(a int) LANGUAGE sql BEGIN ATOMIC SELECT a; SELECT fn.no_args(); END;

-- aggregates
CREATE AGGREGATE fn.plain(int) (sfunc = int4pl, stype = int);
CREATE AGGREGATE fn.counted(*) (sfunc = int8inc, stype = int8, initcond = '0');
CREATE AGGREGATE fn."Odd ""agg("(*) (sfunc = int8inc, stype = int8, initcond = '0');
CREATE FUNCTION fn.two_s(text, text, int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.two_f(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.two_fx(text, text, int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.fin_x(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.va_s(int, int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.pa(anyarray, anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fn.count(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION "odd ""schema"."s f"(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR types_a.>>> (leftarg = int, rightarg = int, function = pg_catalog.int4gt);
CREATE SCHEMA "types C";
CREATE OPERATOR "types C".< (leftarg = int, rightarg = int, function = pg_catalog.int4gt);
CREATE AGGREGATE fn.two("a b" text, c int) (sfunc = fn.two_s, stype = text, initcond = 'it''s \');
CREATE AGGREGATE fn.final(text, int) (sfunc = fn.two_s, stype = text, sspace = 17, finalfunc = fn.two_f);
CREATE AGGREGATE fn.final_extra(text, int) (sfunc = fn.two_s, stype = text, finalfunc = fn.two_fx, finalfunc_extra, finalfunc_modify = shareable);
CREATE AGGREGATE fn.final_write(text, int) (sfunc = fn.two_s, stype = text, finalfunc = fn.two_f, finalfunc_modify = read_write, initcond = '');
CREATE AGGREGATE fn.final_read(text, int) (sfunc = fn.two_s, stype = text, finalfunc = fn.two_f, finalfunc_modify = read_only);
CREATE AGGREGATE fn.everything(numeric) (sfunc = numeric_avg_accum, stype = internal, sspace = 128, finalfunc = numeric_avg,
	combinefunc = numeric_avg_combine, serialfunc = numeric_avg_serialize, deserialfunc = numeric_avg_deserialize,
	msfunc = numeric_avg_accum, minvfunc = numeric_accum_inv, mstype = internal, msspace = 256, mfinalfunc = numeric_avg,
	mfinalfunc_modify = shareable, parallel = safe);
CREATE AGGREGATE fn.moving(int) (sfunc = int4pl, stype = int, initcond = '0', finalfunc = fn.fin_x, finalfunc_extra, finalfunc_modify = shareable,
	msfunc = int4pl, minvfunc = int4mi, mstype = int, minitcond = '7', mfinalfunc = fn.fin_x, mfinalfunc_extra, mfinalfunc_modify = read_write,
	parallel = restricted);
CREATE AGGREGATE fn.longest(text) (sfunc = text_larger, stype = text, sortop = >);
CREATE AGGREGATE fn.by_own(int) (sfunc = int4larger, stype = int, sortop = OPERATOR(types_a.>>>));
CREATE AGGREGATE fn.by_own_odd(int) (sfunc = int4larger, stype = int, sortop = OPERATOR("types C".<));
CREATE AGGREGATE fn.ordered(frac float8 ORDER BY val anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
CREATE AGGREGATE fn.ordered_read(frac float8 ORDER BY val anyelement)
	(sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_only);
CREATE AGGREGATE fn.ordered_only(ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = mode_final, finalfunc_extra, finalfunc_modify = shareable);
CREATE AGGREGATE fn.ranked(VARIADIC "any" ORDER BY VARIADIC "any")
	(sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
CREATE AGGREGATE fn.variadic_agg(VARIADIC a int[]) (sfunc = fn.va_s, stype = int, initcond = '0');
CREATE AGGREGATE fn.poly_agg(anyelement) (sfunc = fn.pa, stype = anyarray, initcond = '{}');
CREATE AGGREGATE fn.odd_support(int) (sfunc = "odd ""schema"."s f", stype = int);
CREATE FUNCTION fn.pair_s("types b".t, fn.pair, "types b"."T ""q") RETURNS "types b".t LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE fn.of_own_type(fn.pair, "types b"."T ""q") (sfunc = fn.pair_s, stype = "types b".t);
CREATE AGGREGATE fn.count_like_core(bigint) (sfunc = int8larger, stype = bigint, finalfunc = fn.count);

-- what is said about them
COMMENT ON FUNCTION fn.no_args() IS 'it''s a \ comment';
COMMENT ON FUNCTION fn.modes(int, text, int[]) IS 'modes';
COMMENT ON FUNCTION fn."Odd ""fn(,"(int, "types b"."T ""q", fn.posint) IS 'odd';
COMMENT ON PROCEDURE fn.proc_out(int, out text, out int) IS 'a procedure';
COMMENT ON AGGREGATE fn.counted(*) IS 'no arguments';
COMMENT ON AGGREGATE fn.ordered(float8 ORDER BY anyelement) IS 'ordered';
SECURITY LABEL FOR bp_zoo ON FUNCTION fn.no_args() IS 'of a function';
SECURITY LABEL FOR bp_zoo ON PROCEDURE fn.proc_args(int, text, int[]) IS 'of a procedure';
SECURITY LABEL FOR bp_zoo ON AGGREGATE fn.counted(*) IS 'of an aggregate';
REVOKE ALL ON FUNCTION fn.no_args() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fn.no_args() TO zoe WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION fn.table_out(int), fn."Odd ""fn(,"(int, "types b"."T ""q", fn.posint), fn.modes(int, text, int[]) TO "odd ""role";
GRANT EXECUTE ON PROCEDURE fn.proc_args(int, text, int[]) TO zoe;
REVOKE ALL ON PROCEDURE fn.proc_out(int, out text, out int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fn.counted() TO zoe;
REVOKE ALL ON FUNCTION fn."Odd ""agg("() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fn.ordered(float8, anyelement) TO "odd ""role" WITH GRANT OPTION;
REVOKE ALL ON FUNCTION fn.ranked("any") FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fn.rows_7() TO PUBLIC;
REVOKE ALL ON FUNCTION fn.rows_1000() FROM PUBLIC, CURRENT_USER;
ALTER FUNCTION fn.stable_fn() OWNER TO "odd ""role";
ALTER AGGREGATE fn.plain(int) OWNER TO zoe;
ALTER FUNCTION fn.cost_1() OWNER TO zoe;
REVOKE ALL ON FUNCTION fn.cost_1() FROM zoe;
GRANT EXECUTE ON FUNCTION fn.cost_1() TO "odd ""role";

-- functions of one name
CREATE TYPE types_a.U&"t\0001" AS ENUM ('x');
CREATE TYPE types_a.U&"t\0001a" AS ENUM ('x');
CREATE TYPE types_a.U&"t\0002" AS ENUM ('x');
CREATE TYPE types_a."t " AS ENUM ('x');
CREATE TYPE types_a."tZ" AS ENUM ('x');
CREATE FUNCTION ties.f("types b".t) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.u) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.t) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.t[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.u, types_a.t) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.U&"t\0002", int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.U&"t\0001a", int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.U&"t\0001", int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a."t ", int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a."tZ", int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.t, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.t, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(types_a.t, "types b".t) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(int, int, int, int, int, int, int, int, int, int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(text, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(bigint, OUT int, OUT int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.f(smallint, VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE ties.f(date) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE ties.f(float8) (sfunc = float8pl, stype = float8);
CREATE AGGREGATE ties.f(float4) (sfunc = float4pl, stype = float4);
CREATE FUNCTION ties.s(float4, int, int, int) RETURNS float4 LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE ties.f(int, int, int) (sfunc = ties.s, stype = float4);
CREATE AGGREGATE ties.g(*) (sfunc = int8inc, stype = int8, initcond = '0');
CREATE AGGREGATE ties.g(ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = mode_final, finalfunc_extra);
CREATE FUNCTION ties."F"() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- one that needs one that comes later by name
CREATE FUNCTION ties.z() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ties.a(int DEFAULT ties.z()) RETURNS int LANGUAGE sql RETURN ties.z();

-- a range type makes functions of its own
CREATE FUNCTION ranges.diff(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0';
CREATE TYPE ranges.r AS RANGE (subtype = int, subtype_diff = ranges.diff);
CREATE FUNCTION ranges.make(int, int) RETURNS ranges.r LANGUAGE sql RETURN ranges.r($1, $2);
CREATE FUNCTION ranges.r(text) RETURNS ranges.r LANGUAGE sql AS 'SELECT NULL';
CREATE FUNCTION ranges.r_multi(ranges.r) RETURNS ranges.r_multirange LANGUAGE sql BEGIN ATOMIC SELECT ranges.r_multirange($1); END;

CREATE FUNCTION "odd ""schema"."f ""f"("a ""a" int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE "odd ""schema"."select"() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE "odd ""schema"."order"(*) (sfunc = int8inc, stype = int8, initcond = '0');
CREATE AGGREGATE "odd ""schema"."order"("t ""t" int) (sfunc = "odd ""schema"."s f", stype = int);
COMMENT ON FUNCTION "odd ""schema"."f ""f"(int) IS 'odd';
COMMENT ON AGGREGATE "odd ""schema"."order"(int) IS 'odd';
GRANT EXECUTE ON FUNCTION "odd ""schema"."f ""f"(int), "odd ""schema"."order"(int), "odd ""schema"."order"() TO zoe;
GRANT EXECUTE ON PROCEDURE "odd ""schema"."select"() TO zoe;
SECURITY LABEL FOR bp_zoo ON FUNCTION "odd ""schema"."f ""f"(int) IS 'odd';

-- with an extension, and after the data
CREATE FUNCTION extended.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION extended.f() DEPENDS ON EXTENSION plpgsql;
CREATE PROCEDURE extended."p "(int) LANGUAGE sql AS 'SELECT 1';
ALTER PROCEDURE extended."p "(int) DEPENDS ON EXTENSION plpgsql;
COMMENT ON PROCEDURE extended."p "(int) IS 'x';
CREATE TABLE late.t (id int PRIMARY KEY, v text);
CREATE FUNCTION late.f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT v FROM late.t GROUP BY id; END;
