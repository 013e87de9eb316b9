
# Copyright (c) 2026, backup_pool contributors

# The worker cannot send a statement: each statement of each kind of task
# fails once.  The task ends at once with the error and leaves nothing behind,
# and the next task runs.  A reset of a connection, or the drop of a scratch
# database, is repeated or not needed, so tasks in which these fail succeed.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $scratch = PostgreSQL::Test::Utils::tempdir_short();
my ($cc) = run_command([ 'pg_config', '--cc' ]);
command_ok([ 'sh', '-c', "$cc -O1 -shared -fPIC -o $scratch/send.so " . testdir() . '/fault/bp_send.c -ldl' ],
	'the library with the fault');

my $node = new_node('main', conf => "backup_pool.max_connections = 4\nbackup_pool.idle_timeout = 1h", bare => 1);
append_to_file("$scratch/control", pack('L L', 0, 0));
{
	local $ENV{LD_PRELOAD} = "$scratch/send.so";
	local $ENV{BP_SEND_CONTROL} = "$scratch/control";
	$node->start;
}
$node->safe_psql('postgres', 'CREATE EXTENSION backup_pool');
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', <<'SQL');
CREATE TABLE a AS SELECT g AS id, repeat(md5(g::text), 10) AS x FROM generate_series(1, 30000) g;
CREATE TABLE b AS SELECT * FROM a;
CREATE TABLE c AS SELECT * FROM a;
ALTER TABLE a ADD PRIMARY KEY (id);
CREATE INDEX ON b (id);
SQL

# the n-th call from now on fails; returns how many calls there were before
sub fail_call
{
	my ($n) = @_;
	my (undef, $seen) = unpack('L L', slurp_file("$scratch/control"));
	open(my $fh, '+<:raw', "$scratch/control") or die;
	print $fh pack('L L', $n, 0);
	close($fh);
	return $seen;
}

my $archive = backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'a backup without faults');
my $copies = 0;
my %kinds = (
	'small backup' => sub { "SELECT backup_pool.backup_table('public.b', database => 'shop', parallel => 1)" },
	'backup' => sub { "SELECT backup_pool.backup_database('shop', parallel => 3)" },
	'restore' => sub { "SELECT backup_pool.restore('$archive', 'copy" . ++$copies . "', true, parallel => 3)" },
	'verification' => sub { "SELECT backup_pool.verify('$archive')" },
	'restoring verification' => sub { "SELECT backup_pool.verify('$archive', level => 'restore')" });

foreach my $kind (sort keys %kinds)
{
	my ($failed, $bad, $slow, $n) = (0, '', 0, 0);
	while (1)
	{
		fail_call(++$n);
		my $start = time;
		my $task = run_task($node, $kinds{$kind}->());
		$slow++ if time - $start > 30;
		my $calls = fail_call(0);
		if ($task->{state} eq 'failed')
		{
			$failed++;
			$bad .= " $n: $task->{sqlstate} $task->{error}" if $task->{sqlstate} ne '08006';
		}
		elsif ($task->{state} ne 'succeeded')
		{
			$bad .= " $n: $task->{state}";
		}
		# the last statement of the task was sent before that
		last if $calls < $n || $n > 60;
	}
	cmp_ok($failed, '>=', 1, "$kind: fails if a statement cannot be sent ($failed of " . ($n - 1) . ')');
	cmp_ok($n, '<=', 60, "$kind: each statement has failed once");
	is($bad, '', "$kind: with the right error");
	is($slow, 0, "$kind: at once");
	no_leftovers($node, $kind);
	ok( $node->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM backup_pool.connections WHERE state NOT IN ('idle', 'resetting')"),
		"$kind: no connection is held");
}
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'backup\\_pool%'"),
	'0', 'no scratch database is left');
backup_ok($node, "SELECT backup_pool.backup_database('shop', parallel => 3)", 'and a backup works');
$node->stop;
done_testing();
