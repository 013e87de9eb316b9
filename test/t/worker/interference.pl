
# Copyright (c) 2026, backup_pool contributors

# Other sessions change settings, take locks and put files into the repository
# while tasks run.  The tasks succeed all the same, and the worker goes on.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

sub database
{
	my ($db, $sql) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, $sql);
	return;
}

sub succeeds
{
	my ($id, $name) = @_;
	is($node->safe_psql('postgres', "SELECT backup_pool.wait($id, '60 s')"), 'succeeded', $name);
	return;
}

# another compression is set in mid-run: one archive, one compression
database('big', q{CREATE TABLE t AS SELECT g AS id, repeat(md5(g::text), 8) AS v FROM generate_series(1, 300000) g});
my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('big', parallel => 2)");
$node->poll_query_until('postgres', "SELECT rows_done > 0 OR state <> 'running' FROM backup_pool.tasks WHERE task_id = $id");
$node->safe_psql('postgres', q{ALTER SYSTEM SET backup_pool.compression = 'none'});
$node->reload;
succeeds($id, 'compression is changed meanwhile');
my $archive = task_row($node, $id)->{archive};
is(scalar(grep { /^\d+\.dat/ } data_files($node, $archive)), 1, 'one file for the table');
is(scalar(grep { /\.dat\.zst$/ } data_files($node, $archive)), 1, 'compressed as when the task was made');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET backup_pool.compression');
$node->reload;
restore_ok($node, "SELECT backup_pool.restore('$archive', database => 'big2', create_database => true)", 'which can be restored');
is($node->safe_psql('big2', 'SELECT count(*) FROM t'), '300000', 'with all rows');

