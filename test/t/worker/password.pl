
# Copyright (c) 2026, backup_pool contributors

# The password of a role is changed while its tasks run and wait.  Tasks that
# have logged in go on.  Other tasks fail and name the role, and work again as
# soon as the password file has the new password.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

# the server's own password file, as libpq in the worker finds it
my $passfile = PostgreSQL::Test::Utils::tempdir() . '/passwords';

sub passfile
{
	my ($password) = @_;
	unlink("$passfile.new");
	append_to_file("$passfile.new", "*:*:*:carol:$password\n");
	chmod(0600, "$passfile.new") or die $!;
	rename("$passfile.new", $passfile) or die $!;
	return;
}

passfile('first');
$ENV{PGPASSFILE} = $passfile;
my $node = new_node('main', conf => "backup_pool.max_connections = 2\npassword_encryption = 'scram-sha-256'",
	hba => "local all carol scram-sha-256\nlocal all all trust\n");
$node->safe_psql('postgres', q{
	CREATE ROLE carol LOGIN PASSWORD 'first'; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO carol; CREATE DATABASE db OWNER carol;});
$node->safe_psql('db', "SET ROLE carol; CREATE SCHEMA IF NOT EXISTS s; CREATE TABLE s.t$_ AS SELECT g AS id, (SELECT string_agg(md5((g * 10 + k)::text), '') FROM generate_series(1, 10) k) AS v FROM generate_series(1, 20000) g")
  foreach (1, 2);
$node->safe_psql('db', 'SET ROLE carol; CREATE TABLE s.hold (id int)');
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');

sub enqueue
{
	my ($role, $args) = @_;
	return $node->safe_psql('postgres', ($role ? "SET ROLE $role; " : '') . "SELECT backup_pool.backup_database('db'$args)");
}

sub rotate
{
	my ($password) = @_;
	$node->safe_psql('postgres', "ALTER ROLE carol PASSWORD '$password'");
	return;
}

my $hers = "SELECT count(*) FROM backup_pool.connections WHERE role = 'carol'";
my $login = "SET ROLE carol; SELECT ok, detail FROM backup_pool.check() WHERE item = 'login'";

# a task that could not log in: which, why, and what to do about it
sub refused
{
	my ($id, $name) = @_;
	ok(wait_state($node, $id, 'failed'), "$name: fails") or diag(explain(task_row($node, $id)));
	my $task = task_row($node, $id);
	is($task->{sqlstate}, '28P01', "$name: SQLSTATE");
	like("$task->{error}\n$task->{detail}", qr/password authentication failed for user "carol"/, "$name: says so");
	like($task->{hint}, qr/role "carol".*\.pgpass/, "$name: and where the password belongs");
	return;
}

backup_ok($node, "SET ROLE carol; SELECT backup_pool.backup_database('db')", 'with the right password');

# ----------------------------------------------------------------
# while a backup of two connections runs, and others wait for these
# ----------------------------------------------------------------

my $running = enqueue('carol', ", compression => 'zstd:9'");
my @pids = freeze($node, $running, 2);
my @queued = map { enqueue('carol', $_) } ('', ", content => 'data'", ", content => 'schema'");
my $other = enqueue('', ", content => 'schema'");
rotate('second');
is($node->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY task_id) FROM backup_pool.tasks WHERE task_id >= $running"), 'running queued queued queued queued', 'one runs, four are queued');
thaw(@pids);
ok(wait_state($node, $running, 'succeeded'), 'what runs has logged in') or diag(explain(task_row($node, $running)));
refused($queued[$_], "queued $_") foreach (0 .. 2);
ok(wait_state($node, $other, 'succeeded'), 'somebody else is not concerned') or diag(explain(task_row($node, $other)));
is($node->safe_psql('postgres', $hers), '0', 'no session of the old password is left');
refused(enqueue('carol', ''), 'a new task');
like($node->safe_psql('postgres', $login), qr/^f\|.*password authentication failed/m, 'check() says so');

passfile('second');
my $archive = backup_ok($node, "SET ROLE carol; SELECT backup_pool.backup_database('db')", 'the password file is changed');
like($node->safe_psql('postgres', $login), qr/^t\|/m, 'check() is content');
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'without a restart');
is($node->safe_psql('postgres', "SELECT rows FROM backup_pool.archives WHERE task_id = $running"), '40000', 'the one that ran has all rows');
restore_ok($node, "SELECT backup_pool.verify((SELECT archive FROM backup_pool.archives WHERE task_id = $running), level => 'restore')", 'and restores');

# ----------------------------------------------------------------
# while sessions of hers are idle
# ----------------------------------------------------------------

backup_ok($node, "SET ROLE carol; SELECT backup_pool.backup_table('s.hold', 'db')", 'a small one');
$node->poll_query_until('postgres', "$hers AND state = 'idle'", '1') or fail('a session is idle');
rotate('third');
ok($node->poll_query_until('postgres', $hers, '0'), 'idle sessions are closed when the password is changed');
refused(enqueue('carol', ''), 'the next one');
passfile('third');
backup_ok($node, "SET ROLE carol; SELECT backup_pool.backup_table('s.hold', 'db')", 'until the file is right');

# ----------------------------------------------------------------
# while the leader waits for a lock: pg_dump has still to log in
# ----------------------------------------------------------------

foreach my $case ([ '', 0 ], [ ", content => 'data'", 1 ])
{
	my ($args, $well) = @$case;
	my $holder = $node->background_psql('db');
	$holder->query_safe('BEGIN; LOCK TABLE s.hold');
	my $id = enqueue('carol', $args);
	$node->poll_query_until('db', 'SELECT count(*) = 1 FROM pg_locks WHERE NOT granted') or fail('a backup waits for a lock');
	rotate('wrong');
	$holder->query_safe('COMMIT');
	$holder->quit;
	if ($well)
	{
		# helpers can't be had: the leader does it
		ok(wait_state($node, $id, 'succeeded'), 'a backup that needs no pg_dump') or diag(explain(task_row($node, $id)));
		is($node->safe_psql('postgres', "SELECT rows FROM backup_pool.archives WHERE task_id = $id"), '40000', 'has all rows');
	}
	else
	{
		refused($id, 'a backup before its pg_dump');
		like(task_row($node, $id)->{error}, qr/^pg_dump failed/, 'it was pg_dump');
	}
	rotate('third');
}
# ----------------------------------------------------------------
# a secret that takes a minute to log in with: the worker is everybody's
# ----------------------------------------------------------------

my $key = 'A' x 43 . '=';
# ALTER ROLE would do, but takes a minute itself
$node->safe_psql('postgres', "UPDATE pg_authid SET rolpassword = 'SCRAM-SHA-256\$60000000:c2FsdHNhbHQ=\$$key:$key' WHERE rolname = 'carol'");
my $slow = enqueue('carol', '');
my $others = enqueue('', ", content => 'schema'");
is($node->safe_psql('postgres', "SELECT backup_pool.wait($others, '20 s')"), 'succeeded', 'others do not wait for it');
ok(wait_state($node, $slow, 'failed'), 'it is refused') or diag(explain(task_row($node, $slow)));
like(task_row($node, $slow)->{error}, qr/password of role "carol" takes too long/, 'and says why');
rotate('third');
backup_ok($node, "SET ROLE carol; SELECT backup_pool.backup_database('db')", 'at the end');
no_leftovers($node, 'passwords');
unlike(slurp_file($node->logfile), qr/PANIC|by signal|cannot go from/, 'no crash');
$node->stop;
done_testing();
