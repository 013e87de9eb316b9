
# Copyright (c) 2026, backup_pool contributors

# Triggers, rules, policies, statistics objects, views and materialized views
# in all their forms: their definitions, made without pg_dump, are the same as
# those of pg_dump.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use BackupPool::Toc;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => $BackupPool::Oracle::conf);
my $oracle = BackupPool::Oracle->new($node);
my $odd = pattern('Ev "odd');

$node->safe_psql('postgres', 'CREATE DATABASE ev');
load_file($node, 'ev', 'events.sql');

$oracle->check('schemas', 'ev', '', map {
	my $content = $_;
	map { schemas($content, @$_) } [$odd], ['ev'], [ $odd, 'ev' ]
} qw(all schema));

# a relation alone, without what its triggers, rules, policies and views need
my @relations = names($node, 'ev',
		"SELECT concat_ws(',', " . hex_of('n.nspname') . ', ' . hex_of('c.relname') . ')'
	  . " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
	  . " WHERE nspname ILIKE 'ev%' AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.oid");
cmp_ok(scalar(@relations), '>', 25, 'there are relations');
$oracle->check('relations', 'ev', '', map { tables('all', pattern(@$_)) } @relations);

$oracle->check('some', 'ev', '',
	tables('all', 'ev.m*', 'ev.both', 'ev."A m"', "$odd.m1", 'ev.of_ruled'),
	tables('all', 'ev.v*', 'ev.t*'),
	tables('schema', 'ev.p', 'ev.p1*'),
	tables('all', 'ev.p11', 'ev.p12'),
	# one that was never filled leaves those behind that are made from it
	tables('all', 'ev.emptied', 'ev.of_of_emptied'),
	tables('all', 'ev.of_of_emptied', "$odd.of_emptied"),
	{ %{ schemas('all', 'ev', $odd) }, more => "exclude_table_data => '{ev.m_z,ev.emptied}'",
		args => [ '-n', 'ev', '-n', $odd, '--exclude-table-data', 'ev.m_z', '--exclude-table-data', 'ev.emptied' ] },
	{ %{ schemas('all', 'ev', $odd) }, more => "exclude_tables => '{ev.t,ev.m_z}'",
		args => [ '-n', 'ev', '-n', $odd, '-T', 'ev.t', '-T', 'ev.m_z' ] });

$oracle->report('events');
is($oracle->share, 100, 'all of it is handled');

# a pattern without a schema: pg_dump looks it up along the login's search_path
$node->safe_psql('ev', 'CREATE MATERIALIZED VIEW public.visible AS SELECT 1 AS a');
$oracle->check('search_path', 'ev', '',
	{ %{ schemas('all', 'public') }, more => "exclude_table_data => '{visible}'",
		args => [ '-n', 'public', '--exclude-table-data', 'visible' ] });

# -- dependencies on what has no entry count, too: the boundary before these
sub refreshes
{
	my ($toc) = @_;
	my %has = map { $_->{id} => 1 } @{ $toc->{entries} };
	return [ map {
			my $e = $_;
			my @outside = grep { !$has{$_} } @{ $e->{deps} };
			"$e->{tag}: " . @{ $e->{deps} } . ' dependencies, on ' . @outside . ' without entry'
		} sort { $a->{tag} cmp $b->{tag} }
		  grep { $_->{desc} eq 'MATERIALIZED VIEW DATA' } @{ $toc->{entries} } ];
}
my $archive = backup_ok($node, "SELECT backup_pool.backup_schema('ev', 'ev')", 'with data');
is_deeply(
	refreshes(read_toc(archive_path($node, $archive) . '/toc.dat')),
	refreshes(pg_dump_toc($node->connstr('ev'), '-n', 'ev')),
	'what refreshes depend on');

# -- what is left to pg_dump
$node->safe_psql('ev', <<'SQL');
CREATE SCHEMA twice;
CREATE EXTENSION bp_zoo_ext;
CREATE TABLE twice.t (a int);
CREATE TRIGGER t BEFORE INSERT ON twice.t FOR EACH ROW EXECUTE FUNCTION ev.f();
ALTER TRIGGER t ON twice.t DEPENDS ON EXTENSION fuzzystrmatch;
ALTER TRIGGER t ON twice.t DEPENDS ON EXTENSION bp_zoo_ext;
SQL
task_fails_like($node, "SELECT backup_pool.backup_schema('twice', 'ev')", '0A000',
	qr/depends on several extensions/, 'more than one extension');

done_testing();
