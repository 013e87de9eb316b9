\echo Use "CREATE EXTENSION bp_zoo_ext" to load this file. \quit

-- all of its rows are the user's
CREATE TABLE @extschema@.everything (id serial PRIMARY KEY, v text);

-- some of its rows come with the extension
CREATE TABLE @extschema@.setting (
	name text PRIMARY KEY,
	value text,
	builtin boolean NOT NULL DEFAULT false
);
INSERT INTO @extschema@.setting VALUES ('built in', 'one', true), ('sys_a', 'two', false);

-- a condition with quotes, on a table with a name that needs them
CREATE TABLE @extschema@."Odd ""name""" ("the key" text, "select" int[], gone int);
ALTER TABLE @extschema@."Odd ""name""" DROP COLUMN gone;
INSERT INTO @extschema@."Odd ""name""" VALUES ('it''s sys', '{1,2}');

-- not configuration: its rows are not dumped
CREATE TABLE @extschema@.cache (v int);
INSERT INTO @extschema@.cache VALUES (1);

SELECT pg_catalog.pg_extension_config_dump('@extschema@.everything', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.everything_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.setting', 'WHERE NOT builtin AND name NOT LIKE ''sys\_%''');
SELECT pg_catalog.pg_extension_config_dump('@extschema@."Odd ""name"""', 'WHERE "the key" <> ''it''''s sys''');

-- a function that needs rows of a configuration table
CREATE FUNCTION @extschema@.known(name text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT EXISTS (SELECT FROM zoo_ext.setting s WHERE s.name = $1)$$;

-- a function that needs nothing
CREATE FUNCTION @extschema@.low(v text) RETURNS text LANGUAGE internal IMMUTABLE AS 'lower';
