
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::Faults - rounds of tasks with a random fault in the middle of each

=head1 SYNOPSIS

  my $faults = BackupPool::Faults->new(seed => 7, rows => 40000);
  $faults->round($_) foreach (1 .. 20);
  $faults->finish;

=head1 DESCRIPTION

A database that does not change is backed up, and restored from an earlier
backup.  At a random moment one of these faults happens: a pooled backend or the
pg_dump of one is killed, the worker is terminated, or the server is stopped in
one of the three modes.  When the server is back and all tasks are over, all that
can be observed must be as if there had been no fault, except for what
docs/reliability.md describes.

The seed alone determines the faults and their moments, but not how far the server
has come by then.  So the same seed makes the same failure likely, not certain.

=cut

package BackupPool::Faults;

use strict;
use warnings;

use BackupPool;
use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

our @EXPORT_OK = qw(signature);

our @FAULTS = qw(backend pg_dump worker immediate fast smart);

# For each, the states in which a backup may end, and a restore.
my %may = (
	backend => [ 'succeeded', 'succeeded|interrupted' ],
	pg_dump => [ 'succeeded|failed', 'succeeded' ],
	worker => [ 'succeeded', 'succeeded|interrupted' ],
	immediate => [ 'succeeded', 'succeeded|interrupted' ],
	fast => [ 'succeeded', 'succeeded|interrupted' ],
	smart => [ 'succeeded', 'succeeded|interrupted' ]);

my $timeout = $PostgreSQL::Test::Utils::timeout_default;

# What the tables and large objects of a database hold: for each the number of
# rows and a checksum that does not depend on their order.
sub signature
{
	my ($node, $db) = @_;
	return $node->safe_psql(
		$db, q{
		SELECT c.oid::regclass, query_to_xml(format('SELECT count(*), sum(hashtextextended(t::text, 0)) FROM %s t', c.oid::regclass), true, false, '')
		FROM pg_class c WHERE relkind = 'r' AND relnamespace = 's'::regnamespace ORDER BY relname;
		SELECT 'large objects', count(*), sum(hashtextextended(lo_get(oid)::text, oid::bigint)) FROM pg_largeobject_metadata;
		SELECT relname, pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 's'::regnamespace ORDER BY relname;
		SELECT 'sequence', last_value FROM s.seq;
	});
}

sub new
{
	my ($class, %opt) = @_;
	my $self = bless {
		rows => $opt{rows} // 40000,
		seed => $opt{seed},
		faults => $opt{faults} // [@FAULTS],
		injected => { map { $_ => 0 } @FAULTS },
		missed => { map { $_ => 0 } @FAULTS },
		ended => {},
		verified => 0,
		dropped => {},
		targets => [],
	}, $class;
	srand($self->{seed});
	diag("seed $self->{seed}");

	# as often as it takes: the number of attempts is for test/t/worker/restart.pl
	my $node = new_node('main', conf => "backup_pool.max_connections = 4\nbackup_pool.max_attempts = 100\nfsync = off\nmax_wal_size = 256MB");
	$self->{node} = $node;
	$node->safe_psql('postgres', 'CREATE DATABASE src');
	$node->safe_psql(
		'src', qq{
		CREATE SCHEMA s;
		CREATE SEQUENCE s.seq; SELECT setval('s.seq', 4711);
		CREATE TABLE s.big AS SELECT g AS id, md5(g::text) AS a, repeat(md5((g % 1000)::text), 6) AS b FROM generate_series(1, $self->{rows}) g;
		ALTER TABLE s.big ADD PRIMARY KEY (id);
		CREATE INDEX big_a ON s.big (a);
		CREATE TABLE s.wide AS SELECT g AS id, (SELECT string_agg(md5((g * 1000 + h)::text), '') FROM generate_series(1, 200) h) AS v FROM generate_series(1, $self->{rows} / 200) g;
		SELECT lo_from_bytea(0, decode(repeat(md5(g::text), 500), 'hex')) FROM generate_series(1, 20) g;
	});
	$node->safe_psql('src',
		"SELECT format('CREATE TABLE s.t%s (id int PRIMARY KEY, v text, big int REFERENCES s.big); INSERT INTO s.t%s SELECT h, md5(h::text), h FROM generate_series(1, 20) h', g, g) FROM generate_series(1, 40) g \\gexec");
	$self->{signature} = signature($node, 'src');
	$self->{databases} = { map { $_ => 1 } qw(postgres template0 template1 src) };

	# something to restore from the first round on
	backup_ok($node, "SELECT backup_pool.backup_database('src')", 'an archive before the first fault');
	return $self;
}

