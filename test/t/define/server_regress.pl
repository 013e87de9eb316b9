
# Copyright (c) 2026, backup_pool contributors

# Definitions of schemas that other people made: those that the server's own
# regression tests create.  The test runs if BACKUP_POOL_REGRESS names the
# directory of these tests (src/test/regress/sql in the server's
# source).  Each file is run in a database of its own, without its DROP
# statements and without the kinds of objects that are left to
# pg_dump.  Statements that fail are ignored.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = $ENV{BACKUP_POOL_REGRESS};
plan skip_all => 'BACKUP_POOL_REGRESS is not set' unless defined $dir;

my $node = new_node('main', labels => 1, conf => $BackupPool::Oracle::conf);

sub slurp
{
	my ($file) = @_;
	open(my $fh, '<:raw', $file) or die "$file: $!";
	local $/;
	return <$fh>;
}

sub kept
{
	my ($sql) = @_;
	$sql =~ s/^ *(?:drop\b|\\).*$//gmi;
	$sql =~ s/^CREATE (?:OR REPLACE )?(?:DEFAULT )?(?:OPERATOR|CONVERSION|COLLATION|TEXT SEARCH|CAST|LANGUAGE|ACCESS METHOD|DATABASE)\b.*?;[ \t]*$//gmsi;
	$sql =~ s/^(?:CREATE TYPE \w+;|COMMENT ON DATABASE|ALTER (?:DATABASE|SYSTEM)).*$//gmi;
	return $sql;
}

my $setup = kept(slurp("$dir/test_setup.sql"));
my $oracle = BackupPool::Oracle->new($node);
my $script = $node->basedir . '/script.sql';
foreach my $file (sort glob("$dir/*.sql"))
{
	my ($name) = $file =~ m{([^/]+)\.sql$};
	my $sql = kept(slurp($file));
	# those that only ask, and those about the cluster
	next if $sql !~ /^\s*CREATE\b/mi || $name =~ /^(?:test_setup|tablespace|database|subscription|largeobject|stats|infinite_recurse|hs_.*)$/;
	$node->safe_psql('postgres', qq{CREATE DATABASE "$name"});
	open(my $fh, '>:raw', $script) or die "$script: $!";
	print $fh "SET client_min_messages = fatal;\n$setup\n$sql";
	close($fh);
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-d', $node->connstr($name), '-f', $script ], '>', \$out, '2>', \$err);
	my @schemas = map { pattern(@$_) } names($node, $name,
		'SELECT ' . hex_of('nspname') . " FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'");
	$oracle->check($name, $name, $name, (map { schemas('schema', $_) } @schemas), schemas('schema', @schemas));
}
$oracle->report('regression tests');
cmp_ok($oracle->share, '>=', 90, 'nearly all are handled')
  unless $oracle->{reasons}{'definitions of this server release are not known'};

done_testing();
