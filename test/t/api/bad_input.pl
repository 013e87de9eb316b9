
# Copyright (c) 2026, backup_pool contributors

# Input that cannot work raises a clear error and does no harm.

use strict;
use warnings;

use BackupPool;
use Digest::SHA qw(sha256_hex);
use File::Copy qw(copy);
use PostgreSQL::Test::RecursiveCopy;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
load_shop($node, 'shop', 1);
my $before = dump_sorted($node, 'shop');

sub backup
{
	my ($args) = @_;
	return "SELECT backup_pool.backup_database($args)";
}

sub restore
{
	my ($args) = @_;
	return "SELECT backup_pool.restore($args)";
}

# databases
$node->safe_psql('postgres', 'CREATE DATABASE closed ALLOW_CONNECTIONS false');
fails_like($node, backup("'nowhere'"), '3D000', qr/database "nowhere" does not exist/, 'no such database');
fails_like($node, backup("'template0'"), '(55000|0A000|22023|42\w{3})', qr/template0/, 'template0');
fails_like($node, backup("'closed'"), '(55000|0A000)', qr/closed.*not.*accepting connections/s, 'a database that refuses connections');
fails_like($node, backup("''"), '(3D000|22023|42602)', qr/database/, 'an empty name');

# option values
fails_like($node, backup("'shop', content => 'everything'"), '22023', qr/content.*everything.*"all", "schema" and "data"/s, 'unknown content');
fails_like($node, backup("'shop', compression => '$_'"), '22023', qr/compression/, "compression $_")
  foreach ('', 'brotli', 'zstd:99', 'gzip:x', 'gzip:-1', 'zstd:', ':1', 'none:1', 'zstd:1:2', 'ZSTD 1');
fails_like($node, backup("'shop', parallel => $_"), '22023', qr/parallel.*at least 1/, "parallel $_") foreach (0, -1, -2147483648);
fails_like($node, backup("'shop', label => repeat('x', 10000)"), '22\w{3}', qr/label is too long/, 'a long label');
fails_like($node, backup("'shop', exclude_tables => array_fill(repeat('x', 1000000), ARRAY[17])"), '54000', qr/arguments of the task are too long/, 'more than the log could hold');
foreach my $arg (qw(database exclude_schemas exclude_tables exclude_table_data content priority))
{
	my $type = $arg =~ /^exclude/ ? '::text[]' : '';
	fails_like($node, backup("$arg => NULL$type"), '22004', qr/"$arg" must not be null/, "$arg NULL");
}
fails_like($node, backup("'shop', exclude_tables => '{NULL}'"), '22004', qr/must not contain nulls/, 'NULL in a list');
fails_like($node, "SELECT backup_pool.backup_schema(NULL)", '22004', qr/must not be null/, 'backup_schema(NULL)');
fails_like($node, "SELECT backup_pool.backup_schemas('{}')", '22023', qr/schemas/, 'backup_schemas of none');
fails_like($node, "SELECT backup_pool.backup_table('')", '22023', qr/table/, 'backup_table of an empty name');
fails_like($node, "SELECT backup_pool.backup_tables('{}')", '22023', qr/tables/, 'backup_tables of none');

# patterns that match nothing
task_fails_like($node, "SELECT backup_pool.backup_schema('no_such', 'shop')", '\w{5}', qr/no matching schemas.*no_such/s, 'a schema pattern that matches nothing');
task_fails_like($node, "SELECT backup_pool.backup_tables('{shop.line,shop.no_such}', 'shop')", '\w{5}', qr/no matching tables.*no_such/s, 'a table pattern that matches nothing');

