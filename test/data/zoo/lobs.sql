--
-- Large objects, at the sizes where something changes: none, a page of
-- pg_largeobject (2048), a chunk of pg_dump's (16384), and more.
--
SELECT setseed(0.75);
DO $$
DECLARE
	sizes int[] := ARRAY[0, 1, 2047, 2048, 2049, 16383, 16384, 16385, 100000];
	bytes bytea;
	i int;
BEGIN
	FOR i IN 1 .. cardinality(sizes)
	LOOP
		bytes := '';
		WHILE length(bytes) < sizes[i]
		LOOP
			bytes := bytes || decode(md5(random()::text), 'hex');
		END LOOP;
		PERFORM lo_from_bytea(7700000 + i, substr(bytes, 1, sizes[i]));
	END LOOP;
	-- with a hole
	PERFORM lo_from_bytea(7700100, 'start');
	PERFORM lo_put(7700100, 50000, 'after the hole');
	-- many small ones: more than a group holds in 17
	FOR i IN 1 .. 1100
	LOOP
		PERFORM lo_from_bytea(7710000 + i, convert_to('small ' || i, 'UTF8'));
	END LOOP;
	FOR i IN 1 .. 10
	LOOP
		EXECUTE format('ALTER LARGE OBJECT %s OWNER TO zoo_owner', 7710000 + i);
	END LOOP;
END $$;
COMMENT ON LARGE OBJECT 7700001 IS 'the empty one';
COMMENT ON LARGE OBJECT 7710003 IS E'of another owner\nin ''two'' lines';
GRANT SELECT, UPDATE ON LARGE OBJECT 7700002, 7710001 TO zoo_reader;
GRANT SELECT ON LARGE OBJECT 7700003 TO PUBLIC;
GRANT UPDATE ON LARGE OBJECT 7700004 TO zoo_writer WITH GRANT OPTION;
