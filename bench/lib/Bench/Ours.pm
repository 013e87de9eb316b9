
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Ours - tasks of backup_pool, as a caller has them done

=cut

package Bench::Ours;

use strict;
use warnings;

use Time::HiRes qw(time);

# Enqueues and waits, both in the session that is open; returns the archive.
sub task
{
	my ($bench, $call) = @_;
	my $answer = $bench->{server}->control->query("SELECT backup_pool.$call;\nSELECT backup_pool.wait();");
	my ($id, $state) = split(/\n/, $answer);
	die "task $id: $state\n" if $state ne 'succeeded';
	return $id;
}

# Enqueues by $sql in the session that is open, waits for all, returns the
# seconds.
sub tasks
{
	my ($bench, $sql) = @_;
	my $control = $bench->{server}->control;
	my $start = time();
	my @ids = grep { /^\d+$/ } split(/\n/, $control->query($sql));
	my $list = join(',', @ids);
	my $bad = $control->query(
		"SELECT count(*) FROM pg_catalog.unnest('{$list}'::bigint[]) AS id WHERE backup_pool.wait(id) <> 'succeeded'");
	my $wall = time() - $start;
	die "WRONG: $bad of " . scalar(@ids) . " tasks\n" if $bad ne '0' || !@ids;
	return $wall;
}

# The archive of a task.
sub archive
{
	my ($bench, $id) = @_;
	return $bench->{server}->control->query("SELECT archive FROM backup_pool.tasks WHERE task_id = $id");
}

sub drop
{
	my ($bench, @archives) = @_;
	$bench->{server}->control->query("SELECT backup_pool.drop_archive('$_')") foreach @archives;
	return;
}

# All archives of a database.
sub drop_all
{
	my ($bench, $db) = @_;
	$bench->{server}->control->query(
		"SELECT backup_pool.drop_archive(archive) FROM backup_pool.archives WHERE database = '$db'");
	return;
}

# Bytes of all files of an archive in the repository.
sub bytes
{
	my ($bench, $archive) = @_;
	return directory_bytes("$bench->{server}{data}/backup_pool/$archive");
}

sub directory_bytes
{
	my ($dir) = @_;
	my $bytes = 0;
	$bytes += -s $_ foreach glob("$dir/*");
	return $bytes;
}

1;
