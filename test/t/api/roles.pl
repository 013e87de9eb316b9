
# Copyright (c) 2026, backup_pool contributors

# Which roles may call, see and use what, and as which role a task runs.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $me = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql(
	'postgres', q{
	CREATE ROLE alice LOGIN CREATEDB; CREATE ROLE bob LOGIN CREATEDB; CREATE ROLE nologin NOLOGIN; CREATE ROLE stranger LOGIN;
	CREATE ROLE team; CREATE ROLE boss LOGIN; CREATE ROLE watcher LOGIN; GRANT pg_read_all_stats TO watcher;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice, bob, nologin, boss, watcher;
	GRANT alice TO boss;
	CREATE DATABASE alices OWNER alice;
});
$node->safe_psql('alices', q{
	SET ROLE alice; CREATE SCHEMA a; CREATE TABLE a.t AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 5000) g; ALTER TABLE a.t ADD PRIMARY KEY (id);
	CREATE VIEW a.v AS SELECT count(*) FROM a.t; COMMENT ON TABLE a.t IS 'hers';
});

# EXECUTE is nobody's by default; the views are everybody's
foreach my $call ("backup_database('alices')", "backup_schema('a')", "backup_schemas('{a}')", "backup_table('t')", "backup_tables('{t}')",
	"restore('x/y')", 'wait(1)', 'cancel(1)', "drop_archive('x/y')", 'check()')
{
	fails_like($node, "SELECT backup_pool.$call", '42501', qr/permission denied for function/, "stranger: $call", user => 'stranger');
}
is($node->safe_psql('postgres', "SELECT (SELECT count(*) FROM backup_pool.tasks) + (SELECT count(*) FROM backup_pool.archives) + (SELECT count(*) FROM backup_pool.connections)", extra_params => [ '-U', 'stranger' ]),
	'0', 'a stranger may look, and sees nothing');
fails_like($node, 'SELECT * FROM backup_pool.task', '42501', qr/permission denied for table task/, 'stranger: the log itself', user => 'stranger');
fails_like($node, "INSERT INTO backup_pool.task (task_id) VALUES (1)", '42501', qr/permission denied/, 'alice: writing the log', user => 'alice');

# a role backs up and restores what is its own
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('alices')", 'alice: backup', user => 'alice');
is($node->safe_psql('postgres', "SELECT owner FROM backup_pool.archives WHERE archive = '$archive'"), 'alice', 'alice: owns the archive');
ok( $node->poll_query_until('postgres', "SELECT count(*) > 0 AND bool_and(role = 'alice') FROM backup_pool.connections"),
	'alice: the connections are hers, not a superuser\'s');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'alices2', true)", 'alice: restore', user => 'alice');
same_dump($node, 'alices', 'alices2', 'alice: the copy is the same');
is($node->safe_psql('postgres', "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'alices2'"), 'alice', 'alice: owns the copy');

# who sees and touches what
my %sees = (alice => 2, bob => 0, boss => 2, watcher => 2, $me => 2);
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.tasks', extra_params => [ '-U', $_ ]), $sees{$_}, "$_ sees $sees{$_} tasks")
  foreach sort keys %sees;
my %archives = (alice => 1, bob => 0, boss => 1, watcher => 1, $me => 1);
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives', extra_params => [ '-U', $_ ]), $archives{$_}, "$_ sees $archives{$_} archives")
  foreach sort keys %archives;
my $id = $node->safe_psql('postgres', "SELECT max(task_id) FROM backup_pool.tasks");
fails_like($node, "SELECT backup_pool.cancel($id)", '42501', qr/permission denied for task/, 'bob: cancel of hers', user => 'bob');
fails_like($node, "SELECT backup_pool.wait($id)", '42501', qr/permission denied for task/, 'bob: wait for hers', user => 'bob');
fails_like($node, "SELECT backup_pool.drop_archive('$archive')", '(42501|58P01|42704)', qr/permission denied|does not exist/, 'bob: drop_archive of hers', user => 'bob');
fails_like($node, "SELECT backup_pool.restore('$archive', 'bobs', true)", '(42501|58P01|42704)', qr/permission denied|does not exist/, 'bob: restore of hers', user => 'bob');
is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)", extra_params => [ '-U', 'boss' ]), 'succeeded', 'boss, a member of alice, may wait');
my $outside = $node->basedir . '/outside';
stock_dump($node, 'alices', $outside);
fails_like($node, "SELECT backup_pool.restore('$outside', 'alices')", '42501', qr/pg_read_server_files/, 'alice: a path outside the repository', user => 'alice');
$node->safe_psql('postgres', 'GRANT pg_read_server_files TO alice');
restore_ok($node, "SELECT backup_pool.restore('$outside', 'alices3', true)", 'alice: with pg_read_server_files', user => 'alice');

