#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/x86_64/multiboot2.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/memmap.h"
#include "tests/unit/boot/fake_phys.h"

#define INFO_ADDR 0x9500

static struct boot_info info;
static uint8_t buffer[200000];
static size_t used;

static void finish_size(void)
{
	put32(buffer, (uint32_t)used);
}

static int setup(void **state)
{
	(void)state;
	memset(buffer, 0, sizeof(buffer));
	used = 8;
	return 0;
}

/* Starts a tag of size bytes (header included); returns where its body is. */
static uint8_t *add_tag(uint32_t type, uint32_t size)
{
	uint8_t *tag = buffer + used;

	put32(tag, type);
	put32(tag + 4, size);
	used += ALIGN_UP((size_t)size, 8);
	finish_size();
	return tag + 8;
}

static void add_string_tag(uint32_t type, const char *text)
{
	memcpy(add_tag(type, (uint32_t)(8 + strlen(text) + 1)), text, strlen(text) + 1);
}

static void add_end(void)
{
	add_tag(0, 8);
}

static void put_entry(uint8_t *entry, uint64_t start, uint64_t len, uint32_t type)
{
	put64(entry, start);
	put64(entry + 8, len);
	put32(entry + 16, type);
}

/* Usable: 0x1000 to 0x9f000 and 1 MiB to 32 MiB. */
static void add_map(void)
{
	uint8_t *body = add_tag(6, 16 + 4 * 24);

	put32(body, 24);
	put_entry(body + 8, 0, 0x9fc00, 1);
	put_entry(body + 32, 0x9fc00, 0x400, 2);
	put_entry(body + 56, 0x100000, 0x1f00000, 1);
	put_entry(body + 80, 0xfffc0000, 0x40000, 2);
}

static void add_module(uint32_t start, uint32_t end, const char *name)
{
	uint8_t *body = add_tag(3, (uint32_t)(16 + strlen(name) + 1));

	put32(body, start);
	put32(body + 4, end);
	memcpy(body + 8, name, strlen(name) + 1);
}

/* Parses a copy of exactly max_len bytes, so that reading further is an error. */
static int parse_exactly(size_t max_len)
{
	uint8_t *copy = malloc(max_len ? max_len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, buffer, max_len);
	memset(&info, 0xa5, sizeof(info));
	err = multiboot2_parse(copy, max_len, INFO_ADDR, &info);
	free(copy);
	return err;
}

static int parse(void)
{
	return parse_exactly(used);
}

static void reads_what_grub_gives(void **state)
{
	uint8_t *fb;

	(void)state;
	add_string_tag(1, "themelios.debug quiet");
	add_string_tag(2, "GRUB 2.06");
	add_tag(10, 28);
	add_module(0x200000, 0x201234, "root.img rw");
	add_map();
	fb = add_tag(8, 38);
	put64(fb, 0xfd000000);
	put32(fb + 8, 1024 * 4);
	put32(fb + 12, 1024);
	put32(fb + 16, 768);
	fb[20] = 32;
	fb[21] = 1;
	memcpy(fb + 24, "\x10\x08\x08\x08\x00\x08", 6);
	add_end();

	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, 0);
	assert_int_equal(info.path, BOOT_PATH_MULTIBOOT2);
	assert_string_equal(info.cmdline, "themelios.debug quiet");
	assert_int_equal(info.cmdline_len, 21);
	assert_string_equal(info.loader, "GRUB 2.06");
	assert_int_equal(info.module_count, 1);
	assert_int_equal(info.modules[0].start, 0x200000);
	assert_int_equal(info.modules[0].len, 0x1234);
	assert_string_equal(info.modules[0].name, "root.img rw");
	assert_int_equal(info.region_count, 4);
	assert_int_equal(memmap_highest_usable(&info), 0x2000000);
	assert_true(info.framebuffer.is_present);
	assert_false(info.framebuffer.is_text);
	assert_int_equal(info.framebuffer.width, 1024);
	assert_int_equal(info.framebuffer.red_pos, 16);
	assert_int_equal(info.framebuffer.blue_size, 8);
	assert_int_equal(info.rsdp, 0);
	assert_int_equal(info.info_start, INFO_ADDR);
	assert_int_equal(info.info_len, used);
}

