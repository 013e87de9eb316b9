
# Copyright (c) 2026, backup_pool contributors

# The repository goes away in the middle of backups and restores, as if its
# disk were unmounted, or the server loses the right to enter it.  The task
# fails and says so; other tasks go on.  When the repository is back, the rest
# of the backup is removed without a restart, and the next task works.
#
# A lazy unmount leaves an empty directory: names in it do not exist, but open
# files still work.  The server cannot tell a renamed repository from that,
# and renaming needs no privileges.  disk_errors.pl tests the case that open
# files fail, too (umount -f).

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 4\nbackup_pool.idle_timeout = '1s'\nfsync = on", bare => 1);
my $repository = $node->basedir . '/mnt';
my $elsewhere = $node->basedir . '/elsewhere';
mkdir($repository) or die "$repository: $!";
$node->append_conf('postgresql.conf', "backup_pool.repository = '$repository'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION backup_pool; CREATE DATABASE src');
# values that are stored out of line: a session that locks the TOAST index holds
# up all sessions that read them
$node->safe_psql('src', q{
	CREATE SCHEMA s; CREATE SEQUENCE s.seq;
	CREATE TABLE s.big (id int, v text);
	ALTER TABLE s.big ALTER COLUMN v SET STORAGE EXTERNAL;
	INSERT INTO s.big SELECT g, repeat(md5(g::text), 100) FROM generate_series(1, 800) g;
	CREATE TABLE s.other AS SELECT g AS id, repeat(md5(g::text), 6) AS v FROM generate_series(1, 20000) g;
	CREATE TABLE s.third AS SELECT * FROM s.other;
});
my $want = signature($node, 'src');
my $toast = $node->safe_psql('src', "SELECT indexrelid::regclass FROM pg_index JOIN pg_class c ON c.reltoastrelid = indrelid WHERE c.oid = 's.big'::regclass");
stock_dump($node, 'src', $node->basedir . '/stock', '-Z1');
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'an archive');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', create_database => true)", 'its restore');

my %fault = (
	gone => sub { rename($repository, $elsewhere) or die $! },
	unmounted => sub { rename($repository, $elsewhere) && mkdir($repository) or die $! },
	closed => sub { chmod(0, $repository) or die $! });
my %back = (
	gone => sub { rename($elsewhere, $repository) or die $! },
	unmounted => sub { rmdir($repository) && rename($elsewhere, $repository) or die $! },
	closed => sub { chmod(0700, $repository) or die $! });
