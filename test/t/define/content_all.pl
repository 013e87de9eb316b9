
# Copyright (c) 2026, backup_pool contributors

# Definitions made without pg_dump are the same as those of pg_dump, with
# content 'all' and 'schema': for each relation and each schema of the zoo, of
# pagila if that is available, and of a database of tenants.
#
# Relations are selected in groups, which BACKUP_POOL_SEED determines, and a
# few of each kind are also selected alone; with BACKUP_POOL_ALL=1 each one
# is.

use strict;
use warnings;

use BackupPool;
use BackupPool::Oracle;
use List::Util qw(shuffle);
use PostgreSQL::Test::Utils;
use Test::More;

my $all = $ENV{BACKUP_POOL_ALL};
my $seed = $ENV{BACKUP_POOL_SEED} // int(rand(1 << 30));
srand($seed);
my $hint = "BACKUP_POOL_SEED=$seed";
note($hint);

my $node = new_node('main', labels => 1, conf => $BackupPool::Oracle::conf);
my $oracle = BackupPool::Oracle->new($node);
plan skip_all => 'definitions of this release are left to pg_dump' unless $oracle->known;
my $user = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

sub relations
{
	my ($db) = @_;
	return names($node, $db,
			"SELECT concat_ws(',', "
		  . join(', ', map { hex_of($_) } 'n.nspname', 'c.relname', 'c.relkind::text')
		  . ") FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
		  . " WHERE relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND $user ORDER BY 1");
}

# Every relation in some group, some of each kind alone.
sub each_relation
{
	my ($what, $db, $alone, $size) = @_;
	my (%seen, @selections, @groups);
	my @relations = relations($db);
	foreach my $r (shuffle(@relations))
	{
		my ($schema, $name, $kind) = @$r;
		my $p = pattern($schema, $name);
		push @selections, tables($_, $p)
		  foreach $all ? qw(all schema) : $seen{$kind}++ < $alone ? ($seen{$kind} % 2 ? 'all' : 'schema') : ();
		push @groups, [] if !@groups || @{ $groups[-1] } == $size;
		push @{ $groups[-1] }, $p;
	}
	push @selections, map { tables('all', @$_) } @groups;
	$oracle->check($what, $db, $hint, @selections);
	return scalar(@relations);
}

