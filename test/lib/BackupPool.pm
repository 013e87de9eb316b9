
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool - servers, tasks and comparisons for the tests of backup_pool

=head1 SYNOPSIS

  use BackupPool;

  my $node = new_node('main', conf => "backup_pool.max_connections = 4");
  my $archive = backup_ok($node, "SELECT backup_pool.backup_database('zoo')");
  restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', true)");
  same_dump($node, 'zoo', 'copy', 'the copy is the same');

No function sleeps for a fixed time: it polls until a condition holds.

=cut

package BackupPool;

use strict;
use warnings;

use Carp;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

our @EXPORT = qw(
  new_node load_zoo load_shop load_file testdir datadir
  run_sql run_task backup_ok restore_ok task_row fails_like task_fails_like
  dump_sorted same_dump repository archive_path data_files no_leftovers
  log_offset log_since log_is_quiet wait_state pooled_backends freeze thaw
  stock_dump stock_restore stock_restore_new pg_version
);

# The copy of test/ that the tests read
sub testdir
{
	return "$ENV{TESTDIR}/test";
}

# The SQL files and archives that tests load
sub datadir
{
	return testdir() . '/data';
}

# A running server with the library preloaded and the extension in database
# postgres.  Options: conf => text for postgresql.conf, labels => also preload
# the provider of security labels, streaming => with WAL for standbys,
# hba => the whole of pg_hba.conf, bare => do not start it, install => where
# another server lies, initdb => more of its options.
sub new_node
{
	my ($name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name,
		$opt{install} ? (install_path => $opt{install}) : ());
	$node->init(
		extra => [ '--encoding=UTF8', '--locale=C', @{ $opt{initdb} // [] } ],
		allows_streaming => $opt{streaming} ? 1 : 0);
	my $libraries = 'backup_pool' . ($opt{labels} ? ', bp_zoo_label' : '');
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = '$libraries'\n"
		  . "log_statement = none\nrestart_after_crash = on\n"
		  . ($opt{conf} // '')
		  . "\n");
	if ($opt{hba})
	{
		unlink($node->data_dir . '/pg_hba.conf');
		$node->append_conf('pg_hba.conf', $opt{hba});
	}
	return $node if $opt{bare};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION backup_pool');
	return $node;
}

# Runs a file of test/data in a database; its \ir is relative to that file.
sub load_file
{
	my ($node, $db, $file) = @_;
	command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
			$node->connstr($db), '-f', datadir() . "/$file"
		],
		"load $file");
	return;
}

sub load_zoo
{
	my ($node, $db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	load_file($node, $db, 'zoo.sql');
	return;
}

# A small database like somebody's: customers, orders, lines, a log.
sub load_shop
{
	my ($node, $db, $scale) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v',
			"scale=$scale", '-d', $node->connstr($db), '-f',
			datadir() . '/shop.sql'
		],
		"load shop.sql");
	return;
}

# SQL in one session, statement by statement, as psql sends it: what wait()
# waits for has been committed.  Returns (exit code, stdout, stderr).
sub run_sql
{
	my ($node, $db, $sql, %opt) = @_;
	my ($out, $err);
	my $rc = $node->psql(
		$db, $sql,
		stdout => \$out,
		stderr => \$err,
		on_error_stop => 1,
		extra_params =>
		  [ '-v', 'VERBOSITY=verbose', $opt{user} ? ('-U', $opt{user}) : () ]);
	return ($rc, $out, $err);
}

# Enqueues by $sql (a SELECT of one task id) and waits.  Returns a hash: id,
# rc (0 if it succeeded), err, and the columns of its row.
sub run_task
{
	my ($node, $sql, %opt) = @_;
	my ($rc, $out, $err) =
	  run_sql($node, $opt{db} // 'postgres',
		"$sql;\nSELECT backup_pool.wait();\n", %opt);
	my ($id) = $out =~ /^(\d+)$/m;
	my $row = defined $id ? task_row($node, $id) : {};
	return { %$row, id => $id, rc => $rc, err => $err };
}

sub task_row
{
	my ($node, $id) = @_;
	my @cols = qw(kind database state phase attempt archive tables_total
	  tables_done rows_done bytes_total bytes_done progress sqlstate error
	  detail hint owner label priority);
	my $list = join(', ', map { "coalesce($_\::text, '')" } @cols);
	my $line = $node->safe_psql('postgres',
		"SELECT concat_ws(E'\\x01', $list) FROM backup_pool.tasks WHERE task_id = $id"
	);
	my %row;
	@row{@cols} = split(/\x01/, $line, -1);
	return \%row;
}

