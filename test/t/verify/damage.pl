
# Copyright (c) 2026, backup_pool contributors

# verify finds every damage of an archive, and a restore of a damaged archive
# never loads a wrong row.  MUTATIONS is the number of damaged copies; the
# default is small enough for every run of `make check`.

use strict;
use warnings;

use BackupPool;
use File::Copy;
use File::Path qw(remove_tree);
use PostgreSQL::Test::Utils;
use Test::More;

my $mutations = $ENV{MUTATIONS} // 400;
my $batch = 50;
my $seed = $ENV{SEED} // 20261122;
srand($seed);
note("seed $seed, $mutations mutations");

my $node = new_node('main', conf => "backup_pool.max_tasks = 500\n");

$node->safe_psql('postgres', 'CREATE DATABASE src');
$node->safe_psql('src', q{
	CREATE SCHEMA app;
	CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
	CREATE TABLE app.big (id int PRIMARY KEY, v text, m app.mood);
	INSERT INTO app.big SELECT i, repeat(md5(i::text), 4), (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::app.mood
		FROM generate_series(1, 20000) i;
	CREATE TABLE app.small (id int PRIMARY KEY, big int REFERENCES app.big, t text);
	INSERT INTO app.small SELECT i, i, E'a\tb\n\\\\' || i FROM generate_series(1, 50) i;
	CREATE TABLE app.empty (id int);
	CREATE VIEW app.both AS SELECT b.id, s.t FROM app.big b JOIN app.small s ON s.big = b.id;
	SELECT lo_from_bytea(4711, decode(repeat('00ff41', 3000), 'hex')), lo_from_bytea(4712, '');
});

sub verified
{
	my ($archive, $level) = @_;
	return run_task($node, "SELECT backup_pool.verify('$archive', '$level')");
}

sub scratch_left
{
	return $node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'backup_pool_verify%'");
}

# ---- archives that are whole

my %archives;
foreach my $codec ('none', 'gzip:1', 'lz4', 'zstd:1')
{
	my $a = backup_ok($node, "SELECT backup_pool.backup_database('src', compression => '$codec')", "$codec: backup");
	is($node->safe_psql('postgres', "SELECT verified_at IS NULL FROM backup_pool.archives WHERE archive = '$a'"),
		't', "$codec: not verified yet");
	is(verified($a, 'checksum')->{state}, 'succeeded', "$codec: checksum");
	is($node->safe_psql('postgres', "SELECT verified_at > finished_at FROM backup_pool.archives WHERE archive = '$a'"),
		't', "$codec: the time is recorded");
	my $task = verified($a, 'restore');
	is($task->{state}, 'succeeded', "$codec: restore") or diag(explain($task));
	is($task->{rows_done}, '20050', "$codec: rows are counted once");
	is($task->{kind}, 'verify', "$codec: the kind of the task");
	$archives{$codec} = $a;
}
is(scratch_left(), '0', 'scratch databases are gone');
my $schema = backup_ok($node, "SELECT backup_pool.backup_database('src', content => 'schema')", 'definitions only');
is(verified($schema, 'restore')->{state}, 'succeeded', 'definitions only');
my $data = backup_ok($node, "SELECT backup_pool.backup_table('app.big', 'src', content => 'data')", 'data only');
is(verified($data, 'checksum')->{state}, 'succeeded', 'data only, checksum');
fails_like($node, "SELECT backup_pool.verify('$data', 'restore')", '0A000', qr/data without definitions/,
	'data only, restore: says why not');
my $table = backup_ok($node, "SELECT backup_pool.backup_table('app.empty', 'src')", 'one table');
is(verified($table, 'restore')->{state}, 'succeeded', 'one table: its schema is made');

# ---- arguments and rights

fails_like($node, "SELECT backup_pool.verify('$table', 'deep')", '22023', qr/unknown level "deep"/, 'unknown level');
fails_like($node, "SELECT backup_pool.verify('src/20200101T000000Z-1')", '42704', qr/does not exist/, 'no such archive');
$node->safe_psql('postgres', q{
	CREATE ROLE alice LOGIN; GRANT EXECUTE ON FUNCTION backup_pool.verify TO alice;
	CREATE ROLE bob LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO bob;
	GRANT USAGE ON SCHEMA backup_pool TO alice, bob; GRANT pg_read_all_data TO bob;});
fails_like($node, "SET SESSION AUTHORIZATION alice; SELECT backup_pool.verify('$table')", '42501',
	qr/permission denied for archive/, 'an archive of somebody else');
my $bobs = run_task($node, q{SET SESSION AUTHORIZATION bob; SELECT backup_pool.backup_table('app.big', 'src')});
is($bobs->{state}, 'succeeded', 'an archive of bob') or diag(explain($bobs));
is(run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$bobs->{archive}')")->{state},
	'succeeded', 'bob may verify it');
my $denied = run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$bobs->{archive}', 'restore')");
is($denied->{sqlstate}, '42501', 'but not make a database');
is(scratch_left(), '0', 'none was made');

# ---- pg_dump's own archives

my $dir = $node->basedir . '/stock';
$node->command_ok([ 'pg_dump', '-Fd', '-f', $dir, 'src' ], 'pg_dump');
is(verified($dir, 'checksum')->{state}, 'succeeded', "an archive of pg_dump's");
my ($victim) = sort { -s $b <=> -s $a } glob("$dir/*.dat.gz");
truncate($victim, (-s $victim) - 20) or die "$victim: $!";
my $cut = verified($dir, 'checksum');
is($cut->{state}, 'failed', 'cut off');
like("$cut->{error} $cut->{detail}", qr/\Q$victim\E/, 'which file');
is(verified($dir, 'restore')->{state}, 'failed', 'nor is it restored');

# ---- rows that are not what the manifest says

{
	my $a = $archives{none};
	my $log = -s $node->logfile;
	is(verified($a, 'restore')->{state}, 'succeeded', 'once more, to be killed next time');
	# a crash in the middle: begun again, and what it had made is gone
	$node->safe_psql('src', 'CREATE TABLE app.slow AS SELECT i, md5(i::text) AS t FROM generate_series(1, 300000) i; CREATE INDEX ON app.slow (t)');
	my $slow = backup_ok($node, "SELECT backup_pool.backup_database('src', compression => 'none')", 'more rows');
	$node->safe_psql('src', 'DROP TABLE app.slow');
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.verify('$slow', 'restore')");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_database WHERE datname = 'backup_pool_verify_$id'"),
		'there is a scratch database');
	$node->stop('immediate');
	$node->start;
	ok($node->poll_query_until('postgres', "SELECT state = 'succeeded' FROM backup_pool.tasks WHERE task_id = $id"),
		'verified after a crash') or diag(explain(task_row($node, $id)));
	is(scratch_left(), '0', 'no scratch database is left');

	$id = $node->safe_psql('postgres', "SELECT backup_pool.verify('$slow', 'restore')");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_database WHERE datname = 'backup_pool_verify_$id'"),
		'there is one again');
	$node->safe_psql('postgres', "SELECT backup_pool.cancel($id)");
	ok($node->poll_query_until('postgres', "SELECT state = 'cancelled' FROM backup_pool.tasks WHERE task_id = $id"),
		'cancelled');
	is(scratch_left(), '0', 'it is dropped then, too');
	$node->safe_psql('postgres', "SELECT backup_pool.drop_archive('$slow')");
}

