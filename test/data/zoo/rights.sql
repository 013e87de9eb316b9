--
-- Owners, privileges, row security, security labels, publications.
--
CREATE SCHEMA rights AUTHORIZATION zoo_owner;
GRANT USAGE ON SCHEMA zoo, types TO zoo_reader;
GRANT ALL ON SCHEMA rights TO zoo_group WITH GRANT OPTION;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO zoo_reader;
COMMENT ON SCHEMA public IS 'not the comment it came with';

SET search_path = rights, public;
CREATE TABLE granted (id int PRIMARY KEY, secret text, open text);
ALTER TABLE granted OWNER TO zoo_owner;
INSERT INTO granted SELECT g, 's' || g, 'o' || g FROM generate_series(1, 10) g;
GRANT SELECT (id, open), UPDATE (open) ON granted TO zoo_reader;
GRANT SELECT, INSERT ON granted TO zoo_writer WITH GRANT OPTION;
GRANT REFERENCES, TRIGGER ON granted TO PUBLIC;
-- granted on by somebody who is not the owner; he owns the schema, for stock
-- pg_restore -j may come to this grant before it comes to the schema's
ALTER SCHEMA news OWNER TO zoo_writer;
ALTER TABLE news.everywhere OWNER TO zoo_owner;
GRANT SELECT ON news.everywhere TO zoo_writer WITH GRANT OPTION;
SET SESSION AUTHORIZATION zoo_writer;
GRANT SELECT ON news.everywhere TO "zoo_Odd ""Role""";
RESET SESSION AUTHORIZATION;
CREATE TABLE nobodys (v int);
ALTER TABLE nobodys OWNER TO zoo_owner;
REVOKE ALL ON nobodys FROM zoo_owner;
CREATE SEQUENCE granted_seq;
GRANT USAGE, SELECT ON SEQUENCE granted_seq TO zoo_reader;
CREATE FUNCTION private_fn() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION private_fn() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private_fn() TO zoo_reader;
CREATE PROCEDURE private_proc() LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON PROCEDURE private_proc() FROM PUBLIC;
GRANT USAGE ON TYPE types.mood TO zoo_reader;
REVOKE USAGE ON TYPE types.pair FROM PUBLIC;
REVOKE USAGE ON DOMAIN types.small FROM PUBLIC;
REVOKE USAGE ON LANGUAGE zoo_pl FROM PUBLIC;
GRANT USAGE ON LANGUAGE zoo_pl TO zoo_writer;
GRANT USAGE ON FOREIGN DATA WRAPPER zoo_fdw TO zoo_writer;
GRANT USAGE ON FOREIGN SERVER "zoo server" TO zoo_writer WITH GRANT OPTION;
GRANT SELECT ON views.plain, views.kept TO zoo_reader;
-- of the system's own objects and of an extension's
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO zoo_reader;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT SELECT ON zoo_ext.everything TO zoo_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT SELECT ON TABLES TO zoo_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA rights GRANT ALL ON SEQUENCES TO zoo_writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "zoo_Odd ""Role""" GRANT CREATE ON SCHEMAS TO zoo_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner REVOKE SELECT ON TABLES FROM zoo_owner;
ALTER FUNCTION code.add(int, int) OWNER TO zoo_owner;
ALTER TYPE types.nested OWNER TO zoo_owner;
ALTER VIEW views.plain OWNER TO zoo_owner;
ALTER MATERIALIZED VIEW views.again OWNER TO zoo_owner;
ALTER SEQUENCE zoo.lent OWNER TO zoo_owner;
GRANT ALL ON zoo.big, views.kept TO zoo_owner;
GRANT USAGE ON SCHEMA views, zoo TO zoo_owner;

-- row security: a superuser sees it all
CREATE TABLE secured (id int, who name, v text);
ALTER TABLE secured OWNER TO zoo_owner;
INSERT INTO secured SELECT g, CASE g % 2 WHEN 0 THEN 'zoo_reader' ELSE 'zoo_writer' END, 'v' || g FROM generate_series(1, 20) g;
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE secured FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON secured FOR SELECT TO zoo_reader, zoo_writer USING (who = CURRENT_USER);
CREATE POLICY "Odd ""Policy""" ON secured AS RESTRICTIVE FOR UPDATE USING (id > 0) WITH CHECK (v <> E'it''s\\');
CREATE POLICY sub_select ON secured FOR INSERT WITH CHECK (id IN (SELECT g.id FROM rights.granted g));
COMMENT ON POLICY own_rows ON secured IS 'a policy';
CREATE TABLE secured_unused (v int);
CREATE POLICY sleeping ON secured_unused USING (true);

SECURITY LABEL FOR bp_zoo ON TABLE granted IS 'a label';
SECURITY LABEL FOR bp_zoo ON COLUMN granted.secret IS E'it''s secret\n\\';
SECURITY LABEL FOR bp_zoo ON SCHEMA rights IS 'of a schema';
SECURITY LABEL FOR bp_zoo ON FUNCTION private_fn() IS 'of a function';
SECURITY LABEL FOR bp_zoo ON TYPE types.mood IS 'of a type';
SECURITY LABEL FOR bp_zoo ON DOMAIN types.small IS 'of a domain';
SECURITY LABEL FOR bp_zoo ON SEQUENCE granted_seq IS 'of a sequence';
SECURITY LABEL FOR bp_zoo ON VIEW views.plain IS 'of a view';
SECURITY LABEL FOR bp_zoo ON MATERIALIZED VIEW views.kept IS 'of a materialized view';
SECURITY LABEL FOR bp_zoo ON LARGE OBJECT 7700001 IS 'of a large object';
SECURITY LABEL FOR bp_zoo ON LARGE OBJECT 7710004 IS 'of a large object of another owner';

-- publications; a subscription that never connects
CREATE PUBLICATION of_all FOR ALL TABLES WITH (publish = 'insert, delete', publish_via_partition_root);
CREATE PUBLICATION of_some FOR TABLE granted (id, open), zoo.options WHERE (id > 5), ONLY zoo.parent_a;
CREATE PUBLICATION of_schemas FOR TABLES IN SCHEMA rights, "My ""Schema"" ";
CREATE PUBLICATION of_nothing;
COMMENT ON PUBLICATION of_some IS 'a publication';
CREATE SUBSCRIPTION zoo_sub CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION a, "B b"
	WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false);
COMMENT ON SUBSCRIPTION zoo_sub IS 'a subscription';
RESET search_path;

SELECT current_database() AS db \gset
ALTER DATABASE :"db" SET work_mem = '6MB';
ALTER DATABASE :"db" SET search_path = zoo, "My ""Schema"" ", public;
ALTER ROLE zoo_reader IN DATABASE :"db" SET statement_timeout = '1h';
COMMENT ON DATABASE :"db" IS 'the zoo';