my %text = (
	gone => qr/"\Q$repository\E\/.*: No such file or directory|is missing in directory "\Q$repository\E\//,
	unmounted => qr/"\Q$repository\E\/.*: No such file or directory|is missing in directory "\Q$repository\E\//,
	closed => qr/"\Q$repository\E\/.*: Permission denied/);
my %sqlstate = (gone => '58P01', unmounted => '58P01', closed => '42501');

sub archives
{
	return join(' ', map { s{.*/}{}r } glob("$repository/*/*"));
}

sub explain_task
{
	my ($id) = @_;
	my $task = task_row($node, $id);
	return join("\n", map { "$_: " . ($task->{$_} // '') } sort keys %$task);
}

sub failed
{
	my ($id, $fault, $name) = @_;
	ok(wait_state($node, $id, 'failed'), "$name: it fails") or diag(explain_task($id));
	my $task = task_row($node, $id);
	like("$task->{error} $task->{detail}", $text{$fault}, "$name: says what the system said");
	is($task->{sqlstate}, $sqlstate{$fault}, "$name: SQLSTATE");
	ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM backup_pool.connections WHERE task_id IS NOT NULL'), "$name: no connection is held");
	return;
}

# nobody needs the repository for what lies elsewhere
sub others_go_on
{
	my ($name) = @_;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS other');
	restore_ok($node, "SELECT backup_pool.restore('" . $node->basedir . "/stock', 'other', create_database => true)", "$name: a restore from elsewhere");
	return;
}

# ----------------------------------------------------------------
# in the middle of a backup
# ----------------------------------------------------------------

foreach my $fault (sort keys %fault)
{
	# not with pg_dump, which would wait, too, before anything is written
	foreach my $how ("backup_schema('s', 'src')", "backup_table('s.big', 'src', content => 'data')")
	{
		my $name = "$fault, $how";
		my $before = archives();
		my $holder = $node->background_psql('src');
		$holder->query_safe("BEGIN; REINDEX INDEX $toast");
		my $id = $node->safe_psql('postgres', "SELECT backup_pool.$how");
		ok($node->poll_query_until('postgres', "SELECT count(*) = 1 AND bool_and(a.wait_event_type = 'Lock') AND bool_and(t.phase = 'data') FROM pg_stat_activity a JOIN backup_pool.connections c USING (pid) JOIN backup_pool.tasks t USING (task_id) WHERE a.datname = 'src' AND a.state = 'active'"), "$name: in the middle of it");
		like(archives(), qr/\.partial/, "$name: there is a partial archive");
		$fault{$fault}->();
		$holder->query_safe('COMMIT');
		$holder->quit;
		failed($id, $fault, $name);
		others_go_on($name) if $how =~ /schema/;
		if ($fault eq 'closed')
		{
			fails_like($node, 'SELECT * FROM backup_pool.archives', '42501', qr/could not open directory.*: Permission denied/, "$name: a list");
			fails_like($node, "SELECT backup_pool.restore('$archive', 'copy')", '42501', qr/could not access.*: Permission denied/, "$name: a restore");
			task_fails_like($node, "SELECT backup_pool.$how", '42501', qr/could not .*: Permission denied/, "$name: the next backup");
		}
		else
		{
			is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives'), '0', "$name: an empty list");
			fails_like($node, "SELECT backup_pool.restore('$archive', 'copy')", '42704', qr/does not exist/, "$name: a restore");
		}
		# the worker has looked for what is left in vain
		$node->poll_query_until('postgres', "SELECT clock_timestamp() > finished_at + interval '1.2 s' FROM backup_pool.tasks WHERE task_id = $id");
		$back{$fault}->();
		ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_ls_dir('$repository/src') AS f WHERE f ~ 'partial'"), "$name: what is left goes when it is back");
		is(archives(), $before, "$name: that alone");
	}
	my $again = backup_ok($node, "SELECT backup_pool.backup_database('src', parallel => 3)", "$fault: the next backup");
	restore_ok($node, "SELECT backup_pool.restore('$again', 'copy', if_exists => 'replace')", "$fault: its restore");
	is(signature($node, 'copy'), $want, "$fault: brings all");
}

# ----------------------------------------------------------------
# in the middle of a restore
# ----------------------------------------------------------------

foreach my $fault (sort keys %fault)
{
	my $name = "$fault, a restore";
	$node->safe_psql('copy', 'TRUNCATE s.big, s.other, s.third');
	my $holder = $node->background_psql('copy');
	$holder->query_safe('BEGIN; LOCK TABLE s.big, s.other, s.third');
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.restore('$archive', 'copy', content => 'data', if_exists => 'append', schemas => '{s}', parallel => 1)");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity a JOIN backup_pool.connections c USING (pid) WHERE a.datname = 'copy' AND a.wait_event_type = 'Lock'"), "$name: in the middle of it");
	$fault{$fault}->();
	$holder->query_safe('COMMIT');
	$holder->quit;
	failed($id, $fault, $name);
	others_go_on($name);
	is($node->safe_psql('copy', 'SELECT (SELECT count(*) FROM s.big) + (SELECT count(*) FROM s.other) + (SELECT count(*) FROM s.third)'), '0', "$name: no rows");
	$back{$fault}->();
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', content => 'data', if_exists => 'append', schemas => '{s}', parallel => 1)", "$name: the next one");
	is(signature($node, 'copy'), $want, "$name: brings all");
}

# somebody else removes what is left: then it is not looked for any more
{
	my $holder = $node->background_psql('src');
	$holder->query_safe("BEGIN; REINDEX INDEX $toast");
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_schema('s', 'src')");
	ok($node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity a JOIN backup_pool.connections c USING (pid) WHERE a.datname = 'src' AND a.wait_event_type = 'Lock' AND c.task_id = $id"), 'a backup in the middle');
	my ($partial) = glob("$repository/src/*.partial");
	system('rm', '-r', $partial);
	my $offset = log_offset($node);
	$holder->query_safe('COMMIT');
	$holder->quit;
	failed($id, 'gone', 'its directory is removed');
	unlike(log_since($node, $offset), qr/could not remove what is left/, 'there is nothing to be removed');
}

# closed at a start of the server: who knows whether the backup that was under
# way had succeeded?  It has to wait, the others do not.
foreach my $case ([ 0, $repository ], [ 1, $repository ], [ 1, "$repository/src" ])
{
	my ($finished, $closed) = @$case;
	my $name = ($closed =~ /src/ ? 'part of it ' : '') . 'closed after a start, a backup that ' . ($finished ? 'had succeeded' : 'was under way');
	my $holder = $node->background_psql('src');
	$holder->query_safe("BEGIN; REINDEX INDEX $toast");
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_schema('s', 'src')");
	$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity a JOIN backup_pool.connections c USING (pid) WHERE a.datname = 'src' AND a.wait_event_type = 'Lock' AND c.task_id = $id") or fail('it waits');
	# the log knows of it after a second
	$node->poll_query_until('postgres', "SELECT state = 'running' FROM backup_pool.task WHERE task_id = $id") or fail('it runs');
	my $before = '';
	if ($finished)
	{
		$holder->query_safe('COMMIT');
		$holder->quit;
		ok(wait_state($node, $id, 'succeeded'), "$name: succeeds");
		$before = task_row($node, $id)->{archive};
		# as if the crash had come before that got into the log
		$node->safe_psql('postgres', "UPDATE backup_pool.task SET state = 'running', finished_at = NULL, archive = NULL WHERE task_id = $id");
	}
	$node->stop('immediate');
	eval { $holder->quit } unless $finished;
	chmod(0, $closed) or die $!;
	my $offset = -s $node->logfile;
	$node->start;
	others_go_on($name);
	task_fails_like($node, "SELECT backup_pool.backup_schema('s', 'src')", '42501', qr/could not .*: Permission denied/, "$name: one that needs it");
	is(task_row($node, $id)->{state}, 'running', "$name: has to wait");
	like(slurp_file($node->logfile, $offset), qr/could not open directory "\Q$repository\E.*: Permission denied/, "$name: the server's log says for what");
	fails_like($node, "SELECT backup_pool.cancel($id)", '55000', qr/cannot be cancelled yet.*until the repository can be read/s, "$name: cancel()");
	# who waits for it is told when the server shuts down, and so it can
	my $waiter = $node->background_psql('postgres', on_error_stop => 0);
	$waiter->query_until(qr/asked/, "\\echo asked\nSELECT backup_pool.wait($id);\n\\q\n");
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.connections") or fail("$name: no connection is open");
	$node->stop('smart');
	$waiter->{run}->finish;
	like($waiter->{stderr}, qr/shutting down before task $id is over/, "$name: wait() when the server shuts down");
	$node->start;
	chmod(0700, $closed) or die $!;
	is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)"), 'succeeded', "$name: is waited for until it is back");
	my $task = task_row($node, $id);
	is($task->{attempt}, $finished ? 1 : 2, "$name: attempt");
	is($task->{archive}, $before, "$name: its archive") if $finished;
	restore_ok($node, "SELECT backup_pool.restore('$task->{archive}', 'copy', if_exists => 'replace')", "$name: its restore");
	is(signature($node, 'copy'), $want, "$name: brings all");
}
# what the first of these left goes at a start with the repository there
$node->restart;
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_ls_dir('$repository/src') AS f WHERE f ~ 'partial'"), 'nothing is left');
no_leftovers($node, 'a repository that goes away');
unlike(slurp_file($node->logfile), qr/PANIC|by signal|cannot go from/, 'the server and the worker went on');
$node->stop;
done_testing();
