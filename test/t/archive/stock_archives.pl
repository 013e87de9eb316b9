
# Copyright (c) 2026, backup_pool contributors

# Restores archives that stock pg_dump made: with each compression, with large
# objects, with several options; and archives of other versions, from
# test/data/archives.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $version = pg_version($node);
load_shop($node, 'shop', 2);
$node->safe_psql('shop', "SELECT lo_from_bytea(70000 + g, decode(repeat(md5(g::text), g * 10), 'hex')) FROM generate_series(1, 30) g");
$node->safe_psql('shop', "COMMENT ON LARGE OBJECT 70001 IS 'one'; GRANT SELECT ON LARGE OBJECT 70002 TO PUBLIC");
my $source = dump_sorted($node, 'shop');
my $n = 0;

sub through
{
	my ($name, @args) = @_;
	my $dir = $node->basedir . '/a' . ++$n;
	stock_dump($node, 'shop', $dir, @args);
	restore_ok($node, "SELECT backup_pool.restore('$dir', 'c$n', create_database => true)", "$name: restore");
	same_dump($node, \$source, "c$n", "$name: the copy is the same");
	return $dir;
}

through('default');
through('no compression', '-Z0');
through('gzip 9', '-Z9');
if ($version >= 16)
{
	through("compression $_", "--compress=$_") foreach ('lz4', 'lz4:9', 'zstd:3', 'zstd:19', 'gzip:1', 'none');
	through('zstd long', '--compress=zstd:level=3,long');
}
through('made by four jobs', '-j4');
through('with --load-via-partition-root', '--load-via-partition-root');

# compressed by hand after it was made, as pg_restore allows
my $dir = through('mixed', '-Z0');
my ($file) = sort { -s $b <=> -s $a } glob("$dir/*.dat");
system_or_bail('gzip', $file);
restore_ok($node, "SELECT backup_pool.restore('$dir', 'by_hand', true)", 'a file compressed by hand');
same_dump($node, \$source, 'by_hand', 'the copy is the same');

# INSERT statements and binary data cannot be what we take for rows
my $inserts = $node->basedir . '/inserts';
stock_dump($node, 'shop', $inserts, '--inserts');
my $task = run_task($node, "SELECT backup_pool.restore('$inserts', 'inserted', true)");
if ($task->{rc} == 0)
{
	same_dump($node, \$source, 'inserted', 'an archive of INSERT statements');
}
else
{
	like($task->{err}, qr/0A000|insert/i, 'an archive of INSERT statements is refused with a reason');
}

# archives of other versions: small, made by test/tools/archives
foreach my $archive (sort glob(datadir() . '/archives/*'))
{
	my ($name) = $archive =~ m{([^/]+)$};
	my ($major) = $name =~ /^(\d+)/;
	my $expected = datadir() . '/archives.expected';
	(my $db = "o$name") =~ s/\W/_/g;
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', true)", "archive of $name: restore");
	is( $node->safe_psql($db, slurp_file(datadir() . '/archives.sql')) . "\n",
		slurp_file($expected),
		"archive of $name: what is in it");
}

$node->stop;
done_testing();
