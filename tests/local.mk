# Tests. Three kinds, all speaking TAP:
#
#	unit_tests	programs for the build machine, one per unit, cmocka
#	host_tests	scripts that need no machine: lint, tools, fuzzing
#	guest_tests	scripts that boot the kernel of this build
#
# check runs all three; check-host and check-guest run their part.

AM_CPPFLAGS = -I$(top_srcdir)/tests/unit/fake $(TREE_CPPFLAGS) -DCONFIG_DEBUG=1
AM_CFLAGS = -std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-strict-aliasing \
	-Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all $(HOST_CFLAGS)
AM_LDFLAGS = -fsanitize=address,undefined $(HOST_LDFLAGS) \
	-Wl,-T,$(top_srcdir)/tests/unit/fake/percpu.lds

# kernel/lib on the host, its memory and string functions renamed so that they
# do not replace the C library's.
lib_sources = \
	kernel/lib/bitmap.c \
	kernel/lib/chacha20.c \
	kernel/lib/cpio.c \
	kernel/lib/crc32c.c \
	kernel/lib/div.c \
	kernel/lib/fmt.c \
	kernel/lib/hash.c \
	kernel/lib/idmap.c \
	kernel/lib/lz4.c \
	kernel/lib/parse.c \
	kernel/lib/radix.c \
	kernel/lib/rbtree.c \
	kernel/lib/refcount.c \
	kernel/lib/ring.c \
	kernel/lib/sort.c \
	kernel/lib/string.c \
	kernel/lib/utf8.c

# Other kernel sources that run on the host over the fakes.
pure_sources = \
	kernel/core/cmdline.c \
	kernel/acpi/acpi_tables.c \
	kernel/acpi/fadt.c \
	kernel/acpi/hpet.c \
	kernel/acpi/madt.c \
	kernel/acpi/mcfg.c \
	kernel/fs/erofs/cluster.c \
	kernel/fs/erofs/data.c \
	kernel/fs/erofs/dir.c \
	kernel/fs/erofs/image.c \
	kernel/fs/erofs/inode.c \
	kernel/fs/erofs/xattr.c \
	kernel/mm/memmap.c \
	kernel/task/elf.c \
	kernel/mm/boot_gather.c \
	kernel/arch/x86_64/multiboot2.c \
	kernel/arch/x86_64/pvh.c

# What stands in for the rest of the kernel.
fake_sources = \
	tests/fuzz/boot_check.h \
	tests/unit/acpi/fake_tables.h \
	tests/unit/boot/fake_phys.h \
	tests/unit/cap/model.h \
	tests/unit/cap/world.h \
	tests/unit/fake/fake.h \
	tests/unit/fake/fake_clock.c \
	tests/unit/fake/fake_cpu.c \
	tests/unit/fake/fake_kmem.c \
	tests/unit/fake/fake_kstack.c \
	tests/unit/fake/fake_ksym.c \
	tests/unit/fake/fake_lock.c \
	tests/unit/fake/fake_lockdep.c \
	tests/unit/fake/fake_log.c \
	tests/unit/fake/fake_panic.c \
	tests/unit/fake/fake_percpu.c \
	tests/unit/fake/fake_random.c \
	tests/unit/fake/fake_sched.c \
	tests/unit/fake/fake_smp_call.c \
	tests/unit/fake/fake_state.c \
	tests/unit/fake/kernel/arch/target.h \
	tests/unit/fake/rename.h \
	tests/unit/fs/erofs_walk.h \
	tests/unit/fake/compat/linux/syscall/syscall_table.h \
	tests/unit/linux/pty_pair.h \
	tests/unit/mm/arena.h \
	tests/unit/sched/machine.h \
	tests/unit/task/elf_check.h \
	tests/unit/task/fake_elf.h \
	tests/unit/unit.h \
	tests/unit/vfs/world.h \
	tests/unit/vm/machine.h

