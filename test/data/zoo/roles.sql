--
-- Roles.  They are the cluster's, so they may be there already.
--
DO $$
DECLARE
	r text;
BEGIN
	FOREACH r IN ARRAY ARRAY['zoo_owner', 'zoo_reader', 'zoo_writer', 'zoo_group', 'zoo_Odd "Role"']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
			EXECUTE format('CREATE ROLE %I', r);
		END IF;
	END LOOP;
	GRANT zoo_group TO zoo_reader;
END $$;
