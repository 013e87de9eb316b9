--
-- Names that somebody, somewhere, forgets to quote.
--
CREATE SCHEMA "My ""Schema"" ";
CREATE SCHEMA "ünïcödé schema.with $dollar";
CREATE TABLE "My ""Schema"" "."My ""Table"" " (
	"id" int PRIMARY KEY, "select" text, "a b" int, "Ünï" text, "q""q" int, "s'q" int, "b\s" int, "%s %n {}" int, "back
line" int, "	tab" int, "-- no comment" int, "/* nor this" int, "$1" int, "x, y) FROM stdin;" int
);
INSERT INTO "My ""Schema"" "."My ""Table"" " SELECT g, E'it''s \\ \t' || g, g, 'é', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 FROM generate_series(1, 100) g;
CREATE TABLE "My ""Schema"" "."new
line" (v int);
CREATE TABLE "My ""Schema"" "."tab	bed" (v int);
CREATE TABLE "My ""Schema"" "."back\slash" (v int);
CREATE TABLE "My ""Schema"" "."quote'd" (v int);
CREATE TABLE "My ""Schema"" "."../../etc/passwd" (v int);
CREATE TABLE "My ""Schema"" "."*.?" (v int);
CREATE TABLE "My ""Schema"" "."-t" (v int);
CREATE TABLE "My ""Schema"" "."$(touch x);`y`" (v int);
CREATE TABLE "My ""Schema"" "."123" (v int);
CREATE TABLE "My ""Schema"" ".""" """ (v int);
CREATE TABLE "My ""Schema"" "."sixty_three_bytes_sixty_three_bytes_sixty_three_bytes_sixty_thre" (v int);
CREATE TABLE "My ""Schema"" "."ééééééééééééééééééééééééééééééé" (v int);
CREATE TABLE "My ""Schema"" "."日本語 таблица 😀" ("ключ" int, "値" text);
CREATE TABLE "ünïcödé schema.with $dollar"."user" (v int);
CREATE TABLE "ünïcödé schema.with $dollar"."UPPER" (v int);
-- two that differ in case alone, and two that differ in schema alone
CREATE TABLE "ünïcödé schema.with $dollar".upper (v int);
CREATE TABLE "My ""Schema"" ".upper (v int);
DO $$
DECLARE
	t oid;
BEGIN
	FOR t IN SELECT oid FROM pg_class
		WHERE relkind = 'r' AND relnamespace IN ('"My ""Schema"" "'::regnamespace, '"ünïcödé schema.with $dollar"'::regnamespace)
		  AND relname <> 'My "Table" '
		ORDER BY relname COLLATE "C"
	LOOP
		EXECUTE format('INSERT INTO %s SELECT generate_series(1, 5)', t::regclass);
		EXECUTE format('COMMENT ON TABLE %s IS %L', t::regclass, 'comment on ' || t::regclass);
	END LOOP;
END $$;
CREATE SEQUENCE "My ""Schema"" "."odd
sequence's";
SELECT nextval('"My ""Schema"" "."odd
sequence''s"');
CREATE VIEW "My ""Schema"" "."a view
of ""it""" AS SELECT "Ünï" AS "v\w" FROM "My ""Schema"" "."My ""Table"" ";
CREATE INDEX "idx
""odd""" ON "My ""Schema"" "."My ""Table"" " ("q""q", "back
line");
ALTER TABLE "My ""Schema"" "."quote'd" OWNER TO "zoo_Odd ""Role""";
COMMENT ON TABLE "My ""Schema"" "."new
line" IS E'line one\nline two; DROP TABLE x;\n\\. \\N ''quoted'' "too" $$ $1';
