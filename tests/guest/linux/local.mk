# Linux test programs, static on musl: each passes on the build machine's Linux and in
# the virtual machine. linux_host.test and linux.test run them.

MUSL_CC = musl-gcc

linux_tests = \
	tests/guest/linux/file/fd_test \
	tests/guest/linux/file/map_test \
	tests/guest/linux/file/path_test \
	tests/guest/linux/file/poll_test \
	tests/guest/linux/file/rw_test \
	tests/guest/linux/futex/futex_test \
	tests/guest/linux/futex/robust_test \
	tests/guest/linux/mm/advise_test \
	tests/guest/linux/mm/lock_test \
	tests/guest/linux/mm/map_test \
	tests/guest/linux/process/process_test \
	tests/guest/linux/signal/action_test \
	tests/guest/linux/signal/frame_test \
	tests/guest/linux/signal/mask_test \
	tests/guest/linux/signal/stop_test \
	tests/guest/linux/signal/wait_test \
	tests/guest/linux/time/clock_test \
	tests/guest/linux/time/timer_test

linux_test_sources = \
	tests/guest/linux/test.c \
	tests/guest/linux/test.h

$(linux_tests): %: %.c $(linux_test_sources)
	@$(MKDIR_P) $(@D)
	$(AM_V_CCLD)$(MUSL_CC) -std=gnu11 -static -O1 -g -Wall -Wextra -Werror -I$(srcdir) -o $@ \
		$(srcdir)/$@.c $(srcdir)/tests/guest/linux/test.c

# The root file system that the tests run in.
tests/guest/linux/tree: $(linux_tests)
	$(AM_V_GEN)rm -rf $@ && $(MKDIR_P) $@/tmp && chmod 1777 $@/tmp && \
	for program in $(linux_tests); do \
		path=$@/bin/$${program#tests/guest/linux/}; \
		$(MKDIR_P) $${path%/*} && cp $$program $$path || exit 1; \
	done

noinst_DATA += tests/guest/linux/tree
CLEANFILES += $(linux_tests)
clean-local: clean-linux-tree
.PHONY: clean-linux-tree
clean-linux-tree:
	rm -rf tests/guest/linux/tree

EXTRA_DIST += $(linux_tests:=.c) $(linux_test_sources)
