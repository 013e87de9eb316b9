
# Copyright (c) 2026, backup_pool contributors

# Replays the seeds of the fuzzers and the inputs that once failed, with the
# fuzzers' own program but without libFuzzer.  test/fuzz/fuzz.c says what
# counts as a failure.  test/tools/check builds the program.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'has sanitizers of its own' if $ENV{BP_REPORTS};

my $dir = "$ENV{TESTDIR}/test/fuzz";
my %cases;

foreach my $case (glob("$dir/seeds/*/* $dir/found/*/*"))
{
	my ($name) = $case =~ m{([^/]+)/[^/]+$};
	push @{ $cases{$name} }, $case;
}
cmp_ok(scalar(keys %cases), '>=', 14, 'there are cases for each fuzzer');

# sanitizers of older compilers do not bear all that newer kernels do by chance
my @command = system('setarch -R true >/dev/null 2>&1') == 0 ? ('setarch', '-R') : ();

foreach my $name (sort keys %cases)
{
	my ($stdout, $stderr);
	my $ok = IPC::Run::run([ @command, "$dir/build/replay", $name, @{ $cases{$name} } ], '>', \$stdout, '2>', \$stderr);

	# the last one named is the one that failed
	ok($ok, "$name: " . @{ $cases{$name} } . ' cases') or diag(substr($stderr, -4000));
}

done_testing();