static void reads_a_text_screen(void **state)
{
	uint8_t *fb;

	(void)state;
	add_map();
	fb = add_tag(8, 32);
	put64(fb, 0xb8000);
	put32(fb + 8, 160);
	put32(fb + 12, 80);
	put32(fb + 16, 25);
	fb[20] = 16;
	fb[21] = 2;
	add_end();
	assert_int_equal(parse(), 0);
	assert_true(info.framebuffer.is_present && info.framebuffer.is_text);
	assert_int_equal(info.framebuffer.height, 25);
	assert_int_equal(info.warnings, 0);
}

static void refuses_senseless_framebuffers(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t pitch, width, height;
		uint8_t bits, type;
		const char *colours;
	} cases[] = {
		{0, 4096, 1024, 768, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4095, 1024, 768, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 0, 768, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 1024, 0, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 1024, 0xffffffff, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 0xffffffff, 768, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 1024, 768, 8, 1, "\x05\x03\x02\x03\x00\x02"},
		{0xfd000000, 4096, 1024, 768, 32, 1, "\x1f\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 1024, 768, 32, 1, "\x10\x08\x08\x08\x00\x00"},
		{0xfd000000, 4096, 1024, 768, 32, 0, "\x10\x08\x08\x08\x00\x08"},
		{0xfd000000, 4096, 1024, 768, 32, 9, "\x10\x08\x08\x08\x00\x08"},
		{UINT64_MAX - 4096, 4096, 1024, 768, 32, 1, "\x10\x08\x08\x08\x00\x08"},
		{0xb8000, 160, 80, 25, 8, 2, "\0\0\0\0\0\0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t *fb;

		setup(state);
		add_map();
		fb = add_tag(8, 38);
		put64(fb, cases[i].addr);
		put32(fb + 8, cases[i].pitch);
		put32(fb + 12, cases[i].width);
		put32(fb + 16, cases[i].height);
		fb[20] = cases[i].bits;
		fb[21] = cases[i].type;
		memcpy(fb + 24, cases[i].colours, 6);
		add_end();
		assert_int_equal(parse(), 0);
		assert_false(info.framebuffer.is_present);
		assert_int_equal(info.warnings, BOOT_WARN_BAD_FRAMEBUFFER);
	}
}

static void prefers_the_newer_rsdp(void **state)
{
	size_t v2_at;

	(void)state;
	add_map();
	add_tag(14, 8 + 20);
	v2_at = used;
	add_tag(15, 8 + 36);
	add_tag(14, 8 + 20);
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.rsdp, INFO_ADDR + v2_at + 8);

	setup(state);
	add_map();
	v2_at = used;
	add_tag(14, 8 + 20);
	add_tag(15, 8 + 35);
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.rsdp, INFO_ADDR + v2_at + 8);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_TAG);
}

static void put_efi(uint8_t *at, uint32_t type, uint64_t start, uint64_t pages, uint64_t attribute)
{
	put32(at, type);
	put64(at + 8, start);
	put64(at + 24, pages);
	put64(at + 32, attribute);
}

static void add_efi_map(void)
{
	uint8_t *body = add_tag(17, 16 + 6 * 48);

	put32(body, 48);
	put32(body + 4, 1);
	put_efi(body + 8, 7, 0x100000, 0x100, 0xf);
	put_efi(body + 56, 4, 0x200000, 0x100, 0xf);
	put_efi(body + 104, 9, 0x300000, 1, 0xf);
	put_efi(body + 152, 7, 0x400000, 0x10, 0x1);
	put_efi(body + 200, 7, 0x500000, UINT64_MAX, 0xf);
	put_efi(body + 248, 7, 0x600000, 0x10, 0x4000f);
}

static void takes_the_efi_map_when_there_is_no_other(void **state)
{
	(void)state;
	add_efi_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_REGION);
	assert_int_equal(info.region_count, 4);
	assert_true(memmap_is_usable(&info, 0x100000, 0x200000));
	assert_int_equal(info.regions[1].type, BOOT_REGION_ACPI_RECLAIMABLE);
	assert_int_equal(info.regions[2].type, BOOT_REGION_RESERVED);
	assert_int_equal(memmap_highest_usable(&info), 0x300000);

	setup(state);
	add_efi_map();
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(memmap_highest_usable(&info), 0x2000000);
	assert_int_equal(info.warnings, 0);
}

static void leaves_boot_services_alone_while_they_run(void **state)
{
	(void)state;
	add_efi_map();
	add_tag(18, 8);
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(memmap_highest_usable(&info), 0x200000);
}

