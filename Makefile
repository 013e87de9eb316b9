#
# backup_pool: build, install and clean, as PGXS does it.
#
#	make [PG_CONFIG=/path/to/pg_config]
#	make install
#
# The targets that need no server installed yet (check, demo, deps, fuzz, bench)
# stand in GNUmakefile, which GNU make reads first and which hands everything
# else over to this file.
#
MODULE_big = backup_pool
EXTENSION = backup_pool
DATA = sql/backup_pool--1.0.sql
PGFILEDESC = "backup_pool - backup and restore from SQL over a pool of connections"

# srcdir is known only after PGXS is read
bp_srcdir := $(if $(VPATH),$(VPATH),.)
OBJS = $(patsubst $(bp_srcdir)/%.c,%.o,$(sort $(wildcard $(bp_srcdir)/src/*.c \
	$(bp_srcdir)/src/*/*.c)))

PG_CPPFLAGS = -I$(srcdir)/src -I$(libpq_srcdir)
PG_CFLAGS = -MMD -MP
SHLIB_LINK_INTERNAL = $(libpq)
SHLIB_LINK = -lzstd -llz4 -ldeflate -lz

REGRESS = interface
REGRESS_OPTS = --inputdir=$(srcdir) --temp-config=$(srcdir)/test/backup_pool.conf \
	--temp-instance=./tmp_check --dbname=postgres --use-existing

EXTRA_CLEAN = $(OBJS:.o=.d) .server tmp_check test/fuzz/build

# No bitcode for the JIT: nothing here is ever inlined into a query, and clang
# is not needed then.
override with_llvm = no

PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Objects compiled for one server are worthless for another.
.PHONY: .force
.server: .force
	@echo '$(VERSION) $(includedir_server) $(CFLAGS)' | cmp -s - $@ || \
		echo '$(VERSION) $(includedir_server) $(CFLAGS)' >$@
$(OBJS): .server

ifdef VPATH
$(OBJS): | $(sort $(dir $(OBJS)))
$(sort $(dir $(OBJS))):
	mkdir -p $@
endif

-include $(OBJS:.o=.d)
