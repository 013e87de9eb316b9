
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench - what all rows share: server, scale, progress, the lines of the table

=cut

package Bench;

use strict;
use warnings;

use Bench::Proc;
use Bench::Server;
use Bench::Usage;
use Carp;
use POSIX ();
use Time::HiRes qw(time);

sub new
{
	my ($class, %opt) = @_;
	return bless {
		scratch => $opt{scratch},
		bindir => $opt{bindir},
		user => $opt{user},
		tree => $opt{tree},
		scale => $opt{scale},
		runs => $opt{runs},
		only => $opt{only},
		pg_dump_18 => [ split(' ', $opt{'pg-dump-18'} // '') ],
		started => time(),
		lines => [],
		measured => {}
	}, $class;
}

# Makes the server.
sub begin
{
	my ($self) = @_;
	die "RUNS must be at least 1\n" if $self->{runs} < 1;
	die "SCALE must be more than 0\n" if $self->{scale} <= 0;
	Bench::Proc::init(
		user => $self->{user},
		env => {
			PATH => "$self->{bindir}:$ENV{PATH}",
			HOME => $self->{scratch},
			LC_ALL => 'C.UTF-8',
			PGHOST => $self->{scratch},
			PGUSER => 'postgres',
			PGDATABASE => 'postgres'
		});
	chdir($self->{scratch}) or croak "$self->{scratch}: $!";
	Bench::Proc::give($self->{scratch}, glob("$self->{scratch}/*"));
	$self->_room;
	($self->{load}) = split(' ', Bench::Usage::slurp('/proc/loadavg') // '');
	$self->progress("others keep this machine busy (load $self->{load}): times will vary")
	  if ($self->{load} // 0) > 1;
	$self->progress('server: making');
	$self->{server} = Bench::Server->new($self->{scratch});
	$self->{versions}{server} = $self->{server}->control->query('SHOW server_version');
	$self->{versions}{pg_dump_18} = $self->_version(@{ $self->{pg_dump_18} })
	  if @{ $self->{pg_dump_18} };
	return;
}

# Dies if the data would not fit.
sub _room
{
	my ($self) = @_;
	my $need = 3 + 30 * $self->{scale};
	my ($free) = `df -Pk '$self->{scratch}'` =~ /^\S+\s+\d+\s+\d+\s+(\d+)\s+\d+%/m;
	die sprintf("%.0f GB are needed, and %.0f GB free; BENCH_DIR= names another directory\n", $need, $free / 1048576)
	  if defined $free && $free / 1048576 < $need;
	return;
}

sub _version
{
	my ($self, @command) = @_;
	my $log = "$self->{scratch}/version.log";
	Bench::Proc::run([ @command, '--version' ], log => $log);
	open(my $fh, '<', $log) or croak "version.log: $!";
	my ($version) = join('', <$fh>) =~ /\) (\S+)/;
	return $version;
}

# Ends all that runs, and removes all that was written.
sub end
{
	my ($self) = @_;
	Bench::Proc::kill_all();
	if (-e "$self->{scratch}/pgdata/postmaster.pid")
	{
		$self->{server}{control} = undef if $self->{server};
		eval {
			Bench::Proc::run(
				[ 'pg_ctl', '-D', "$self->{scratch}/pgdata", '-m', 'immediate', '-w', 'stop' ]);
		};
	}
	chdir('/');
	system('rm', '-rf', $self->{scratch});
	return;
}

# The end of the server's log, for an error that it knows more about.
sub server_log
{
	my ($self) = @_;
	open(my $fh, '<', "$self->{scratch}/server.log") or return '';
	my @lines = grep { /ERROR|FATAL|PANIC|WARNING|DETAIL|HINT|signal/ } <$fh>;
	return join('', map { "server: $_" } @lines[ -(@lines < 10 ? @lines : 10) .. -1 ]) if @lines;
	return '';
}

sub progress
{
	my ($self, $text) = @_;
	printf STDERR "[%5.0f s] %s\n", time() - $self->{started}, $text;
	return;
}

# A whole number that SCALE makes smaller, but not below a least one.
sub scaled
{
	my ($self, $full, $least) = @_;
	my $n = int($full * ($self->{scale} < 1 ? $self->{scale} : 1));
	return $n < $least ? $least : $n;
}

sub small_tables
{
	my ($self) = @_;
	return $self->scaled(1000, 50);
}

# Schemas of data set tenants, or tenants_many
sub tenants
{
	my ($self, $db) = @_;
	return $db eq 'tenants' ? $self->scaled(2000, 20) : $self->scaled(10000, 100);
}

# A figure with its unit, as people read it.  Times come in seconds.
sub show
{
	my ($self, $value, $unit) = @_;
	return '-' if !defined $value;
	return sprintf('%.0f 1/s', $value) if $unit eq '1/s';
	return sprintf('%.1f MB', $value) if $unit eq 'MB';
	return sprintf('%.2f %%', $value) if $unit eq '%';
	return sprintf('%.3f ms', $value * 1000) if $unit eq 'ms' || $value < 0.01;
	return sprintf('%.0f ms', $value * 1000) if $value < 1;
	return sprintf('%.2f s', $value);
}

# "<= 0.40": is the value so?
sub _met
{
	my ($value, $goal) = @_;
	my ($op, $limit) = $goal =~ /^(<=|>=|<) ([\d.]+)/ or croak "goal \"$goal\"?";
	return ($op eq '<=' ? $value <= $limit : $op eq '<' ? $value < $limit : $value >= $limit) ? 1 : 0;
}

# Adds a line to the table.
#	row, what	which row it belongs to, and what is measured
#	results		as Bench::Compare returns it
#	ours, rival	names in results; without a rival there is no ratio
#	of, of_rival	which figure of each; wall if not given
#	goal		for the ratio ours / rival (inverse: rival / ours)
#	limit		for our figure itself, with its unit; no ratio then
#	unit, note
# A rival that has no results is left out, and said to be.
sub line
{
	my ($self, %l) = @_;
	my $of = $l{of} // 'wall';
	my $line = {
		row => $l{row},
		what => $l{what},
		unit => $l{unit} // 's',
		ours_name => $l{ours},
		ours => $l{results}{ $l{ours} }{$of},
		rival_name => $l{rival},
		goal => $l{goal} // $l{limit},
		goal_is_for => $l{limit} ? 'ours' : $l{goal} ? 'ratio' : undef,
		note => $l{note} };
	if (defined $l{limit})
	{
		my ($figure, $unit) = ($line->{ours}, $l{limit} =~ / (\S+)$/);
		$line->{unit} = $unit;
		$figure *= 1000 if $unit eq 'ms';
		$line->{met} = _met($figure, $l{limit});
	}
	if (defined $l{rival})
	{
		my $rival = $l{results}{ $l{rival} };
		if (!$rival)
		{
			$line->{note} = "left out: no $l{rival}";
		}
		else
		{
			$line->{rival} = $rival->{ $l{of_rival} // $of };
			my ($a, $b) = $l{inverse} ? ($line->{rival}, $line->{ours}) : ($line->{ours}, $line->{rival});
			$line->{ratio} = $b ? $a / $b : undef if !defined $l{limit};
			$line->{met} = _met($line->{ratio}, $l{goal}) if defined $l{goal} && defined $line->{ratio};
		}
	}
	push @{ $self->{lines} }, $line;
	return;
}

1;
