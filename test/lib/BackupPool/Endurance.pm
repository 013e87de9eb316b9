
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::Endurance - very many tasks in one run of a server

=head1 SYNOPSIS

  my $run = BackupPool::Endurance->new(seed => 7);
  my ($first) = $run->latency(1000);
  $run->chunk(500, 3) foreach (1 .. 200);
  my ($last, $fresh) = $run->latency(1000, $run->{node}, $run->fresh);
  $run->finish;

=head1 DESCRIPTION

Several clients enqueue small tasks and wait for each, as fast as they can.  Most
are backups of one small table; among them are backups of a schema and of a
database, restores, verifications, tasks that must fail, tasks that are cancelled
while queued or running, and transactions that abort.  Tables are altered, emptied,
dropped and made again between and during the tasks.  The label or the archive of a
task determines how the task must end, and the log is compared with that at the end.

After each chunk, when no task runs, C<sample> measures the memory and the open
files of the worker and the pooled backends.  A pooled backend serves 1000 tasks
and is then replaced, so backends of different ages show whether a backend grows.
Connections that a restore used are closed after it.  All restores go into a
database of their own, so that the connections to other databases grow old.

Memory is RssAnon, that is without pages of shared memory, which every process
touches sooner or later.  Dynamic shared memory consists of files below the data
directory, where they can be counted.

=cut

package BackupPool::Endurance;

use strict;
use warnings;

use BackupPool;
use IPC::Run ();
use List::Util qw(max min);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

our $CLIENTS = 4;
our $SLOTS = 128;
our $CONNECTIONS = 12;

# Of 1000 tasks, and the states and SQLSTATEs in which they may end.
our %kinds = (
	all => [ 510, 'succeeded' ],
	data => [ 220, 'succeeded' ],
	schema => [ 50, 'succeeded' ],
	none => [ 70, 'failed 42P01' ],
	poor => [ 10, 'failed 42501' ],
	ddl => [ 60, 'succeeded|failed 42P01' ],
	now => [ 17, 'succeeded|cancelled 57014' ],
	burst => [ 3, 'succeeded|cancelled 57014' ],
	held => [ 20, 'cancelled 57014' ],
	restore => [ 15, 'succeeded' ],
	undone => [ 5, 'succeeded|cancelled 57014' ],
	loud => [ 5, 'failed P0001' ],
	view => [ 5, 'failed 22012' ],
	verify => [ 10, 'succeeded' ],
	# besides these
	aborted => [ 0, 'none' ],
	database => [ 0, 'succeeded' ],
	halted => [ 0, 'succeeded|cancelled 57014' ],
	latency => [ 0, 'succeeded' ],
	fixed => [ 0, 'succeeded' ],
	slots => [ 0, 'succeeded' ],
	conns => [ 0, 'succeeded' ]);

my @lot = map { ($_) x $kinds{$_}[0] } sort keys %kinds;
my $timeout = $PostgreSQL::Test::Utils::timeout_default;

sub draw
{
	my (@from) = @_;
	return $from[ int(rand(@from)) ];
}

