
# Copyright (c) 2026, backup_pool contributors

# Random faults, for as long as you like.  `make soak` runs this program.
#
#	make soak [ROUNDS=200] [SECONDS=600] [SEED=1]
#
# With SECONDS, the round that is running after that time is the last one.

use strict;
use warnings;

use BackupPool::Faults;
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{SOAK_SECONDS} || 0;
my $rounds = $ENV{SOAK_ROUNDS} || ($seconds ? 1_000_000 : 200);
my $faults = BackupPool::Faults->new(
	seed => $ENV{SOAK_SEED} || int(time) % 1_000_000,
	rows => 120_000);
my $start = time;
my $done = 0;
while ($done < $rounds && (!$seconds || time - $start < $seconds))
{
	$faults->round(++$done);
	# somebody may be watching
	diag(sprintf('%d rounds, %d s', $done, time - $start)) if $done % 10 == 0;
	last unless Test::More->builder->is_passing;
}
$faults->finish;
diag("$done rounds");
done_testing();
