
# Copyright (c) 2026, backup_pool contributors

# A short form of `make endurance`: tasks of all kinds at once, with cancels,
# errors and DDL.  Afterwards no slot, connection, file or segment is
# missing.  The run is too short to measure memory and latency.

use strict;
use warnings;

use BackupPool::Endurance;
use Test::More;

my $run = BackupPool::Endurance->new(seed => 3);
$run->capacity('at the start');
$run->chunk(150, 1);
my $warm = $run->sample;
$run->chunk(350, 1);
my $end = $run->sample;
cmp_ok($end->{worker_fds} - $end->{connections}, '<=', $warm->{worker_fds} - $warm->{connections} + 2, 'the worker has no more files than before');
cmp_ok($end->{segments}, '<=', $warm->{segments} + 1, 'and there are no more segments of shared memory');
$run->capacity('at the end');
note($_) foreach $run->outcomes;
$run->finish;
done_testing();
