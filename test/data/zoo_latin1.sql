--
-- zoo_latin1.sql
--	What matters in a database that is not UTF-8: load it into one of LATIN1
--	(or another single-byte encoding of western Europe).
--
\set QUIET on
\o /dev/null
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
SELECT setseed(0.1);

CREATE SCHEMA "schéma";
CREATE TABLE "schéma"."tablé ""ü""" (id int PRIMARY KEY, "colonne à" text DEFAULT 'défaut', c char(5), v varchar(7));
-- every character there is, alone and with a neighbour
INSERT INTO "schéma"."tablé ""ü"""
	SELECT c, repeat('x', c % 20) || chr(c) || E'\t' || chr(c), chr(c), chr(c) || chr(c)
	FROM generate_series(1, 255) c WHERE c NOT BETWEEN 128 AND 159;
INSERT INTO "schéma"."tablé ""ü""" SELECT 1000 + g, repeat('éàü ', (random() * 3000)::int) FROM generate_series(1, 300) g;
CREATE TYPE "schéma"."humeur" AS ENUM ('gâté', 'joyeux', 'à l''aise');
CREATE TYPE "schéma".paire AS (x int, "ÿ" text);
CREATE DOMAIN "schéma".mot AS text CHECK (VALUE !~ 'ß');
CREATE TABLE "schéma".types (h "schéma".humeur, hs "schéma".humeur[], p "schéma".paire, m "schéma".mot, j json, b jsonb, n name, ba bytea);
INSERT INTO "schéma".types VALUES ('gâté', '{joyeux,"à l''aise",NULL}', (1, 'Å "q" ö'), 'motÿ', '{"é": "ü"}', '{"é": "ü"}', 'ñame', '\xe9ff00'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE "schéma".parts (h "schéma".humeur) PARTITION BY HASH (h);
CREATE TABLE "schéma"."part é" PARTITION OF "schéma".parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "schéma"."part ü" PARTITION OF "schéma".parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO "schéma".parts SELECT (enum_range(NULL::"schéma".humeur))[1 + g % 3] FROM generate_series(1, 30) g;
CREATE MATERIALIZED VIEW "schéma"."vue é" AS SELECT max("colonne à") AS "çà" FROM "schéma"."tablé ""ü""";
CREATE FUNCTION "schéma"."fonctión"() RETURNS text LANGUAGE sql AS 'SELECT ''dé jà''';
CREATE SEQUENCE "schéma"."suite é" START 5;
COMMENT ON TABLE "schéma"."tablé ""ü""" IS 'commentaire: déjà vu, ÀÿþÐ';
SELECT lo_from_bytea(8800001, '\xe9e8e70001');
COMMENT ON LARGE OBJECT 8800001 IS 'objet é';
\o