# what the owner cannot read is an error that names it, never left out
$node->safe_psql('alices', 'CREATE TABLE a.secret (v int)');
task_fails_like($node, "SELECT backup_pool.backup_database('alices')", '42501', qr/secret/, 'alice: a table she may not read', user => 'alice');
backup_ok($node, "SELECT backup_pool.backup_database('alices', exclude_tables => '{a.secret}')", 'alice: all but that', user => 'alice');
$node->safe_psql('alices', q{DROP TABLE a.secret; CREATE TABLE a.filtered (v int); INSERT INTO a.filtered VALUES (1), (2); GRANT SELECT ON a.filtered TO alice;
	ALTER TABLE a.filtered ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a.filtered USING (v = 1);});
task_fails_like($node, "SELECT backup_pool.backup_database('alices')", '42501', qr/filtered/, 'alice: a table whose rows are filtered for her', user => 'alice');
my $all = backup_ok($node, "SELECT backup_pool.backup_database('alices')", 'a superuser sees all of it');
is($node->safe_psql('postgres', "SELECT rows FROM backup_pool.archives WHERE archive = '$all'"), '5002', 'every row');
$node->safe_psql('alices', 'DROP TABLE a.filtered');
no_leftovers($node, 'refused backups');

# user code that runs in a restore runs as the restoring role, not as superuser
run_sql($node, 'alices', q{
	CREATE FUNCTION a.climb(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RESET SESSION AUTHORIZATION; RETURN NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user); END $$;
	CREATE TABLE a.climbs (v int CHECK (a.climb(v))); INSERT INTO a.climbs VALUES (1);}, user => 'alice');
my $climb = backup_ok($node, "SELECT backup_pool.backup_database('alices')", 'alice: backup with a function in a check', user => 'alice');
restore_ok($node, "SELECT backup_pool.restore('$climb', 'alices4', true)", 'alice: its restore', user => 'alice');

# roles that cannot log in
fails_like($node, "SET ROLE nologin; SELECT backup_pool.backup_database('alices')", '28000', qr/"nologin" is not permitted to log in/, 'an owner without LOGIN');

# a role that loses what it had between enqueue and run
$node->safe_psql('postgres', 'REVOKE CONNECT ON DATABASE alices FROM PUBLIC');
my $err = run_task($node, "SELECT backup_pool.backup_database('alices')", user => 'bob');
isnt($err->{rc}, 0, 'bob: a database he may not connect to');
like($err->{err}, qr/(42501|08\w{3}|28\w{3}|3D000).*alices/s, 'bob: says so');

# authentication: peer for all, a password for bob
my $hba = $node->data_dir . '/pg_hba.conf';
unlink $hba;
append_to_file($hba, "local all bob scram-sha-256\nlocal all all peer\n");
$node->safe_psql('postgres', "SET password_encryption = 'scram-sha-256'; ALTER ROLE bob PASSWORD 'secret'; CREATE DATABASE bobs OWNER bob");
$node->reload;
backup_ok($node, "SELECT backup_pool.backup_database('alices')", 'the superuser who runs the cluster needs nothing');
my $task = task_fails_like($node, "SET ROLE alice; SELECT backup_pool.backup_database('alices')", '28000', qr/[Pp]eer authentication failed for user "alice"/, 'alice under peer');
like($task->{hint}, qr/pg_hba|pg_ident/, 'alice under peer: the hint names what to change');
$task = task_fails_like($node, "SET ROLE bob; SELECT backup_pool.backup_database('bobs')", '(28\w{3}|08\w{3})', qr/no password supplied|password/, 'bob without a password');
like($task->{hint}, qr/./, 'bob without a password: a hint');
($node->safe_psql('postgres', "SET ROLE alice; SELECT count(*) FROM backup_pool.check() WHERE NOT ok AND item ~ 'login' AND hint ~ 'pg_hba|pg_ident'") =~ /^1$/m)
  ? pass('check() tells alice') : fail('check() tells alice');
# the line the README gives
my $os = $ENV{USER} // getpwuid($>);
unlink $hba;
append_to_file($hba, "local all all peer map=pool\n");
append_to_file($node->data_dir . '/pg_ident.conf', "pool $os alice\npool $os $me\n");
$node->reload;
backup_ok($node, "SET ROLE alice; SELECT backup_pool.backup_database('alices')", 'alice under peer with a map');

$node->stop;
done_testing();
