#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/x86_64/pvh.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/memmap.h"
#include "tests/unit/boot/fake_phys.h"

/* Fake memory is 0x10000 to 0x30000. */
#define BASE 0x10000
#define SIZE 0x20000
#define START BASE
#define MODLIST (BASE + 0x1000)
#define MEMMAP (BASE + 0x2000)
#define NAME (BASE + 0x3000)
#define CMDLINE (BASE + 0x4000)

static struct boot_info info;
static struct fake_phys phys;

static uint8_t *at(paddr_t addr)
{
	return fake_phys_at(&phys, addr);
}

static void put_region(uint32_t i, uint64_t start, uint64_t len, uint32_t type)
{
	uint8_t *entry = at(MEMMAP + i * 24ull);

	put64(entry, start);
	put64(entry + 8, len);
	put32(entry + 16, type);
}

static int setup(void **state)
{
	uint8_t *start;

	(void)state;
	fake_phys_init(&phys);
	start = fake_phys_add(&phys, BASE, SIZE);
	put32(start, PVH_START_MAGIC);
	put32(start + 4, 1);
	put32(start + 12, 1);
	put64(start + 16, MODLIST);
	put64(start + 24, CMDLINE);
	put64(start + 32, 0xf59e0);
	put64(start + 40, MEMMAP);
	put32(start + 48, 3);

	put64(at(MODLIST), 0x1000000);
	put64(at(MODLIST) + 8, 0x12345);
	put64(at(MODLIST) + 16, NAME);
	memcpy(at(NAME), "initrd", 7);
	memcpy(at(CMDLINE), "themelios.selftest=all", 23);
	put_region(0, 0, 0x9fc00, 1);
	put_region(1, 0x9fc00, 0x400, 2);
	put_region(2, 0x100000, 0x7f00000, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_phys_fini(&phys);
	return 0;
}

static int parse(void)
{
	memset(&info, 0xa5, sizeof(info));
	return pvh_parse(&phys.mem, START, &info);
}

static void reads_what_qemu_gives(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, 0);
	assert_int_equal(info.path, BOOT_PATH_PVH);
	assert_string_equal(info.cmdline, "themelios.selftest=all");
	assert_int_equal(info.module_count, 1);
	assert_int_equal(info.modules[0].start, 0x1000000);
	assert_int_equal(info.modules[0].len, 0x12345);
	assert_string_equal(info.modules[0].name, "initrd");
	assert_int_equal(info.rsdp, 0xf59e0);
	assert_int_equal(info.region_count, 3);
	assert_int_equal(memmap_highest_usable(&info), 0x8000000);
	assert_int_equal(info.info_start, START);
	assert_int_equal(info.info_len, 56);
}

static void version_0_has_no_map(void **state)
{
	(void)state;
	put32(at(START) + 4, 0);
	assert_int_equal(parse(), -EINVAL);
	assert_int_equal(info.region_count, 0);
	assert_string_equal(info.cmdline, "themelios.selftest=all");
	assert_non_null(strstr(PVH_MESSAGE_NO_MEMMAP, "version 1"));
}

static void wrong_magic_is_enoexec(void **state)
{
	(void)state;
	put32(at(START), 0x336ec579);
	assert_int_equal(parse(), -ENOEXEC);
}

static void unreachable_start_is_efault(void **state)
{
	static const paddr_t addrs[] = {0, 0x40000, BASE + SIZE - 39, UINT64_MAX, UINT64_MAX - 8};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++)
		assert_int_equal(pvh_parse(&phys.mem, addrs[i], &info), -EFAULT);
}

static void start_cut_after_version_0_has_no_map(void **state)
{
	paddr_t addr = BASE + SIZE - 40;

	(void)state;
	memcpy(at(addr), at(START), 40);
	assert_int_equal(pvh_parse(&phys.mem, addr, &info), -EINVAL);
	assert_int_equal(info.warnings, BOOT_WARN_TRUNCATED | BOOT_WARN_BAD_MODULE);
}

static void unreachable_parts_are_left_out(void **state)
{
	(void)state;
	put64(at(START) + 24, 0x7000);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_TRUNCATED);
	assert_string_equal(info.cmdline, "");

	put64(at(START) + 24, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, 0);

	put64(at(START) + 16, UINT64_MAX - 4);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_TRUNCATED);
	assert_int_equal(info.module_count, 0);

	put64(at(START) + 40, 0x123456789000);
	assert_int_equal(parse(), -EINVAL);
}

static void unreachable_module_name_is_empty(void **state)
{
	static const paddr_t names[] = {0, 0x7000, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		put64(at(MODLIST) + 16, names[i]);
		assert_int_equal(parse(), 0);
		assert_int_equal(info.module_count, 1);
		assert_string_equal(info.modules[0].name, "");
	}
	put64(at(MODLIST) + 16, BASE + SIZE - 5);
	memcpy(at(BASE + SIZE - 5), "abcde", 5);
	assert_int_equal(parse(), 0);
	assert_string_equal(info.modules[0].name, "abcde");
}

static void absurd_counts_are_bounded(void **state)
{
	(void)state;
	put32(at(START) + 48, UINT32_MAX);
	put32(at(START) + 12, UINT32_MAX);
	/* What follows the map is read as entries of length 0. */
	memset(at(NAME), 0, BASE + SIZE - NAME);
	assert_int_equal(parse(), 0);
	assert_true(info.warnings & BOOT_WARN_TOO_MANY_REGIONS);
	assert_true(info.warnings & BOOT_WARN_TOO_MANY_MODULES);
	assert_true(memmap_is_normal(&info));
}

static void long_command_line_is_cut(void **state)
{
	uint8_t *line = fake_phys_add(&phys, 0x100000, 0x20000);

	(void)state;
	for (size_t i = 0; i < 0x20000; i++)
		line[i] = i % 1000 == 999 ? ' ' : 'w';
	put64(at(START) + 24, 0x100123);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_CMDLINE_CUT);
	assert_int_equal(strlen(info.cmdline), info.cmdline_len);
	assert_int_equal(info.cmdline_len, 65000 + 999 - 0x123 + 1 - 1000);
	assert_int_equal(info.cmdline[info.cmdline_len - 1], ' ');
}

static void command_line_may_cross_pages(void **state)
{
	paddr_t addr = CMDLINE + 0xff8;

	(void)state;
	put64(at(START) + 24, addr);
	memcpy(at(addr), "0123456789abcdef", 17);
	assert_int_equal(parse(), 0);
	assert_string_equal(info.cmdline, "0123456789abcdef");
	assert_int_equal(info.warnings, 0);
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"what QEMU gives is read", reads_what_qemu_gives},
		{"version 0 has no memory map: -EINVAL", version_0_has_no_map},
		{"a wrong magic number is -ENOEXEC", wrong_magic_is_enoexec},
		{"an unreachable structure is -EFAULT", unreachable_start_is_efault},
		{"a structure cut after version 0 has no map",
		 start_cut_after_version_0_has_no_map},
		{"unreachable parts are left out with a warning", unreachable_parts_are_left_out},
		{"an unreachable module name is empty", unreachable_module_name_is_empty},
		{"absurd counts are bounded", absurd_counts_are_bounded},
		{"a long command line is cut", long_command_line_is_cut},
		{"a command line may cross pages", command_line_may_cross_pages},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, teardown, NULL};
	return cmocka_run_group_tests_name("pvh", tests, NULL, NULL);
}
