
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::Oracle - compares our definitions with those of pg_dump

=head1 SYNOPSIS

  my $oracle = BackupPool::Oracle->new($node);
  $oracle->check('zoo', schemas('all', 'zoo'), tables('schema', 'zoo.big', 'zoo.tree'));
  $oracle->report;

=head1 DESCRIPTION

The node runs with backup_pool.definitions = native, so a backup that needs
pg_dump fails with SQLSTATE 0A000.  That is no failure of the test: such backups
are counted by reason.  report() prints the counts, and share() returns the share
of selections that do not need pg_dump, which the test may check.

All selections of a call are backed up first.  After that pg_dump is run for each
one, which takes most of the time.

=cut

package BackupPool::Oracle;

use strict;
use warnings;

use BackupPool;
use BackupPool::Toc;
use Exporter 'import';
use File::Path qw(rmtree);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(tables schemas pattern literal names hex_of analyze);

# So many differences of one selection are shown
my $most = $ENV{BACKUP_POOL_SHOW} // 12;

# What a server needs for it
our $conf = <<'CONF';
max_locks_per_transaction = 256
backup_pool.max_tasks = 2000
backup_pool.definitions = native
autovacuum = off
CONF

sub new
{
	my ($class, $node) = @_;
	return bless {
		node => $node,
		version => pg_version($node),
		native => 0,
		failed => 0,
		entries => 0,
		moved => 0,
		reasons => {},
	}, $class;
}

# Does this release make definitions without pg_dump at all?
sub known
{
	my ($self) = @_;
	my $task = run_task($self->{node}, "SELECT backup_pool.backup_schema('public', content => 'schema')");
	return $task->{detail} !~ /release are not known/;
}