sub draw
{
	my (@from) = @_;
	return $from[ int(rand(@from)) ];
}

# Enqueues what runs during a round; returns nothing, the log knows.
sub enqueue
{
	my ($self, $round, $fault) = @_;
	my $node = $self->{node};
	my @sql;
	push @sql, "backup_pool.backup_database('src')" if $fault eq 'pg_dump';
	foreach (1 .. 2 + int(rand(2)))
	{
		my $how = draw("compression => 'gzip:9'", "compression => 'zstd:1'", "compression => 'none'", "compression => 'lz4'");
		$how .= ', parallel => ' . draw(1, 1, 2, 4);
		push @sql, draw(
			"backup_pool.backup_database('src', $how)",
			"backup_pool.backup_database('src', $how)",
			"backup_pool.backup_schema('s', 'src', content => 'data', $how)",
			"backup_pool.backup_table('s.t*', 'src', content => 'data', $how)");
	}
	my $target = "r$round";
	my $source = draw(split /\n/, $node->safe_psql('postgres', "SELECT archive FROM backup_pool.archives WHERE content = 'all' ORDER BY task_id"));
	push @{ $self->{targets} }, $target;
	$self->{databases}{$target} = 1;
	push @sql, "backup_pool.restore('$source', '$target', create_database => true, parallel => " . draw(1, 2, 4) . ')';
	@sql = sort { $a cmp $b } @sql if rand() < 0.5;    # restores last
	@sql = reverse @sql if rand() < 0.5;
	$node->safe_psql('postgres', join('', map { "SELECT $_;\n" } @sql));
	return;
}

# The pg_dump processes under this server
sub dumps
{
	my ($self) = @_;
	my %parent = map { /^\s*(\d+)\s+(\d+)\s+(.*)/ ? ($1 => [ $2, $3 ]) : () } BackupPool::processes();
	return grep { $parent{$_}[1] eq 'pg_dump' && BackupPool::descends(\%parent, $_, $self->{postmaster}) } keys %parent;
}

sub over
{
	my ($self) = @_;
	return $self->{node}->safe_psql('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')") eq 't';
}

sub pid_of
{
	my ($self, $sql) = @_;
	return draw(split /\n/, $self->{node}->safe_psql('postgres', $sql));
}

# True if there was something to be hit.
sub inject
{
	my ($self, $fault) = @_;
	my $node = $self->{node};
	if ($fault eq 'backend')
	{
		# one at work if there is any, else an idle one
		my $pid = $self->pid_of('SELECT pid FROM backup_pool.connections WHERE task_id IS NOT NULL AND pid <> 0')
		  // $self->pid_of('SELECT pid FROM backup_pool.connections WHERE pid <> 0');
		return 0 unless defined $pid && kill(9, $pid);
		# once the postmaster has seen it, it ends all others at once
		usleep(1000) while kill(0, $pid);
		return 1;
	}
	if ($fault eq 'worker')
	{
		my $pid = $self->pid_of("SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");
		return 0 unless defined $pid && kill(15, $pid);
		# until it is another one, or nothing was tested
		return $node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'backup_pool worker' AND pid <> $pid");
	}
	if ($fault eq 'pg_dump')
	{
		# one comes with each backup of the database: wait for it
		my $until = time + 5;
		for (my $looks = 1; time < $until; $looks++)
		{
			my ($pid) = $self->dumps;
			if (defined $pid)
			{
				usleep(int(rand(40_000)));
				return kill(9, $pid);
			}
			last if $looks % 20 == 0 && $self->over;
		}
		return 0;
	}
	my $ended = $node->stop($fault, fail_ok => 1);
	ok($ended, "a $fault shutdown ends");
	$node->stop('immediate') unless $ended;
	return 1;
}

