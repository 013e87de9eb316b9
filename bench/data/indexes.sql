-- 5 million rows with a key and four indexes, and a table that refers to them.
CREATE TABLE public.parent (
	id bigint NOT NULL,
	code text NOT NULL,
	at timestamptz NOT NULL,
	grp int NOT NULL,
	score double precision NOT NULL
);
INSERT INTO public.parent
SELECT i, md5(i::text), '2022-01-01 00:00+00'::timestamptz + (i * 7919 % 50000000) * '1 s'::interval, (i * 31) % 1000, sin(i)
FROM pg_catalog.generate_series(1, (5000000 * :scale)::bigint) AS i;
CREATE TABLE public.child (
	id bigint NOT NULL,
	parent_id bigint NOT NULL,
	note text
);
INSERT INTO public.child
SELECT i, 1 + (i * 104729) % (5000000 * :scale)::bigint, 'note ' || i % 10000
FROM pg_catalog.generate_series(1, (5000000 * :scale)::bigint) AS i;
ALTER TABLE public.parent ADD PRIMARY KEY (id);
CREATE INDEX parent_code ON public.parent (code);
CREATE INDEX parent_at ON public.parent (at);
CREATE INDEX parent_grp_score ON public.parent (grp, score);
CREATE INDEX parent_lower ON public.parent (lower(code)) WHERE grp < 500;
ALTER TABLE public.child ADD PRIMARY KEY (id);
ALTER TABLE public.child ADD FOREIGN KEY (parent_id) REFERENCES public.parent (id);
