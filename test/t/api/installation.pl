
# Copyright (c) 2026, backup_pool contributors

# A build outside of the source tree, in both ways that PGXS supports, makes the
# whole library and does not change the source tree.  `make installcheck` passes
# in the build directory and in the source tree, leaves nothing in the server,
# and does not touch an extension that was there before.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

# The options of `make check` are not for the builds here.
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS PG_CONFIG PROFILE COPT)};

my $tree = PostgreSQL::Test::Utils::tempdir() . '/tree';
my $build = "$tree-build";
mkdir $_ or die foreach $tree, "$tree/test", $build;
command_ok([ 'cp', '-r', (map { "$ENV{TESTDIR}/$_" } qw(Makefile backup_pool.control expected sql src)), $tree ], 'copy the source tree');
command_ok([ 'cp', '-r', (map { testdir() . "/$_" } qw(expected specs)), "$tree/test" ], 'and its tests');

# Runs make in a directory; returns its exit status and its output.
sub make
{
	my ($dir, @args) = @_;
	my $out;
	my $status = IPC::Run::run([ 'make', '-C', $dir, '--no-print-directory', @args ], '<', \undef, '>&', \$out) ? 0 : 1;
	return ($status, $out);
}

sub make_ok
{
	my ($name, @args) = @_;
	my ($status, $out) = make(@args);
	is($status, 0, $name) or diag(substr($out, -4000));
	return $out;
}

# All files of the source tree with their sizes and times
sub listing
{
	my ($out) = run_command([ 'find', $tree, '-printf', '%P %s %T@\n' ]);
	return join("\n", sort split(/\n/, $out));
}

# The functions that a library shows to the server
sub functions
{
	my ($library) = @_;
	my ($out) = run_command([ 'nm', '-D', '--defined-only', $library ]);
	return join(' ', sort $out =~ /^\S+ T (\S+)$/mg);
}

# ---- two builds elsewhere

# Of a build in the tree, perhaps for another server: none of it may be used.
my @sources = map { s{^\Q$tree\E/}{}r } sort glob("$tree/src/*.c $tree/src/*/*.c");
cmp_ok(scalar(@sources), '>', 100, 'there are source files');
append_to_file("$tree/$_", "not made here\n") foreach '.server', 'backup_pool.so', map { s/\.c$/.o/r } @sources[ 0, -1 ];
my $before = listing();

my $objects = join(' ', map { s/\.c$/.o/r } @sources);
my %how = ('with VPATH' => ["VPATH=$tree"], 'without VPATH' => []);
foreach my $name (sort keys %how)
{
	my $out = make_ok("$name: make -n", $build, '-n', '-f', "$tree/Makefile", @{ $how{$name} });
	is(join(' ', sort $out =~ /-c -o (\S+\.o) /g), $objects, "$name: all objects are made");
}
make_ok('without VPATH: make', $build, '-s', '-j', '2', '-f', '../tree/Makefile', 'COPT=-O0');
is(join(' ', sort map { s{^\Q$build\E/}{}r } glob("$build/src/*.o $build/src/*/*.o")), $objects, 'all objects are there');
my ($pkglibdir) = run_command([ 'pg_config', '--pkglibdir' ]);
chomp($pkglibdir);
like(functions("$build/backup_pool.so"), qr/\b_PG_init\b/, 'and a library');
is(functions("$build/backup_pool.so"), functions("$pkglibdir/backup_pool.so"), 'with the functions that the installed one has');
make_ok('make install', $build, '-s', '-f', '../tree/Makefile', 'COPT=-O0', "DESTDIR=$build/root", 'install');
my ($installed) = run_command([ 'find', "$build/root", '-type', 'f', '-printf', '%f\n' ]);
is(join(' ', sort split(/\n/, $installed)), 'backup_pool--1.0.sql backup_pool.control backup_pool.so', 'it installs the library and the extension');
unlike(make_ok('with VPATH: make', $build, '-f', '../tree/Makefile', 'VPATH=../tree', 'COPT=-O0'), qr/ -c /, 'it has nothing to do any more');
is(listing(), $before, 'the source tree is as it was');
make_ok('make clean', $build, '-s', '-f', '../tree/Makefile', 'clean');
is(join(' ', grep { -e } glob("$build/*.so $build/.server $build/src/*.[od] $build/src/*/*.[od]")), '', 'it removes what was made');
is(listing(), $before, 'and nothing of the source tree');

mkdir("$build/empty") or die;
command_ok([ 'cp', "$tree/Makefile", "$build/empty" ], 'a tree without sources');
my ($status, $out) = make("$build/empty");
is($status, 1, 'it cannot be built');
like($out, qr/no source files/, 'and make says so');

# ---- make installcheck, in a server with other settings than the default ones

my $node = new_node('main', bare => 1, conf => <<'CONF');
backup_pool.repository = 'elsewhere'
backup_pool.compression = 'gzip'
backup_pool.max_connections = 3
CONF
$node->start;
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;

my @leftovers = ('postgres', q{
	SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
	UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)'});
my @elsewhere = ($build, '-f', '../tree/Makefile', 'installcheck');
foreach my $case ([ 'elsewhere', @elsewhere ], [ 'in the tree', $tree, 'installcheck' ])
{
	my ($name, @args) = @$case;
	my $out = make_ok("installcheck $name", @args);
	is(() = $out =~ /All \d+ tests? passed/g, 2, 'runs both suites') or diag($out);
	is($node->safe_psql(@leftovers), '', 'and leaves nothing');
	is(join(' ', glob($node->data_dir . '/elsewhere/*/*')), '', 'nor an archive');
}

$node->safe_psql('postgres', "CREATE EXTENSION backup_pool; CREATE TABLE t (); SELECT backup_pool.backup_table('t', label => 'mine')");
($status) = make(@elsewhere);
is($status, 1, 'it fails if the extension is there already');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.task WHERE label = 'mine'"), '1', 'whose log stays as it is');

$node->stop;
done_testing();