static void no_memory_map_is_einval(void **state)
{
	(void)state;
	add_string_tag(1, "hello");
	add_end();
	assert_int_equal(parse(), -EINVAL);
	assert_string_equal(info.cmdline, "hello");
	for (size_t len = 0; len < 24; len++) {
		setup(state);
		add_end();
		assert_int_equal(parse_exactly(MIN(len, used)), -EINVAL);
	}
}

static void absurd_total_size_is_cut(void **state)
{
	(void)state;
	add_map();
	add_end();
	put32(buffer, UINT32_MAX);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_TRUNCATED);
	assert_int_equal(info.info_len, used);

	put32(buffer, 0);
	assert_int_equal(parse(), -EINVAL);
	assert_true(info.warnings & BOOT_WARN_TRUNCATED);
	put32(buffer, 13);
	assert_int_equal(parse(), -EINVAL);
}

static void missing_end_tag_is_a_warning(void **state)
{
	(void)state;
	add_map();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_TRUNCATED);
}

static void any_truncation_is_survived(void **state)
{
	size_t full;

	(void)state;
	add_map();
	add_string_tag(1, "a b c");
	add_module(0x200000, 0x201000, "m");
	add_tag(15, 44);
	add_efi_map();
	add_end();
	full = used;
	for (size_t len = 0; len <= full; len++) {
		int err = parse_exactly(len);

		assert_true(err == 0 || err == -EINVAL);
		assert_true(memmap_is_normal(&info));
		if (len < full)
			assert_true(info.warnings & BOOT_WARN_TRUNCATED);
	}
}

static void tag_sizes_that_lead_nowhere_end_the_walk(void **state)
{
	static const uint32_t sizes[] = {0, 1, 7, 1000, 0x7fffffff, UINT32_MAX, UINT32_MAX - 7};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		setup(state);
		add_map();
		put32(add_tag(1, 16) - 4, sizes[i]);
		add_string_tag(2, "not reached");
		add_end();
		assert_int_equal(parse(), 0);
		assert_int_equal(info.warnings, BOOT_WARN_BAD_TAG | BOOT_WARN_TRUNCATED);
		assert_string_equal(info.loader, "");
	}
}

static void short_tags_are_skipped(void **state)
{
	static const uint32_t types[] = {3, 6, 8, 14, 15, 17};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		setup(state);
		if (types[i] != 17)
			add_map();
		add_tag(types[i], 8);
		add_tag(types[i], 15);
		if (types[i] == 17)
			add_efi_map();
		add_end();
		assert_int_equal(parse(), 0);
		assert_true(info.warnings & BOOT_WARN_BAD_TAG);
		assert_int_equal(info.module_count, 0);
		assert_int_equal(info.rsdp, 0);
	}
}

static void absurd_map_entry_sizes_are_refused(void **state)
{
	static const uint32_t sizes[] = {0, 1, 8, 16, 23, 25, 28, 0xfffffff8, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		setup(state);
		put32(add_tag(6, 16 + 24), sizes[i]);
		put32(add_tag(17, 16 + 48), sizes[i]);
		add_end();
		assert_int_equal(parse(), -EINVAL);
		assert_true(info.warnings & BOOT_WARN_BAD_TAG);
		assert_int_equal(info.region_count, 0);
	}
}

static void larger_map_entries_are_stepped_over(void **state)
{
	uint8_t *body;

	(void)state;
	body = add_tag(6, 16 + 2 * 32 + 5);
	put32(body, 32);
	put_entry(body + 8, 0x100000, 0x100000, 1);
	put_entry(body + 40, 0x300000, 0x100000, 1);
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.region_count, 2);
	assert_int_equal(memmap_highest_usable(&info), 0x400000);
}

static void strings_need_no_terminator(void **state)
{
	(void)state;
	add_map();
	memcpy(add_tag(1, 8 + 4), "abcd", 4);
	memset(add_tag(2, 8 + 200), 'x', 200);
	memset(add_tag(3, 16 + 100), 'y', 108);
	add_end();
	assert_int_equal(parse(), 0);
	assert_string_equal(info.cmdline, "abcd");
	assert_int_equal(strlen(info.loader), sizeof(info.loader) - 1);
}

