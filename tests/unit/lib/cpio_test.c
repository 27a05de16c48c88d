#include "kernel/lib/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/unit.h"

static char archive[4096];
static size_t used;

static void pad(void)
{
	while (used % 4)
		archive[used++] = '\0';
}

static void put(const char *name, const char *data, size_t len)
{
	used += (size_t)sprintf(archive + used,
				"070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1,
				0100755, 0, 0, 1, 0, len, 0, 0, 0, 0, strlen(name) + 1, 0);
	memcpy(archive + used, name, strlen(name) + 1);
	used += strlen(name) + 1;
	pad();
	memcpy(archive + used, data, len);
	used += len;
	pad();
}

static int setup(void **state)
{
	(void)state;
	memset(archive, 0xee, sizeof(archive));
	used = 0;
	put("init", "0123456", 7);
	put("a/longer/name", "", 0);
	put("TRAILER!!!", "", 0);
	return 0;
}

static void entries_come_in_order(void **state)
{
	struct cpio_entry entry;
	size_t offset = 0;

	(void)state;
	assert_true(cpio_is_archive(archive, used));
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 0);
	assert_string_equal(entry.name, "init");
	assert_int_equal(entry.len, 7);
	assert_memory_equal(entry.data, "0123456", 7);
	assert_int_equal(entry.mode, 0100755);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 0);
	assert_string_equal(entry.name, "a/longer/name");
	assert_int_equal(entry.len, 0);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), -ENOENT);
}

/* Entries until it says no. */
static int walk(const char *bytes, size_t len)
{
	struct cpio_entry entry;
	size_t offset = 0;
	int err;

	while ((err = cpio_next(bytes, len, &offset, &entry)) == 0) {
		assert_true(strlen(entry.name) > 0);
		assert_true(entry.data >= (const uint8_t *)bytes);
		assert_true(entry.data + entry.len <= (const uint8_t *)bytes + len);
	}
	return err;
}

static void every_cut_is_found_out(void **state)
{
	(void)state;
	/* The trailer's padding is nobody's. */
	for (size_t len = 0; len + 3 < used; len++) {
		char *copy = malloc(len ? len : 1);

		memcpy(copy, archive, len);
		assert_int_equal(walk(copy, len), -EINVAL);
		free(copy);
	}
	assert_int_equal(walk(archive, used), -ENOENT);
}

static void no_byte_can_do_harm(void **state)
{
	char *copy = malloc(used);

	(void)state;
	for (size_t at = 0; at < used; at++) {
		for (unsigned int value = 0; value < 256; value += 5) {
			memcpy(copy, archive, used);
			copy[at] = (char)value;
			(void)walk(copy, used);
		}
	}
	free(copy);
}

static void huge_sizes_do_not_wrap(void **state)
{
	struct cpio_entry entry;
	size_t offset = 0;

	(void)state;
	memcpy(archive + 6 + 6 * 8, "ffffffff", 8);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), -EINVAL);
	assert_int_equal(offset, 0);
	(void)setup(NULL);
	memcpy(archive + 6 + 11 * 8, "ffffffff", 8);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), -EINVAL);
	(void)setup(NULL);
	memcpy(archive + 6 + 11 * 8, "00000001", 8);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), -EINVAL);
	offset = used + 1;
	assert_int_equal(cpio_next(archive, used, &offset, &entry), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(entries_come_in_order, setup),
		cmocka_unit_test_setup(every_cut_is_found_out, setup),
		cmocka_unit_test_setup(no_byte_can_do_harm, setup),
		cmocka_unit_test_setup(huge_sizes_do_not_wrap, setup),
	};
	struct CMUnitTest named[] = {tests[0], tests[1], tests[2], tests[3]};

	named[0].name = "entries come in order, up to the trailer";
	named[1].name = "an archive that is cut anywhere is -EINVAL";
	named[2].name = "no changed byte leads outside of the archive";
	named[3].name = "sizes that do not fit are -EINVAL and change nothing";
	return cmocka_run_group_tests_name("lib/cpio", named, NULL, NULL);
}
