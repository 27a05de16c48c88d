/* In place of kernel/core/random.c. */
#include "kernel/core/random.h"

#include "kernel/lib/hash.h"
#include "tests/unit/fake/fake.h"

uint64_t random_u64(void)
{
	return hash_u64(fake_random_state += UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t random_below(uint64_t bound)
{
	return random_u64() % bound;
}

void random_bytes(void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len--)
		*p++ = (uint8_t)random_u64();
}

void random_add_entropy(const void *data, size_t len, uint32_t bits)
{
	(void)data;
	(void)len;
	(void)bits;
}

void random_add_event(uint32_t value)
{
	(void)value;
}
