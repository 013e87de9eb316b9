
# Copyright (c) 2026, backup_pool contributors

# A database of 20,000 tables on a server with default settings.  A task that is
# not possible fails at once, and its error names the setting, its value and the
# value that is needed; a task that is possible succeeds.

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $tables = $ENV{SOAK_TABLES} || 20_000;
my $defaults = "max_connections = 100\nmax_locks_per_transaction = 64";
my $node = new_node('main', conf => $defaults);
is($node->safe_psql('postgres', "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('max_connections', 'max_locks_per_transaction', 'backup_pool.max_connections') AND setting = boot_val"), '8 100 64', 'settings are the defaults');

$node->safe_psql('postgres', 'CREATE DATABASE crowd; CREATE DATABASE few');
$node->safe_psql('few', 'CREATE TABLE t AS SELECT 1 AS id');
my $start = time;
$node->safe_psql('crowd', qq{
	CREATE SCHEMA s; CREATE SEQUENCE s.seq;
	CREATE PROCEDURE fill() LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR i IN 1 .. $tables LOOP
			EXECUTE format('CREATE TABLE s.t%s (id int PRIMARY KEY, v text); INSERT INTO s.t%s VALUES (1, %L)', i, i, i);
			IF i % 200 = 0 THEN COMMIT; END IF;
		END LOOP;
	END \$\$;
	CALL fill();
	ANALYZE;});
diag(sprintf('%d tables with a key made in %.0f s', $tables, time - $start));

sub rows
{
	my ($db) = @_;
	# in pieces: this session's locks are few, too
	my $sql = join('', map { "SELECT format('SELECT %L || v FROM s.%I', relname, relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 's'::regnamespace AND oid::bigint % 20 = $_ \\gexec\n" } (0 .. 19));
	return join("\n", sort split(/\n/, $node->safe_psql($db, $sql)));
}

# Fails within a few seconds, and names what must be changed
sub fails_at_once
{
	my ($sql, $name, $limit) = @_;
	my $begin = time;
	my $task = task_fails_like($node, $sql, '53400', qr/too many tables for "max_locks_per_transaction" = 64.*Set "max_locks_per_transaction" to at least \d+/s, $name);
	my $took = time - $begin;
	diag(sprintf('%s: failed after %.2f s: %s; %s; %s', $name, $took, $task->{error}, $task->{detail}, $task->{hint}));
	cmp_ok($took, '<', $limit // 5, "$name: at once");
	my ($need) = $task->{hint} =~ /at least (\d+)/;
	return $need;
}

# ----------------------------------------------------------------
# backups
# ----------------------------------------------------------------

my $need = fails_at_once("SELECT backup_pool.backup_database('crowd')", 'a backup of all');
fails_at_once("SELECT backup_pool.backup_schema('s', 'crowd')", 'of the schema');
fails_at_once("SELECT backup_pool.backup_database('crowd', content => 'data')", 'of the data');
is(join(' ', glob(repository($node) . '/*/*')), '', 'nothing was begun');
# nobody else notices
backup_ok($node, "SELECT backup_pool.backup_database('few')", 'another backup');
$start = time;
backup_ok($node, "SELECT backup_pool.backup_table('s.t1??', 'crowd')", 'a part of it');
diag(sprintf('100 of them: %.1f s', time - $start));

# what the hint says is enough
$node->append_conf('postgresql.conf', "max_locks_per_transaction = $need");
$node->restart;
$start = time;
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('crowd')", "a backup with max_locks_per_transaction = $need");
diag(sprintf('a backup of all: %.0f s', time - $start));
my $want = rows('crowd');
is(scalar(split(/\n/, $want)), $tables, 'rows of all tables');

# ----------------------------------------------------------------
# restores, by default settings again
# ----------------------------------------------------------------

$node->append_conf('postgresql.conf', $defaults);
$node->restart;
$start = time;
restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', create_database => true)", 'a restore of all');
diag(sprintf('a restore of all: %.0f s', time - $start));
is(rows('copy'), $want, 'has all rows');
is($node->safe_psql('copy', "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = 's'::regnamespace"), $tables, 'and all keys');

# what would need all locks in one transaction does nothing by halves
$node->safe_psql('copy', "UPDATE s.t1 SET v = 'changed'");
my $changed = rows('copy');
foreach my $how ('truncate', 'replace')
{
	# it reads the archive and looks everything up first
	fails_at_once("SELECT backup_pool.restore('$archive', 'copy', if_exists => '$how')", "a restore with $how", 30);
	is(rows('copy'), $changed, "$how: nothing was changed");
}

# so few that the tables alone would fit, but not what belongs to them
my $half = int(0.8 * 64 * $node->safe_psql('postgres', "SELECT 100"));
foreach my $how ('truncate', 'replace')
{
	my $list = join(',', map { "s.t$_" } (1 .. $half));
	my $begin = time;
	my $task = run_task($node, "SELECT backup_pool.restore('$archive', 'copy', if_exists => '$how', tables => '{$list}')");
	diag(sprintf('%d tables with %s: %s after %.1f s: %s %s', $half, $how, $task->{state}, time - $begin, $task->{error}, $task->{hint}));
	next if $task->{state} eq 'succeeded';
	like("$task->{error} $task->{hint}", qr/max_locks_per_transaction/, "$half tables, $how: names the setting");
	is(rows('copy'), $changed, "$half tables, $how: nothing was changed");
}
no_leftovers($node, 'many tables');
$node->stop;
done_testing();
