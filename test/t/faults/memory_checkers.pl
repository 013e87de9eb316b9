
# Copyright (c) 2026, backup_pool contributors

# Tests that the checkers of `make check-memory` find the mistakes that they
# are meant to find: functions of a test module make one mistake of each kind.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $reports = $ENV{BP_REPORTS};
plan skip_all => 'only in make check-memory' unless defined $reports;

# what others report is none of our business, and ours none of theirs
my $own = PostgreSQL::Test::Utils::tempdir_short();
foreach my $name (qw(ASAN_OPTIONS UBSAN_OPTIONS))
{
	like($ENV{$name}, qr/log_path=\Q$reports\E/, "$name is set");
	$ENV{$name} =~ s/log_path=\Q$reports\E/log_path=$own/;
}

my $node = PostgreSQL::Test::Cluster->new('wrong');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
$node->safe_psql('postgres',
	"CREATE FUNCTION wrong(text, int, regclass DEFAULT 'pg_class') RETURNS int LANGUAGE c AS 'bp_zoo_wrong', 'bp_zoo_wrong'");

is($node->safe_psql('postgres', "SELECT wrong('read past', 20) + wrong('write past', 20) + wrong('shift', 30)"), 1 << 30, 'no mistakes');
is(join(' ', glob("$own/*")), '', 'and no reports');

my $asan = qr/AddressSanitizer: use-after-poison/;
foreach my $case (
	[ 'read past', 21, $asan ],
	[ 'write past', 21, $asan ],
	[ 'read freed', 0, $asan ],
	[ 'read unpinned', 0, $asan ],
	[ 'shift', 33, qr/runtime error: shift exponent 33/ ],
	[ 'assert', 1, qr/TRAP: / ])
{
	my ($what, $n, $expected) = @$case;
	my $offset = -s $node->logfile;
	$node->psql('postgres', "SELECT wrong('$what', $n)");
	$node->poll_query_until('postgres', 'SELECT 1', '1');
	my @files = glob("$own/*");
	like(join('', slurp_file($node->logfile, $offset), map { slurp_file($_) } @files), $expected, "$what: found");
	unlink @files;
}

$node->stop;
# make check looks through the servers' logs for just that
unlink $node->logfile;
done_testing();
