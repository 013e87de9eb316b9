--
-- Functions and all that is made of them; extensions; foreign servers.
--
CREATE SCHEMA code;

CREATE EXTENSION bp_zoo_ext;
INSERT INTO zoo_ext.everything (v) SELECT 'row ' || g FROM generate_series(1, 10) g;
INSERT INTO zoo_ext.setting VALUES ('mine', E'tab\t and \\', false), ('sys%', NULL, false), ('also', 'x', false);
INSERT INTO zoo_ext.setting VALUES ('not mine', 'built in too', true);
INSERT INTO zoo_ext."Odd ""name""" VALUES ('kept', '{3,NULL}'), (NULL, NULL);
INSERT INTO zoo_ext.cache VALUES (2);
-- real ones of contrib's, with types and operator classes
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA public;
CREATE EXTENSION pg_trgm SCHEMA public;
CREATE TABLE code.of_extensions (h hstore, c citext);
INSERT INTO code.of_extensions VALUES ('a=>1, "b c"=>NULL, "q\"\\"=>"x"', 'CamelCase'), ('', E'tab\t'), (NULL, NULL);
COMMENT ON EXTENSION citext IS 'a changed comment';

CREATE FUNCTION code.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 3 AS 'SELECT a OPERATOR(pg_catalog.+) b';
CREATE FUNCTION code.atomic(a int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a + 1; SELECT a + 2; END;
CREATE FUNCTION code.rows(VARIADIC a text[]) RETURNS TABLE (n bigint, "the text" text) LANGUAGE sql STABLE ROWS 7
	AS $$ SELECT ordinality, x FROM pg_catalog.unnest(a) WITH ORDINALITY AS u(x, ordinality) $$;
CREATE FUNCTION code.outs(IN a int, INOUT b int, OUT c text) LANGUAGE plpgsql SECURITY DEFINER
	SET search_path TO pg_catalog, "odd ""path""" SET work_mem = '5MB' AS $body$
BEGIN
	-- $$ inside, and a backslash \ and a 'quote'
	c := $q$dollar$q$ || a;
END $body$;
CREATE FUNCTION code.poly(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE code.proc(INOUT a int, b text DEFAULT E'd\'e\\f') LANGUAGE plpgsql AS 'BEGIN a := a + 1; COMMIT; END';
CREATE FUNCTION code."Odd (name)"("the ""arg""" types."Odd Enum") RETURNS SETOF types.pair LANGUAGE sql AS 'SELECT NULL::types.pair WHERE false';
CREATE FUNCTION code.window_fn(int) RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION code.leakless(int) RETURNS bool LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RETURN true; END';
CREATE FUNCTION code.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
COMMENT ON FUNCTION code.add(int, int) IS 'adds';
COMMENT ON PROCEDURE code.proc(int, text) IS 'a procedure';

-- aggregates of each kind
CREATE AGGREGATE code.total(int) (sfunc = int4pl, stype = int, initcond = '0', combinefunc = int4pl, parallel = safe,
	msfunc = int4pl, minvfunc = int4mi, mstype = int, minitcond = '0');
CREATE AGGREGATE code.ordered(float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
CREATE AGGREGATE code.ranked(VARIADIC "any" ORDER BY VARIADIC "any")
	(sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
CREATE AGGREGATE code.longest(text) (sfunc = text_larger, stype = text, sortop = >);
COMMENT ON AGGREGATE code.total(int) IS 'a sum';

-- operators, families, classes
CREATE FUNCTION code.same(types.pair, types.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x OPERATOR(pg_catalog.=) $2.x';
CREATE FUNCTION code.before(types.pair, types.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x OPERATOR(pg_catalog.<) $2.x';
CREATE FUNCTION code.compare(types.pair, types.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.btint4cmp(coalesce($1.x, 0), coalesce($2.x, 0))';
CREATE OPERATOR code.=== (leftarg = types.pair, rightarg = types.pair, function = code.same, commutator = OPERATOR(code.===),
	restrict = eqsel, join = eqjoinsel, merges, hashes);
CREATE OPERATOR code.<<< (leftarg = types.pair, rightarg = types.pair, function = code.before);
CREATE OPERATOR code.!# (rightarg = int8, function = pg_catalog.int8um);
COMMENT ON OPERATOR code.=== (types.pair, types.pair) IS 'the same x';
CREATE OPERATOR FAMILY code.pair_family USING btree;
CREATE OPERATOR CLASS code.pair_class FOR TYPE types.pair USING btree FAMILY code.pair_family AS
	OPERATOR 1 code.<<<, OPERATOR 3 code.===, FUNCTION 1 code.compare(types.pair, types.pair);
ALTER OPERATOR FAMILY code.pair_family USING btree ADD OPERATOR 1 <(int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR FAMILY code.empty_family USING gist;
COMMENT ON OPERATOR CLASS code.pair_class USING btree IS 'by x';

-- casts of each kind
CREATE FUNCTION code.to_int(types.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x';
CREATE CAST (types.pair AS int) WITH FUNCTION code.to_int(types.pair) AS ASSIGNMENT;
CREATE CAST (types.int42 AS int) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (types.mood AS varchar) WITH INOUT;
COMMENT ON CAST (types.pair AS int) IS 'takes x';

-- what else has a CREATE
CREATE CONVERSION code.latin_one FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION code.latin_two FOR 'LATIN2' TO 'UTF8' FROM iso8859_to_utf8;
COMMENT ON CONVERSION code.latin_one IS 'a conversion';
CREATE COLLATION code.plain (provider = libc, locale = 'C');
CREATE COLLATION code.numbers (provider = icu, locale = 'en-u-kn-true');
CREATE COLLATION code.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION code.numbers IS '2 before 10';
-- pg_dump keeps a handler only if it is not of pg_catalog
CREATE FUNCTION code.pl_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION code.pl_inline(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE TRUSTED LANGUAGE zoo_pl HANDLER code.pl_handler INLINE code.pl_inline;
COMMENT ON LANGUAGE zoo_pl IS 'a language';
CREATE FUNCTION code.in_zoo_pl() RETURNS int LANGUAGE zoo_pl AS 'BEGIN RETURN 1; END';
CREATE TRANSFORM FOR int LANGUAGE zoo_pl (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
COMMENT ON TRANSFORM FOR int LANGUAGE zoo_pl IS 'a transform';
CREATE ACCESS METHOD zoo_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD zoo_gist TYPE INDEX HANDLER gisthandler;
COMMENT ON ACCESS METHOD zoo_heap IS 'heap under another name';

CREATE TEXT SEARCH PARSER code.parser (start = prsd_start, gettoken = prsd_nexttoken, "end" = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
CREATE TEXT SEARCH TEMPLATE code.template (init = dsimple_init, lexize = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY code.stops (template = simple, stopwords = english, accept = false);
CREATE TEXT SEARCH DICTIONARY code.own (template = code.template);
CREATE TEXT SEARCH CONFIGURATION code.config (copy = english);
ALTER TEXT SEARCH CONFIGURATION code.config ALTER MAPPING FOR asciiword, word WITH code.stops, english_stem;
ALTER TEXT SEARCH CONFIGURATION code.config DROP MAPPING FOR email;
CREATE TEXT SEARCH CONFIGURATION code.bare (parser = code.parser);
COMMENT ON TEXT SEARCH CONFIGURATION code.config IS 'a configuration';
COMMENT ON TEXT SEARCH DICTIONARY code.stops IS 'a dictionary';
COMMENT ON TEXT SEARCH PARSER code.parser IS 'a parser';
COMMENT ON TEXT SEARCH TEMPLATE code.template IS 'a template';

-- foreign data: definitions only, nobody is at home
CREATE FOREIGN DATA WRAPPER zoo_fdw OPTIONS (debug 'true', quote '''');
CREATE SERVER "zoo server" TYPE 'a type' VERSION '1.0' FOREIGN DATA WRAPPER zoo_fdw OPTIONS (host 'nowhere.invalid');
CREATE USER MAPPING FOR zoo_reader SERVER "zoo server" OPTIONS (user 'x', password 'se''cret');
CREATE USER MAPPING FOR PUBLIC SERVER "zoo server";
CREATE FOREIGN TABLE code.far_away (id int OPTIONS (column_name 'ID') NOT NULL, v text COLLATE "C" DEFAULT 'x', CHECK (id > 0))
	SERVER "zoo server" OPTIONS (table_name 'far "away"');
COMMENT ON FOREIGN TABLE code.far_away IS 'nothing is read from it';
COMMENT ON SERVER "zoo server" IS 'a server';
COMMENT ON FOREIGN DATA WRAPPER zoo_fdw IS 'a wrapper';
