
# Copyright (c) 2026, backup_pool contributors

# Functions, procedures and aggregates of all kinds: their definitions, made
# without pg_dump, are the same as those of pg_dump, in the same order.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use Test::More;

my $node = new_node('main', labels => 1, conf => $BackupPool::Oracle::conf);
my $oracle = BackupPool::Oracle->new($node);

sub same
{
	my ($what, $db, @schemas) = @_;
	$oracle->check($what, $db, $what, map { schemas($_, map { pattern($_) } @schemas) } qw(all schema));
	return;
}

$node->safe_psql('postgres', 'CREATE ROLE zoe; CREATE ROLE "odd ""role"; CREATE DATABASE fn; CREATE DATABASE quoting');
load_file($node, 'fn', 'functions.sql');
same($_, 'fn', $_) foreach 'fn', 'ties', 'ranges', 'odd "schema', pg_version($node) == 16 ? () : 'extended';
same('all', 'fn', 'fn', 'ties', 'ranges', 'types b', 'odd "schema');

# what the server prints follows a setting of the database
$node->safe_psql('postgres', 'ALTER DATABASE quoting SET quote_all_identifiers = on');
load_file($node, 'quoting', 'functions.sql');
same('quoting', 'quoting', 'fn', 'ties', 'ranges', 'odd "schema');
$oracle->report('functions');
is($oracle->share, 100, 'none is left to pg_dump');
is($oracle->{moved}, 0, 'in the order of pg_dump');

# what is left to pg_dump
task_fails_like($node, "SELECT backup_pool.backup_schema('late', 'fn')",
	'0A000', qr/created after the data/, 'a function that needs a primary key');

done_testing();