sub each_schema
{
	my ($what, $db) = @_;
	my @schemas = map { pattern(@$_) } names($node, $db,
		'SELECT ' . hex_of('nspname') . " FROM pg_namespace n WHERE $user ORDER BY 1");
	my @some = shuffle(@schemas);
	$oracle->check($what, $db, $hint,
		(map { schemas('all', $_) } @schemas),
		(map { schemas('schema', $_) } $all ? @schemas : @some[ 0 .. $#some / 3 ]),
		schemas('all', @some[ 0 .. $#some / 2 ]),
		schemas('schema', @schemas));
	return scalar(@schemas);
}

# -- the zoo
load_zoo($node, 'zoo');
analyze($node, 'zoo', 1) if pg_version($node) >= 18;
cmp_ok(each_relation('zoo', 'zoo', 3, 12), '>', 50, 'the zoo has some relations');
each_schema('zoo', 'zoo');
$oracle->check('zoo', 'zoo', $hint,
	tables('all', 'parts.*', 'zoo.p*', 'zoo.p*'),
	tables('schema', 'zoo.*'),
	{ %{ schemas('all', 'z*', 'p*') }, more => "exclude_tables => '{*.t*}'", args => [ '-n', 'z*', '-n', 'p*', '-T', '*.t*' ] },
	{ %{ schemas('all', 'zoo') }, more => "exclude_table_data => '{*.b*,*.*seq}'", args => [ '-n', 'zoo', '--exclude-table-data', '*.b*', '--exclude-table-data', '*.*seq' ] });
$oracle->report('the zoo');
my $share = $oracle->share;
cmp_ok($share, '>=', 80, 'most selections of the zoo are handled');

# -- another encoding
$node->safe_psql('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
load_file($node, 'latin', 'zoo_latin1.sql');
analyze($node, 'latin', 1) if pg_version($node) >= 18;
$oracle->check('LATIN1', 'latin', $hint, schemas('all', 'sch*'), schemas('schema', 'sch*'), tables('all', 'sch*.t*'));

# -- pagila, if it is there
if (-e datadir() . '/pagila.sql')
{
	$node->safe_psql('postgres', 'CREATE DATABASE pagila');
	load_file($node, 'pagila', 'pagila.sql');
	analyze($node, 'pagila', 1) if pg_version($node) >= 18;
	$oracle = BackupPool::Oracle->new($node);
	each_relation('pagila', 'pagila', 3, 6);
	each_schema('pagila', 'pagila');
	$oracle->report('pagila');
	cmp_ok($oracle->share, '>=', 90, 'pagila is handled');
}
else
{
	note('no pagila.sql');
}

# -- tenants: the same ten tables in each schema
my $tenants = $ENV{BACKUP_POOL_TENANTS} // 30;
$node->safe_psql('postgres', 'CREATE DATABASE many');
$node->safe_psql('many', join('', map { tenant("tenant_$_") } 1 .. $tenants));
analyze($node, 'many', 1) if pg_version($node) >= 18;
$oracle = BackupPool::Oracle->new($node);
my @some = shuffle(map { "tenant_$_" } 1 .. $tenants);
$oracle->check('many', 'many', $hint,
	(map { schemas('all', $_) } $all ? @some : @some[ 0 .. 9 ]),
	(map { schemas('schema', $_) } @some[ 0 .. 4 ]),
	schemas('all', @some[ 5 .. 9 ]),
	schemas('all', 'tenant_1*'),
	(map { tables('all', $_) } map { ("$_.account", "$_.invoice") } @some[ 0 .. 4 ]),
	tables('all', "$some[0].*"),
	tables('all', map { "$_.line" } @some[ 0 .. 9 ]));
$oracle->report('tenants');
is($oracle->share, 100, 'tenants are handled, all of them');

done_testing();

sub tenant
{
	my ($s) = @_;
	return <<"SQL";
CREATE SCHEMA $s;
SET search_path = $s, public;
CREATE TYPE state AS ENUM ('new', 'paid', 'gone');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%\@%');
CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(100) NOT NULL, mail email UNIQUE, created timestamptz NOT NULL DEFAULT now());
CREATE TABLE product (id serial PRIMARY KEY, sku text NOT NULL UNIQUE, price numeric(12,2) CHECK (price >= 0), tags text[] DEFAULT '{}');
CREATE TABLE invoice (id bigserial PRIMARY KEY, account bigint NOT NULL REFERENCES account ON DELETE CASCADE, state state NOT NULL DEFAULT 'new', at date NOT NULL DEFAULT CURRENT_DATE);
CREATE TABLE line (invoice bigint REFERENCES invoice, n int, product int REFERENCES product, amount int DEFAULT 1, PRIMARY KEY (invoice, n));
CREATE TABLE payment (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), invoice bigint REFERENCES invoice, amount numeric NOT NULL);
CREATE TABLE event (id bigserial, at timestamptz NOT NULL, what jsonb) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE note (account bigint REFERENCES account, body text, search tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED);
CREATE TABLE setting (name text PRIMARY KEY, value text);
CREATE INDEX ON invoice (account, at DESC);
CREATE INDEX ON event (at);
CREATE INDEX ON note USING gin (search);
CREATE INDEX ON product (lower(sku)) WHERE price > 0;
CREATE VIEW open_invoices AS SELECT i.id, a.name, sum(l.amount * p.price) AS total FROM invoice i JOIN account a ON a.id = i.account
	JOIN line l ON l.invoice = i.id JOIN product p ON p.id = l.product WHERE i.state = 'new' GROUP BY i.id, a.name;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN NEW.at := CURRENT_DATE; RETURN NEW; END \$\$;
CREATE TRIGGER touch BEFORE UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE account IS 'who pays';
INSERT INTO account (name, mail) SELECT 'name ' || g, g || '\@x' FROM generate_series(1, 10) g;
INSERT INTO product (sku, price) SELECT 'p' || g, g FROM generate_series(1, 10) g;
INSERT INTO invoice (account) SELECT g FROM generate_series(1, 10) g;
INSERT INTO line SELECT g, 1, g, g FROM generate_series(1, 10) g;
INSERT INTO event (at, what) SELECT '2025-01-01'::timestamptz + g * interval '1 day', '{}' FROM generate_series(1, 10) g;
RESET search_path;
SQL
}
