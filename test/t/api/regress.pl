
# Copyright (c) 2026, backup_pool contributors

# Runs the pg_regress test and the isolation test, each in a server of its
# own, as part of prove, so that prove counts all tests.

use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;

my $dir = "$ENV{TESTDIR}/test";
my $top = $ENV{TESTDIR};
my $bindir = `pg_config --bindir`;
chomp $bindir;

sub suite
{
	my ($runner, $what, $input, @tests) = @_;
	my $out_dir = "$ENV{TESTDIR}/$what";
	mkdir $out_dir;
	my ($out, $err) = run_command(
		[
			$runner, "--inputdir=$input", "--outputdir=$out_dir",
			"--bindir=$bindir", "--temp-instance=$out_dir/instance",
			"--temp-config=$dir/backup_pool.conf", '--encoding=UTF8',
			'--no-locale',
			# the home database is there already
			'--dbname=postgres', '--use-existing', @tests
		]);
	foreach my $test (@tests)
	{
		# "test x ... ok" up to 15, "ok 1 - x" from 16 on
		like(
			$out,
			qr/^(test \Q$test\E\s+\.\.\. ok|ok \d+\s+- \Q$test\E\b)/m,
			"$what: $test");
	}
	if ($out =~ /^not ok|FAILED|Bail out/m || $out !~ /All \d+ test/)
	{
		diag("$out\n$err");
		foreach my $file ("$out_dir/regression.diffs", "$out_dir/output_iso/regression.diffs")
		{
			diag(substr(slurp_file($file), 0, 20000)) if -s $file;
		}
		diag(join("\n", (split /\n/, slurp_file("$out_dir/log/postmaster.log"))[ -20 .. -1 ]))
		  if -s "$out_dir/log/postmaster.log";
	}
	return;
}

sub names
{
	my ($glob) = @_;
	return map { s{.*/(.*)\.\w+$}{$1}r } sort glob($glob);
}

# the installation scripts lie in sql/, too
suite($ENV{PG_REGRESS}, 'regression', $top, grep { !/--/ } names("$top/sql/*.sql"));
suite($ENV{PG_ISOLATION_REGRESS}, 'isolation', $dir, names("$dir/specs/*.spec"));

done_testing();
