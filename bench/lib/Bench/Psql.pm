
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Psql - a session that stays open

=head1 DESCRIPTION

One psql as a co-process: what is measured in a session is measured without the
cost of making one.  The end of an answer is seen by a line that psql echoes
after it.

=cut

package Bench::Psql;

use strict;
use warnings;

use Bench::Proc;
use Carp;

sub new
{
	my ($class, $db, %opt) = @_;
	local $ENV{PGOPTIONS} = $opt{options} // '';
	pipe(my $in, my $to) or croak "pipe: $!";
	pipe(my $from, my $out) or croak "pipe: $!";
	my $pid = Bench::Proc::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-d', $db ],
		in => $in,
		out => $out,
		err => $out);
	close($in);
	close($out);
	$to->autoflush(1);
	my $self = bless {
		pid => $pid,
		to => $to,
		from => $from,
		buffer => '',
		count => 0,
		owner => $$
	}, $class;
	$self->{backend} = $self->query('SELECT pg_catalog.pg_backend_pid()');
	return $self;
}

# Sends statements, each ended by a semicolon, and returns what psql writes for
# all of them.  Each is a transaction of its own.  Dies if one of them fails.
sub query
{
	my ($self, $sql) = @_;
	my $mark = sprintf('-- %d done --', ++$self->{count});
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{to} } "$sql\n;\n\\echo '$mark'\n";
	my $at;
	while (($at = index($self->{buffer}, "$mark\n")) < 0)
	{
		my $n = sysread($self->{from}, $self->{buffer}, 65536, length($self->{buffer}));
		next if !defined $n && $!{EINTR};
		die "psql has gone:\n$self->{buffer}" if !$n;
	}
	my $answer = substr($self->{buffer}, 0, $at);
	substr($self->{buffer}, 0, $at + length("$mark\n")) = '';
	chomp($answer);
	die "$answer\nfor: $sql\n" if $answer =~ /^(?:psql:.*)?(?:ERROR|FATAL):/m;
	return $answer;
}

# As query, and returns the time of each statement as psql sees it, in
# milliseconds.
sub times
{
	my ($self, $sql) = @_;
	my $answer = $self->query("\\timing on\n$sql\n\\timing off");
	return $answer =~ /^Time: ([\d.]+) ms/mg;
}

sub close
{
	my ($self) = @_;
	return if !$self->{pid} || $self->{owner} != $$;
	close($self->{to});
	Bench::Proc::finish($self->{pid});
	$self->{pid} = undef;
	return;
}

1;
