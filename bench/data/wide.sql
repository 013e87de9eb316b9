-- 200 columns: 100 of int, 100 of text, a third of the texts NULL.
SELECT 'CREATE TABLE public.wide (' ||
	pg_catalog.string_agg(pg_catalog.format('i%s int, t%s text', n, n), ', ') || ')'
FROM pg_catalog.generate_series(1, 100) AS n \gexec
SELECT 'INSERT INTO public.wide SELECT ' ||
	pg_catalog.string_agg(pg_catalog.format(
		'(i * %s) %% 1000003, CASE WHEN (i + %s) %% 3 <> 0 THEN ''v'' || (i * %s) %% 9973 END', n, n, n), ', ') ||
	pg_catalog.format(' FROM pg_catalog.generate_series(1, %s) AS i', (150000 * :scale)::bigint)
FROM pg_catalog.generate_series(1, 100) AS n \gexec
