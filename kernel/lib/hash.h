/*
 * Hashes for tables. hash_u64() is quick and public: for keys that users do not
 * choose. Strings and numbers from users or the network go through siphash()
 * with a key drawn at boot, so that nobody can build a set that collides.
 */
#ifndef KERNEL_LIB_HASH_H
#define KERNEL_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

/* Every bit of x moves about half of the bits of the result. */
static inline uint64_t hash_u64(uint64_t x)
{
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ (x >> 32);
}

static inline uint64_t hash_ptr(const void *p)
{
	return hash_u64((uintptr_t)p);
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */
uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);

#endif
