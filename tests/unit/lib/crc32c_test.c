#include "kernel/lib/crc32c.h"

#include <string.h>

#include "tests/unit/unit.h"

/* RFC 3720, appendix B.4, and the check value of the catalogues. */
static void published_values(void **state)
{
	uint8_t data[32];

	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(data, 0, sizeof(data));
	assert_int_equal(crc32c(0, data, 32), 0x8a9136aa);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(crc32c(0, data, 32), 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		data[i] = i;
	assert_int_equal(crc32c(0, data, 32), 0x46dd794e);
	assert_int_equal(crc32c(0, data, 0), 0);
}

static uint32_t bit_by_bit(uint32_t crc, const uint8_t *data, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

static void table_agrees_with_the_definition(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		assert_int_equal(crc32c(0, &byte, 1), bit_by_bit(0, &byte, 1));
		assert_int_equal(crc32c(0x12345678, &byte, 1), bit_by_bit(0x12345678, &byte, 1));
	}
}

static void pieces_give_the_whole(void **state)
{
	static const char text[] = "the sum of the pieces is the sum of the whole";
	uint32_t whole = crc32c(0, text, sizeof(text));

	(void)state;
	for (size_t cut = 0; cut <= sizeof(text); cut++)
		assert_int_equal(crc32c(crc32c(0, text, cut), text + cut, sizeof(text) - cut),
				 whole);
}

static const struct CMUnitTest tests[] = {
	TEST(published_values, "published values are met"),
	TEST(table_agrees_with_the_definition, "each table entry follows from the polynomial"),
	TEST(pieces_give_the_whole, "pieces give the same as the whole"),
};

int main(void)
{
	return RUN_TESTS("crc32c");
}
