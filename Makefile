#
# backup_pool: build, install and clean, as PGXS does it.
#
#	make [PG_CONFIG=/path/to/pg_config]
#	make install
#	make installcheck	against a running server: test/README.md
#
# In another directory (a VPATH build), which adds no files to the sources:
#
#	make -f /path/to/Makefile [VPATH=/path/to]
#
# The targets that need no installed server (check, demo, deps, fuzz, bench)
# are in GNUmakefile, which GNU make reads first and which passes everything
# else on to this file.
#
MODULE_big = backup_pool
EXTENSION = backup_pool
DATA = sql/backup_pool--1.0.sql
PGFILEDESC = "backup_pool - backup and restore from SQL over a pool of connections"

# PGXS sets srcdir, with or without a slash at its end, before it reads OBJS.
OBJS = $(sort $(patsubst $(bp_srcdir)/%.c,%.o, \
	$(wildcard $(bp_srcdir)/src/*.c $(bp_srcdir)/src/*/*.c)))
bp_srcdir = $(patsubst %/,%,$(srcdir))

PG_CPPFLAGS = -I$(bp_srcdir)/src -I$(libpq_srcdir)
PG_CFLAGS = -MMD -MP
SHLIB_LINK_INTERNAL = $(libpq)
SHLIB_LINK = -lzstd -llz4 -ldeflate -lz

# The extension works in its home database only (backup_pool.database), so the
# tests of installcheck run there and not in a new database.
REGRESS = interface
REGRESS_OPTS = --use-existing
ISOLATION = queue
ISOLATION_OPTS = --use-existing --inputdir=$(bp_srcdir)/test

EXTRA_CLEAN = $(OBJS:.o=.d) .server test/fuzz/build

# Build no bitcode for the JIT: no function here is ever inlined into a query,
# and the build then needs no clang.
override with_llvm = no

PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifeq ($(OBJS),)
$(error no source files in $(bp_srcdir)/src)
endif

# With VPATH, make would also use objects and .server of the source tree, which
# may be those of another server.  It must find only source files there.
srcdir := $(srcdir)
bp_srcdir := $(bp_srcdir)
override VPATH :=
vpath %.c $(bp_srcdir)
vpath %.control $(bp_srcdir)

HOME_DATABASE = postgres
CONTRIB_TESTDB = $(HOME_DATABASE)
ISOLATION_TESTDB = $(HOME_DATABASE)

# Objects that were compiled for one server cannot be used with another.
.PHONY: .force
.server: .force
	@echo '$(VERSION) $(includedir_server) $(CFLAGS)' | cmp -s - $@ || \
		echo '$(VERSION) $(includedir_server) $(CFLAGS)' >$@
$(OBJS): .server | $(sort $(dir $(OBJS)))

# The folders of src, in a build elsewhere
$(sort $(dir $(OBJS))):
	mkdir -p $@

-include $(OBJS:.o=.d)
