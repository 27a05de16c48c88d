#include <string.h>

#include "tests/unit/unit.h"

#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/user.h"

/*
 * User memory is two pages at USER_BASE; everything else faults. The last bytes
 * of the user half are at the end of the address space's lower part.
 */
#define USER_BASE 0x400000ul
#define USER_LEN (2 * PAGE_SIZE)

static char memory[USER_LEN];
static uint32_t arch_calls;

static size_t reachable(vaddr_t addr, size_t len)
{
	arch_calls++;
	if (addr < USER_BASE || addr >= USER_BASE + USER_LEN)
		return 0;
	return MIN(len, USER_BASE + USER_LEN - addr);
}

size_t arch_copy_from_user(void *dst, vaddr_t src, size_t len)
{
	size_t n = reachable(src, len);

	if (n)
		memcpy(dst, memory + (src - USER_BASE), n);
	return len - n;
}

size_t arch_copy_to_user(vaddr_t dst, const void *src, size_t len)
{
	size_t n = reachable(dst, len);

	if (n)
		memcpy(memory + (dst - USER_BASE), src, n);
	return len - n;
}

size_t arch_clear_user(vaddr_t dst, size_t len)
{
	size_t n = reachable(dst, len);

	if (n)
		memset(memory + (dst - USER_BASE), 0, n);
	return len - n;
}

int arch_load_user_u32(vaddr_t src, uint32_t *out)
{
	return arch_copy_from_user(out, src, sizeof(*out)) ? -EFAULT : 0;
}

int arch_cmpxchg_user_u32(vaddr_t addr, uint32_t expected, uint32_t new, uint32_t *old_out)
{
	int err = arch_load_user_u32(addr, old_out);

	if (!err && *old_out == expected && arch_copy_to_user(addr, &new, sizeof(new)))
		err = -EFAULT;
	return err;
}

static int setup(void **state)
{
	(void)state;
	memset(memory, 'x', sizeof(memory));
	arch_calls = 0;
	return 0;
}

static void range_ends_at_the_user_half(void **state)
{
	(void)state;
	assert_true(user_range_ok(user_ptr(0), 0));
	assert_true(user_range_ok(user_ptr(ARCH_USER_END - 1), 1));
	assert_true(user_range_ok(user_ptr(ARCH_USER_END), 0));
	assert_false(user_range_ok(user_ptr(ARCH_USER_END), 1));
	assert_false(user_range_ok(user_ptr(ARCH_USER_END - 1), 2));
	assert_false(user_range_ok(user_ptr(1), SIZE_MAX));
	assert_false(user_range_ok(user_ptr(UINT64_MAX), 2));
	assert_false(user_range_ok(user_ptr(0xffff800000000000ul), 1));
}

static void kernel_addresses_never_reach_the_arch(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(copy_from_user(buf, user_ptr(0xffff800000001000ul), 8), -EFAULT);
	assert_int_equal(copy_to_user(user_ptr(ARCH_USER_END - 4), buf, 8), -EFAULT);
	assert_int_equal(clear_user(user_ptr(UINT64_MAX - 3), 8), -EFAULT);
	assert_int_equal(strncpy_from_user(buf, user_ptr(UINT64_MAX - 2), 8), -EFAULT);
	assert_int_equal(arch_calls, 0);
}

static void copies_both_ways(void **state)
{
	char buf[16] = "hello";

	(void)state;
	assert_int_equal(copy_to_user(user_ptr(USER_BASE + 7), buf, 6), 0);
	assert_string_equal(memory + 7, "hello");
	memset(buf, 0, sizeof(buf));
	assert_int_equal(copy_from_user(buf, user_ptr(USER_BASE + 7), 6), 0);
	assert_string_equal(buf, "hello");
	assert_int_equal(clear_user(user_ptr(USER_BASE + 8), 2), 0);
	assert_memory_equal(memory + 7, "h\0\0lo", 6);
	assert_int_equal(copy_from_user(buf, user_ptr(USER_BASE + USER_LEN - 4), 5), -EFAULT);
}

static void string_is_found_anywhere(void **state)
{
	char buf[USER_LEN];

	(void)state;
	for (size_t len = 0; len < 300; len++) {
		for (size_t at = PAGE_SIZE - 150; at < PAGE_SIZE; at += 37) {
			memset(memory, 'x', sizeof(memory));
			memory[at + len] = '\0';
			assert_int_equal(
				strncpy_from_user(buf, user_ptr(USER_BASE + at), sizeof(buf)), len);
			assert_int_equal(strlen(buf), len);
		}
	}
}

static void string_may_end_right_before_a_hole(void **state)
{
	char buf[256];

	(void)state;
	memory[USER_LEN - 1] = '\0';
	assert_int_equal(strncpy_from_user(buf, user_ptr(USER_BASE + USER_LEN - 100), 256), 99);
	memory[USER_LEN - 1] = 'x';
	assert_int_equal(strncpy_from_user(buf, user_ptr(USER_BASE + USER_LEN - 100), 256),
			 -EFAULT);
}

static void long_string_is_refused(void **state)
{
	char buf[100];

	(void)state;
	memory[100] = '\0';
	assert_int_equal(strncpy_from_user(buf, user_ptr(USER_BASE), 100), -ENAMETOOLONG);
	memory[99] = '\0';
	assert_int_equal(strncpy_from_user(buf, user_ptr(USER_BASE), 100), 99);
	assert_int_equal(strncpy_from_user(buf, user_ptr(USER_BASE), 1), -ENAMETOOLONG);
}

static void words_are_aligned(void **state)
{
	uint32_t old = 0, value = 0;

	(void)state;
	memset(memory, 0, 8);
	assert_int_equal(cmpxchg_user_u32(user_ptr(USER_BASE), 0, 5, &old), 0);
	assert_int_equal(load_user_u32(user_ptr(USER_BASE), &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(cmpxchg_user_u32(user_ptr(USER_BASE), 0, 9, &old), 0);
	assert_int_equal(old, 5);
	assert_int_equal(load_user_u32(user_ptr(USER_BASE + 2), &value), -EFAULT);
	assert_int_equal(load_user_u32(user_ptr(ARCH_USER_END), &value), -EFAULT);
	assert_int_equal(cmpxchg_user_u32(user_ptr(1), 0, 5, &old), -EFAULT);
}

#define USER_TEST(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USER_TEST(range_ends_at_the_user_half, "a user range ends at the user half's end"),
		USER_TEST(kernel_addresses_never_reach_the_arch,
			  "kernel addresses are refused before they are touched"),
		USER_TEST(copies_both_ways, "bytes are copied both ways, or -EFAULT"),
		USER_TEST(string_is_found_anywhere, "a string is found across pages"),
		USER_TEST(string_may_end_right_before_a_hole,
			  "a string may end right before unmapped memory"),
		USER_TEST(long_string_is_refused, "a string that does not fit is refused"),
		USER_TEST(words_are_aligned, "words must be aligned"),
	};

	return RUN_TESTS("user");
}
