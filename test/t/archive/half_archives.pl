
# Copyright (c) 2026, backup_pool contributors

# Directories in the repository that are only half an archive, or none; and
# archives that are removed while another session looks at them.  The list
# leaves these out; a restore, a verification and drop_archive() say what is
# wrong; and the server and the worker go on.  ONLY_CASE=NAME runs only the
# subtest of that directory.

use strict;
use warnings;

use BackupPool;
use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use IPC::Run ();
use POSIX qw(mkfifo);
use PostgreSQL::Test::RecursiveCopy;
use PostgreSQL::Test::Utils;
use Test::More;

# as in test/fault/bp_fault.c
my %op = (create => 1, write => 2, fsync => 4, rename => 8, remove => 32, open => 64, read => 128, list => 256, look => 512);
my $vanish = -2;

my $scratch = PostgreSQL::Test::Utils::tempdir_short();
my ($cc) = run_command([ 'pg_config', '--cc' ]);
command_ok([ 'sh', '-c', "$cc -O1 -shared -fPIC -o $scratch/fault.so " . testdir() . '/fault/bp_fault.c -ldl' ], 'the library with the faults');
append_to_file("$scratch/control", "\0" x 280);

my $node = new_node('main', conf => 'backup_pool.max_connections = 6', bare => 1);
my $root = repository($node);
{
	local $ENV{LD_PRELOAD} = "$scratch/fault.so";
	local $ENV{BP_FAULT_CONTROL} = "$scratch/control";
	$node->start;
}
# owner: an ordinary role that made the archives; stranger: another one
$node->safe_psql('postgres', q{
	CREATE EXTENSION backup_pool;
	CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE stranger LOGIN;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO owner, stranger;
	CREATE DATABASE src OWNER owner; CREATE DATABASE target OWNER owner;
});
# enough entries, in enough schemas, that the archive has parts
$node->safe_psql('src', q{
	SET ROLE owner;
	DO $do$ BEGIN FOR s IN 1 .. 20 LOOP
		EXECUTE format('CREATE SCHEMA s%s', s);
		FOR f IN 1 .. 50 LOOP EXECUTE format('CREATE FUNCTION s%s.f%s() RETURNS int LANGUAGE sql RETURN 1', s, f); END LOOP;
		EXECUTE format('CREATE TABLE s%s.t AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 100) g', s);
	END LOOP; END $do$;
});
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'the archive', user => 'owner');
my $whole = archive_path($node, $archive);
ok(-e "$whole/parts.idx", 'it has parts');
# its copies are made, and damaged, under this name
my $name = 'erp/20261130T160747Z-9100';
my $dir = "$root/$name";
my ($data) = grep { /^\d+\.dat/ } data_files($node, $archive);

my $worker = worker();
my $log = log_offset($node);

sub worker
{
	return $node->safe_psql('postgres', "SELECT pg_postmaster_start_time(), pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");
}

sub still_up
{
	my ($what) = @_;
	my $ok = is(worker(), $worker, "$what: server and worker go on");
	return unlike(log_since($node, $log), qr/terminated by signal|PANIC|TRAP/, "$what: no process has crashed") && $ok;
}

# What the archive's list has, as that role: (archives of erp, warnings), or
# what went wrong.
sub listed
{
	my ($user) = @_;
	my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT coalesce(string_agg(archive, ' ' ORDER BY archive), '') FROM backup_pool.archives WHERE archive <> '$archive'", user => $user);
	return ("rc $rc: $err", '') if $rc != 0;
	return ($out, join("\n", $err =~ /WARNING:  (.*)/g));
}

