#include "kernel/core/random.h"
#include "kernel/core/selftest.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/string.h"

#define WORDS 256
#define SIZES 300

static uint32_t count_bits(const uint64_t *words, uint32_t count)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < count; i++)
		bits += bits_count(words[i]);
	return bits;
}

static bool has_repeat(const uint64_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = i + 1; j < count; j++)
			if (words[i] == words[j])
				return true;
	return false;
}

/* 16384 fair bits have 8192 ones, give or take 64: ten times that is no accident. */
static void check_words(const uint64_t *words)
{
	uint32_t bits = count_bits(words, WORDS);

	SELFTEST_CHECK(!has_repeat(words, WORDS));
	SELFTEST_CHECK(bits > WORDS * 32 - 640 && bits < WORDS * 32 + 640);
}

SELFTEST(random_stream_test, "random.stream",
	 "random numbers do not repeat, before and after a reseed")
{
	static uint64_t words[WORDS];

	for (uint32_t i = 0; i < WORDS; i++) {
		if (i % 64 == 63)
			random_reseed();
		words[i] = random_u64();
	}
	check_words(words);
	memset(words, 0, sizeof(words));
	random_bytes(words, sizeof(words));
	check_words(words);
}

SELFTEST(random_length_test, "random.length", "random bytes fill exactly the buffer that was given")
{
	static const uint8_t zeros[8];
	static uint8_t buf[SIZES + 1];

	for (uint32_t len = 0; len < SIZES; len++) {
		memset(buf, 0, sizeof(buf));
		random_bytes(buf, len);
		SELFTEST_CHECK_EQ(buf[len], 0);
		/* The last eight bytes all zero by chance: not within our lives. */
		if (len >= 8)
			SELFTEST_CHECK(memcmp(buf + len - 8, zeros, sizeof(zeros)) != 0);
	}
}

static uint32_t seen_below_ten(void)
{
	uint32_t seen = 0;

	for (int i = 0; i < 400; i++) {
		uint64_t value = random_below(10);

		seen |= value < 31 ? 1u << value : 1u << 31;
	}
	return seen;
}

SELFTEST(random_below_test, "random.below", "bounded random numbers reach every value and no other")
{
	SELFTEST_CHECK_EQ(seen_below_ten(), 0x3ff);
	SELFTEST_CHECK_EQ(random_below(1), 0);
}