sub pattern
{
	return join('.', map { '"' . s/"/""/gr . '"' } @_);
}

sub literal
{
	my ($text) = @_;
	return "'" . $text =~ s/'/''/gr . "'";
}

# Selections by pattern, as pg_dump understands them.
sub tables
{
	my ($content, @patterns) = @_;
	return {
		content => $content,
		function => 'backup_tables',
		argument => 'ARRAY[' . join(', ', map { literal($_) } @patterns) . ']',
		args => [ map { ('-t', $_) } @patterns ]
	};
}

sub schemas
{
	my ($content, @patterns) = @_;
	return { %{ tables($content, @patterns) },
		function => 'backup_schemas',
		args => [ map { ('-n', $_) } @patterns ] };
}

sub hex_of
{
	my ($column) = @_;
	return "encode(convert_to($column, 'UTF8'), 'hex')";
}

# One table in so many; some cannot be analyzed, by what their functions do.
# 18 keeps statistics in archives.
sub analyze
{
	my ($node, $db, $each) = @_;
	my $n = 0;
	foreach my $table (names($node, $db,
			'SELECT ' . hex_of('oid::regclass::text') . " FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace >= 16384 OR relnamespace = 2200 AND relkind = 'r' ORDER BY oid"))
	{
		$node->psql($db, "ANALYZE $table->[0]") unless $n++ % $each;
	}
	return;
}

# Rows of hex-encoded columns, separated by commas: names may hold anything.
sub names
{
	my ($node, $db, $query) = @_;
	return map {
		[ map { pack('H*', $_) } split(/,/, $_, -1) ]
	} split(/\n/, $node->safe_psql($db, $query));
}

sub dump_args
{
	my ($self, $s) = @_;
	my @content =
	    $s->{content} eq 'schema' ? ('-s')
	  : $s->{content} eq 'data' ? ('-a')
	  : $self->{version} >= 18 ? ('--statistics')
	  : ();
	return (@content, $s->{user} ? ('-U', $s->{user}) : (), @{ $s->{args} });
}

sub enqueue
{
	my ($self, $db, @selections) = @_;
	my $in = literal($db);
	return split(/\n/, $self->{node}->safe_psql('postgres',
			join('', map {
				my $more = $_->{more} ? ", $_->{more}" : '';
				($_->{user} ? "SET ROLE $_->{user};\n" : '') . "SELECT backup_pool.$_->{function}($_->{argument}, $in, content => '$_->{content}'$more, compression => 'none');\n" . ($_->{user} ? "RESET ROLE;\n" : '')
			} @selections)));
}

# All rows of these tasks, by id
sub rows
{
	my ($self, @ids) = @_;
	my $node = $self->{node};
	$node->safe_psql('postgres',
		join('', map { "DO \$\$BEGIN PERFORM backup_pool.wait($_); EXCEPTION WHEN OTHERS THEN NULL; END\$\$;\n" } @ids));
	my $list = join(', ', map { hex_of("coalesce($_\::text, '')") } qw(task_id state archive sqlstate error detail));
	my %rows;
	foreach my $row (names($node, 'postgres',
			"SELECT concat_ws(',', $list) FROM backup_pool.tasks WHERE task_id BETWEEN $ids[0] AND $ids[-1]"))
	{
		my %row;
		@row{qw(id state archive sqlstate error detail)} = @$row;
		$rows{ $row{id} } = \%row;
	}
	return \%rows;
}

# Compares; returns how many were not as pg_dump's.  $hint is what makes the
# same selection again.
sub check
{
	my ($self, $what, $db, $hint, @selections) = @_;
	my $bad = 0;
	return $bad unless @selections;
	my @ids = $self->enqueue($db, @selections);
	my $rows = $self->rows(@ids);
	foreach my $i (0 .. $#selections)
	{
		my $s = $selections[$i];
		my $name = "$what: " . $self->name($s);
		my $row = $rows->{ $ids[$i] };
		$bad++ unless $self->check_one($name, $hint, $db, $s, $row);
		rmtree(archive_path($self->{node}, $row->{archive})) if $row->{archive} ne '';
	}
	return $bad;
}

sub name
{
	my ($self, $s) = @_;
	my $text = join(' ', $s->{content}, @{ $s->{args} });
	$text =~ s/\n/\\n/g;
	$text =~ s/#/\\#/g;    # it would be a directive
	return length($text) > 300 ? substr($text, 0, 300) . ' ...' : $text;
}

sub check_one
{
	my ($self, $name, $hint, $db, $s, $row) = @_;
	if ($row->{state} ne 'succeeded' && $row->{sqlstate} eq '0A000')
	{
		note("$name: $row->{detail}");
		$self->{reasons}{ $row->{detail} }++;
		return pass("$name: left to pg_dump");
	}
	if ($row->{state} ne 'succeeded')
	{
		$self->{failed}++;
		fail("$name ($hint)");
		diag("$row->{sqlstate}: $row->{error}: $row->{detail}");
		return 0;
	}
	$self->{native}++;
	my $ours = read_toc(archive_path($self->{node}, $row->{archive}) . '/toc.dat');
	my $theirs = pg_dump_toc($self->{node}->connstr($db), $self->dump_args($s));
	my $difference = toc_differences($ours, $theirs);
	my @texts = @{ $difference->{texts} };
	$self->{entries} += $difference->{entries};
	$self->{moved}++ if $difference->{moved};
	note("$name: $difference->{moved} of $difference->{entries} entries stand elsewhere") if $difference->{moved};
	return 1 if ok(!@texts, "$name ($hint)");
	$self->{failed}++;
	diag(@texts . ' differences: "-" is pg_dump, "+" is ours');
	diag($_) foreach @texts > $most ? @texts[ 0 .. $most - 1 ] : @texts;
	return 0;
}

sub refused
{
	my ($self) = @_;
	my $n = 0;
	$n += $_ foreach values %{ $self->{reasons} };
	return $n;
}

# Of a hundred selections, how many were not left to pg_dump?
sub share
{
	my ($self) = @_;
	my $all = $self->{native} + $self->refused;
	return $all ? 100 * $self->{native} / $all : 0;
}

sub report
{
	my ($self, $what) = @_;
	diag(sprintf('%s: %d selections native (%.1f %%, %d entries, %d in another order, %d failed), %d left to pg_dump',
			$what, $self->{native}, $self->share, $self->{entries}, $self->{moved}, $self->{failed}, $self->refused));
	my $reasons = $self->{reasons};
	diag(sprintf('%6d %s', $reasons->{$_}, $_))
	  foreach sort { $reasons->{$b} <=> $reasons->{$a} || $a cmp $b } keys %$reasons;
	return;
}

1;
