
# Copyright (c) 2026, backup_pool contributors

# Foreign keys are checked after the rows are loaded: by a set of bits if the
# key is one integer, otherwise by the server's own query.  Both ways must
# give the same answer, and the server's own error message.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
$node->append_conf('postgresql.conf', "maintenance_work_mem = '2MB'\nlog_min_messages = debug1\n");
$node->reload;

# each: columns of both tables, rows, what makes a row violate the key, and
# what the check by bits says of the rows as they are (undef: it is not asked)
my %keys = (
	same => ['int', 'int', 'i', 'i % 100 + 1', '-7', 'holds'],
	wide => ['bigint', 'smallint', 'i - 500', '(i % 1000 - 499)::smallint', '30000', 'holds'],
	narrow => ['smallint', 'bigint', 'i::smallint', 'i', '65537', 'holds'],
	edges => [
		'bigint', 'bigint',
		q{CASE i WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 WHEN 3 THEN 0 WHEN 4 THEN -1 ELSE i END},
		q{CASE i % 4 WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 WHEN 3 THEN NULL ELSE -1 END},
		'9223372036854775806', 'holds'
	],
	nulls => ['int', 'int', 'i', 'NULL', '-1', 'holds'],
	sparse => ['bigint', 'bigint', 'i::bigint * 1000003', 'i::bigint * 1000003', '1000004', 'unclear'],
	text => ['text', 'text', "'k' || i", "'k' || i", "'none'", undef],
	'odd "name' => ['int', 'int', 'i', 'i', '0', 'holds'],);

sub quoted
{
	my ($name) = @_;
	$name =~ s/"/""/g;
	return qq{"$name"};
}

sub make_key
{
	my ($name) = @_;
	my ($ptype, $ctype, $prow, $crow) = @{ $keys{$name} };
	my ($schema, $child, $parent) = map { quoted($_) } ($name, "child of $name", "parent of $name");

	$node->safe_psql('src', qq{
		CREATE SCHEMA $schema;
		CREATE TABLE $schema.$parent (pad text, "the ""id" $ptype PRIMARY KEY);
		CREATE TABLE $schema.$child (gone int, at timestamptz DEFAULT 'epoch', "the ""ref" $ctype
			CONSTRAINT the_key REFERENCES $schema.$parent);
		ALTER TABLE $schema.$child DROP gone;
		INSERT INTO $schema.$parent SELECT repeat('x', i % 50), $prow FROM generate_series(1, 20000) i;
		INSERT INTO $schema.$child ("the ""ref") SELECT $crow FROM (SELECT 1 + g % 20000 AS i FROM generate_series(1, 45000) g) g;});
	return;
}

sub violate
{
	my ($name, $sql) = @_;
	$node->safe_psql('src', "SET session_replication_role = replica; $sql");
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE src');
make_key($_) foreach sort keys %keys;

# keys of less than a megabyte, and such that are not of one integer, or whose tables are not plain
$node->safe_psql('src', q{
	CREATE TABLE two (a int, b int, PRIMARY KEY (a, b));
	CREATE TABLE two_ref (a int, b int, FOREIGN KEY (a, b) REFERENCES two);
	INSERT INTO two SELECT i, i FROM generate_series(1, 100) i;
	INSERT INTO two_ref SELECT i, i FROM generate_series(1, 100) i;
	CREATE TABLE self (id int PRIMARY KEY, up int CONSTRAINT self_up REFERENCES self);
	INSERT INTO self SELECT i, nullif(i - 1, 0) FROM generate_series(1, 100000) i;
	CREATE TABLE part (id int PRIMARY KEY) PARTITION BY RANGE (id);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (50);
	CREATE TABLE part_2 PARTITION OF part DEFAULT;
	INSERT INTO part SELECT generate_series(1, 100);
	CREATE TABLE part_ref (id int CONSTRAINT part_key REFERENCES part);
	INSERT INTO part_ref SELECT generate_series(1, 100);
	CREATE TABLE updated (id int PRIMARY KEY); INSERT INTO updated SELECT generate_series(1, 1000);
	CREATE TABLE updated_ref (id int CONSTRAINT updated_key REFERENCES updated, pad text DEFAULT repeat('x', 1500));
	INSERT INTO updated_ref SELECT generate_series(1, 1000);
	CREATE TABLE unchecked (id int); INSERT INTO unchecked VALUES (-1);
	ALTER TABLE unchecked ADD CONSTRAINT unchecked_key FOREIGN KEY (id) REFERENCES updated NOT VALID;});

my $archive = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'keys that hold');
$node->safe_psql('postgres', 'CREATE DATABASE dst');
my $log = -s $node->logfile;
restore_ok($node, "SELECT backup_pool.restore('$archive', database => 'dst')", 'restored');
my $valid = q{SELECT string_agg(conname || ' ' || conrelid::regclass || ' ' || convalidated, E'\n' ORDER BY conname,
	conrelid::regclass::text) FROM pg_constraint WHERE contype = 'f'};
