--
-- zoo.sql
--	A database that holds every kind of object and type a backup has to keep.
--
-- Load it into an empty UTF-8 database of a server that has the modules under
-- test/modules installed, and bp_zoo_label among its shared_preload_libraries:
--
--	createdb zoo && psql -v ON_ERROR_STOP=1 -d zoo -f test/data/zoo.sql
--
-- It makes the roles it needs (zoo_...), which belong to the whole cluster.
-- All random data is seeded: two zoos of one server version are the same.
--
\set QUIET on
\o /dev/null
\set VERBOSITY verbose
-- wal_level is no business of ours
SET client_min_messages = error;
SET client_encoding = 'UTF8';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';

SELECT :SERVER_VERSION_NUM >= 160000 AS v16, :SERVER_VERSION_NUM >= 170000 AS v17,
	   :SERVER_VERSION_NUM >= 180000 AS v18 \gset

\ir zoo/roles.sql
\ir zoo/types.sql
\ir zoo/code.sql
\ir zoo/tables.sql
\ir zoo/names.sql
\ir zoo/partitions.sql
\ir zoo/views.sql
\ir zoo/lobs.sql
\ir zoo/versions.sql
\ir zoo/rights.sql
\ir zoo/events.sql
\o