# ---- damage

my $root = repository($node) . '/src';
my $truth = rows_of('src');

sub rows_of
{
	my ($db) = @_;
	my $sql = join(' UNION ALL ', map {
			"SELECT '$_', count(*)::text || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM app.$_ t"
		} qw(big small empty));
	my %h = map { split(/\|/, $_, 2) } split(/\n/, $node->safe_psql($db, $sql));
	$h{lobs} = $node->safe_psql($db, q{SELECT string_agg(oid || ' ' || md5(lo_get(oid)), ',' ORDER BY oid) FROM pg_largeobject_metadata});
	return \%h;
}

sub copy_archive
{
	my ($archive, $n) = @_;
	my $name = sprintf('20200101T000000Z-%d', 100000 + $n);
	mkdir("$root/$name", 0700) or die "$root/$name: $!";
	foreach my $file (glob(archive_path($node, $archive) . '/*'))
	{
		next if $file =~ /verified\.json$/;
		copy($file, "$root/$name/") or die "$file: $!";
	}
	return $name;
}

# Damages one copy; says how, or undef if nothing was changed
sub damage
{
	my ($dir) = @_;
	my @files = sort glob("$dir/*");
	# small files as often as large ones
	my $file = $files[ int(rand(@files)) ];
	my $size = -s $file;
	my $how = int(rand(100));

	(my $short = $file) =~ s{.*/}{};
	if ($how < 70 && $size > 0)
	{
		my $at = int(rand($size));
		my $byte;
		open(my $fh, '+<:raw', $file) or die "$file: $!";
		seek($fh, $at, 0);
		read($fh, $byte, 1);
		my $new = chr((ord($byte) + 1 + int(rand(255))) % 256);
		seek($fh, $at, 0);
		print $fh $new;
		close($fh) or die "$file: $!";
		return "$short: byte $at from " . ord($byte) . ' to ' . ord($new);
	}
	elsif ($how < 80 && $size > 0)
	{
		my $to = int(rand($size));
		truncate($file, $to) or die "$file: $!";
		return "$short: cut from $size to $to";
	}
	elsif ($how < 85)
	{
		open(my $fh, '>>:raw', $file) or die "$file: $!";
		print $fh chr(int(rand(256)));
		close($fh);
		return "$short: one byte more";
	}
	elsif ($how < 92)
	{
		unlink($file) or die "$file: $!";
		return "$short: missing";
	}
	elsif ($how < 96)
	{
		my $other = $files[ int(rand(@files)) ];

		return undef if slurp_file($other) eq slurp_file($file);
		rename($file, "$dir/swap") && rename($other, $file) && rename("$dir/swap", $other) or die "$dir: $!";
		return "$short: swapped with $other";
	}
	(my $plain = $file) =~ s/\.(gz|lz4|zst)$//;
	return undef if $plain eq $file;
	open(my $fh, '>', $plain) or die "$plain: $!";
	print $fh "\\.\n\n\n";
	close($fh);
	return "$short: another file in its place";
}

