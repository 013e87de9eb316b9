
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Rights - owners, privileges, comments and security labels

=cut

package BackupPool::RandomSchema::Rights;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;
use Exporter 'import';

our @EXPORT = qw(make_schema make_rights);

my @of_tables = qw(SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER);

# For each kind: what GRANT calls it, and the privileges
my %grants = (
	'TABLE' => [ 'TABLE', @of_tables ],
	'FOREIGN TABLE' => [ 'TABLE', @of_tables ],
	'VIEW' => [ 'TABLE', @of_tables ],
	'MATERIALIZED VIEW' => [ 'TABLE', @of_tables ],
	'SEQUENCE' => [ 'SEQUENCE', qw(USAGE SELECT UPDATE) ],
	'FUNCTION' => [ 'FUNCTION', 'EXECUTE' ],
	'PROCEDURE' => [ 'PROCEDURE', 'EXECUTE' ],
	'AGGREGATE' => [ 'FUNCTION', 'EXECUTE' ],
	'TYPE' => [ 'TYPE', 'USAGE' ],
	'DOMAIN' => [ 'TYPE', 'USAGE' ],
	'SCHEMA' => [ 'SCHEMA', qw(CREATE USAGE) ]);

sub privileges
{
	my ($s, $kind) = @_;
	my (undef, @all) = @{ $grants{$kind} };
	push @all, 'MAINTAIN' if $grants{$kind}[0] eq 'TABLE' && $s->{version} >= 17;
	return chance(25) ? 'ALL' : join(', ', some(3, @all));
}

# GRANT and REVOKE on one object, a few
sub grants
{
	my ($s, $kind, $sql, $cols) = @_;
	my $on = "ON $grants{$kind}[0] $sql";
	# GRANT knows an aggregate by its direct and other arguments, in a row
	return if $kind eq 'AGGREGATE' && $sql =~ /ORDER BY|\*\)$/;
	foreach (1 .. draw(1, 1, 2, 3))
	{
		my $role = draw(@{ $s->{roles} });
		my $other = draw(grep { $_ ne $role } @{ $s->{roles} });
		my $privileges = privileges($s, $kind);
		my $form = lot(10);
		if ($form < 4)
		{
			$s->emit("GRANT $privileges $on TO " . draw($role, $role, 'PUBLIC', "$role, $other"));
		}
		elsif ($form < 6)
		{
			# and on by somebody who is not the owner
			$s->emit("GRANT $privileges $on TO $role WITH GRANT OPTION");
			$s->emit("SET SESSION AUTHORIZATION $role; GRANT $privileges $on TO $other; RESET SESSION AUTHORIZATION") if $s->{open} && chance(60);
			$s->emit("REVOKE GRANT OPTION FOR $privileges $on FROM $role CASCADE") if chance(10);
		}
		elsif ($form < 7)
		{
			$s->emit("REVOKE $privileges $on FROM " . draw('PUBLIC', 'CURRENT_USER', $role));
		}
		elsif ($form < 8 && $cols && @$cols)
		{
			my $list = join(', ', some(2, @$cols));
			my $which = draw(qw(SELECT INSERT UPDATE REFERENCES ALL));
			$s->emit("GRANT $which ($list)" . ($which ne 'ALL' && chance(30) ? ", UPDATE ($cols->[0])" : '') . " $on TO " . draw($role, 'PUBLIC', "$role WITH GRANT OPTION"));
		}
		else
		{
			$s->emit("REVOKE ALL $on FROM PUBLIC");
			$s->emit("GRANT $privileges $on TO $role") if chance(50);
		}
	}
	return;
}

sub default_privileges
{
	my ($s) = @_;
	foreach (1 .. 1 + lot(3))
	{
		my $role = draw(@{ $s->{roles} });
		my $what = draw('SELECT ON TABLES', 'ALL ON TABLES', 'USAGE, SELECT ON SEQUENCES', 'EXECUTE ON FUNCTIONS', 'USAGE ON TYPES', 'INSERT, UPDATE ON TABLES');
		my $for = draw('', " FOR ROLE $role");
		my $to = draw(@{ $s->{roles} }, 'PUBLIC');
		$s->emit("ALTER DEFAULT PRIVILEGES$for" . draw(" IN SCHEMA $s->{sql}", " IN SCHEMA $s->{sql}", '') . " GRANT $what TO $to" . ($to ne 'PUBLIC' && chance(25) ? ' WITH GRANT OPTION' : ''));
		$s->emit("ALTER DEFAULT PRIVILEGES$for REVOKE " . draw('EXECUTE ON FUNCTIONS', 'USAGE ON TYPES') . ' FROM PUBLIC') if chance(8);
	}
	return;
}

sub make_schema
{
	my ($s) = @_;
	$s->emit("CREATE SCHEMA $s->{sql}" . (chance(20) ? ' AUTHORIZATION ' . draw(@{ $s->{roles} }) : ''));
	$s->{open} = chance(50);
	$s->emit("GRANT USAGE ON SCHEMA $s->{sql} TO " . draw('PUBLIC', join(', ', @{ $s->{roles} }))) if $s->{open};
	default_privileges($s) if chance(15);
	$s->object('SCHEMA', $s->{sql});
	return;
}

sub label
{
	my ($s, $o) = @_;
	my $what = $o->{what};
	return if $what eq 'STATISTICS';
	$s->emit("SECURITY LABEL FOR bp_zoo ON $what $o->{sql} IS " . l(some_text()));
	$s->emit("SECURITY LABEL FOR bp_zoo ON COLUMN $o->{sql}." . draw(@{ $o->{cols} }) . ' IS ' . l(some_text())) if $o->{cols} && @{ $o->{cols} } && chance(40);
	return;
}

sub make_rights
{
	my ($s) = @_;
	foreach my $o (@{ $s->{objects} })
	{
		my $what = $o->{what};
		my $early = chance(50);
		my $owner = $what ne 'SCHEMA' && chance(12) ? draw(@{ $s->{roles} }) : undef;
		$s->emit("ALTER $what $o->{sql} OWNER TO $owner") if defined $owner && $early;
		$s->remark($what, $o->{sql}) if chance(22);
		grants($s, $what, $o->{sql}, $o->{cols}) if $grants{$what} && chance(22);
		$s->emit("ALTER $what $o->{sql} OWNER TO $owner") if defined $owner && !$early;
		label($s, $o) if $s->{labels} && chance(8);
	}
	return;
}

1;
