
# Copyright (c) 2026, backup_pool contributors

# Definitions made without pg_dump are the same as those of pg_dump, for random
# schemas with objects of all kinds.
#
#	BACKUP_POOL_SEED=1	the seed; database k uses this seed plus k
#	BACKUP_POOL_CASES=30	number of schemas; that of selections is proportional
#	BACKUP_POOL_EACH=10	number of schemas in one database
#
# A failure prints the seed that makes the database of that selection again,
# without the other databases; test/tools/definitions --random=SEED makes it on a
# running server.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use BackupPool::RandomSchema;
use List::Util qw(shuffle);
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BACKUP_POOL_SEED} // 1;
my $cases = $ENV{BACKUP_POOL_CASES} // 30;
my $each = $ENV{BACKUP_POOL_EACH} // 10;

my $node = new_node('main', labels => 1, conf => $BackupPool::Oracle::conf);
my $oracle = BackupPool::Oracle->new($node);
plan skip_all => 'definitions of this release are left to pg_dump' unless $oracle->known;
my $version = pg_version($node);
my ($statements, $errors) = (0, 0);

# psql goes on after errors; some are to be expected.
sub load
{
	my ($db, $sql) = @_;
	my $file = $node->basedir . "/$db.sql";
	append_to_file($file, $sql);
	my ($out, $err) = run_command([ 'psql', '-X', '-q', '-o', '/dev/null', '-d', $node->connstr($db), '-f', $file ]);
	$statements += () = $sql =~ /;$/mg;
	foreach my $line (grep { /ERROR:/ } split(/\n/, $err))
	{
		$errors++;
		note($line =~ s/^.*ERROR:/$db: ERROR:/r);
	}
	return;
}

# Groups of schemas, as running pg_dump costs most; some schemas alone, some
# relations, everything there is in one schema, all schemas but one.
sub selections
{
	my ($db) = @_;
	my @relations = map { pattern(@$_) } names($node, $db,
			"SELECT concat_ws(',', " . hex_of('nspname') . ', ' . hex_of('relname')
		  . ") FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
		  . " WHERE relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND nspname !~ '^(pg_|information_schema)' ORDER BY c.oid");
	my @schemas = map { pattern(@$_) } names($node, $db,
		'SELECT ' . hex_of('nspname') . " FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public|rnd_outside)' ORDER BY oid");
	my @some = shuffle(@schemas);
	my @of = shuffle(@relations);
	my @selections;
	while (my @group = splice(@some, 0, 3))
	{
		push @selections, schemas('all', @group);
	}
	@some = shuffle(@schemas);
	push @selections, schemas('all', $_) foreach @some[ 0 .. $#some / 4 ];
	push @selections, schemas('schema', $some[-1]), schemas('all', $some[-1], 'public');
	push @selections, schemas('schema', @some[ 0 .. $#some / 2 ]);
	push @selections, tables('all', "$some[0].*");
	foreach my $n (1, 1, 2, 4, 8)
	{
		my @few = splice(@of, 0, $n);
		push @selections, tables(@selections % 3 ? 'all' : 'schema', @few) if @few;
	}
	# by somebody who is not a superuser
	push @selections, { %{ schemas('schema', @some[ 0, -1 ]) }, user => 'rnd_login' };
	push @selections, { %{ schemas('all', $some[0]) }, more => 'exclude_tables => ARRAY[' . literal("$some[0].t*") . ']', args => [ '-n', $some[0], '-T', "$some[0].t*" ] };
	push @selections, { %{ schemas('all', $some[1]) }, more => 'exclude_table_data => ARRAY[' . literal("$some[1].*t*") . ']', args => [ '-n', $some[1], '--exclude-table-data', "$some[1].*t*" ] }
	  if @some > 1;
	return @selections;
}

my $databases = 0;
for (my $made = 0; $made < $cases; $made += $each)
{
	my $this = $seed + $databases;
	my $db = 'random_' . $databases++;
	my $schemas = $cases - $made < $each ? $cases - $made : $each;
	my $random = BackupPool::RandomSchema->new(seed => $this, version => $version, labels => 1);
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	load($db, join('', $random->cluster, $random->database, map({ $random->schema } 1 .. $schemas), $random->finish));
	$node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA backup_pool TO rnd_login; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO rnd_login');
	# 18 keeps statistics in the archive: of some tables only
	analyze($node, $db, $this % 3) if $version >= 18 && $this % 3;
	srand($this);
	$oracle->check($db, $db, "BACKUP_POOL_SEED=$this BACKUP_POOL_CASES=$schemas", selections($db));
	if ($cases > 10 * $each)
	{
		# somebody may be watching
		diag(sprintf('%d schemas, %d selections, %d failed', $made + $schemas, $oracle->{native} + $oracle->refused, $oracle->{failed})) if $databases % 10 == 0;
		$node->safe_psql('postgres', "DROP DATABASE $db WITH (FORCE)");
	}
}

diag("$statements statements, of which $errors failed");
cmp_ok($errors, '<', $statements * 0.08, 'most statements make something');
$oracle->report("$cases random schemas");
cmp_ok($oracle->share, '>=', 85, 'nearly all selections are handled');

done_testing();
