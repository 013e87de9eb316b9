
# Copyright (c) 2026, backup_pool contributors

# A process is killed, or the server is stopped, in the middle of backups and
# restores; each fault happens once.  This is a short form of `make soak`,
# always with the same seed.

use strict;
use warnings;

use BackupPool::Faults;
use Test::More;

my $faults = BackupPool::Faults->new(seed => 1, rows => 40_000);
my $round = 0;
foreach my $fault (@BackupPool::Faults::FAULTS)
{
	# on a busy machine a fault may come too late: then it is tried again
	foreach (1 .. 3)
	{
		$faults->round(++$round, $fault);
		last if $faults->{injected}{$fault};
	}
}
is(join(' ', map { "$_ $faults->{injected}{$_}" } @BackupPool::Faults::FAULTS), join(' ', map { "$_ 1" } @BackupPool::Faults::FAULTS), 'each fault happened');
$faults->finish;
done_testing();
