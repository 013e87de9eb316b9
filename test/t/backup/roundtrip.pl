
# Copyright (c) 2026, backup_pool contributors

# Backs up and restores whole databases in three ways: our archive and our
# restore, our archive and stock pg_restore, stock pg_dump's archive and our
# restore.  Each time pg_dump must write the same for the source and the copy.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', labels => 1, conf => 'max_locks_per_transaction = 256');
my $version = pg_version($node);

sub round_trips
{
	my ($db, %opt) = @_;
	my $template =
	  'TEMPLATE template0' . ($opt{encoding} ? " ENCODING '$opt{encoding}'" : '');
	my $source = dump_sorted($node, $db);

	# ours, ours
	my $offset = log_offset($node);
	my $archive =
	  backup_ok($node, "SELECT backup_pool.backup_database('$db')", "$db: backup");
	log_is_quiet($node, $offset,
		"$db: a successful backup leaves no warning or error in the log");
	like($archive // '', qr{^\Q$db\E/\d{8}T\d{6}Z-\d+$}, "$db: name of the archive");
	restore_ok($node,
		"SELECT backup_pool.restore('$archive', database => '${db}_ours', create_database => true)",
		"$db: restore of our archive");
	same_dump($node, \$source, "${db}_ours", "$db: our archive, our restore");
	is( $node->safe_psql(
			'postgres',
			"SELECT count(DISTINCT (encoding, datcollate, datctype)) FROM pg_database WHERE datname IN ('$db', '${db}_ours')"
		),
		'1',
		"$db: the copy has the source's encoding and locale");

	# ours, stock.  pg_restore 15 reads gzip and plain files only.
	my @codecs = $version < 16 ? ('gzip:1') : ('zstd:1', 'lz4', 'gzip:1');
	@codecs = ($codecs[0]) unless $opt{codecs};
	foreach my $codec (@codecs, 'none')
	{
		my $to = "${db}_stock_" . ($codec =~ s/\W.*//r);
		my $gz =
		  backup_ok($node,
			"SELECT backup_pool.backup_database('$db', compression => '$codec')",
			"$db: backup with $codec");
		stock_restore_new($node, $to, $template, archive_path($node, $gz), '-j4');
		same_dump($node, \$source, $to, "$db: our archive with $codec, stock pg_restore -j4");
		last unless $opt{codecs};
	}

	# stock, ours
	my $dir = $node->basedir . "/$db.stock";
	stock_dump($node, $db, $dir);
	$node->safe_psql('postgres', "CREATE DATABASE ${db}_mixed $template");
	restore_ok($node,
		"SELECT backup_pool.restore('$dir', database => '${db}_mixed')",
		"$db: restore of a stock archive");
	same_dump($node, \$source, "${db}_mixed", "$db: stock archive, our restore");
	no_leftovers($node, $db);
	return;
}

# Schemas whose definitions were written without pg_dump, and nothing else: by
# our restore and by stock pg_restore.
sub native_round_trips
{
	my ($db, $schemas, $template) = @_;
	my @args = ('-n', $schemas);
	my $source = dump_sorted($node, $db, @args);
	my $gzip = $version < 16 ? ", compression => 'gzip:1'" : '';
	$node->safe_psql('postgres', "ALTER SYSTEM SET backup_pool.definitions = 'native'");
	$node->reload;
	my $archive = backup_ok($node, "SELECT backup_pool.backup_schema('$schemas', '$db'$gzip)", "$db: native backup");
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET backup_pool.definitions');
	$node->reload;
	foreach my $copy ("${db}_native_ours", "${db}_native_stock")
	{
		$node->safe_psql('postgres', "CREATE DATABASE $copy $template");
		if ($copy =~ /ours/)
		{
			restore_ok($node, "SELECT backup_pool.restore('$archive', '$copy')", "$copy: restore");
		}
		else
		{
			stock_restore($node, $copy, archive_path($node, $archive), '-e', '-j2');
		}
		same_dump($node, \$source, $copy, "$copy: is the same", args => \@args);
	}
	return;
}

# The zoo's settings of roles and databases are no part of a dump; its event
# triggers must not fire in a restore.
load_zoo($node, 'zoo');
round_trips('zoo', codecs => 1);

load_shop($node, 'shop', 4);
round_trips('shop', codecs => 1);

$node->safe_psql('postgres', 'CREATE DATABASE bench');
$node->command_ok([ 'pgbench', '-i', '-q', '-s', '5', 'bench' ], 'fill bench');
round_trips('bench');

# databases that are not UTF-8, and one that is no encoding at all
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'");
load_file($node, 'latin', 'zoo_latin1.sql');
round_trips('latin', encoding => 'LATIN1');
$node->safe_psql('postgres', "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'");
$node->safe_psql('ascii',
	q{CREATE TABLE raw (id int, v text); INSERT INTO raw SELECT g, E'\xff\xfe\t' || g || E'\xc3\x28\\\\' FROM generate_series(1, 1000) g; COMMENT ON TABLE raw IS E'\xe9'}
);
round_trips('ascii', encoding => 'SQL_ASCII');

# a real one, where the checkout has it
SKIP:
{
	skip 'no pagila here', 1 unless -e datadir() . '/pagila.sql';
	$node->safe_psql('postgres', 'CREATE DATABASE pagila');
	load_file($node, 'pagila', 'pagila.sql');
	round_trips('pagila');
	# schema public is there in every new database
	$node->safe_psql('postgres', 'CREATE DATABASE app TEMPLATE pagila');
	$node->safe_psql('app', 'ALTER SCHEMA public RENAME TO app');
	native_round_trips('app', 'app', 'TEMPLATE template0') if $version != 16;
}

if ($version != 16)
{
	native_round_trips('shop', 'shop', 'TEMPLATE template0');
	native_round_trips('latin', 'sch*', "TEMPLATE template0 ENCODING 'LATIN1'");
}

# an empty one
$node->safe_psql('postgres', 'CREATE DATABASE nothing');
round_trips('nothing');

# a name that needs quoting everywhere
my $odd = q{Odd "db" é/.. $x};
$node->safe_psql('postgres', qq{CREATE DATABASE "Odd ""db"" é/.. \$x"});
my $task = run_task($node, q{SELECT backup_pool.backup_database('Odd "db" é/.. $x')});
is($task->{state}, 'succeeded', 'database with an odd name: backup') or diag($task->{err});
unlike($task->{archive}, qr{/.*/}, 'its archive is one level below the repository');
restore_ok($node,
	qq{SELECT backup_pool.restore(archive, 'Copy "db"''s', true) FROM backup_pool.archives WHERE task_id = $task->{id}},
	'database with an odd name: restore');

# archives are what they say they are
is( $node->safe_psql(
		'postgres',
		"SELECT count(*) FROM backup_pool.archives WHERE bytes <= 0 OR tables < 0 OR finished_at < started_at OR path IS NULL OR lsn IS NULL OR server_version IS NULL"
	),
	'0',
	'every archive has its columns');
is( $node->safe_psql(
		'postgres',
		"SELECT tables || ' ' || rows || ' ' || compression || ' ' || content FROM backup_pool.archives WHERE database = 'bench' ORDER BY started_at LIMIT 1"
	),
	'4 500055 zstd:1 all',
	'tables, rows, compression of an archive');

$node->stop;
done_testing();