# The server is there, and all tasks are over.
sub settle
{
	my ($self, $name) = @_;
	my $node = $self->{node};
	if (!-e $node->data_dir . '/postmaster.pid')
	{
		$node->start;
	}
	$node->poll_query_until('postgres', 'SELECT 1', '1') or BAIL_OUT("$name: the server is not there");
	my $until = time + $timeout;
	my $done = 0;
	while (!$done && time < $until)
	{
		# a crash may be under way yet: an error here is none of the tasks'
		my ($rc, $out) = run_sql($node, 'postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')");
		$done = $rc == 0 && $out eq 't';
		usleep(50_000) unless $done;
	}
	ok($done, "$name: all tasks end")
	  or diag($node->safe_psql('postgres', "SELECT task_id, kind, state, phase, attempt, error FROM backup_pool.tasks WHERE state IN ('queued', 'running')"));
	$self->{postmaster} = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	return;
}

# Nothing is left of what was under way.
sub clean
{
	my ($self, $name) = @_;
	my $node = $self->{node};
	my @partial = glob(repository($node) . '/*/*.partial');
	is("@partial", '', "$name: no .partial");

	my %parent = map { /^\s*(\d+)\s+(\d+)\s+(.*)/ ? ($1 => [ $2, $3 ]) : () } BackupPool::processes();
	my @strangers = map { "$_ $parent{$_}[1]" } grep { BackupPool::descends(\%parent, $_, $self->{postmaster}) && $parent{$_}[1] !~ /^postgres/ } keys %parent;
	is("@strangers", '', "$name: no child process");

	# a session may have had no time yet to be reset
	ok( $node->poll_query_until(
			'postgres', q{
			SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%')
			AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE backend_type = 'client backend' AND application_name ~ '^backup_pool|pg_dump' AND (state <> 'idle' OR backend_xmin IS NOT NULL OR NOT EXISTS (SELECT FROM backup_pool.connections c WHERE c.pid = a.pid)))
			AND NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE application_name ~ '^backup_pool|pg_dump')
			AND NOT EXISTS (SELECT FROM backup_pool.connections WHERE state <> 'idle' OR task_id IS NOT NULL)
			AND NOT EXISTS (SELECT FROM pg_replication_slots)
			AND NOT EXISTS (SELECT FROM pg_prepared_xacts)}),
		"$name: no session at work, no transaction, lock, snapshot or slot of ours");
	my @extra = grep { !$self->{databases}{$_} } split /\n/, $node->safe_psql('postgres', 'SELECT datname FROM pg_database');
	is("@extra", '', "$name: no database that no task made");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'"), '1', "$name: one worker");
	return;
}

# Tasks ended as they may, and those that succeeded have what they tell.
sub outcomes
{
	my ($self, $fault, $hit, $name) = @_;
	my $node = $self->{node};
	my $last = $self->{last} // 0;
	my @bad;
	foreach my $line (split /\n/, $node->safe_psql('postgres', "SELECT task_id, kind, state, attempt, database, coalesce(replace(error, E'\\n', ' '), '') FROM backup_pool.tasks WHERE task_id > $last ORDER BY task_id"))
	{
		my ($id, $kind, $state, $attempt, $db, $error) = split /\|/, $line, 6;
		my $may = $hit ? $may{$fault}[ $kind eq 'restore' ] : 'succeeded';
		push @bad, $line if $state !~ /^($may)$/;
		push @bad, "$line: without a word" if $state ne 'succeeded' && $error eq '';
		push @bad, "$line: another error than expected" if $state eq 'failed' && $error !~ /^pg_dump failed: /;
		$self->{ended}{"$kind $state"}++;
		$self->{again} += $attempt - 1;
		$self->{last} = $id;
		if ($kind eq 'restore' && $state eq 'succeeded')
		{
			is(signature($node, $db), $self->{signature}, "$name: what was restored is what there was");
		}
	}
	is(join("\n", @bad), '', "$name: tasks end as they may");

	# the log and the repository say the same
	my $dropped = join(', ', 0, keys %{ $self->{dropped} });
	is( $node->safe_psql(
			'postgres', qq{
			SELECT string_agg(coalesce(t.task_id, a.task_id)::text, ' ') FROM backup_pool.archives a
			FULL JOIN (SELECT * FROM backup_pool.tasks WHERE kind = 'backup' AND state = 'succeeded' AND task_id NOT IN ($dropped)) t
			ON t.task_id = a.task_id AND t.archive = a.archive
			WHERE t.task_id IS NULL OR a.task_id IS NULL}),
		'',
		"$name: an archive for each backup that succeeded, and no other");
	return;
}

