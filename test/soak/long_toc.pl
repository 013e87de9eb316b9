
# Copyright (c) 2026, backup_pool contributors

# A table of contents of more than 1 GB.  On PostgreSQL 18 the planner statistics
# of some thousand tables are that long; here long comments are used instead.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => 'autovacuum = off');
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', q{
	CREATE SCHEMA s;
	DO $$
	BEGIN
		FOR i IN 1 .. 1000 LOOP
			EXECUTE format('CREATE TABLE s.t%s AS SELECT %s AS id', i, i);
		END LOOP;
		FOR i IN 1 .. 4 LOOP
			EXECUTE format('COMMENT ON TABLE s.t%s IS %L', i, repeat(md5(i::text), 9000000));
		END LOOP;
	END $$;});
my $comments = q{SELECT string_agg(md5(obj_description(c.oid, 'pg_class')), ' ' ORDER BY relname) FROM pg_class c WHERE relname ~ '^t[1-4]$'};

my $archive = backup_ok($node, "SELECT backup_pool.backup_schema('s', 'db')", 'a backup');
cmp_ok(-s archive_path($node, $archive) . '/toc.dat', '>', 1 << 30, 'its definitions are more than 1 GB');
restore_ok($node, "SELECT backup_pool.verify('$archive')", 'is verified');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', true)", 'is restored');
is($node->safe_psql('copy', $comments), $node->safe_psql('db', $comments), 'as it was');
is($node->safe_psql('copy', 'SELECT count(*) FROM pg_tables WHERE schemaname = \'s\''), '1000', 'with all tables');
no_leftovers($node, 'long definitions');
$node->stop;
done_testing();