my ($looked, $missed, $wrong, $restores) = (0, 0, 0, 0);
my @names = map { $archives{$_} } sort keys %archives;
while ($looked < $mutations)
{
	my %what;
	for my $n (1 .. $batch)
	{
		my $name = copy_archive($names[ $n % @names ], $n);
		my $how = damage("$root/$name");
		if (defined $how) { $what{$name} = "$names[ $n % @names ]: $how"; }
		else { remove_tree("$root/$name"); }
	}
	my $script = join('', map { "SELECT backup_pool.verify('src/$_');\nSELECT '$_ ' || backup_pool.wait();\n" } sort keys %what);
	my $out;
	$node->psql('postgres', $script, stdout => \$out, stderr => \my $err, on_error_stop => 0);
	foreach my $name (sort keys %what)
	{
		$looked++;
		next if $out !~ /^$name succeeded$/m;
		# a wait() that had no task of its own would tell of the one before
		$missed++;
		diag("verify did not find: $what{$name}");
	}
	# some of them are restored
	foreach my $name ((sort keys %what)[ 0 .. 2 ])
	{
		$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS dst');
		$node->safe_psql('postgres', 'CREATE DATABASE dst TEMPLATE template0');
		my $task = run_task($node, "SELECT backup_pool.restore('src/$name', database => 'dst')");
		$restores++;
		if (($task->{state} // 'failed') eq 'succeeded')
		{
			$wrong++;
			diag("restored in silence: $what{$name}");
			next;
		}
		# what is there is either untouched or right
		foreach my $t (qw(big small))
		{
			next if $node->safe_psql('dst', "SELECT to_regclass('app.$t') IS NULL") eq 't';
			my $got = $node->safe_psql('dst',
				"SELECT count(*)::text || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM app.$t t");
			next if $got eq $truth->{$t};
			my $bad = $node->safe_psql('dst', $t eq 'big' ?
				q{SELECT count(*) FROM app.big WHERE v <> repeat(md5(id::text), 4) OR m <> (ARRAY['sad', 'ok', 'happy'])[1 + id % 3]::app.mood} :
				q{SELECT count(*) FROM app.small WHERE big <> id OR t <> E'a\tb\n\\\\' || id});
			next if $bad eq '0';
			$wrong++;
			diag("wrong rows in app.$t: $what{$name}");
		}
	}
	remove_tree(map { "$root/$_" } keys %what);
}
is($missed, 0, "every one of $looked kinds of damage is found");
is($wrong, 0, "none of $restores restores of them did harm");

# ---- an archive that has the name already (another server's, or the clock
# was set back) is not overwritten, not taken for ours, and not removed
{
	my $id = 1 + $node->safe_psql('postgres', 'SELECT max(task_id) FROM backup_pool.tasks');
	my %theirs;
	my $now = time;
	foreach my $second (0 .. 60)
	{
		my @t = gmtime($now + $second);
		my $dir = sprintf('%s/%04d%02d%02dT%02d%02d%02dZ-%d', $root, $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ], $id);
		mkdir($dir, 0700) or die "$dir: $!";
		foreach my $file (glob(archive_path($node, $archives{none}) . '/*'))
		{
			copy($file, "$dir/") or die "$file: $!";
		}
		$theirs{$dir} = 1;
	}
	my $task = run_task($node, q{SELECT backup_pool.backup_database('src')});
	is($task->{id}, $id, 'the task has that number');
	is($task->{state}, 'failed', 'an archive of that name is there: no success');
	is($task->{sqlstate}, '58P02', 'and it says so');
	is(scalar(grep { -e "$_/manifest.json" && -e "$_/toc.dat" } keys %theirs), 61, 'none of the others was touched');
	is(scalar(() = glob("$root/*.partial")), 0, 'nothing half done is left');
	remove_tree(keys %theirs);
	is(run_task($node, q{SELECT backup_pool.backup_database('src')})->{state}, 'succeeded', 'the next one succeeds');
}

is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), '0',
	'nothing is left to do');

done_testing();
