
# Copyright (c) 2026, backup_pool contributors

# The physical order of tables.  A data file has the text that pg_dump would
# write, in the order of the table's blocks, and a restore fills the table in
# that order, however many backends work on it: BRIN indexes, index-only scans
# and the planner's correlation depend on it.  The oracle is a serial
# pg_restore of pg_dump's archive.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', labels => 1, conf => "max_locks_per_transaction = 256\nautovacuum = off");

# The text of each data file of an archive by dump id
sub texts
{
	my ($dir) = @_;
	my %text;
	foreach my $file (glob("$dir/*.dat $dir/*.dat.*"))
	{
		my ($id) = $file =~ m{/(\d+)\.dat} or next;
		my ($out) = $file =~ /\.zst$/ ? run_command([ 'zstd', '-dcq', $file ]) : (slurp_file($file) =~ s/\n\z//r);
		$text{$id} = $out;
	}
	return \%text;
}

# Our data files have pg_dump's text, at any parallel.
sub same_text
{
	my ($db, @codecs) = @_;
	my $dir = $node->basedir . "/text.$db";
	# ours have the planner's statistics, too, which are entries with numbers
	stock_dump($node, $db, $dir, '-Z0', pg_version($node) >= 18 ? '--statistics' : ());
	my $stock = texts($dir);
	foreach my $parallel (1, 2, 8)
	{
		foreach my $codec (@codecs)
		{
			my $archive = backup_ok($node,
				"SELECT backup_pool.backup_database('$db', parallel => $parallel, compression => '$codec')",
				"$db: backup with parallel $parallel, $codec");
			my $ours = texts(archive_path($node, $archive));
			is(join(' ', sort keys %$ours), join(' ', sort keys %$stock), "$db, parallel $parallel: the same files");
			my @different = grep { ($ours->{$_} // '') ne $stock->{$_} } keys %$stock;
			is("@different", '', "$db, parallel $parallel, $codec: the text of pg_dump");
		}
	}
	return;
}

load_zoo($node, 'zoo');
same_text('zoo', 'zstd:1');

# Rows of different length in the order of time; values out of line in between;
# a table that COPY has to load, for its generated column.
$node->safe_psql('postgres', 'CREATE DATABASE ordered');
$node->safe_psql('ordered', <<'SQL');
CREATE TABLE log (id bigint, at timestamptz, word text, body text, CHECK (id > 0));
ALTER TABLE log ALTER body SET STORAGE EXTERNAL;
INSERT INTO log SELECT g, '2026-01-01 00:00+00'::timestamptz + g * interval '1 s', md5(g::text),
  repeat(md5(g::text), CASE WHEN g % 1000 = 0 THEN 200 ELSE g % 9 END) FROM generate_series(1, 400000) g;
CREATE INDEX log_at ON log USING brin (at) WITH (pages_per_range = 16);
CREATE TABLE computed (id int, word text, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO computed SELECT g, repeat(md5(g::text), 4) FROM generate_series(1, 400000) g;
CREATE VIEW layout AS
  SELECT (SELECT md5(string_agg(ctid::text || id, ',' ORDER BY ctid)) FROM log) AS log,
         (SELECT md5(string_agg(ctid::text || id, ',' ORDER BY ctid)) FROM computed) AS computed;
VACUUM ANALYZE;
SQL
same_text('ordered', 'zstd:1', 'none');

sub layout { return $node->safe_psql($_[0], 'SELECT * FROM layout') }

# Blocks that a query by the BRIN index reads
sub blocks
{
	my ($db) = @_;
	my $plan = $node->safe_psql($db, <<'SQL');
SET enable_seqscan = off; SET max_parallel_workers_per_gather = 0;
EXPLAIN (ANALYZE, COSTS OFF) SELECT count(*) FROM log WHERE at BETWEEN '2026-01-02 00:00+00' AND '2026-01-02 00:10+00';
SQL
	return $plan =~ /lossy=(\d+)/ ? $1 : $plan;
}

sub correlation
{
	my ($db) = @_;
	$node->safe_psql($db, 'ANALYZE log');
	return $node->safe_psql($db, "SELECT correlation FROM pg_stats WHERE tablename = 'log' AND attname = 'at'");
}

my $dir = $node->basedir . '/text.ordered';
stock_restore_new($node, 'stock', 'TEMPLATE template0', $dir);
my $layout = layout('stock');
my $blocks = blocks('stock');
cmp_ok($blocks, '<', 100, "a serial pg_restore: $blocks blocks");

my $archive = $node->safe_psql('postgres', "SELECT archive FROM backup_pool.archives WHERE database = 'ordered' AND compression = 'zstd:1' ORDER BY task_id DESC LIMIT 1");
foreach my $parallel (2, 8)
{
	my $db = "ours_$parallel";
	restore_ok($node,
		"SELECT backup_pool.restore('$archive', '$db', create_database => true, parallel => $parallel)",
		"restore with parallel $parallel");
	is(layout($db), $layout, "parallel $parallel: each row is where a serial pg_restore puts it");
	is(blocks($db), $blocks, "parallel $parallel: a BRIN query reads as many blocks");
	cmp_ok(correlation($db), '>', 0.99, "parallel $parallel: correlation");
}

# One backend freezes the rows, and does not look for room in earlier pages.
restore_ok($node,
	"SELECT backup_pool.restore('$archive', 'ours_1', create_database => true, parallel => 1)",
	'restore with parallel 1');
my $order = "SELECT md5(string_agg(id::text, ',' ORDER BY ctid)) FROM log";
is($node->safe_psql('ours_1', $order), $node->safe_psql('ordered', $order), 'parallel 1: the rows are in the order of the source');
cmp_ok(blocks('ours_1'), '<=', $blocks + 16, 'parallel 1: a BRIN query reads as many blocks');

# Stock pg_restore of our archive
if (pg_version($node) >= 16)
{
	stock_restore_new($node, 'ours_stock', 'TEMPLATE template0', archive_path($node, $archive));
	is(layout('ours_stock'), $layout, 'stock pg_restore of our archive: the same layout');
}

# Into tables with indexes and rows, where COPY loads in turn
$node->safe_psql('ours_2', 'CREATE INDEX ON log (id); CREATE INDEX ON computed (id)');
restore_ok($node,
	"SELECT backup_pool.restore('$archive', 'ours_2', content => 'data', if_exists => 'truncate', parallel => 8)",
	'restore into tables with indexes');
is(layout('ours_2'), $layout, 'tables with indexes: the same layout');
is($node->safe_psql('ours_2', 'SELECT count(*), sum(id), sum(length(body)) FROM log'),
	$node->safe_psql('ordered', 'SELECT count(*), sum(id), sum(length(body)) FROM log'), 'the same rows');

done_testing();