# tests/unit/x/y_test is made from tests/unit/x/y_test.c.
unit_tests = \
	tests/unit/acpi/acpi_tables_test \
	tests/unit/acpi/fadt_test \
	tests/unit/acpi/hpet_test \
	tests/unit/acpi/madt_test \
	tests/unit/acpi/mcfg_test \
	tests/unit/boot/memmap_test \
	tests/unit/boot/multiboot2_test \
	tests/unit/boot/pvh_test \
	tests/unit/cap/authority_test \
	tests/unit/cap/cap_test \
	tests/unit/cap/cspace_test \
	tests/unit/cap/grant_test \
	tests/unit/cap/model_test \
	tests/unit/cap/revoke_test \
	tests/unit/core/cmdline_test \
	tests/unit/core/random_test \
	tests/unit/core/timer_test \
	tests/unit/dev/fbcon_test \
	tests/unit/dev/i8042_test \
	tests/unit/dev/keyboard_test \
	tests/unit/dev/ns16550_test \
	tests/unit/dev/screen_test \
	tests/unit/fs/erofs_test \
	tests/unit/init/line_test \
	tests/unit/ipc/endpoint_test \
	tests/unit/ipc/event_test \
	tests/unit/lib/arith_test \
	tests/unit/lib/bitmap_test \
	tests/unit/lib/chacha20_test \
	tests/unit/lib/cpio_test \
	tests/unit/lib/crc32c_test \
	tests/unit/lib/fake_test \
	tests/unit/lib/fmt_test \
	tests/unit/lib/hash_test \
	tests/unit/lib/idmap_test \
	tests/unit/lib/list_test \
	tests/unit/lib/lz4_test \
	tests/unit/lib/parse_test \
	tests/unit/lib/radix_test \
	tests/unit/lib/rbtree_test \
	tests/unit/lib/refcount_test \
	tests/unit/lib/ring_test \
	tests/unit/lib/sort_test \
	tests/unit/lib/string_test \
	tests/unit/lib/utf8_test \
	tests/unit/mm/account_test \
	tests/unit/linux/dispatch_test \
	tests/unit/linux/ldisc_test \
	tests/unit/linux/pty_test \
	tests/unit/linux/queue_test \
	tests/unit/linux/restart_test \
	tests/unit/mm/bootmem_test \
	tests/unit/mm/buddy_test \
	tests/unit/mm/kmap_test \
	tests/unit/mm/page_test \
	tests/unit/mm/slab_test \
	tests/unit/mm/user_test \
	tests/unit/mm/vrange_test \
	tests/unit/sched/fair_path_test \
	tests/unit/sched/fair_test \
	tests/unit/sched/lock_test \
	tests/unit/sched/rt_test \
	tests/unit/sched/sched_test \
	tests/unit/sched/waitq_test \
	tests/unit/sched/work_test \
	tests/unit/task/elf_test \
	tests/unit/vfs/file_test \
	tests/unit/vfs/filelock_test \
	tests/unit/vfs/lookup_test \
	tests/unit/vfs/mount_test \
	tests/unit/vfs/names_test \
	tests/unit/vfs/pipe_test \
	tests/unit/vm/area_test \
	tests/unit/vm/fault_test \
	tests/unit/vm/vmspace_test

# For tests/tools/erofs.test and others: compares images with trees.
test_tools = tests/unit/fs/erofs_compare

check_PROGRAMS += $(unit_tests) $(test_tools)
check_LIBRARIES += tests/unit/liblib.a tests/unit/libpure.a tests/unit/libfake.a
tests_unit_liblib_a_SOURCES = $(lib_sources)
tests_unit_liblib_a_CPPFLAGS = $(AM_CPPFLAGS) -include $(top_srcdir)/tests/unit/fake/rename.h
tests_unit_libpure_a_SOURCES = $(pure_sources)
tests_unit_libfake_a_SOURCES = $(fake_sources)
# Twice: each may need what is in the other.
LDADD = tests/unit/libpure.a tests/unit/libfake.a tests/unit/libpure.a tests/unit/libfake.a \
	tests/unit/liblib.a -lcmocka
include $(top_srcdir)/tests/unit/local.mk
include $(top_srcdir)/tests/guest/native/local.mk
include $(top_srcdir)/tests/guest/linux/local.mk

host_tests = \
	tests/tools/ksym.test \
	tests/tools/vmrun.test \
	tests/tools/fetch.test \
	tests/tools/linux_host.test \
	tests/tools/rootfs.test \
	tests/tools/erofs.test \
	tests/fuzz/fuzz.test \
	tests/uapi/uapi.test \
	tests/lint/lint.test

fuzz_sources = \
	tests/fuzz/acpi_fuzz.c \
	tests/fuzz/cmdline_fuzz.c \
	tests/fuzz/cpio_fuzz.c \
	tests/fuzz/elf_fuzz.c \
	tests/fuzz/erofs_fuzz.c \
	tests/fuzz/memmap_fuzz.c \
	tests/fuzz/multiboot2_fuzz.c \
	tests/fuzz/pvh_fuzz.c

guest_tests = \
	tests/guest/image.test \
	tests/guest/selftest.test \
	tests/guest/linux.test \
	tests/guest/native_caps.test \
	tests/guest/native_contain.test \
	tests/guest/native_cost.test \
	tests/guest/native_empty.test \
	tests/guest/native_fuzz.test \
	tests/guest/native_ipc.test \
	tests/guest/native_jobs.test \
	tests/guest/native_races.test \
	tests/guest/faults.test \
	tests/guest/boot.test

