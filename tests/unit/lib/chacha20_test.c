#include "kernel/lib/chacha20.h"

#include <string.h>

#include "tests/unit/unit.h"

static void set_up(struct chacha20 *ctx, uint32_t counter)
{
	static const uint8_t nonce[] = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0};
	uint8_t key[CHACHA20_KEY_LEN];

	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	chacha20_init(ctx, key, nonce, counter);
}

/* RFC 8439, section 2.3.2. */
static void block_is_as_published(void **state)
{
	static const uint8_t expected[] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
		0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
		0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
		0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
		0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};
	uint8_t out[CHACHA20_BLOCK_LEN];
	struct chacha20 ctx;

	(void)state;
	set_up(&ctx, 1);
	chacha20_block(&ctx, out);
	assert_memory_equal(out, expected, sizeof(expected));
}

/* RFC 8439, appendix A.1, test vectors 1 and 2: all-zero key and nonce. */
static void zero_key_is_as_published(void **state)
{
	static const uint8_t first[] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
					0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
	static const uint8_t second[] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
					 0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
	static const uint8_t zero[CHACHA20_KEY_LEN];
	uint8_t out[CHACHA20_BLOCK_LEN];
	struct chacha20 ctx;

	(void)state;
	chacha20_init(&ctx, zero, zero, 0);
	chacha20_block(&ctx, out);
	assert_memory_equal(out, first, sizeof(first));
	chacha20_block(&ctx, out);
	assert_memory_equal(out, second, sizeof(second));
}

static void each_block_is_another(void **state)
{
	uint8_t a[CHACHA20_BLOCK_LEN], b[CHACHA20_BLOCK_LEN];
	struct chacha20 ctx, later;

	(void)state;
	set_up(&ctx, 1);
	set_up(&later, 2);
	chacha20_block(&ctx, a);
	chacha20_block(&ctx, a);
	chacha20_block(&later, b);
	assert_memory_equal(a, b, sizeof(a));
	chacha20_block(&later, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

static const struct CMUnitTest tests[] = {
	TEST(block_is_as_published, "the block of RFC 8439 comes out"),
	TEST(zero_key_is_as_published, "a zero key gives the published stream"),
	TEST(each_block_is_another, "each block steps the counter"),
};

int main(void)
{
	return RUN_TESTS("chacha20");
}