# SQLSTATE of a call that makes a task, or of the task; ok if it succeeds
sub outcome
{
	my ($sql, $user) = @_;
	my $task = run_task($node, "SELECT backup_pool.$sql", user => $user);
	return ('ok', '') if $task->{rc} == 0;
	my ($state) = ($task->{err} // '') =~ /ERROR:  (\w{5}): /;
	return ($state // "no SQLSTATE: $task->{err}", $task->{err});
}

sub dropped
{
	my ($what, $user) = @_;
	my ($rc, undef, $err) = run_sql($node, 'postgres', "SELECT backup_pool.drop_archive('$what')", user => $user);
	return ('ok', '') if $rc == 0;
	return (($err =~ /ERROR:  (\w{5}): /)[0] // "no SQLSTATE: $err", $err);
}

sub copy_whole
{
	my ($to) = @_;
	PostgreSQL::Test::RecursiveCopy::copypath($whole, $to // $dir);
	return;
}

sub put
{
	my ($file, $text) = @_;
	unlink($file);
	append_to_file($file, $text);
	return;
}

sub half { my ($file) = @_; truncate($file, int((-s $file) / 2)) or die "$file: $!"; return; }

# the manifest with something in it changed, and the right checksum
sub rewrite_manifest
{
	my ($change) = @_;
	my $text = slurp_file("$dir/manifest.json");
	$text =~ s/^"manifest_checksum.*\n\z//m;
	$change->($text);
	put("$dir/manifest.json", $text . '"manifest_checksum": "' . sha256_hex($text) . "\"}\n");
	return;
}

sub clean
{
	chmod(0700, $root . '/erp', $dir);
	-l "$root/erp" || -f "$root/erp" ? unlink("$root/erp") : remove_tree("$root/erp");
	remove_tree("$scratch/elsewhere");
	return;
}

# ----------------------------------------------------------------
# half-made, half-removed and foreign directories
# ----------------------------------------------------------------

# Each: what it is called, what makes it, and what is expected, by default the
# outcomes of an archive that is whole.  list: is it in the list, warn: a part
# of the warning that those get who see all archives; restore, schemas (a
# restore of one), checksum, scratch (the levels of verify), drop: as superuser;
# owner: of a restore as the role that made it, owner_drop.
my @cases;
sub of { my ($what, $make, %want) = @_; push @cases, [ $what, $make, \%want ]; return; }
# no role but a superuser knows whose it is
my @nobodys = (list => 0, owner => '42501', owner_drop => '42501');
my @no_manifest = (@nobodys, warn => 'it has no manifest', restore => 'XX001', schemas => 'XX001', checksum => 'XX001', scratch => 'XX001');
sub all { my ($state, @rest) = @_; return (list => 0, (map { $_ => $state } qw(restore schemas checksum scratch owner owner_drop)), @rest); }

of('a whole one', sub { copy_whole() });
of('an empty directory', sub { mkdir($dir) or die $! }, @no_manifest, restore => '58P01', schemas => '58P01');
of('only toc.dat', sub { copy_whole(); unlink(grep { !/toc\.dat$/ } glob("$dir/*")) }, @no_manifest);
of('no manifest', sub { copy_whole(); unlink("$dir/manifest.json") }, @no_manifest);
of('only a manifest', sub { copy_whole(); unlink(grep { !/manifest\.json$/ } glob("$dir/*")) },
	restore => '58P01', schemas => '58P01', checksum => '58P01', scratch => '58P01', owner => '58P01');
# a restore of one schema reads its part, and of the manifest only the head
of('no toc.dat', sub { copy_whole(); unlink("$dir/toc.dat") },
	restore => '58P01', checksum => '58P01', scratch => '58P01', owner => '58P01');
of('an empty toc.dat', sub { copy_whole(); put("$dir/toc.dat", '') },
	restore => 'XX001', checksum => 'XX001', scratch => 'XX001', owner => 'XX001');
of('an empty manifest', sub { copy_whole(); put("$dir/manifest.json", '') }, all('XX001', warn => 'is damaged'));
of('half a manifest', sub { copy_whole(); half("$dir/manifest.json") }, all('XX001', schemas => 'ok', warn => 'is damaged'));
of('a manifest with a null byte', sub { copy_whole(); rewrite_manifest(sub { $_[0] =~ s/zstd/zst\0/ }) }, all('XX001', warn => 'is damaged'));
of('a manifest with no valid LSN', sub { copy_whole(); rewrite_manifest(sub { $_[0] =~ s/"lsn": "\K[^"]*/nowhere/ }) }, list => 0, warn => 'pg_lsn');
of('a manifest of nobody', sub { copy_whole(); rewrite_manifest(sub { $_[0] =~ s/"owner": \K"owner"/null/ }) },
	sees => 0, schemas => 'XX001', owner => '42501', owner_drop => '42501');
of('a manifest that is a directory', sub { copy_whole(); unlink("$dir/manifest.json"); mkdir("$dir/manifest.json") }, all('42809', warn => 'is not a regular file', drop => '42809'));
of('a manifest that is a symbolic link', sub { copy_whole(); unlink("$dir/manifest.json"); symlink("$whole/manifest.json", "$dir/manifest.json") }, all('42809', warn => 'is not a regular file', drop => '42809'));
of('a manifest that is a dangling link', sub { copy_whole(); unlink("$dir/manifest.json"); symlink("$dir/nothing", "$dir/manifest.json") }, all('42809', warn => 'is not a regular file', drop => '42809'));
of('a manifest that is a FIFO', sub { copy_whole(); unlink("$dir/manifest.json"); mkfifo("$dir/manifest.json", 0600) or die $! }, all('42809', warn => 'is not a regular file', drop => '42809'));
of('no frame index', sub { copy_whole(); unlink("$dir/frames.idx") },
	restore => '58P01', checksum => '58P01', scratch => '58P01', owner => '58P01');
foreach my $file ('frames.idx', $data)
{
	my $quick = $file eq 'frames.idx' ? 'XX001' : 'ok';
	of("an empty $file", sub { copy_whole(); put("$dir/$file", '') },
		restore => $quick, checksum => 'XX001', scratch => 'XX001', owner => $quick);
	of("half of $file", sub { copy_whole(); half("$dir/$file") },
		restore => $quick, checksum => 'XX001', scratch => 'XX001', owner => $quick);
}
of("no $data", sub { copy_whole(); unlink("$dir/$data") }, checksum => '58P01', scratch => '58P01');
of("$data is a FIFO", sub { copy_whole(); unlink("$dir/$data"); mkfifo("$dir/$data", 0600) or die $! }, checksum => '42809', scratch => '42809', drop => '42809', owner_drop => '42809');
of('no parts.idx', sub { copy_whole(); unlink("$dir/parts.idx") }, checksum => '58P01', scratch => '58P01');
of('an empty parts.idx', sub { copy_whole(); put("$dir/parts.idx", '') }, schemas => 'XX001', checksum => 'XX001', scratch => 'XX001');
of('half a parts.idx', sub { copy_whole(); half("$dir/parts.idx") }, schemas => 'XX001', checksum => 'XX001', scratch => 'XX001');
of('parts.idx is a FIFO', sub { copy_whole(); unlink("$dir/parts.idx"); mkfifo("$dir/parts.idx", 0600) or die $! },
	schemas => '42809', checksum => '42809', scratch => '42809', drop => '42809', owner_drop => '42809');
of('an empty verified.json', sub { copy_whole(); put("$dir/verified.json", '') });
of('verified.json is a directory', sub { copy_whole(); mkdir("$dir/verified.json") }, checksum => '42809', scratch => '42809', drop => '42809', owner_drop => '42809');
of('a plain file', sub { put($dir, 'x') }, all('42809', drop => '42809'));
of('a symbolic link to an archive', sub { symlink($whole, $dir) }, all('42809', drop => '42809'));
of('a dangling link', sub { symlink("$dir.nothing", $dir) }, all('42809', drop => '42809'));
of('a FIFO', sub { mkfifo($dir, 0600) or die $! }, all('42809', drop => '42809'));
of('nothing', sub { }, all('42704', drop => '42704'));
of("no directory of the database", sub { rmdir("$root/erp") or die $! }, all('42704', drop => '42704'));
of("the database's directory is a plain file", sub { rmdir("$root/erp"); put("$root/erp", 'x') }, all('42704', drop => '42704'));
of("the database's directory is a symbolic link",
	sub { rmdir("$root/erp"); mkdir("$scratch/elsewhere"); symlink("$scratch/elsewhere", "$root/erp"); copy_whole() }, all('42809', drop => '42809'));
of("the database's directory is a dangling link", sub { rmdir("$root/erp"); symlink("$root/nowhere", "$root/erp") }, all('42809', drop => '42809'));
of('another one is half removed', sub { copy_whole(); copy_whole("$root/erp/20261130T160747Z-9101.partial"); unlink("$root/erp/20261130T160747Z-9101.partial/manifest.json") });
of('half removed itself', sub { copy_whole("$dir.partial") }, all('42704', drop => '42704'));
of('its name is taken by what is half removed', sub { copy_whole(); copy_whole("$dir.partial") }, drop => '42809');
of('foreign names around it', sub {
		copy_whole();
		mkdir("$root/erp/$_") foreach ('lost+found', '.hidden', 'a b', "\xd0\x96");
		put("$root/erp/README", 'x');
		symlink($whole, "$root/erp/20261130T160747Z-9102");
		mkfifo("$root/erp/pipe", 0600) });
of('a foreign directory that could be one', sub { copy_whole(); mkdir("$root/erp/old") }, warn => '"erp/old" cannot be read: it has no manifest');
if ($> != 0)
{
	of('a directory that may not be entered', sub { copy_whole(); chmod(0, $dir) }, all('42501', warn => 'Permission denied', drop => '42501'));
	of('a manifest that may not be read', sub { copy_whole(); chmod(0, "$dir/manifest.json") }, all('42501', warn => 'Permission denied'));
	of("the database's directory may not be entered", sub { copy_whole(); chmod(0, "$root/erp") }, all('42501', warn => 'could not open directory', warns_all => 1, drop => '42501'));
	of("the database's directory may be read alone", sub { copy_whole(); chmod(0400, "$root/erp") }, all('42501', warn => 'could not stat', warns_all => 1, drop => '42501'));
}

foreach my $case (grep { ($ENV{ONLY_CASE} // $_->[0]) eq $_->[0] } @cases)
{
	my ($what, $make, $want) = @$case;
	my %want = (list => 1, restore => 'ok', schemas => 'ok', checksum => 'ok', scratch => 'ok', drop => 'ok', owner => 'ok', owner_drop => $want->{drop} // 'ok', %$want);
	subtest $what => sub {
		mkdir("$root/erp", 0700) or die $!;
		$make->();
		my ($list, $warned) = listed();
		is($list, $want{list} ? $name : '', 'the list');
		$want{warn} ? like($warned, qr/\Q$want{warn}\E/, 'a warning for those who see all') : is($warned, '', 'no warning');
		($list, $warned) = listed('owner');
		is($list, $want{sees} // $want{list} ? $name : '', "the owner's list");
		is($warned, '', 'no warning for others') unless $want{warns_all};
		is((listed('stranger'))[0], '', "a stranger's list");

		my %call = (
			restore => [ "restore('$name', 'target', content => 'schema', if_exists => 'skip')" ],
			owner => [ "restore('$name', 'target', content => 'schema', if_exists => 'skip')", 'owner' ],
			schemas => [ "restore('$name', 'target', schemas => '{s1}', content => 'schema', if_exists => 'skip')" ],
			checksum => [ "verify('$name')" ],
			scratch => [ "verify('$name', 'restore')" ]);
		# a scratch database takes its time: where it fails, and once where not
		foreach my $call (grep { $_ ne 'scratch' || $want{scratch} ne 'ok' || $what eq 'a whole one' } qw(restore owner schemas checksum scratch))
		{
			my ($state, $err) = outcome(@{ $call{$call} });
			is($state, $want{$call}, $call) or diag($err);
		}
		my ($rc, $check, $err) = run_sql($node, 'postgres', 'SELECT item FROM backup_pool.check() WHERE NOT ok');
		is("$rc $check", '0 ', 'check() finds nothing wrong') or diag($err);
		my ($state, $said) = dropped($name, 'stranger');
		isnt($state, 'ok', 'a stranger may not drop it');
		($state, $said) = dropped($name, 'owner');
		is($state, $want{owner_drop}, 'drop_archive, its owner') or diag($said);
		if ($state eq 'ok')
		{
			clean();
			mkdir("$root/erp", 0700) or die $!;
			$make->();
		}
		($state, $said) = dropped($name);
		is($state, $want{drop}, 'drop_archive') or diag($said);
		ok(!-e $dir && !-e "$dir.partial", 'it is gone') if $state eq 'ok';
		is((dropped($name))[0], '42704', 'once') if $state eq 'ok';
		still_up($what);
		clean();
	};
}

# a repository that is a dangling link
{
	rename($root, "$root.real") or die $!;
	symlink("$root.nowhere", $root) or die $!;
	is($node->safe_psql('postgres', "SELECT ok FROM backup_pool.check() WHERE item = 'repository'"), 'f', 'check() of a repository that is a dangling link');
	is((listed())[0], '', 'its list is empty');
	unlink($root);
	rename("$root.real", $root) or die $!;
}

# ----------------------------------------------------------------
# an archive that vanishes between two looks at it: at every one of them
# ----------------------------------------------------------------

sub control
{
	my (@values) = @_;
	open(my $fh, '+<:raw', "$scratch/control") or die;
	print $fh pack('L l L L L L a256', @values);
	close($fh);
	return;
}

# Runs $sub again and again; the archive, or one file of it, is renamed just
# before the first look at it, the second, and so on, until $sub needs no more
# looks.  Where there are many of them, some are left out.
sub at_every_look
{
	my ($what, $re, $sub, $file) = @_;
	my $victim = defined $file ? "$dir/$file" : $dir;
	my $looks = 0;
	my $at = 0;
	my @wrong;
	my %seen;
	while ($at < 1000)
	{
		$at = $at < 15 ? $at + 1 : int($at * 1.3);
		mkdir("$root/erp", 0700);
		copy_whole() unless -e $dir;
		control($op{create} | $op{rename} | $op{remove} | $op{open} | $op{read} | $op{list} | $op{look}, $vanish, $at, 1, 0, 0, $victim);
		my ($state, $err) = $sub->();
		my $failed = (unpack('L l L L L L', slurp_file("$scratch/control")))[5];
		control(0, 0, 0, 0, 0, 0, '');
		rename("$victim~", $victim) if -e "$victim~";
		last unless $failed;
		$looks++;
		$seen{$state}++;
		push @wrong, "look $at: $state: " . ($err // '') unless $state =~ /^(?:$re)$/;
	}
	is(join("\n", @wrong), '', "$what: what vanishes at one of $looks looks");
	cmp_ok($looks, '>=', defined $file ? 1 : 3, "$what: there are looks");
	note("$what: " . join(', ', map { "$_ $seen{$_}" } sort keys %seen));
	still_up($what);
	clean();
	return;
}

sub list_as
{
	my ($user) = @_;
	my ($list, $warned) = listed($user);
	return ($list eq '' || $list eq $name ? $warned eq '' ? 'ok' : 'warning' : 'other', "$list $warned");
}

at_every_look('the list', 'ok', sub { list_as() });
at_every_look("the owner's list", 'ok', sub { list_as('owner') });
foreach my $user (undef, 'owner')
{
	my $as = $user // 'superuser';
	# what is found while the task runs is as the system says it
	at_every_look("restore, $as", 'ok|42704|58P01', sub { outcome("restore('$name', 'target', content => 'schema', if_exists => 'skip')", $user) });
	at_every_look("restore of a schema, $as", 'ok|42704|58P01', sub { outcome("restore('$name', 'target', schemas => '{s1}', content => 'schema', if_exists => 'skip')", $user) });
	at_every_look("the call of restore, $as", 'ok|42704', sub {
		my ($rc, undef, $err) = run_sql($node, 'postgres', "BEGIN; SELECT backup_pool.restore('$name', 'target', schemas => '{s1}'); ROLLBACK", user => $user);
		return ($rc == 0 ? 'ok' : ($err =~ /ERROR:  (\w{5})/)[0] // 'died', $err);
	});
	at_every_look("verify, $as", 'ok|42704|58P01', sub { outcome("verify('$name')", $user) });
	at_every_look("drop_archive, $as", 'ok|42704', sub { dropped($name, $user) });
}
at_every_look('restore, by path', 'ok|42704|58P01', sub { outcome("restore('$dir', 'target', content => 'schema', if_exists => 'skip')") });
at_every_look('verify, by path', 'ok|42704|58P01', sub { outcome("verify('$dir')") });

# one file of it, whose new name does not belong there
at_every_look('the list, manifest.json', 'ok|warning', sub { list_as() }, 'manifest.json');
at_every_look("the owner's list, manifest.json", 'ok', sub { list_as('owner') }, 'manifest.json');
foreach my $file ('manifest.json', 'frames.idx', 'toc.dat', $data)
{
	at_every_look("restore, $file", 'ok|42501|58P01|XX001', sub { outcome("restore('$name', 'target', content => 'data', if_exists => 'truncate', parallel => 3)", 'owner') }, $file);
	at_every_look("verify, $file", 'ok|42501|58P01|XX001', sub { outcome("verify('$name')", 'owner') }, $file);
}
foreach my $file ('manifest.json', 'parts.idx')
{
	at_every_look("restore of a schema, $file", 'ok|42501|58P01|XX001', sub { outcome("restore('$name', 'target', schemas => '{s1}', content => 'data', if_exists => 'truncate')", 'owner') }, $file);
}

# ----------------------------------------------------------------
# backups and drop_archive() beside clients that look
# ----------------------------------------------------------------

# Sessions that all run at once.  None of them sleeps, and each ends by itself.
{
	my $rounds = 60;
	$node->safe_psql('postgres', 'CREATE TABLE public.done (n int); GRANT SELECT ON public.done TO PUBLIC');
	my $poll = q{DO $$ DECLARE n bigint := 0; looks int := 0; BEGIN
		WHILE looks < 100000 AND NOT EXISTS (SELECT FROM public.done) LOOP
			PERFORM archive, verified_at FROM backup_pool.archives;
			looks := looks + 1;
		END LOOP;
		RAISE NOTICE 'looks: %', looks; END $$;};
	# the oldest, which is about to be dropped, as soon as there are two
	my $oldest = "FROM backup_pool.archives WHERE archive <> '$archive' HAVING count(*) > 1";
	my $drop = qq{DO \$\$ DECLARE a text; n int := 0; BEGIN
		WHILE n < 100000 AND NOT EXISTS (SELECT FROM public.done) LOOP
			SELECT min(archive) INTO a $oldest;
			BEGIN
				PERFORM backup_pool.drop_archive(a) WHERE a IS NOT NULL;
			EXCEPTION WHEN undefined_object OR object_in_use THEN n := n + 1;
			END;
		END LOOP;
		RAISE NOTICE 'looks: %', n; END \$\$;};
	my $by_name = join("\n", map { qq{DO \$\$ BEGIN FOR i IN 1 .. 10000 LOOP EXIT WHEN EXISTS (SELECT $oldest) OR EXISTS (SELECT FROM public.done); END LOOP; END \$\$;
SELECT coalesce((SELECT min(archive) $oldest), 'src/20200101T000000Z-1') AS a \\gset
SELECT backup_pool.$_; SELECT backup_pool.wait();} }
		  ("verify(:'a')", "restore(:'a', 'target', content => 'schema', if_exists => 'skip')", "restore(:'a', 'target', schemas => '{s1}', content => 'schema', if_exists => 'skip')") x 8);
	my $backup = join("\n", map { "SELECT backup_pool.backup_schema('s1', 'src'); SELECT backup_pool.wait();" } 1 .. $rounds);
	my @sessions;
	my $start = sub {
		my ($what, $user, $sql, $allowed) = @_;
		my $file = "$scratch/session" . @sessions;
		append_to_file("$file.sql", $sql);
		# with files, not strings: nobody has to read on while it runs
		my $run = IPC::Run::start(
			[ 'psql', '-X', '-q', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-U', $user, '-f', "$file.sql" ],
			'>', "$file.out", '2>', "$file.err");
		push @sessions, { what => $what, file => $file, run => $run, allowed => $allowed };
		return;
	};
	my ($super) = $node->safe_psql('postgres', 'SELECT current_user');
	$start->('a superuser polls', $super, $poll, qr/(?!)/);
	$start->('an ordinary role polls', 'owner', $poll, qr/(?!)/);
	$start->('tasks by name', 'owner', $by_name, qr/42704|58P01|22004/);
	$start->('a superuser drops', $super, $drop, qr/(?!)/);
	$start->('the owner drops', 'owner', $drop, qr/(?!)/);
	$start->('backups', 'owner', $backup, qr/(?!)/);
	$sessions[-1]{run}->finish;
	$node->safe_psql('postgres', 'INSERT INTO public.done VALUES (1)');
	foreach my $s (@sessions)
	{
		$s->{run}->finish;
		my $err = slurp_file("$s->{file}.err");
		my %said;
		$said{$_}++ foreach $err =~ /(?:ERROR|FATAL|WARNING|PANIC):  (\w{5})/g;
		my @wrong = grep { !/^(?:$s->{allowed})$/ } keys %said;
		push @wrong, $err if @wrong || $err =~ /server closed|connection to server|error:/;
		note("$s->{what}: " . join(', ', map { "$_ $said{$_}" } sort keys %said));
		is(join("\n", @wrong), '', "$s->{what}: nothing else goes wrong");
		cmp_ok(($err =~ /looks: (\d+)/)[0] // 0, '>', 10, "$s->{what}: it did") if $s->{what} =~ /polls/;
	}
	still_up('backups and drops');
	$node->safe_psql('postgres', "SELECT backup_pool.drop_archive(archive) FROM backup_pool.archives WHERE archive <> '$archive'");
	is((listed())[0], '', 'all of them can be dropped');
}

# ----------------------------------------------------------------
# the worker finds them all at its start
# ----------------------------------------------------------------

{
	my $task = run_task($node, "SELECT backup_pool.backup_schema('s1', 'src')");
	my $id = $task->{id};
	my $made = archive_path($node, $task->{archive});
	# as if the crash had come before the backup succeeded: what lies there
	# under the task's number is none of its archives
	$node->safe_psql('postgres', "UPDATE backup_pool.task SET state = 'running', finished_at = NULL, archive = NULL WHERE task_id = $id");
	$node->stop('immediate');
	remove_tree($made);
	mkdir("$root/erp", 0700);
	foreach my $i (1 .. 6)
	{
		mkdir("$root/erp/2026113${i}T000000Z-$id") or die $!;
	}
	put("$root/erp/20261132T000000Z-$id/manifest.json", '');
	put("$root/erp/20261133T000000Z-$id/manifest.json", "{\n");
	mkfifo("$root/erp/20261134T000000Z-$id/manifest.json", 0600) or die $!;
	symlink("$whole/manifest.json", "$root/erp/20261135T000000Z-$id/manifest.json");
	mkdir("$root/erp/20261136T000000Z-$id/manifest.json");
	symlink($whole, "$root/erp/20261137T000000Z-$id");
	put("$root/erp/20261138T000000Z-$id", 'x');
	mkdir("$root/erp/20261130T000000Z-1.partial");
	put("$root/erp/20261130T000000Z-2.partial", 'a plain file');
	mkdir("$root/erp/20261130T000000Z-3.partial");
	mkdir("$root/erp/20261130T000000Z-3.partial/foreign");
	symlink($whole, "$root/erp/20261130T000000Z-4.partial");
	put("$root/mysql", 'no directory');
	$log = log_offset($node);
	$node->start;
	is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)"), 'succeeded', 'a backup that was under way is made again');
	is(task_row($node, $id)->{attempt}, '2', 'since none of these is its archive');
	ok(!-e "$root/erp/20261130T000000Z-1.partial", 'a partial archive is removed');
	ok(-f "$root/erp/20261130T000000Z-2.partial" && -d "$root/erp/20261130T000000Z-3.partial/foreign" && -l "$root/erp/20261130T000000Z-4.partial", 'what is none is left alone');
	ok(-e "$whole/manifest.json", 'and so is what a link leads to');
	$worker = worker();
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'target', content => 'schema', if_exists => 'skip')", 'all goes on');
	still_up('a start');
	clean();
}

$node->stop;
done_testing();
