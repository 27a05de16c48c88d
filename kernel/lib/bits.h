/* Bits of a 64-bit word: powers of two and their logarithms. */
#ifndef KERNEL_LIB_BITS_H
#define KERNEL_LIB_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (UINT64_C(1) << (n))

/* The n lowest bits, 0 to 64. */
static inline uint64_t bits_low(unsigned int n)
{
	return n >= 64 ? UINT64_MAX : BIT(n) - 1;
}

/* Number of the lowest set bit; x must not be 0. */
static inline unsigned int bits_first(uint64_t x)
{
	return (unsigned int)__builtin_ctzll(x);
}

/* Number of the highest set bit, the logarithm rounded down; x must not be 0. */
static inline unsigned int ilog2(uint64_t x)
{
	return 63u - (unsigned int)__builtin_clzll(x);
}

/* The logarithm rounded up; x must not be 0. */
static inline unsigned int ilog2_up(uint64_t x)
{
	return x > 1 ? ilog2(x - 1) + 1 : 0;
}

/* By sums of ever wider fields: the builtin would call the compiler's library. */
static inline unsigned int bits_count(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned int)(x * UINT64_C(0x0101010101010101) >> 56);
}

static inline bool is_pow2(uint64_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/* The next power of two, x itself when it is one; 1 <= x <= 2^63. */
static inline uint64_t round_up_pow2(uint64_t x)
{
	return BIT(ilog2_up(x));
}

#endif
