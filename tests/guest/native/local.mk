# Native test programs, and the archive in which the loader brings them. vmrun's
# command `native NAME` runs one.

native_tests = \
	tests/guest/native/bench \
	tests/guest/native/caps_test \
	tests/guest/native/contain_test \
	tests/guest/native/empty_test \
	tests/guest/native/fuzz_test \
	tests/guest/native/ipc_test \
	tests/guest/native/job_test \
	tests/guest/native/race_test

noinst_PROGRAMS += $(native_tests)
noinst_LIBRARIES += tests/guest/native/libtest.a
tests_guest_native_libtest_a_SOURCES = \
	tests/guest/native/test.c \
	tests/guest/native/test.h
tests_guest_native_libtest_a_CPPFLAGS = $(user_cppflags)
tests_guest_native_libtest_a_CFLAGS = $(user_cflags)
$(tests_guest_native_libtest_a_OBJECTS): | $(user_headers)
native_ldadd = tests/guest/native/libtest.a userland/libnative.a

tests_guest_native_bench_CPPFLAGS = $(user_cppflags)
tests_guest_native_bench_CFLAGS = $(user_cflags)
tests_guest_native_bench_LDFLAGS = $(user_ldflags)
tests_guest_native_bench_LDADD = $(native_ldadd)
$(tests_guest_native_bench_OBJECTS): | $(user_headers)

tests_guest_native_caps_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_caps_test_CFLAGS = $(user_cflags)
tests_guest_native_caps_test_LDFLAGS = $(user_ldflags)
tests_guest_native_caps_test_LDADD = $(native_ldadd)
$(tests_guest_native_caps_test_OBJECTS): | $(user_headers)

tests_guest_native_contain_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_contain_test_CFLAGS = $(user_cflags)
tests_guest_native_contain_test_LDFLAGS = $(user_ldflags)
tests_guest_native_contain_test_LDADD = $(native_ldadd)
$(tests_guest_native_contain_test_OBJECTS): | $(user_headers)

tests_guest_native_empty_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_empty_test_CFLAGS = $(user_cflags)
tests_guest_native_empty_test_LDFLAGS = $(user_ldflags)
tests_guest_native_empty_test_LDADD = $(native_ldadd)
$(tests_guest_native_empty_test_OBJECTS): | $(user_headers)

tests_guest_native_fuzz_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_fuzz_test_CFLAGS = $(user_cflags)
tests_guest_native_fuzz_test_LDFLAGS = $(user_ldflags)
tests_guest_native_fuzz_test_LDADD = $(native_ldadd)
$(tests_guest_native_fuzz_test_OBJECTS): | $(user_headers)

tests_guest_native_ipc_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_ipc_test_CFLAGS = $(user_cflags)
tests_guest_native_ipc_test_LDFLAGS = $(user_ldflags)
tests_guest_native_ipc_test_LDADD = $(native_ldadd)
$(tests_guest_native_ipc_test_OBJECTS): | $(user_headers)

tests_guest_native_job_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_job_test_CFLAGS = $(user_cflags)
tests_guest_native_job_test_LDFLAGS = $(user_ldflags)
tests_guest_native_job_test_LDADD = $(native_ldadd)
$(tests_guest_native_job_test_OBJECTS): | $(user_headers)

tests_guest_native_race_test_CPPFLAGS = $(user_cppflags)
tests_guest_native_race_test_CFLAGS = $(user_cflags)
tests_guest_native_race_test_LDFLAGS = $(user_ldflags)
tests_guest_native_race_test_LDADD = $(native_ldadd)
$(tests_guest_native_race_test_OBJECTS): | $(user_headers)

noinst_DATA += tests/guest/native.cpio
CLEANFILES += tests/guest/native.cpio

tests/guest/native.cpio: userland/init/init $(native_tests) userland/mkboot.sh \
		userland/mkcpio.py
	$(AM_V_GEN)$(make_boot) $@ userland/init/init $(native_tests)