# A backup that must succeed; returns its archive's name.
sub backup_ok
{
	my ($node, $sql, $name, %opt) = @_;
	my $task = run_task($node, $sql, %opt);
	my $ok = is($task->{state}, 'succeeded', $name // $sql);
	diag_task($task) unless $ok;
	return $task->{archive};
}

sub restore_ok
{
	my ($node, $sql, $name, %opt) = @_;
	my $task = run_task($node, $sql, %opt);
	my $ok = is($task->{state}, 'succeeded', $name // $sql);
	diag_task($task) unless $ok;
	return $task;
}

sub diag_task
{
	my ($task) = @_;
	diag($task->{err}) if defined $task->{err};
	diag(join("\n", map { "  $_: " . ($task->{$_} // '') } sort keys %$task));
	return;
}

# SQL that fails at once, with this SQLSTATE and message.
sub fails_like
{
	my ($node, $sql, $sqlstate, $re, $name, %opt) = @_;
	my ($rc, $out, $err) = run_sql($node, $opt{db} // 'postgres', $sql, %opt);
	$name //= $sql;
	isnt($rc, 0, "$name: is an error");
	like($err, qr/(ERROR|FATAL):  $sqlstate: .*$re/s, "$name: says so");
	return $err;
}

# A task that is accepted, and fails when it runs.
sub task_fails_like
{
	my ($node, $sql, $sqlstate, $re, $name, %opt) = @_;
	my $task = run_task($node, $sql, %opt);
	$name //= $sql;
	is($task->{state}, 'failed', "$name: the task fails") or diag_task($task);
	like($task->{err} // '', qr/ERROR:  $sqlstate: .*$re/s,
		"$name: wait() raises its error");
	like($task->{sqlstate}, qr/^$sqlstate$/, "$name: SQLSTATE in its row");
	like(
		join("\n", map { $task->{$_} // '' } qw(error detail hint)),
		$re, "$name: error in its row");
	return $task;
}

sub repository
{
	my ($node) = @_;
	return $node->data_dir . '/backup_pool';
}

sub archive_path
{
	my ($node, $archive) = @_;
	return repository($node) . "/$archive";
}

sub data_files
{
	my ($node, $archive) = @_;
	my @files = glob(archive_path($node, $archive) . '/*');
	return map { s{.*/}{}r } @files;
}

# Neither half an archive nor a process of ours is left.  The worker's own
# connection may be at work when a task has ended, but not for long.
sub no_leftovers
{
	my ($node, $name, %opt) = @_;
	my @partial = glob(repository($node) . '/*/*.partial');
	is(scalar(@partial), 0, "$name: no .partial") or diag("@partial");
	ok( $node->poll_query_until(
			'postgres',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE state <> 'idle' AND application_name ~ 'backup_pool|pg_dump'"
		),
		"$name: no session at work")
	  unless $opt{others};
	my @dumps = running_dumps($node);
	is(scalar(@dumps), 0, "$name: no child process");
	return;
}

# The pids of pg_dump as a child of a backend of this server
sub running_dumps
{
	my ($node) = @_;
	my $datadir = $node->data_dir;
	my $postmaster = (split /\n/, slurp_file("$datadir/postmaster.pid"))[0];
	my %parent = map { /^\s*(\d+)\s+(\d+)\s+(.*)/ ? ($1 => [ $2, $3 ]) : () }
	  processes();
	return grep { $parent{$_}[1] =~ /pg_dump/ && descends(\%parent, $_, $postmaster) }
	  keys %parent;
}

# lines of "pid ppid command", from /proc: ps may not be installed
sub processes
{
	my @lines;
	foreach my $dir (glob('/proc/[0-9]*'))
	{
		open(my $fh, '<', "$dir/stat") or next;
		my $stat = <$fh> // '';
		close($fh);
		push @lines, "$1 $3 $2" if $stat =~ /^(\d+) \((.*)\) \S (\d+)/;
	}
	return @lines;
}

sub descends
{
	my ($parent, $pid, $ancestor) = @_;
	while ($parent->{$pid})
	{
		$pid = $parent->{$pid}[0];
		return 1 if $pid == $ancestor;
	}
	return 0;
}

# What pg_dump says about a database, as sorted lines, without comments.
# Returns the name of a file.
my $dumps = 0;

sub dump_sorted
{
	my ($node, $db, @args) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/dump.' . $dumps++;
	my $connstr = $node->connstr($db);
	my @quoted = map { "'" . s/'/'\\''/gr . "'" } ($connstr, @args);
	my ($dsn, @rest) = @quoted;
	my $rc = system(
			"pg_dump -d $dsn @rest >$file.raw && "
		  . "LC_ALL=C sed -e '/^--/d' -e '/^\$/d' -e '/^\\\\restrict /d' -e '/^\\\\unrestrict /d' $file.raw | LC_ALL=C sort >$file && rm $file.raw"
	);
	croak "pg_dump of $db failed" if $rc != 0;
	return $file;
}

# Two databases of one server (or the same of two) are the same to pg_dump.
sub same_dump
{
	my ($node, $a, $b, $name, %opt) = @_;
	my @args = @{ $opt{args} // [] };
	my ($file_a, $file_b) = eval {
		(   ref $a ? $$a : dump_sorted($node, $a, @args),
			ref $b ? $$b : dump_sorted($opt{other} // $node, $b, @args));
	};
	return fail("$name: $@") if $@;
	my ($out, $err) = run_command([ 'diff', $file_a, $file_b ]);
	my $ok = ok($out eq '' && $err eq '' && -s $file_a, $name);
	diag(join("\n", (map { substr($_, 0, 200) } grep { defined } (split /\n/, $out)[ 0 .. 39 ])))
	  if !$ok && $out =~ /\n.*\n/;
	return $ok;
}

sub stock_dump
{
	my ($node, $db, $dir, @args) = @_;
	command_ok(
		[ 'pg_dump', '-Fd', @args, '-f', $dir, '-d', $node->connstr($db) ],
		"pg_dump -Fd @args $db");
	return;
}

sub stock_restore
{
	my ($node, $db, $dir, @args) = @_;
	command_ok(
		[ 'pg_restore', @args, '-d', $node->connstr($db), $dir ],
		"pg_restore @args into $db");
	return;
}

# The same into a database made for it.  Parallel pg_restore may run into a
# deadlock of its own (it does with pg_dump's archive of the zoo, too, one time
# in twenty), and that proves nothing: then it is done again.
sub stock_restore_new
{
	my ($node, $db, $template, $dir, @args) = @_;
	foreach my $try (1 .. 5)
	{
		$node->safe_psql('postgres', "CREATE DATABASE $db $template");
		my ($out, $err) = run_command([ 'pg_restore', @args, '-d', $node->connstr($db), $dir ]);
		if ($err =~ /deadlock detected/)
		{
			note("pg_restore, try $try: $err");
			$node->safe_psql('postgres', "ALTER DATABASE $db RENAME TO ${db}_deadlock$try");
			next;
		}
		return is($err, '', "pg_restore @args into $db");
	}
	return fail("pg_restore @args into $db: deadlocks");
}

sub pg_version
{
	my ($node) = @_;
	return int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
}

# The server's log, from where it was
sub log_offset
{
	my ($node) = @_;
	return -s $node->logfile;
}

sub log_since
{
	my ($node, $offset) = @_;
	return slurp_file($node->logfile, $offset);
}

sub log_is_quiet
{
	my ($node, $offset, $name) = @_;
	my @lines =
	  grep { /\b(WARNING|ERROR|FATAL|PANIC):/ }
	  split(/\n/, log_since($node, $offset));
	is(scalar(@lines), 0, $name) or diag(join("\n", @lines[ 0 .. ($#lines < 19 ? $#lines : 19) ]));
	return;
}

# Polls until a task is in a state; returns whether it came to be.
sub wait_state
{
	my ($node, $id, $state) = @_;
	return $node->poll_query_until('postgres',
		"SELECT state = '$state' FROM backup_pool.tasks WHERE task_id = $id");
}

# Stops (SIGSTOP) the pooled backends of a backup in the middle of a table, as
# soon as so many are at it; returns their pids.  thaw() lets them go on.  The
# backup must have some tenths of a second of work for each.
my %frozen;

sub freeze
{
	my ($node, $id, $n) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;
	my $watch = $node->background_psql('postgres');
	my $busy = "FROM backup_pool.connections WHERE task_id = $id AND state = 'busy' AND unit LIKE 'COPY %'";
	my @pids;
	while (@pids < ($n // 1))
	{
		croak "task $id reads no table" if time > $until;
		usleep(2000);
		@pids = split /\s+/, $watch->query_safe("SELECT pid $busy");
	}
	kill('STOP', @pids);
	$frozen{$_} = 1 foreach @pids;
	my $still = $watch->query_safe("SELECT count(*) $busy AND pid IN (" . join(', ', @pids) . ')');
	$watch->quit;
	croak "task $id is over already" if $still != @pids;
	return @pids;
}

sub thaw
{
	my (@pids) = @_;
	kill('CONT', @pids);
	delete @frozen{@pids};
	return;
}

END
{
	# a server can't be stopped otherwise
	kill('CONT', keys %frozen) if %frozen;
}

sub pooled_backends
{
	my ($node, $where) = @_;
	$where //= 'true';
	return $node->safe_psql('postgres',
		"SELECT count(*) FROM backup_pool.connections WHERE $where");
}

1;
