
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Server - the throw-away server that everybody is measured on

=head1 DESCRIPTION

There is one at a time.  Its settings are those of C<settings>, which the
report prints; everything else is PostgreSQL's default, fsync included.

=cut

package Bench::Server;

use strict;
use warnings;

use Bench::Proc;
use Bench::Psql;
use Bench::Usage;
use Carp;

# One server; the scratch directory holds its data and its socket.
sub new
{
	my ($class, $scratch) = @_;
	my $self = bless { scratch => $scratch, data => "$scratch/pgdata" }, $class;
	Bench::Proc::run(
		[
			'initdb', '-D', $self->{data}, '-U', 'postgres', '-A', 'trust',
			'-E', 'UTF8', '--locale=C', '--no-sync'
		],
		log => "$scratch/initdb.log");
	my $conf = '';
	my %settings = $self->settings;
	$conf .= "$_ = '$settings{$_}'\n" foreach sort keys %settings;
	# no setting that could matter: where it listens
	$conf .= "listen_addresses = ''\nunix_socket_directories = '$scratch'\n";
	open(my $fh, '>>', "$self->{data}/postgresql.conf") or croak "postgresql.conf: $!";
	print $fh $conf;
	close($fh) or croak "postgresql.conf: $!";
	$self->start;
	$self->sql('postgres', 'CREATE EXTENSION backup_pool');
	return $self;
}

# Same for every rival.  shared_buffers: a quarter of memory, 4 GB at most.
sub settings
{
	my $memory = Bench::Usage::meminfo('MemTotal');
	my $buffers = int($memory / 4 / 1024);
	$buffers = 4096 if $buffers > 4096;
	return (
		shared_preload_libraries => 'backup_pool',
		shared_buffers => "${buffers}MB",
		max_wal_size => '16GB',
		# pg_dump of "many" locks 5,000 tables at once
		max_locks_per_transaction => 256);
}

sub _options
{
	my (%extra) = @_;
	return join(' ', map { "-c $_=$extra{$_}" } sort keys %extra);
}

# extra: settings for this start only
sub start
{
	my ($self, %extra) = @_;
	my $options = _options(%extra);
	Bench::Proc::run(
		[ 'pg_ctl', '-D', $self->{data}, '-l', "$self->{scratch}/server.log", '-o', $options, '-w', '-t', '300', 'start' ],
		log => "$self->{scratch}/pg_ctl.log");
	open(my $fh, '<', "$self->{data}/postmaster.pid") or croak "postmaster.pid: $!";
	chomp($self->{pid} = <$fh>);
	close($fh);
	$self->{extra} = $options;
	$self->{control} = Bench::Psql->new('postgres');
	return;
}

sub stop
{
	my ($self, $mode) = @_;
	$self->{control}->close if $self->{control};
	$self->{control} = undef;
	Bench::Proc::run(
		[ 'pg_ctl', '-D', $self->{data}, '-m', $mode // 'fast', '-w', '-t', '300', 'stop' ],
		log => "$self->{scratch}/pg_ctl.log");
	$self->{pid} = undef;
	return;
}

# Starts it anew, if it does not run with these settings already.
sub with
{
	my ($self, %extra) = @_;
	return if $self->{extra} eq _options(%extra);
	$self->stop;
	$self->start(%extra);
	return;
}

# The session in the home database that is always open.
sub control
{
	my ($self) = @_;
	return $self->{control};
}

# Statements in a session of their own, so that no session stays in a database
# that is to be dropped.
sub sql
{
	my ($self, $db, $sql) = @_;
	return $self->control->query($sql) if $db eq 'postgres' && $self->{control};
	my $session = Bench::Psql->new($db);
	my $answer = $session->query($sql);
	$session->close;
	return $answer;
}

sub create_database
{
	my ($self, $db, $template) = @_;
	$template //= 'template0';
	# a copy of the files, not a log of their pages
	my $how = $template eq 'template0' ? '' : ' STRATEGY file_copy';
	$self->control->query("CREATE DATABASE $db TEMPLATE $template$how");
	return;
}

sub drop_database
{
	my ($self, $db) = @_;
	$self->control->query("DROP DATABASE IF EXISTS $db");
	return;
}

# What everybody starts from: no dirty buffers, nothing to be written back.
sub quiet
{
	my ($self) = @_;
	$self->control->query('CHECKPOINT');
	Bench::Proc::run(['sync']);
	return;
}

# It may still be about to start.
sub worker_pid
{
	my ($self) = @_;
	for (1 .. 1000)
	{
		my $pid = $self->control->query(
			"SELECT pid FROM pg_catalog.pg_stat_activity WHERE backend_type = 'backup_pool worker'");
		return $pid if $pid ne '';
		select(undef, undef, undef, 0.01);
	}
	die "the worker does not start\n";
}

# Waits until the sessions that were not there before have gone: what they
# used is counted only then.
sub settle
{
	my ($self, %before) = @_;
	for (my $i = 0; $i < 5000; $i++)
	{
		return if !grep { !$before{$_} && !Bench::Usage::auxiliary($_) }
		  Bench::Usage::children($self->{pid});
		select(undef, undef, undef, 0.002);
	}
	die "sessions of pg_dump do not end\n";
}

1;
