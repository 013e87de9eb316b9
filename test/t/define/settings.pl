
# Copyright (c) 2026, backup_pool contributors

# Constants in definitions are printed as in the session of pg_dump: by the
# settings of the database, where pg_dump does not make settings of its own.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => $BackupPool::Oracle::conf);
my $oracle = BackupPool::Oracle->new($node);

$node->safe_psql('postgres', <<'SQL');
CREATE DATABASE settings;
ALTER DATABASE settings SET timezone = 'Asia/Kathmandu';
ALTER DATABASE settings SET bytea_output = 'escape';
ALTER DATABASE settings SET datestyle = 'SQL, DMY';
ALTER DATABASE settings SET intervalstyle = 'iso_8601';
ALTER DATABASE settings SET extra_float_digits = -3;
ALTER DATABASE settings SET quote_all_identifiers = on;
SQL
$node->safe_psql('settings', <<'SQL');
CREATE SCHEMA s;
CREATE TYPE s.pair AS (a int, b text);
CREATE DOMAIN s.instant AS timestamptz DEFAULT '2025-01-02 03:04:05+00' CHECK (VALUE > '2024-12-31 23:00:00+00');
CREATE DOMAIN s.day AS date DEFAULT '2025-02-03';
CREATE DOMAIN s.span AS interval DEFAULT '1 day 02:03';
CREATE DOMAIN s.bytes AS bytea DEFAULT E'\\x00ff41';
CREATE DOMAIN s.real AS float8 DEFAULT 0.1::float8 + 0.2::float8 CHECK (VALUE <> '0.30000000000000004'::float8);
CREATE DOMAIN s.pair_up AS s.pair CHECK ((VALUE).a > 0);
CREATE TABLE s.t (a s.instant, b timestamptz DEFAULT '2025-01-02 03:04:05+00' CHECK (b > '2024-12-31 23:00:00+00'), c bytea DEFAULT E'\\x00ff41');
CREATE TABLE s.p (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
SQL
$oracle->check('settings', 'settings', 'no seed needed', schemas('all', 's'), schemas('schema', 's'));

# quotes would be others: left to pg_dump, however the setting was typed
foreach my $where ('DATABASE settings', 'ROLE ' . $node->safe_psql('postgres', 'SELECT current_user'))
{
	foreach my $off ('off', 'no', '0')
	{
		$node->safe_psql('postgres', "ALTER $where SET standard_conforming_strings = '$off'");
		task_fails_like($node, "SELECT backup_pool.backup_schema('s', 'settings')",
			'0A000', qr/standard_conforming_strings is off/, "$where: $off");
	}
	$node->safe_psql('postgres', "ALTER $where RESET standard_conforming_strings");
}
$node->append_conf('postgresql.conf', 'standard_conforming_strings = off');
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('standard_conforming_strings') = 'off'");
task_fails_like($node, "SELECT backup_pool.backup_schema('s', 'settings')",
	'0A000', qr/standard_conforming_strings is off/, 'the whole server: off');
# what we write and read ourselves has no such quotes
$node->append_conf('postgresql.conf', 'backup_pool.definitions = auto');
$node->reload;
$node->safe_psql('settings', q{CREATE TABLE s.slashed AS SELECT E'a\\b''c' AS v; CREATE TABLE s."back\\slash" AS SELECT 1 AS v});
{
	my $archive = backup_ok($node, "SELECT backup_pool.backup_schema('s', 'settings', content => 'data')", 'the whole server: data') // '';
	my $n = $node->safe_psql('settings', 'SELECT count(*) FROM s.slashed; TRUNCATE s.slashed, s."back\\slash"');
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'settings', tables => ARRAY['s.slashed', E's.\"back\\\\slash\"'], if_exists => 'append')", 'the whole server: restored');
	is($node->safe_psql('settings', q{SELECT v = E'a\\b''c' FROM s.slashed}), 't', 'the whole server: the same');
}
$node->append_conf('postgresql.conf', "standard_conforming_strings = on\nbackup_pool.definitions = native");
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('standard_conforming_strings') = 'on'");
$oracle->check('settings', 'settings', 'afterwards', schemas('all', 's'));

done_testing();