# archives
my $archive = backup_ok($node, backup("'shop'"), 'an archive');
my $plain = backup_ok($node, backup("'shop', compression => 'none'"), 'another');
fails_like($node, restore("'shop/20200101T000000Z-1'"), '(58P01|42704|02000)', qr/20200101T000000Z-1.*does not exist|no such/s, 'no such archive');
fails_like($node, restore("'../../etc'"), '(42602|58P01|22023)', qr/archive/, 'a name that leads elsewhere');
fails_like($node, restore('NULL'), '22004', qr/must not be null/, 'restore(NULL)');
fails_like($node, restore("''"), '\w{5}', qr/archive/, 'an empty archive name');
fails_like($node, restore("'$archive', 'nowhere'"), '3D000', qr/database "nowhere" does not exist/, 'into no database');
fails_like($node, restore("'$archive', 'shop', create_database => true"), '42P04', qr/already exists/, 'a database to be created that exists');
fails_like($node, restore("'$archive', 'template0'"), '(55000|0A000|22023)', qr/template0/, 'into template0');
fails_like($node, restore("'$archive', 'shop', if_exists => 'perhaps'"), '22023', qr/if_exists.*perhaps/s, 'unknown if_exists');
fails_like($node, restore("'$archive', 'shop', if_exists => 'swap'"), '0A000', qr/swap/, 'if_exists swap');
fails_like($node, restore("'$archive', 'shop', remap_schema => '{\"shop\": \"x\"}'"), '0A000', qr/remap_schema/, 'remap_schema');
fails_like($node, restore("'$archive', 'shop', tables => '{line}', \"where\" => 'true'"), '0A000', qr/where/, 'where');
fails_like($node, restore("'$archive', 'shop', parallel => 0"), '22023', qr/parallel/, 'restore with parallel 0');
fails_like($node, restore("'$archive', 'shop', $_ => NULL"), '22004', qr/"$_" must not be null/, "restore with $_ NULL")
  foreach (qw(create_database content if_exists owner privileges priority));

# directories that are no archive, or a broken one
my $n = 0;

