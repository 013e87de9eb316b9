--
-- Event triggers come last: here, and in a restore.  One made too early there
-- leaves its trace in events.seen, and the copy differs.
--
CREATE SCHEMA events;
CREATE TABLE events.seen (tag text, at_what text);
INSERT INTO events.seen VALUES ('as it was', NULL);
CREATE FUNCTION events.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO events.seen SELECT tg_tag, object_identity FROM pg_catalog.pg_event_trigger_ddl_commands();
END $$;
CREATE FUNCTION events.ignore() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER zoo_drop ON sql_drop EXECUTE FUNCTION events.ignore();
CREATE EVENT TRIGGER zoo_off ON ddl_command_start EXECUTE FUNCTION events.ignore();
ALTER EVENT TRIGGER zoo_off DISABLE;
CREATE EVENT TRIGGER zoo_replica ON table_rewrite WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION events.ignore();
ALTER EVENT TRIGGER zoo_replica ENABLE REPLICA;
COMMENT ON EVENT TRIGGER zoo_drop IS 'an event trigger';
CREATE EVENT TRIGGER zoo_note ON ddl_command_end
	WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE TRIGGER', 'CREATE VIEW', 'CREATE POLICY', 'GRANT', 'CREATE FUNCTION')
	EXECUTE FUNCTION events.note();
