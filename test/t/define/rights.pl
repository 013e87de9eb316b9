
# Copyright (c) 2026, backup_pool contributors

# Schemas, privileges, default privileges, comments and security labels: their
# definitions, made without pg_dump, are the same as those of pg_dump.

use strict;
use warnings;

use BackupPool;
use BackupPool::Toc;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', labels => 1, conf => 'backup_pool.definitions = native');
my %count;

sub literal
{
	return "'" . $_[0] =~ s/'/''/gr . "'";
}

sub sorted_deps
{
	my $toc = comparable(read_toc($_[0] . '/toc.dat'));
	$_->{deps} = [ sort { $a <=> $b } @{ $_->{deps} } ] foreach @{ $toc->{entries} };
	return $toc;
}

# One selection, by backup_FUNCTION and by pg_dump OPTION
sub same
{
	my ($db, $function, $option, @patterns) = @_;
	my $array = join(', ', map { literal($_) } @patterns);
	my $task = run_task($node, "SELECT backup_pool.$function(ARRAY[$array], '$db', content => 'schema')");
	is($task->{state}, 'succeeded', "$db: @patterns: native") or return diag("$task->{error}: $task->{detail}");
	my $dir = $node->basedir . '/stock';
	system_or_bail('rm', '-rf', $dir);
	run_log([ 'pg_dump', '-Fd', '-s', '--no-sync', '-f', $dir, (map { ($option, $_) } @patterns), '-d', $node->connstr($db) ])
	  or die 'pg_dump failed';
	my @ours = @{ sorted_deps(archive_path($node, $task->{archive}))->{entries} };
	my @theirs = @{ sorted_deps($dir)->{entries} };
	is(scalar(@ours), scalar(@theirs), "$db: @patterns: number of entries");
	foreach my $i (0 .. $#theirs)
	{
		$count{ $theirs[$i]{desc} }++;
		# one by one, so that a difference says where
		last unless is_deeply($ours[$i], $theirs[$i], "$db: $theirs[$i]{desc} $theirs[$i]{tag}");
	}
	return;
}

sub same_schemas
{
	my ($db, @schemas) = @_;
	return same($db, 'backup_schemas', '-n', map { '"' . s/"/""/gr . '"' } @schemas);
}

sub refused
{
	my ($db, $schema, $why) = @_;
	task_fails_like($node, "SELECT backup_pool.backup_schema('$schema', '$db', content => 'schema')", '0A000', $why, "$db: $schema is refused");
	return;
}

if (run_task($node, q(SELECT backup_pool.backup_schema('public', content => 'schema')))->{detail} =~ /release are not known/)
{
	plan skip_all => 'definitions of this release are left to pg_dump';
}

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE zoe;
CREATE ROLE amy;
CREATE ROLE "odd ""role";
CREATE ROLE "a=b/c,{d}\";
CREATE ROLE "select";
CREATE ROLE "Upper";
CREATE ROLE "größe";
CREATE ROLE gone;
CREATE DATABASE rights;
SQL
$node->safe_psql('rights', <<'SQL');
CREATE SCHEMA "Odd ""schema" AUTHORIZATION "odd ""role";
CREATE SCHEMA rights AUTHORIZATION zoe;
COMMENT ON SCHEMA "Odd ""schema" IS E'it''s\\a\ncomment';
COMMENT ON SCHEMA rights IS 'größe';
SECURITY LABEL FOR bp_zoo ON SCHEMA rights IS E'it''s a\\label';
GRANT USAGE ON SCHEMA rights TO PUBLIC, amy, "odd ""role", "select";
GRANT ALL ON SCHEMA rights TO "größe", "a=b/c,{d}\" WITH GRANT OPTION;
GRANT CREATE ON SCHEMA rights TO amy WITH GRANT OPTION;
SET SESSION AUTHORIZATION amy;
GRANT CREATE ON SCHEMA rights TO "Upper" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "a=b/c,{d}\";
GRANT USAGE ON SCHEMA rights TO amy;
RESET SESSION AUTHORIZATION;
REVOKE USAGE ON SCHEMA "Odd ""schema" FROM "odd ""role";
CREATE SCHEMA nobodys AUTHORIZATION amy;
REVOKE ALL ON SCHEMA nobodys FROM amy;
CREATE SCHEMA plain;

SET search_path = rights;
CREATE TABLE t (id int, "Col ""1" text, gone int, "user" int);
ALTER TABLE t DROP COLUMN gone;
ALTER TABLE t OWNER TO zoe;
GRANT SELECT, INSERT ON t TO amy WITH GRANT OPTION;
GRANT DELETE, UPDATE, TRUNCATE, REFERENCES, TRIGGER ON t TO amy;
GRANT ALL ON t TO "odd ""role";
GRANT ALL ON t TO "a=b/c,{d}\" WITH GRANT OPTION;
GRANT SELECT ON t TO PUBLIC;
REVOKE INSERT ON t FROM zoe;
GRANT SELECT (id, "Col ""1"), UPDATE ("user") ON t TO amy, PUBLIC;
GRANT ALL ("user") ON t TO "select";
GRANT ALL (id) ON t TO "Upper" WITH GRANT OPTION;
GRANT SELECT (ctid), REFERENCES (tableoid) ON t TO "größe";
SET SESSION AUTHORIZATION amy;
GRANT SELECT, INSERT ON t TO "Upper";
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION "Upper";
GRANT UPDATE (id) ON rights.t TO amy;
RESET SESSION AUTHORIZATION;
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t."Col ""1" IS 'it''s a column';
COMMENT ON COLUMN t."user" IS E'back\\slash';
SECURITY LABEL FOR bp_zoo ON TABLE t IS 'a label';
SECURITY LABEL FOR bp_zoo ON COLUMN t."Col ""1" IS 'of a column';
SECURITY LABEL FOR bp_zoo ON COLUMN t.ctid IS 'of a system column';

CREATE TABLE "Table ""2" (a int, b int);
GRANT SELECT (a) ON "Table ""2" TO amy;
SECURITY LABEL FOR bp_zoo ON COLUMN "Table ""2".b IS 'only of a column';
COMMENT ON COLUMN "Table ""2".b IS 'b';
CREATE TABLE revoked (a int);
REVOKE ALL ON revoked FROM CURRENT_USER;
CREATE TABLE back (a int);
REVOKE ALL ON back FROM CURRENT_USER;
GRANT ALL ON back TO CURRENT_USER;
CREATE TABLE dangling (a int);
GRANT SELECT ON dangling TO gone WITH GRANT OPTION;
SET SESSION AUTHORIZATION gone;
GRANT SELECT ON rights.dangling TO amy;
RESET SESSION AUTHORIZATION;
DELETE FROM pg_authid WHERE rolname = 'gone';

CREATE SEQUENCE s;
GRANT USAGE, SELECT ON SEQUENCE s TO amy WITH GRANT OPTION;
GRANT ALL ON SEQUENCE s TO "select";
GRANT UPDATE ON SEQUENCE s TO PUBLIC;
COMMENT ON SEQUENCE s IS 'a sequence';
SECURITY LABEL FOR bp_zoo ON SEQUENCE s IS 'of a sequence';
CREATE VIEW v AS SELECT 1 AS one;
GRANT SELECT ON v TO PUBLIC;
GRANT SELECT (one) ON v TO amy;
COMMENT ON VIEW v IS 'a view';
COMMENT ON COLUMN v.one IS 'of a view';
SECURITY LABEL FOR bp_zoo ON VIEW v IS 'of a view';
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
GRANT SELECT ON m TO amy;
COMMENT ON MATERIALIZED VIEW m IS 'a materialized view';
SECURITY LABEL FOR bp_zoo ON MATERIALIZED VIEW m IS 'of a materialized view';

-- as if an extension had been there
INSERT INTO pg_init_privs VALUES
	('rights.revoked'::regclass, 'pg_class'::regclass, 0, 'e', '{zoe=arw/zoe,amy=r*/zoe}'),
	('rights.m'::regclass, 'pg_class'::regclass, 0, 'i', (SELECT relacl FROM pg_class WHERE oid = 'rights.m'::regclass)),
	('rights."Table ""2"'::regclass, 'pg_class'::regclass, 1, 'e', '{zoe=r/zoe}'),
	('rights.back'::regclass, 'pg_class'::regclass, 0, 'e', '{}');

ALTER DEFAULT PRIVILEGES FOR ROLE zoe IN SCHEMA rights GRANT SELECT, INSERT ON TABLES TO amy, PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE amy IN SCHEMA rights GRANT ALL ON TABLES TO zoe WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE amy IN SCHEMA rights GRANT ALL ON TABLES TO amy;
ALTER DEFAULT PRIVILEGES FOR ROLE "odd ""role" IN SCHEMA rights GRANT ALL ON SEQUENCES TO "a=b/c,{d}\";
ALTER DEFAULT PRIVILEGES FOR ROLE "odd ""role" IN SCHEMA rights GRANT USAGE ON SEQUENCES TO amy;
ALTER DEFAULT PRIVILEGES FOR ROLE zoe IN SCHEMA rights GRANT EXECUTE ON FUNCTIONS TO amy WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE zoe IN SCHEMA rights, "Odd ""schema" GRANT USAGE ON TYPES TO "select", "größe";
ALTER DEFAULT PRIVILEGES FOR ROLE zoe GRANT SELECT ON TABLES TO "Upper";
SQL
same_schemas('rights', 'rights');
same_schemas('rights', $_) foreach 'Odd "schema', 'nobodys', 'plain', 'public';
same_schemas('rights', 'rights', 'Odd "schema', 'nobodys', 'plain', 'public');
same('rights', 'backup_tables', '-t', 'rights.*');
same('rights', 'backup_tables', '-t', 'rights.t');
cmp_ok($count{$_}, '>', 2, "some $_ entries") foreach 'SCHEMA', 'ACL', 'DEFAULT ACL', 'COMMENT', 'SECURITY LABEL';

# -- schema public in all states
my @states = (
	'ALTER SCHEMA public OWNER TO "odd ""role"',
	'ALTER SCHEMA public OWNER TO zoe; GRANT CREATE ON SCHEMA public TO PUBLIC',
	'REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO amy WITH GRANT OPTION',
	'COMMENT ON SCHEMA public IS NULL; REVOKE ALL ON SCHEMA public FROM pg_database_owner',
	'DROP SCHEMA public; CREATE SCHEMA public AUTHORIZATION amy',
	'DROP SCHEMA public; CREATE SCHEMA public; COMMENT ON SCHEMA public IS \'standard public schema\'',
	'ALTER SCHEMA public RENAME TO private; ALTER SCHEMA private OWNER TO zoe');
foreach my $i (0 .. $#states)
{
	$node->safe_psql('postgres', "CREATE DATABASE public_$i");
	$node->safe_psql("public_$i", $states[$i]);
	same_schemas("public_$i", $states[$i] =~ /private/ ? 'private' : 'public');
}
$node->safe_psql('public_0', 'ALTER SCHEMA public OWNER TO "größe"');
refused('public_0', 'public', qr/privileges of SCHEMA public/);

# -- what can't be told: the order of labels of two providers, and what was
# done to the catalogs by hand
$node->safe_psql('public_1', <<'SQL');
CREATE TABLE t (a int);
CREATE SCHEMA two;
CREATE SCHEMA cols;
CREATE TABLE cols.t (a int);
CREATE SCHEMA initial;
CREATE TABLE initial.t (a int);
INSERT INTO pg_init_privs VALUES ('initial.t'::regclass, 'pg_class'::regclass, 0, 'e', '{=r/zoe}');
CREATE SCHEMA nothing;
INSERT INTO pg_init_privs VALUES ('nothing'::regnamespace, 'pg_namespace'::regclass, 0, 'e', '{=U/zoe}');
INSERT INTO pg_seclabel SELECT oid, 'pg_namespace'::regclass, 0, p, p FROM pg_namespace, (VALUES ('one'), ('two')) x (p) WHERE nspname = 'two';
INSERT INTO pg_seclabel SELECT 'cols.t'::regclass, 'pg_class'::regclass, 1, p, p FROM (VALUES ('one'), ('two')) x (p);
SQL
refused('public_1', 'two', qr/security labels of 2 providers/);
refused('public_1', 'initial', qr/privileges of TABLE t/);
same_schemas('public_1', 'nothing');
refused('public_1', 'cols', qr/more than one provider/);

done_testing();
