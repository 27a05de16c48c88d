#include "kernel/lib/hash.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t x, unsigned int n)
{
	return (x << n) | (x >> (64 - n));
}

static void sip_rounds(struct sip *s, int count)
{
	for (; count; count--) {
		s->v0 += s->v1;
		s->v1 = rotate_left(s->v1, 13) ^ s->v0;
		s->v0 = rotate_left(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotate_left(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotate_left(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotate_left(s->v1, 17) ^ s->v2;
		s->v2 = rotate_left(s->v2, 32);
	}
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_rounds(s, 2);
	s->v0 ^= word;
}

/* Little-endian, as the definition has it, on any machine. */
static uint64_t load_le64(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

uint64_t siphash(const struct siphash_key *key, const void *data, size_t len)
{
	struct sip s = {
		.v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, load_le64(p, 8));
	sip_word(&s, load_le64(p, left) | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
