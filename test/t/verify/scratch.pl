
# Copyright (c) 2026, backup_pool contributors

# The scratch database of a verification: no database of anybody else is
# dropped, ours always is, and roles that are not superusers can verify.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "wal_level = logical\nbackup_pool.max_attempts = 10");

sub databases
{
	return join(' ', split(/\n/, $node->safe_psql('postgres',
		"SELECT datname FROM pg_database WHERE datname LIKE 'backup_pool_verify%' ORDER BY 1")));
}

sub next_id
{
	return 1 + $node->safe_psql('postgres', 'SELECT coalesce(max(task_id), 0) FROM backup_pool.tasks');
}

$node->safe_psql('postgres', 'CREATE DATABASE src');
$node->safe_psql('src', q{
	CREATE TABLE slow AS SELECT i, md5(i::text) AS t FROM generate_series(1, 400000) i;
	CREATE INDEX ON slow (t);
	COMMENT ON DATABASE src IS 'a comment of the archive'});
my $slow = backup_ok($node, q{SELECT backup_pool.backup_database('src', compression => 'none')}, 'backup');

# ---- a database that has the name already

my $id = next_id();
$node->safe_psql('postgres', qq{CREATE DATABASE backup_pool_verify_$id});
$node->safe_psql("backup_pool_verify_$id", 'CREATE TABLE precious AS SELECT 1 AS i');
my $task = run_task($node, "SELECT backup_pool.verify('$slow', 'restore')");
is($task->{id}, $id, 'the task has that number');
is($task->{state}, 'succeeded', 'it succeeds') or diag(explain($task));
is(databases(), "backup_pool_verify_$id", 'the other database is there, and ours is not');
is($node->safe_psql("backup_pool_verify_$id", 'SELECT i FROM precious'), '1', 'with its contents');
$node->safe_psql('postgres', qq{DROP DATABASE backup_pool_verify_$id});

# ---- a crash in the middle

foreach my $round (1 .. 2)
{
	$id = next_id();
	$node->safe_psql('postgres', qq{CREATE DATABASE backup_pool_verify_$id});
	is($node->safe_psql('postgres', "SELECT backup_pool.verify('$slow', 'restore')"), $id, 'started');
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_database WHERE datname = 'backup_pool_verify_${id}_2'"),
		'there is a scratch database');
	my $oid = $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'backup_pool_verify_${id}_2'");
	like($node->safe_psql('postgres', "SELECT shobj_description($oid, 'pg_database')"), qr/task $id, .*OID $oid\b/,
		'it says whose it is');

	# a comment that was copied to another database proves nothing
	$node->safe_psql('postgres', qq{
		CREATE DATABASE backup_pool_verify_copy;
		DO \$\$ BEGIN EXECUTE format('COMMENT ON DATABASE backup_pool_verify_copy IS %L', shobj_description($oid, 'pg_database')); END \$\$})
	  if $round == 2;
	$node->kill9;
	# its children end when they notice it
	foreach my $try (1 .. 100)
	{
		# a start that fails sets it from the old postmaster.pid
		$node->{_pid} = undef;
		last if $node->start(fail_ok => 1);
		sleep(1);
	}
	ok($node->poll_query_until('postgres', "SELECT state = 'succeeded' FROM backup_pool.tasks WHERE task_id = $id"),
		'verified after the restart') or diag(explain(task_row($node, $id)));
	is(databases(), "backup_pool_verify_$id" . ($round == 2 ? ' backup_pool_verify_copy' : ''), 'ours is gone, the others are there');
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE oid = $oid"), '0', 'the first one, too');
	$node->safe_psql('postgres', qq{DROP DATABASE backup_pool_verify_$id});
	$node->safe_psql('postgres', q{DROP DATABASE IF EXISTS backup_pool_verify_copy});
}

# ---- started too often: the task only drops it

$id = $node->safe_psql('postgres', "SELECT backup_pool.verify('$slow', 'restore')");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_database WHERE datname = 'backup_pool_verify_$id'"), 'one more');
$node->append_conf('postgresql.conf', 'backup_pool.max_attempts = 1');
$node->stop('immediate');
$node->start;
ok($node->poll_query_until('postgres', "SELECT state = 'failed' FROM backup_pool.tasks WHERE task_id = $id"), 'it fails');
is(databases(), '', 'and its database is gone');

# ---- a subscription, a publication

$node->safe_psql('postgres', 'CREATE DATABASE sub');
$node->safe_psql('sub', q{
	CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1);
	CREATE PUBLICATION p FOR ALL TABLES;
	CREATE SUBSCRIPTION s CONNECTION 'dbname=postgres' PUBLICATION elsewhere WITH (connect = false, slot_name = 'src_slot');
	COMMENT ON SUBSCRIPTION s IS 'of the original';});
$node->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('src_slot', 'pgoutput')});
my $sub = backup_ok($node, q{SELECT backup_pool.backup_database('sub')}, 'a subscription: backup');
$task = run_task($node, "SELECT backup_pool.verify('$sub', 'restore')");
is($task->{state}, 'succeeded', 'a subscription') or diag(explain($task));
is(databases(), '', 'the scratch database is dropped');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'src_slot'}), '1',
	'the slot of the original is there');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_subscription}), '1', 'the original, too');

# ---- objects of other owners

$node->safe_psql('postgres', q{
	CREATE ROLE bob LOGIN CREATEDB; CREATE ROLE carol; CREATE ROLE dave;
	GRANT pg_read_all_data TO bob; GRANT USAGE ON SCHEMA backup_pool TO bob;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO bob;
	CREATE DATABASE owned OWNER carol;});
$node->safe_psql('owned', q{
	CREATE SCHEMA s AUTHORIZATION carol;
	SET ROLE carol;
	CREATE TABLE s.t (i int PRIMARY KEY, t text); INSERT INTO s.t SELECT g, md5(g::text) FROM generate_series(1, 100) g;
	GRANT USAGE ON SCHEMA s TO dave; GRANT SELECT ON s.t TO dave WITH GRANT OPTION;
	ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO dave;
	CREATE FUNCTION s.f(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i + 1';
	CREATE INDEX ON s.t (s.f(i));
	RESET ROLE;
	SET SESSION AUTHORIZATION dave; GRANT SELECT ON s.t TO PUBLIC;});
$task = run_task($node, q{SET SESSION AUTHORIZATION bob; SELECT backup_pool.backup_database('owned')});
is($task->{state}, 'succeeded', 'backup by bob') or diag(explain($task));
my $owned = $task->{archive};
$task = run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$owned', 'restore')");
is($task->{state}, 'succeeded', 'bob verifies objects of carol') or diag(explain($task));
$task = run_task($node, "SELECT backup_pool.verify('$owned', 'restore')");
is($task->{state}, 'succeeded', 'so does the superuser') or diag(explain($task));
is(databases(), '', 'all are dropped');

done_testing();