static void long_command_line_is_cut_at_a_word(void **state)
{
	size_t len = 70000;
	char *text = malloc(len + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 10 == 9 ? ' ' : 'w';
	text[len] = 0;
	add_string_tag(1, text);
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_CMDLINE_CUT);
	assert_int_equal(info.cmdline_len, 65530);
	assert_int_equal(strlen(info.cmdline), 65530);
	assert_memory_equal(info.cmdline, text, 65530);

	setup(NULL);
	memset(text, 'w', len);
	add_string_tag(1, text);
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.cmdline_len, 0);

	setup(NULL);
	text[BOOT_CMDLINE_LEN - 1] = 0;
	add_string_tag(1, text);
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, 0);
	assert_int_equal(info.cmdline_len, BOOT_CMDLINE_LEN - 1);

	/* One more than fits, and a word that ends where the room does. */
	setup(NULL);
	memset(text, 'w', len);
	text[BOOT_CMDLINE_LEN - 1] = ' ';
	text[BOOT_CMDLINE_LEN] = 0;
	add_string_tag(1, text);
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_CMDLINE_CUT);
	assert_int_equal(info.cmdline_len, BOOT_CMDLINE_LEN - 1);
	assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE_LEN - 1);
	free(text);
}

static void second_command_line_is_ignored(void **state)
{
	(void)state;
	add_string_tag(1, "first");
	add_string_tag(1, "second");
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_string_equal(info.cmdline, "first");
	assert_int_equal(info.warnings, BOOT_WARN_BAD_TAG);
}

static void impossible_modules_are_dropped(void **state)
{
	(void)state;
	add_module(0x200000, 0x200000, "empty");
	add_module(0x300000, 0x200000, "backwards");
	add_module(0x400000, 0x500000, "good");
	add_module(0x1f00000, 0x2000001, "beyond the end");
	add_module(0xfffc0000, 0xfffd0000, "reserved");
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_MODULE);
	assert_int_equal(info.module_count, 1);
	assert_string_equal(info.modules[0].name, "good");
}

static void too_many_modules_are_counted_out(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < BOOT_MAX_MODULES + 3; i++)
		add_module(0x200000 + i * 0x1000, 0x200800 + i * 0x1000, "m");
	add_map();
	add_end();
	assert_int_equal(parse(), 0);
	assert_int_equal(info.module_count, BOOT_MAX_MODULES);
	assert_int_equal(info.warnings, BOOT_WARN_TOO_MANY_MODULES);
}

static void thousands_of_regions_are_bounded(void **state)
{
	uint32_t count = 5000;
	uint8_t *body;

	(void)state;
	body = add_tag(6, 16 + count * 24);
	put32(body, 24);
	for (uint32_t i = 0; i < count; i++)
		put_entry(body + 8 + i * 24, 0x100000 + i * 0x10000ull, 0x8000, 1 + i % 2);
	add_end();
	assert_int_equal(parse(), -EINVAL);
	assert_int_equal(info.warnings, BOOT_WARN_TOO_MANY_REGIONS);
	assert_true(memmap_is_normal(&info));
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"what GRUB gives is read", reads_what_grub_gives},
		{"a text screen is read", reads_a_text_screen},
		{"a senseless framebuffer is refused", refuses_senseless_framebuffers},
		{"the newer root pointer is preferred", prefers_the_newer_rsdp},
		{"the EFI map is used when there is no other",
		 takes_the_efi_map_when_there_is_no_other},
		{"running boot services keep their memory",
		 leaves_boot_services_alone_while_they_run},
		{"no memory map is -EINVAL", no_memory_map_is_einval},
		{"an absurd total size is cut", absurd_total_size_is_cut},
		{"a missing end tag is a warning", missing_end_tag_is_a_warning},
		{"truncation at any byte is survived", any_truncation_is_survived},
		{"a tag size that leads nowhere ends the walk",
		 tag_sizes_that_lead_nowhere_end_the_walk},
		{"tags too short for their content are skipped", short_tags_are_skipped},
		{"absurd sizes of map entries are refused", absurd_map_entry_sizes_are_refused},
		{"larger map entries are stepped over", larger_map_entries_are_stepped_over},
		{"strings need no terminator", strings_need_no_terminator},
		{"a long command line is cut at a word", long_command_line_is_cut_at_a_word},
		{"a second command line is ignored", second_command_line_is_ignored},
		{"impossible modules are dropped", impossible_modules_are_dropped},
		{"too many modules are dropped with a warning", too_many_modules_are_counted_out},
		{"thousands of regions are bounded", thousands_of_regions_are_bounded},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, NULL, NULL};
	return cmocka_run_group_tests_name("multiboot2", tests, NULL, NULL);
}