is($node->safe_psql('dst', $valid), $node->safe_psql('src', $valid), 'the catalogs say the same of every key');

my $text = slurp_file($node->logfile, $log);
my %said;
$said{$1}++ while $text =~ /foreign key \d+ was checked by a set of bits: (\w+)/g;
# those of %keys, "self" and "updated"
is($said{holds}, 2 + grep({ ($_->[5] // '') eq 'holds' } values %keys), 'so many keys were found to hold by bits');
is($said{unclear}, 1, 'and one does not fit into memory');

# one violation at a time; the same error as the server gives
foreach my $name (sort keys %keys)
{
	my ($schema, $child, $parent) = map { quoted($_) } ($name, "child of $name", "parent of $name");
	my $value = $keys{$name}[4];

	violate($name, qq{INSERT INTO $schema.$child ("the ""ref") VALUES ($value)});
	my $bad = backup_ok($node, "SELECT backup_pool.backup_schema(\$\$$schema\$\$, 'src')", "$name: a key that does not hold");
	my $task = run_task($node, "SELECT backup_pool.restore('$bad', database => 'dst', if_exists => 'replace')");
	is($task->{state}, 'failed', "$name: not restored in silence");
	is($task->{sqlstate}, '23503', "$name: SQLSTATE");
	(my $shown = $value) =~ s/'//g;
	like($task->{error}, qr/insert or update on table "\Qchild of $name\E" violates foreign key constraint "the_key"/,
		"$name: says which");
	like($task->{detail}, qr/=\($shown\) is not present in table/, "$name: and which row");
	my $key = qq{FROM pg_constraint WHERE conname = 'the_key' AND conrelid = \$\$$schema.$child\$\$::regclass};
	is($node->safe_psql('dst', "SELECT count(*) $key AND convalidated"), '0', "$name: never said to be valid");
}

# a row of the parent that is missing, in a table that was updated a lot
violate('updated', 'DELETE FROM updated WHERE id = 500; UPDATE updated SET id = id');
my $bad = backup_ok($node, "SELECT backup_pool.backup_tables(ARRAY['updated', 'updated_ref'], 'src')", 'a row is missing');
$node->safe_psql('postgres', 'CREATE DATABASE dst1');
my $task = run_task($node, "SELECT backup_pool.restore('$bad', database => 'dst1')");
is($task->{state}, 'failed', 'a missing row is found');
like($task->{detail}, qr/\(id\)=\(500\) is not present/, 'and named');

# beside others, who write into the tables while the key is checked, and an
# event trigger that asks the question of the server itself
$node->safe_psql('postgres', 'CREATE DATABASE dst2');
$node->safe_psql('dst2', q{
	CREATE TABLE public.asked (n bigint);
	CREATE FUNCTION ask() RETURNS event_trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF to_regclass('public.self') IS NOT NULL THEN
			INSERT INTO public.asked SELECT count(*) FROM public.self;
		END IF;
	END $$;
	CREATE EVENT TRIGGER ask ON ddl_command_start EXECUTE FUNCTION ask();});
restore_ok($node, "SELECT backup_pool.restore('$archive', database => 'dst2')", 'with an event trigger that reads');
is($node->safe_psql('dst2', $valid), $node->safe_psql('src', "DELETE FROM updated_ref; $valid"), 'all keys are valid');
is($node->safe_psql('dst2', 'SELECT max(n) FROM asked'), '100000', 'its queries give their rows');

done_testing();
