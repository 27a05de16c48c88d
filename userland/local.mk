# Native programs: freestanding and static, on the library in userland/lib.

user_cppflags = $(TREE_CPPFLAGS)
user_cflags = $(USER_CFLAGS)
user_ldflags = $(USER_LDFLAGS)

# Stubs for the native calls; kernel/local.mk makes the numbers.
userland/lib/native_stubs.h: kernel/native/native.tbl kernel/native/gen_native.awk \
		userland/lib/$(am__dirstamp)
	$(AM_V_GEN)$(native_gen) -v out=user $(srcdir)/kernel/native/native.tbl >$@.tmp && \
		mv $@.tmp $@

user_headers = kernel/native/native_numbers.h userland/lib/native_stubs.h
CLEANFILES += userland/lib/native_stubs.h

noinst_LIBRARIES += userland/libnative.a
userland_libnative_a_SOURCES = \
	userland/lib/entry.S \
	userland/lib/message.S \
	userland/lib/native.h \
	userland/lib/print.c \
	userland/lib/start.c \
	userland/lib/string.c \
	userland/lib/thread.c
userland_libnative_a_CPPFLAGS = $(user_cppflags)
userland_libnative_a_CFLAGS = $(user_cflags)
userland_libnative_a_CCASFLAGS = $(user_cflags)
$(userland_libnative_a_OBJECTS): | $(user_headers)

noinst_PROGRAMS += userland/init/init
userland_init_init_SOURCES = userland/init/main.c
userland_init_init_CPPFLAGS = $(user_cppflags)
userland_init_init_CFLAGS = $(user_cflags)
userland_init_init_LDFLAGS = $(user_ldflags)
userland_init_init_LDADD = userland/libnative.a
$(userland_init_init_OBJECTS): | $(user_headers)

# What the loader brings along: the first process.
noinst_DATA += userland/boot.cpio
CLEANFILES += userland/boot.cpio
make_boot = OBJCOPY='$(OBJCOPY)' PYTHON3='$(PYTHON3)' $(SHELL) $(srcdir)/userland/mkboot.sh

userland/boot.cpio: userland/init/init userland/mkboot.sh userland/mkcpio.py
	$(AM_V_GEN)$(make_boot) $@ userland/init/init

EXTRA_DIST += \
	userland/mkboot.sh \
	userland/mkcpio.py