# what is not ours in the repository
mkdir repository($node) . '/lost+found' or die;
mkdir repository($node) . '/unreadable' or die;
chmod 0000, repository($node) . '/unreadable', repository($node) . '/lost+found';
ok($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM backup_pool.archives') eq 't', 'directories that cannot be read hide nothing');
$node->restart;
backup_ok($node, "SELECT backup_pool.backup_database('big')", 'nor do they stop the worker');
chmod 0700, repository($node) . '/unreadable', repository($node) . '/lost+found';
rmdir repository($node) . '/unreadable';
rmdir repository($node) . '/lost+found';

# formatting a composite value opens the type's table: behind somebody who
# waits for the leader that would be for ever
database('rows', q{CREATE TABLE addr (street text, n int);
	CREATE TABLE cust AS SELECT g AS id, row(repeat('s', 300), g)::addr AS a FROM generate_series(1, 60000) g});
my $ddl = $node->background_psql('rows');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('rows', compression => 'gzip:9')");
$node->poll_query_until('rows', "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'addr'::regclass AND granted AND pid <> pg_backend_pid()");
$ddl->query_until(qr/asked/, "\\echo asked\nBEGIN;\nLOCK TABLE addr IN ACCESS EXCLUSIVE MODE;\nCOMMIT;\n");
succeeds($id, 'an exclusive lock is waited for meanwhile');
$ddl->quit;

# large objects, twice over one session, which has been invalidated between
database('lobs', q{SELECT lo_from_bytea(0, '\xabab')});
foreach my $i (1 .. 3)
{
	backup_ok($node, "SELECT backup_pool.backup_database('lobs')", "large objects, time $i");
	$node->safe_psql('lobs', 'VACUUM FULL pg_largeobject');
}

# pg_dump's queries could go parallel, and its server process is in the lock
# group of our leader: who looks at that group must find an end
{
	my $parallel = pg_version($node) >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
	$node->safe_psql('postgres', "ALTER SYSTEM SET $parallel = on; ALTER SYSTEM SET deadlock_timeout = '10ms'; ALTER SYSTEM SET log_lock_waits = on");
	$node->reload;
	backup_ok($node, "SELECT backup_pool.backup_database('rows')", 'parallel queries are wanted');
	my $waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'addr'::regclass";
	my $locker = $node->background_psql('rows');
	$locker->query_safe('BEGIN; LOCK TABLE addr');
	my $offset = -s $node->logfile;
	$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('addr', 'rows')");
	# its leader, the same session, says so after it has looked for a deadlock
	$node->wait_for_log(qr/still waiting for AccessShareLock/, $offset);
	my $out = '';
	$node->psql('rows', $waits, stdout => \$out, timeout => 10, timed_out => \my $late);
	is($out, '1', 'and a search for deadlocks finds an end') or die 'the server is frozen';
	$locker->query_safe('COMMIT');
	$locker->quit;
	succeeds($id, 'which finds none');
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
	$node->reload;
}

# the log is locked: tasks wait for it, and nothing is said that it does not say
my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE backup_pool.task');
$node->safe_psql('rows', 'CREATE EXTENSION backup_pool');
my @ids = split /\n/, $node->safe_psql('rows', "SELECT backup_pool.backup_table('addr') FROM generate_series(1, 3)");
is($node->safe_psql('rows', "SELECT count(*) FROM backup_pool._live_tasks() WHERE state = 'failed'"), '0', 'none fails for that');
$locker->query_safe('COMMIT');
$locker->quit;
succeeds($_, 'a task of a locked log') foreach @ids;

# so are catalogs that the pool looks into: no reason for the worker to end,
# and with it a restore
{
	my $archive = backup_ok($node, "SELECT backup_pool.backup_table('cust', 'rows')", 'an archive');
	my $worker = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'";
	my $pid = $node->safe_psql('postgres', $worker);
	my $role = $node->safe_psql('postgres', 'SELECT current_user');
	my $holder = $node->background_psql('rows');
	$holder->query_safe('BEGIN; LOCK TABLE cust');
	$id = $node->safe_psql('postgres', "SELECT backup_pool.restore('$archive', 'rows', content => 'data')");
	$node->poll_query_until('rows', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'cust'::regclass") or fail('a restore runs');
	$node->safe_psql('postgres', "ALTER SYSTEM SET backup_pool.prewarm = '$role\@postgres:1'");
	$locker = $node->background_psql('postgres');
	my $offset = log_offset($node);
	$locker->query_safe('BEGIN; LOCK TABLE pg_authid');
	$node->reload;
	# the worker cannot look at roles
	$node->wait_for_log(qr/due to lock timeout/, $offset);
	$locker->query_safe('COMMIT');
	$holder->query_safe('COMMIT');
	$_->quit foreach ($locker, $holder);
	succeeds($id, 'and a restore goes on');
	is($node->safe_psql('postgres', $worker), $pid, 'so does the worker');
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
	$node->reload;
}

# nor for a task to fail that is to have a session of the pool
{
	my $asker = $node->background_psql('postgres');
	my $ask = "SELECT backup_pool.backup_table('cust', 'rows')";
	succeeds($asker->query_safe($ask), 'a session of the pool is there');
	$locker = $node->background_psql('postgres');
	my $offset = log_offset($node);
	$locker->query_safe('BEGIN; LOCK TABLE pg_db_role_setting');
	$id = $asker->query_safe($ask);
	# the worker cannot look at what is set for the role
	$node->wait_for_log(qr/due to lock timeout/, $offset);
	is($asker->query_safe("SELECT state FROM backup_pool.tasks WHERE task_id = $id"), 'running', 'a task waits until it is known what a login would get');
	$locker->query_safe('COMMIT');
	$_->quit foreach ($locker, $asker);
	succeeds($id, 'and is run');
}

# a function that tells what it sees gets to see nothing
$node->safe_psql('postgres', 'CREATE ROLE nosy LOGIN');
$node->restart;    # so that the tasks are in the log alone
my ($rc, $out, $err) = run_sql($node, 'postgres', q{
	SET SESSION AUTHORIZATION nosy;
	CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001
		AS $$ BEGIN RAISE NOTICE 'leaked: %', $1; RETURN true; END $$;
	SELECT count(*) FROM backup_pool.tasks WHERE pg_temp.leak(database)});
is($out, '0', 'view tasks shows nothing of others');
unlike($err, qr/leaked/, 'not even to a function');

no_leftovers($node, 'at the end');
$node->stop;
done_testing();