# Does an archive hold what was in the source?
sub verify
{
	my ($self, $archive, $name) = @_;
	my $node = $self->{node};
	my $content = $node->safe_psql('postgres', "SELECT content || ' ' || tables FROM backup_pool.archives WHERE archive = '$archive'");
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS chk');
	if ($content =~ /^all/)
	{
		restore_ok($node, "SELECT backup_pool.restore('$archive', 'chk', create_database => true)", "$name: $archive restores");
	}
	else
	{
		# what the archive does not have must come from the source, the rest
		# must not
		my $tables = $content =~ /^data 40$/ ? '^t' : '.';
		$node->safe_psql('postgres', 'CREATE DATABASE chk TEMPLATE src');
		$node->safe_psql('chk', "DO \$\$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 's'::regnamespace AND relname ~ '$tables'); END \$\$"
			  . ($tables eq '.' ? ";\nSELECT setval('s.seq', 1)" : ''));
		isnt(signature($node, 'chk'), $self->{signature}, "$name: a database without the data");
		restore_ok($node, "SELECT backup_pool.restore('$archive', 'chk', content => 'data')", "$name: $archive restores");
	}
	is(signature($node, 'chk'), $self->{signature}, "$name: to what there was");
	$node->safe_psql('postgres', 'DROP DATABASE chk');
	$self->{last} = $node->safe_psql('postgres', 'SELECT max(task_id) FROM backup_pool.tasks');
	$self->{verified}++;
	return;
}

sub listed
{
	my ($self) = @_;
	return split /\n/, $self->{node}->safe_psql('postgres', 'SELECT archive FROM backup_pool.archives ORDER BY task_id');
}

sub drop
{
	my ($self, $archive) = @_;
	my ($id) = $archive =~ /-(\d+)$/;
	$self->{node}->safe_psql('postgres', "SELECT backup_pool.drop_archive('$archive')");
	$self->{dropped}{$id} = 1;
	return;
}

sub round
{
	my ($self, $round, $fault) = @_;
	$fault //= draw(@{ $self->{faults} });
	my $name = "round $round, $fault";
	my $node = $self->{node};
	note($name);
	$self->{postmaster} = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	$self->{last} //= $node->safe_psql('postgres', 'SELECT max(task_id) FROM backup_pool.tasks');
	$self->enqueue($round, $fault);

	# Any moment will do, so this is no waiting for something to have happened.
	usleep(int(rand(draw(50_000, 400_000, 1_000_000)))) unless $fault eq 'pg_dump';
	my $hit = $self->inject($fault);
	$self->{ $hit ? 'injected' : 'missed' }{$fault}++;
	$self->settle($name);
	$self->clean($name);
	$self->outcomes($fault, $hit, $name);

	# keep few databases and archives, but look into one before it goes
	while (my $target = shift @{ $self->{targets} })
	{
		# an interrupted restore may not have come to make it
		$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $target");
		delete $self->{databases}{$target};
	}
	$self->{databases}{chk} = 1;
	my @archives = $self->listed;
	my $first = shift @archives;
	do
	{
		my $one = splice(@archives, int(rand(@archives)), 1) // $first;
		$self->verify($one, $name);
		# the first stays: there must be one to restore from
		$self->drop($one) if $one ne $first;
	} while (@archives > 8);
	delete $self->{databases}{chk};
	return;
}

# At the end all that is listed is looked into.
sub finish
{
	my ($self) = @_;
	my $node = $self->{node};
	$self->{databases}{chk} = 1;
	$self->verify($_, 'at the end') foreach $self->listed;
	delete $self->{databases}{chk};
	$self->settle('at the end');
	$self->clean('at the end');
	is(signature($node, 'src'), $self->{signature}, 'the source is what it was');
	my @lines = grep { /PANIC|TRAP:|signal (6|7|8|11)\b|cannot go from/ } split /\n/, slurp_file($node->logfile);
	is(join("\n", @lines), '', 'the server\'s log has no crash but ours');
	$node->stop;
	diag("faults injected: " . join(', ', map { "$_ $self->{injected}{$_}" } @FAULTS)
		  . '; too late: ' . join(', ', map { "$_ $self->{missed}{$_}" } grep { $self->{missed}{$_} } @FAULTS));
	diag('tasks ended: ' . join(', ', map { "$_ $self->{ended}{$_}" } sort keys %{ $self->{ended} })
		  . '; begun again: ' . ($self->{again} // 0) . "; archives restored and compared: $self->{verified}");
	return;
}

1;
