/* Products and quotients with a 128-bit middle, for clocks and shares. */
#ifndef KERNEL_LIB_DIV_H
#define KERNEL_LIB_DIV_H

#include <stdint.h>

#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

/* (a * b) >> shift, cut to 64 bits; shift is 0 to 127. */
static inline uint64_t mul_shr(uint64_t a, uint64_t b, unsigned int shift)
{
	return (uint64_t)(((unsigned __int128)a * b) >> shift);
}

/*
 * a * b / d rounded down; UINT64_MAX when that does not fit or d is 0. Slow (up
 * to 64 steps) when the product exceeds 64 bits: for set-up, not per event.
 */
uint64_t mul_div(uint64_t a, uint64_t b, uint64_t d);

#endif