# Not part of check: each takes minutes.
long_tests = \
	tests/guest/matrix.test \
	tests/guest/stress.test \
	tests/guest/idle.test \
	tests/tools/rootfs_build.test \
	tests/unit/cap/model.test

TESTS = $(unit_tests) $(host_tests) $(guest_tests)
# The one script that runs a program of the build machine.
tests/unit/cap/model.log: tests/unit/cap/model_test
TEST_EXTENSIONS = .test
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
TEST_LOG_DRIVER = $(tap_driver)
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	ASAN_OPTIONS=detect_leaks=1; export ASAN_OPTIONS; \
	LIB_SOURCES='$(lib_sources)'; export LIB_SOURCES; \
	PURE_SOURCES='$(pure_sources)'; export PURE_SOURCES; \
	FAKE_SOURCES='$(fake_sources)'; export FAKE_SOURCES;

tests/tools/erofs.log tests/tools/rootfs.log tests/tools/rootfs_build.log: $(test_tools)

.PHONY: format lint check-host check-guest check-long bench

# Without the lists of check programs, those that do not compile keep no other
# test from running (with make -k); each test still builds its own.
subset = check-TESTS check_PROGRAMS= check_LIBRARIES=

check-host:
	$(MAKE) $(AM_MAKEFLAGS) $(subset) TESTS='$(unit_tests) $(host_tests)'

check-guest: all-am
	$(MAKE) $(AM_MAKEFLAGS) $(subset) TESTS='$(guest_tests)'

# Closes with `N passed, N failed, N skipped`, as ./check does.
check-long: all-am
	@status=0; \
	$(MAKE) $(AM_MAKEFLAGS) $(subset) TESTS='$(long_tests)' || status=$$?; \
	$(PYTHON3) -B $(srcdir)/tests/lib/tally.py --only '$(long_tests)' .=$$status

lint:
	srcdir='$(srcdir)' $(SHELL) $(srcdir)/tests/lint/lint.test

# Rewrites the sources as make lint wants them.
format:
	cd $(srcdir) && find kernel compat tests -name '*.[ch]' | xargs clang-format-14 -i

bench: all-am
	$(PYTHON3) -B $(srcdir)/tests/bench/boot.py --build .

MOSTLYCLEANFILES += tests/guest/*.kernel.log
mostlyclean-local:
	rm -rf tests/fuzz/build

EXTRA_DIST += \
	tests/unit/fake/percpu.lds \
	$(fuzz_sources) \
	tests/fuzz/boot_check.h \
	tests/fuzz/make_seeds.py \
	tests/fuzz/corpus/acpi/apic \
	tests/fuzz/corpus/acpi/dsdt \
	tests/fuzz/corpus/acpi/facp \
	tests/fuzz/corpus/acpi/hpet \
	tests/fuzz/corpus/acpi/machine \
	tests/fuzz/corpus/acpi/mcfg \
	tests/fuzz/corpus/cmdline/keys \
	tests/fuzz/corpus/cpio/two \
	tests/fuzz/corpus/cmdline/odd \
	tests/fuzz/corpus/elf/dyn \
	tests/fuzz/corpus/elf/exec \
	tests/fuzz/corpus/erofs/big \
	tests/fuzz/corpus/erofs/chunks \
	tests/fuzz/corpus/erofs/full \
	tests/fuzz/corpus/erofs/lz4 \
	tests/fuzz/corpus/erofs/tail \
	tests/fuzz/corpus/memmap/full \
	tests/fuzz/corpus/memmap/model \
	tests/fuzz/corpus/memmap/raw \
	tests/fuzz/corpus/multiboot2/bios \
	tests/fuzz/corpus/multiboot2/uefi \
	tests/fuzz/corpus/pvh/version1 \
	$(host_tests) \
	$(guest_tests) \
	$(long_tests) \
	tests/vmrun \
	tests/vmshell \
	tests/bench/boot.py \
	tests/lib/idle.py \
	tests/lib/tally.py \
	tests/lib/tap.sh \
	tests/lib/vm.py \
	tests/lint/banned.h \
	tests/lint/check_deps.py \
	tests/lint/check_capabilities.py \
	tests/lint/check_lists.py \
	tests/lint/check_size.py \
	tests/lint/check_syscalls.py \
	tests/uapi/compare.py \
	tests/uapi/uapi.map \
	tests/lint/cppcheck.txt