sub median
{
	my @v = sort { $a <=> $b } @_;
	return undef if !@v;
	return @v % 2 ? $v[ $#v / 2 ] : ($v[ @v / 2 - 1 ] + $v[ @v / 2 ]) / 2;
}

sub _new_node
{
	my ($name) = @_;
	return new_node(
		$name, conf => qq{
		backup_pool.max_connections = $CONNECTIONS
		backup_pool.max_tasks = $SLOTS
		backup_pool.max_lifetime = '1d'
		backup_pool.idle_timeout = '1d'
		dynamic_shared_memory_type = mmap
		max_wal_size = 256MB
		fsync = off
	});
}

sub new
{
	my ($class, %opt) = @_;
	my $self = bless {
		tasks => 0,
		databases => 0,
		samples => [],
		lives => {},
		errors => {},
	}, $class;
	srand($opt{seed} // 1);

	my $node = _new_node('main');
	$self->{node} = $node;
	$self->{start} = time;
	_make($node);

	# one session that asks, and one that is in the way
	$self->{sql} = $node->background_psql('postgres');
	$self->{sql}->set_query_timer_restart;
	$self->{holder} = $node->background_psql('src');
	$self->{holder}->set_query_timer_restart;

	$self->{archive}{"restore $_"} = $self->_fixed("s.t$_") foreach (1 .. $CLIENTS);
	$self->{archive}{"undone $_"} = $self->_fixed("s.u$_") foreach (1 .. $CLIENTS);
	$self->{archive}{"view $_"} = $self->_fixed("m.v$_") foreach (1 .. $CLIENTS);
	$self->{archive}{"loud $_"} = $self->_fixed("s.loud") foreach (1 .. $CLIENTS);
	$self->{worker} = $self->query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");
	return $self;
}

# src has what is saved, copy what is restored into, shop is saved as a whole.
sub _make
{
	my ($node) = @_;
	my $table = "(id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(), n numeric)";
	my $rows = "SELECT g, md5(g::text), timestamptz '2026-01-01' + g * interval '1 day', g / 7.0 FROM generate_series(1, 100) g";

	$node->safe_psql('postgres', 'CREATE ROLE poor LOGIN');
	$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(src copy);
	$node->safe_psql('src', 'CREATE EXTENSION backup_pool');
	$node->safe_psql($_, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO poor") foreach qw(postgres src);
	foreach my $db (qw(src copy))
	{
		my @names = ('small', 'loud', 'held', map { ("t$_", "u$_") } 1 .. $CLIENTS);
		$node->safe_psql($db, join('', 'CREATE SCHEMA s; CREATE SCHEMA m;', map { "CREATE TABLE s.$_ $table; INSERT INTO s.$_ $rows;" } @names));
		$node->safe_psql(
			$db, join('',
				'CREATE TABLE m.one AS SELECT 1 AS v;',
				map { "CREATE MATERIALIZED VIEW m.v$_ AS SELECT 1 / v AS v FROM m.one;" } 1 .. $CLIENTS));
	}
	# an archive has everything, and yet cannot be restored here
	$node->safe_psql(
		'copy', q{
		UPDATE m.one SET v = 0;
		CREATE FUNCTION s.shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'loud'; END$$;
		CREATE TRIGGER shout BEFORE INSERT ON s.loud FOR EACH ROW EXECUTE FUNCTION s.shout();
	});
	$node->safe_psql(
		'src', qq{
		CREATE SCHEMA q;
		CREATE TABLE q.a $table; CREATE TABLE q.b $table; CREATE INDEX ON q.b (name);
		CREATE TABLE q.c (id serial PRIMARY KEY, a int REFERENCES q.a, b int REFERENCES q.b);
		CREATE VIEW q.v AS SELECT a.id, b.name FROM q.a JOIN q.b USING (id);
		INSERT INTO q.a $rows; INSERT INTO q.b $rows; INSERT INTO q.c (a, b) SELECT g, g FROM generate_series(1, 100) g;
		CREATE SCHEMA d;
	});
	$node->safe_psql('src', _ddl_make($_)) foreach (1 .. $CLIENTS);
	load_shop($node, 'shop', 1);
	$node->safe_psql('shop', 'SELECT lo_from_bytea(0, decode(md5(g::text), \'hex\')) FROM generate_series(1, 10) g; CREATE SCHEMA x; CREATE TABLE x.t (v int)');
	return;
}

sub _fixed
{
	my ($self, $table) = @_;
	return backup_ok($self->{node}, "SELECT backup_pool.backup_table('$table', 'src', label => 'fixed/0')", "an archive of $table");
}

sub query
{
	my ($self, $sql) = @_;
	return $self->{sql}->query_safe($sql);
}

sub _ddl_make
{
	my ($c) = @_;
	return "DROP TABLE IF EXISTS d.t$c; CREATE TABLE d.t$c (id int PRIMARY KEY, v text); INSERT INTO d.t$c SELECT g, md5(g::text) FROM generate_series(1, 50) g;";
}

# A client alters only its own table, so no two of these are in each other's way.
sub _ddl
{
	my ($c) = @_;
	return draw(
		_ddl_make($c),
		"ALTER TABLE d.t$c ADD COLUMN IF NOT EXISTS x int DEFAULT 7;",
		"ALTER TABLE d.t$c DROP COLUMN IF EXISTS x;",
		"ALTER TABLE d.t$c ALTER v TYPE " . draw('text', 'varchar(40)') . ';',
		"BEGIN; TRUNCATE d.t$c; INSERT INTO d.t$c SELECT g, md5(g::text) FROM generate_series(1, 60) g; COMMIT;",
		"CREATE INDEX IF NOT EXISTS t${c}_v ON d.t$c (v);",
		"DROP INDEX IF EXISTS d.t${c}_v;",
		"VACUUM FULL d.t$c;") . "\n";
}

# Clients with an even number are in database src, where a task has no row in
# the log until it is started; they can alter tables, too.
sub _database_of
{
	my ($c) = @_;
	return $c % 2 ? 'postgres' : 'src';
}

sub _sql
{
	my ($self, $c, $kind) = @_;
	my $label = "label => '$kind/$c'";
	my $run = sub { return "SELECT backup_pool.$_[0] AS id \\gset\n$_[1]SELECT backup_pool.wait(:id);\n"; };
	my $cancel = "SELECT backup_pool.cancel(:id);\n";
	my $archive = $self->{archive}{"$kind $c"};

	return $run->("backup_table('s.small', 'src', $label)", '') if $kind eq 'all';
	return $run->("backup_table('s.small', 'src', content => 'data', $label)", '') if $kind eq 'data';
	return $run->("backup_schema('q', 'src', $label)", '') if $kind eq 'schema';
	return $run->("backup_table('s.none', 'src', $label)", '') if $kind eq 'none';
	return "SET ROLE poor;\n" . $run->("backup_table('s.small', 'src', $label)", '') . "RESET ROLE;\n" if $kind eq 'poor';
	return $run->("backup_table('s.small', 'src', priority => -1, $label)", $cancel) if $kind eq 'now';
	return $run->("backup_table('s.held', 'src', $label)", draw("SELECT backup_pool.wait(:id, '3ms');\n", '') . $cancel) if $kind eq 'held';
	return $run->("verify('" . $self->{archive}{"restore $c"} . "')", '') if $kind eq 'verify';
	return $run->("restore('$archive', 'copy', tables => '{s.t$c}', if_exists => 'truncate')", '') if $kind eq 'restore';
	return $run->("restore('$archive', 'copy', tables => '{s.u$c}', if_exists => 'truncate')", draw("SELECT backup_pool.wait(:id, '3ms');\n", '') . $cancel) if $kind eq 'undone';
	return $run->("restore('$archive', 'copy', content => 'data', if_exists => 'append')", '') if $kind eq 'loud';
	return $run->("restore('$archive', 'copy', tables => '{m.v$c}', if_exists => 'replace')", '') if $kind eq 'view';
	return $run->("backup_database('shop', content => '" . draw('all', 'all', 'data') . "', parallel => " . draw(1, 2) . ", $label)", '') if $kind eq 'database';
	return $run->("backup_database('shop', $label)", sprintf("SELECT backup_pool.wait(:id, '%d ms');\n", rand(100)) . $cancel) if $kind eq 'halted';
	if ($kind eq 'burst')
	{
		# more than there are connections
		return "SELECT array_agg(backup_pool.backup_table('s.small', 'src', priority => -1, $label)) AS ids FROM generate_series(1, 16) \\gset\n"
		  . "SELECT count(backup_pool.cancel(id)) FROM unnest(:'ids'::bigint[]) id;\n"
		  . "SELECT format('SELECT backup_pool.wait(%s)', id) FROM unnest(:'ids'::bigint[]) id \\gexec\n";
	}
	if ($kind eq 'ddl')
	{
		return (_database_of($c) eq 'src' ? _ddl($c) : '')
		  . $run->("backup_table('d.t" . (1 + int(rand($CLIENTS))) . "', 'src', content => '" . draw('all', 'data') . "', $label)", '');
	}
	die "no such kind: $kind" if $kind ne 'aborted';
	my $five = "SELECT count(backup_pool.backup_table('s.small', 'src', $label)) FROM generate_series(1, 5);";
	return "BEGIN; $five ROLLBACK;\nBEGIN; SAVEPOINT a; $five ROLLBACK TO a; COMMIT;\n";
}

sub _start
{
	my ($self, $db, $script, $node) = @_;
	$node //= $self->{node};
	my $s = { in => $script, out => '', err => '' };
	$s->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr($db) ],
		'<', \$s->{in}, '>', \$s->{out}, '2>', \$s->{err});
	return $s;
}

# Waits for a session; every error it had must be that of a task.
sub _finish
{
	my ($self, $s) = @_;
	$s->{run}->finish;
	while ($s->{err} =~ /^(?:psql:\S+ )?((?:ERROR|FATAL|WARNING):  (\w+): .*)$/mg)
	{
		my ($line, $sqlstate) = ($1, $2);
		$self->{errors}{$sqlstate}++;
		fail("unexpected: $line") if $sqlstate !~ /^(42P01|42501|57014|P0001|22012)$/;
	}
	fail("unexpected: $s->{err}") if $s->{err} =~ /connection to server|terminat/;
	return $s->{out};
}

# So many small tasks and backups of the database, by all clients together.
sub chunk
{
	my ($self, $tasks, $databases) = @_;
	my @todo = map { draw(@lot) } 1 .. $tasks;
	foreach my $kind (('database') x $databases, ('halted') x int($databases / 2 + rand()), ('aborted') x ($tasks / 100))
	{
		splice(@todo, int(rand(@todo)), 0, $kind);
	}
	my @scripts = map { '' } 0 .. $CLIENTS;
	for (my $i = 0; $i < @todo; $i++)
	{
		my $c = 1 + $i % $CLIENTS;
		$scripts[$c] .= $self->_sql($c, $todo[$i]);
	}
	# each throws its own archives away, as pg_cron would
	$scripts[$_] .= "SELECT backup_pool.drop_archive(archive) FROM backup_pool.archives WHERE label LIKE '%/$_';\n" foreach (1 .. $CLIENTS);
	$scripts[0] = "DROP TABLE x.t; CREATE TABLE x.t (id serial PRIMARY KEY, v text);\nINSERT INTO x.t (v) SELECT md5(g::text) FROM generate_series(1, 100) g;\nALTER TABLE x.t ADD COLUMN w int DEFAULT 3;\nCREATE INDEX ON x.t (w);\nTRUNCATE x.t;\n" x 3;

	# not for longer: as long as it is open, nothing can be vacuumed
	$self->{holder}->query_safe('BEGIN; LOCK TABLE s.held');
	my @sessions = map { $self->_start($_ ? _database_of($_) : 'shop', $scripts[$_]) } 0 .. $CLIENTS;
	$self->_finish($_) foreach @sessions;
	$self->{holder}->query_safe('COMMIT');
	$self->{tasks} += $tasks;
	$self->{databases} += $databases;
	return;
}

# Single small tasks, one after the other while nothing else runs, on each of the
# servers given.  They take turns of a few tasks each, as the machine may be twice
# as fast a second later.  For each server: ms, the median of what the caller sees
# from enqueue to the end of wait(), and cpu, the processor time of worker and
# pooled backends for one task in ms; both for each turn, too (ms_of, cpu_of).
sub latency
{
	my ($self, $n, @nodes) = @_;
	@nodes = ($self->{node}) if !@nodes;
	my $turn = 4;
	my @r = map { { node => $_, sql => $_->background_psql('postgres'), ms_of => [], cpu_of => [] } } @nodes;
	foreach my $r (@r)
	{
		$r->{sql}->set_query_timer_restart;
		$r->{sql}->query_safe('\timing on');
	}
	for (1 .. $n / $turn)
	{
		_turn($_, $turn) foreach @r;
		# who is first now is last next time
		@r = reverse @r;
	}
	@r = reverse @r if $r[0]{node} != $nodes[0];
	foreach my $r (@r)
	{
		$r->{sql}->query_safe("SELECT count(backup_pool.drop_archive(archive)) FROM backup_pool.archives WHERE label LIKE 'latency/%'");
		$r->{sql}->quit;
	}
	return map { { ms => median(map { @$_ } @{ $_->{ms_of} }), cpu => median(grep { defined } @{ $_->{cpu_of} }) // 0, ms_of => $_->{ms_of}, cpu_of => $_->{cpu_of} } } @r;
}

sub _turn
{
	my ($r, $turn) = @_;
	my $task = "SELECT backup_pool.backup_table('s.small', 'src', label => 'latency/0') AS id \\gset\nSELECT backup_pool.wait(:id)";
	my $pids = _processes($r->{sql});
	my $before = _cpu_ms($pids);
	my @times = $r->{sql}->query_safe(join(";\n", ($task) x $turn)) =~ /^Time: ([0-9.]+) ms/mg;
	die scalar(@times) . " times for $turn tasks" if @times != 2 * $turn;
	push @{ $r->{ms_of} }, [ map { $times[ 2 * $_ ] + $times[ 2 * $_ + 1 ] } 0 .. $turn - 1 ];
	# one may have served long enough, and been replaced
	my $after = _processes($r->{sql});
	push @{ $r->{cpu_of} }, "@$after" eq "@$pids" ? (_cpu_ms($after) - $before) / $turn : undef;
	return;
}

# How much more one of two servers took than the other, each turn compared with
# the other's at that time: median of the ratios of latency and processor time.
sub ratios
{
	my ($self, $one, $other) = @_;
	my (@ms, @cpu);
	foreach my $i (0 .. $#{ $one->{ms_of} })
	{
		push @ms, median(@{ $one->{ms_of}[$i] }) / median(@{ $other->{ms_of}[$i] });
		my ($a, $b) = ($one->{cpu_of}[$i], $other->{cpu_of}[$i]);
		push @cpu, $a / $b if $a && $b;
	}
	return (median(@ms), median(@cpu) // 1);
}

# Connections are opened anew, and warmed up by single small tasks.
sub renew
{
	my ($self, @nodes) = @_;
	$_->reload foreach @nodes;
	ok($_->poll_query_until('postgres', 'SELECT count(*) = 0 FROM backup_pool.connections'), $_->name . ': a reload closes the connections') foreach @nodes;
	$self->latency(300, @nodes);
	return;
}

# The worker and its pooled backends, as a session knows them that may have
# \timing on
sub _processes
{
	my ($sql) = @_;
	my $out = $sql->query_safe("SELECT 'pid ' || pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker' UNION ALL SELECT 'pid ' || pid FROM backup_pool.connections ORDER BY 1");
	return [ $out =~ /^pid (\d+)/mg ];
}

sub _cpu_ms
{
	my ($pids) = @_;
	my $ns = 0;
	$ns += (split / /, eval { slurp_file("/proc/$_/schedstat") } // '0')[0] foreach @$pids;
	return $ns / 1e6;
}

# A server like ours when it was young
sub fresh
{
	my ($self) = @_;
	my $node = _new_node('fresh');
	_make($node);
	return $node;
}

# Nothing is queued, running, lent or being reset.
sub settle
{
	my ($self) = @_;
	my $until = time + $timeout;
	my $busy;
	while (($busy = $self->query("SELECT (SELECT count(*) FROM backup_pool._live_tasks() WHERE state IN ('queued', 'running')) + (SELECT count(*) FROM backup_pool.connections WHERE state <> 'idle' OR task_id IS NOT NULL)")) > 0)
	{
		last if time > $until;
		usleep(1000);
	}
	is($busy, '0', 'no slot and no connection is in use any more') if $busy;
	return;
}

# Private memory in kB and number of open files
sub process
{
	my ($pid) = @_;
	my $status = eval { slurp_file("/proc/$pid/status") } // return ();
	my ($kb) = $status =~ /^RssAnon:\s+(\d+)/m;
	my @fds = glob("/proc/$pid/fd/*");
	return ($kb, scalar @fds);
}

sub sample
{
	my ($self) = @_;
	$self->settle;
	my %s = (tasks => $self->{tasks}, databases => $self->{databases}, time => time - $self->{start});
	($s{worker}, $s{worker_fds}) = process($self->{worker});
	my @backends;
	foreach my $line (split /\n/, $self->query("SELECT pid, database || ' ' || role, uses, connected_at FROM backup_pool.connections"))
	{
		my ($pid, $key, $uses, $since) = split /\|/, $line;
		my ($kb, $fds) = process($pid) or next;
		my $b = { key => $key, tasks => $self->{tasks}, uses => $uses, kb => $kb, fds => $fds };
		push @backends, $b;
		push @{ $self->{lives}{"$pid $since"} }, $b;
	}
	$s{connections} = @backends;
	$s{kb} = [ map { $_->{kb} } grep { $_->{key} =~ /^src (?!poor)/ } @backends ];
	$s{fds} = max(map { $_->{fds} } @backends);
	$s{segments} = () = glob($self->{node}->data_dir . '/pg_dynshmem/mmap.*');
	# ended tasks keep theirs until somebody needs it: those in memory
	($s{slots}, $s{opened}, $s{log}) = split /\|/, $self->query('SELECT (SELECT count(*) FROM backup_pool._live_tasks()), (SELECT connections_opened FROM backup_pool.stats), pg_total_relation_size(\'backup_pool.task\') / 1048576');
	push @{ $self->{samples} }, \%s;
	return \%s;
}

# All slots can be had at once, and all connections: none was lost.
sub capacity
{
	my ($self, $name, $node) = @_;
	$node //= $self->{node};
	my $many = sub { return "SELECT count(backup_pool.backup_table('s.small', 'src', label => 'slots/0')) FROM generate_series(1, $_[0])"; };
	fails_like($node, $many->($SLOTS + 1), '53400', 'queue is full', "$name: one task too many");
	is($node->safe_psql('postgres', $many->($SLOTS)), $SLOTS, "$name: all task slots can be had");
	my $none = "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')";
	ok($node->poll_query_until('postgres', $none), "$name: they get done");
	my $holder = $node->background_psql('src');
	$holder->set_query_timer_restart;
	$holder->query_safe('BEGIN; LOCK TABLE s.held');
	$node->safe_psql('postgres', "SELECT count(backup_pool.backup_table('s.held', 'src', label => 'conns/0')) FROM generate_series(1, $CONNECTIONS)");
	ok($node->poll_query_until('postgres', "SELECT count(*) = $CONNECTIONS FROM backup_pool.connections WHERE state = 'busy' AND task_id IS NOT NULL"),
		"$name: all connections can be had");
	$holder->query_safe('COMMIT');
	$holder->quit;
	ok($node->poll_query_until('postgres', $none), "$name: and they get done, too");
	$node->safe_psql('postgres', "SELECT count(backup_pool.drop_archive(archive)) FROM backup_pool.archives WHERE label IN ('slots/0', 'conns/0')");
	return;
}

# How each kind has ended, as lines for people; those that may not end so fail.
sub outcomes
{
	my ($self) = @_;
	my %of = map { my ($kind) = split / /, $_; ($self->{archive}{$_} => $kind) } keys %{ $self->{archive} };
	my (%ended, %total);
	foreach my $line (split /\n/, $self->query("SELECT kind, coalesce(split_part(label, '/', 1), target), state || coalesce(' ' || sqlstate, ''), count(*) FROM backup_pool.tasks GROUP BY 1, 2, 3"))
	{
		my ($kind, $what, $end, $n) = split /\|/, $line;
		$what = $kind eq 'verify' ? $kind : $of{$what} // $what;
		$ended{$what}{$end} += $n;
		$total{$end} += $n;
	}
	my @bad = grep { my $what = $_; !$kinds{$what} || grep { !/^($kinds{$what}[1])$/ } keys %{ $ended{$what} } } sort keys %ended;
	is("@bad", '', 'every task has ended as it should');
	# those that the lot cannot have left out
	my @never = grep { $kinds{$_}[0] * $self->{tasks} / 1000 > 20 && !$ended{$_} } sort keys %kinds;
	is("@never", '', 'there were all kinds of them');
	my $cancelled = "SELECT count(*) FROM backup_pool.tasks WHERE state = 'cancelled' AND";
	cmp_ok($self->query("$cancelled started_at IS NULL"), '>', 0, 'some were cancelled while they were queued');
	cmp_ok($self->query("$cancelled started_at IS NOT NULL AND label LIKE 'held/%'"), '>', 0, 'some while they ran');
	cmp_ok($ended{halted}{'cancelled 57014'} // 0, '>', 0, 'some backups of a database, too') if $ended{halted};
	is($self->query("SELECT count(*) FROM backup_pool.tasks WHERE label ~ '^(all|data|latency)/' AND rows_done IS DISTINCT FROM 100"), '0', 'a backup has all rows');
	return map { my $what = $_; sprintf('%-10s %s', $what, join(', ', map { "$_ $ended{$what}{$_}" } sort keys %{ $ended{$what} })) } sort keys %ended;
}

# Nothing is left, and nothing is missing.
sub finish
{
	my ($self) = @_;
	my $node = $self->{node};
	no_leftovers($node, 'at the end', others => 1);
	is($self->query("SELECT count(*) FROM backup_pool.archives WHERE label <> 'fixed/0'"), '0', 'no archive that was dropped');
	is( join("\n", map { s{.*/}{}r } grep { !-e "$_/manifest.json" } glob(repository($node) . '/*/*')),
		'', 'nothing else in the repository');
	is($self->query('SELECT tasks_enqueued - tasks_succeeded - tasks_failed - tasks_cancelled FROM backup_pool.stats'), '0', 'no task was lost count of');
	is($self->query('SELECT (SELECT count(*) FROM backup_pool.task) - tasks_enqueued FROM backup_pool.stats'), '0', 'all are in the log');
	is($self->query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'"), $self->{worker}, 'it was one worker all the time');
	my $sums = "SELECT " . join(', ', map { "(SELECT sum(hashtextextended(t::text, 0)) FROM s.t$_ t)" } 1 .. $CLIENTS);
	is($node->safe_psql('copy', $sums), $node->safe_psql('src', $sums), 'what was restored last is what was saved');
	foreach ($self->{sql}, $self->{holder})
	{
		# its clock begins anew with a query only
		$_->query_safe('SELECT 1');
		$_->quit;
	}
	my @lines = grep { /PANIC|TRAP:|terminated by signal|exited with exit code|WARNING:  / } split /\n/, slurp_file($node->logfile);
	is(join("\n", @lines[ 0 .. min($#lines, 9) ]), '', 'no crash and no warning in the server\'s log');
	$node->stop;
	return;
}

1;