sub damaged
{
	my ($name, $damage, %opt) = @_;
	my $copy = $node->basedir . '/damaged' . $n++;
	PostgreSQL::Test::RecursiveCopy::copypath(archive_path($node, $opt{from} // $archive), $copy);
	$damage->($copy);
	my $db = "damaged$n";
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	my $task = run_task($node, restore("'$copy', '$db'"));
	isnt($task->{rc}, 0, "$name: an error");
	like($task->{err}, $opt{like}, "$name: says so");
	unlike($task->{err}, qr/XX000|server closed|terminat/, "$name: cleanly");
	if ($opt{untouched})
	{
		is($node->safe_psql($db, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'"), '0', "$name: before anything is made");
	}
	return;
}

sub truncate_file
{
	my ($file, $to) = @_;
	truncate($file, $to < 1 ? int((-s $file) * $to) : $to) or die "truncate $file: $!";
	return;
}

sub overwrite
{
	my ($file, $offset, $bytes) = @_;
	open(my $fh, '+<:raw', $file) or die "$file: $!";
	seek($fh, $offset, 0);
	print $fh $bytes;
	close($fh);
	return;
}

sub biggest
{
	my ($dir) = @_;
	my ($file) = sort { -s $b <=> -s $a } glob("$dir/*.dat*");
	return $file;
}

damaged('an empty directory', sub { unlink glob("$_[0]/*") }, like => qr/toc\.dat|not .*archive/, untouched => 1);
damaged('no toc.dat', sub { unlink "$_[0]/toc.dat" }, like => qr/toc\.dat|not .*archive/, untouched => 1);
damaged('an empty toc.dat', sub { truncate_file("$_[0]/toc.dat", 0) }, like => qr/toc\.dat|table of contents/, untouched => 1);
damaged("toc.dat cut to $_", sub { truncate_file("$_[0]/toc.dat", $_) }, like => qr/toc\.dat|table of contents/, untouched => 1)
  foreach (4, 10, 60, 0.5, 0.99);
damaged('toc.dat that is something else', sub { overwrite("$_[0]/toc.dat", 0, 'MZ' . "\0" x 30) }, like => qr/toc\.dat|archive/, untouched => 1);
damaged('an archive newer than we read', sub { overwrite("$_[0]/toc.dat", 6, chr(99)) }, like => qr/version/, untouched => 1);
damaged('toc.dat with a wild length', sub { overwrite("$_[0]/toc.dat", 45, "\xff\xff\xff\x7f" x 3) }, like => qr/toc\.dat|archive/, untouched => 1);
damaged('a missing data file', sub { unlink biggest($_[0]) }, like => qr/\.dat/, untouched => 1);
damaged('a missing data file of a stock archive',
	sub { unlink "$_[0]/manifest.json", "$_[0]/frames.idx", biggest($_[0]) }, like => qr/\.dat/);
damaged('a data file cut short', sub { truncate_file(biggest($_[0]), 0.5) }, like => qr/\.dat/);
damaged('a flipped byte in a data file', sub { overwrite(biggest($_[0]), int((-s biggest($_[0])) / 2), "\x55\xaa\x55") }, like => qr/\.dat/);
damaged('a plain data file cut short', sub { truncate_file(biggest($_[0]), 0.5) }, from => $plain, like => qr/\.dat/);
damaged('a plain data file with a row too short',
	sub { unlink "$_[0]/manifest.json", "$_[0]/frames.idx"; overwrite(biggest($_[0]), 0, "\n\n\n\n") }, from => $plain, like => qr/22P0|COPY/);
damaged('a data file that is a symbolic link',
	sub { my $f = biggest($_[0]); rename $f, "$f.real"; symlink "$f.real", $f }, like => qr/regular file|symbolic|\.dat/);
damaged('a manifest of a later format', sub { my $m = slurp_file("$_[0]/manifest.json"); $m =~ s/"format": 1/"format": 99/; unlink "$_[0]/manifest.json"; append_to_file("$_[0]/manifest.json", $m) },
	like => qr/manifest|format/, untouched => 1);
damaged('a manifest that was changed', sub { my $m = slurp_file("$_[0]/manifest.json"); $m =~ s/"rows": (\d)/"rows": 9$1/; unlink "$_[0]/manifest.json"; append_to_file("$_[0]/manifest.json", $m) },
	like => qr/manifest/, untouched => 1);


# the number of an entry is no size of anything; and the checksum is right
sub rewrite_manifest
{
	my ($file, $change) = @_;
	my $text = slurp_file($file);
	$text =~ s/^"manifest_checksum.*\n\z//m;
	$change->($text);
	unlink $file;
	append_to_file($file, $text . '"manifest_checksum": "' . sha256_hex($text) . "\"}\n");
	return;
}

foreach my $id (2147483647, 1000000000)
{
	damaged("a manifest with entry number $id",
		sub { rewrite_manifest("$_[0]/manifest.json", sub { $_[0] =~ s/"dump_id": [1-9]\d*/"dump_id": $id/ }) },
		like => qr/does not agree with the manifest/, untouched => 1);
}

# a small frame that would be 4 GB of text, in an index whose checksum is right
sub crc32c
{
	my $crc = 0xffffffff;
	foreach my $byte (unpack('C*', $_[0]))
	{
		$crc ^= $byte;
		$crc = ($crc >> 1) ^ (($crc & 1) ? 0x82F63B78 : 0) for 1 .. 8;
	}
	return $crc ^ 0xffffffff;
}
damaged('a frame of 4 GB',
	sub {
		my ($dir) = @_;
		my $index = slurp_file("$dir/frames.idx");
		my ($smallest) = sort { unpack('V', substr($index, $a + 16, 4)) <=> unpack('V', substr($index, $b + 16, 4)) }
		  map { 32 * $_ } 1 .. (length($index) - 36) / 32;
		unlink "$dir/frames.idx";
		substr($index, $smallest + 20, 4) = pack('V', 0xfffffff0);
		substr($index, -4) = pack('V', crc32c(substr($index, 0, -4)));
		append_to_file("$dir/frames.idx", $index);
	},
	like => qr/wrong length of a frame/, untouched => 1);

# two partitions (217 and 218) of one table (216) become each other's; their
# data is loaded by way of the table at the top, which there is none of
damaged('partitions of each other',
	sub {
		my ($dir) = @_;
		my ($length, $null) = (pack('CV', 0, 3), pack('CV', 1, 1));
		unlink glob("$dir/*");
		copy($_, $dir) foreach glob(datadir() . '/archives/15-none/*');
		my $toc = slurp_file("$dir/toc.dat");
		foreach my $pair ([ 217, 218 ], [ 218, 217 ])
		{
			$toc =~ s/(\Q$length\E$pair->[0]\Q$length\E)216(\Q$null\E)/$1$pair->[1]$2/ or die 'no such partition';
		}
		unlink "$dir/toc.dat";
		append_to_file("$dir/toc.dat", $toc);
	},
	like => qr/is a partition of itself/, untouched => 1);

# a file where a directory is expected
append_to_file($node->basedir . '/file', 'PGDMP');
fails_like($node, restore("'" . $node->basedir . "/file', 'shop'"), '\w{5}', qr/director|archive/, 'a file as archive');
fails_like($node, restore("'" . $node->basedir . "/nothing', 'shop'"), '(58P01|42704)', qr/nothing/, 'no such directory');

# a repository that cannot be written
SKIP:
{
	skip 'root may write anywhere', 5 if $> == 0;
	chmod 0500, repository($node), repository($node) . '/shop';
	task_fails_like($node, backup("'shop'"), '(42501|58\w{3})', qr/could not|not writable|[Pp]ermission denied/, 'a repository that cannot be written');
	chmod 0700, repository($node), repository($node) . '/shop';
}

# too many tables for the lock table: an error before anything starts
$node->safe_psql('postgres', 'CREATE DATABASE crowd');
$node->safe_psql('crowd', "SELECT format('CREATE TABLE t%s ()', g) FROM generate_series(1, 1000) g \\gexec");
my $crowded = new_node('crowded', conf => "max_connections = 10\nmax_locks_per_transaction = 10\nmax_wal_senders = 0\nautovacuum_max_workers = 1");
$crowded->safe_psql('postgres', 'CREATE DATABASE crowd');
$crowded->safe_psql('crowd', "SELECT format('CREATE TABLE t%s ()', g) FROM generate_series(1, 3000) g \\gexec");
task_fails_like($crowded, backup("'crowd'"), '(53200|53400|53\w{3})', qr/max_locks_per_transaction/, 'more tables than locks');
$crowded->stop;

# units are for the pool alone
foreach my $sql (
	"COPY shop.line TO 'backup_pool' WITH (task 1, unit 0)",
	"COPY shop.line FROM 'backup_pool' WITH (task 1, unit 0)",
	"COPY shop.line TO 'backup_pool'",
	"COPY (SELECT 1) TO 'backup_pool' WITH (task 1)",
	"COPY shop.line TO 'backup_pool' WITH (plan 1)",
	"DO \$\$ BEGIN COPY shop.line TO 'backup_pool' WITH (task 1, unit 0); END \$\$",
	"DO \$\$ BEGIN EXECUTE 'COPY shop.line FROM ''backup_pool'' WITH (task 1, unit 0)'; END \$\$")
{
	fails_like($node, $sql, '42501', qr/./, $sql, db => 'shop');
}
# and what is not ours stays COPY's
fails_like($node, "COPY shop.line TO '/nowhere/backup_pool'", '58P01', qr/could not open file/, 'COPY to another file', db => 'shop');

# without the preload
my $bare = PostgreSQL::Test::Cluster->new('bare');
$bare->init;
$bare->start;
my ($rc, $out, $err) = $bare->psql('postgres', 'CREATE EXTENSION backup_pool', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
isnt($rc, 0, 'CREATE EXTENSION without the preload');
like($err, qr/55000.*shared_preload_libraries = '(\S*, ?)?backup_pool'/s, 'says which line to add');
is($bare->safe_psql('postgres', "SELECT count(*) FROM pg_extension WHERE extname = 'backup_pool'"), '0', 'makes nothing');
$bare->stop;

# nothing was harmed
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives'), '2', 'no archive came or went');
same_dump($node, \$before, 'shop', 'the database is what it was');
no_leftovers($node, 'bad input');
backup_ok($node, backup("'shop'"), 'and all still works');

$node->stop;
done_testing();
