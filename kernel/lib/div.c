#include "kernel/lib/div.h"

#include <stdbool.h>

uint64_t mul_div(uint64_t a, uint64_t b, uint64_t d)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	uint64_t rest = (uint64_t)(product >> 64);
	uint64_t low = (uint64_t)product;

	/* The quotient fits in 64 bits when the upper half is below d. */
	if (rest >= d)
		return UINT64_MAX;
	if (rest == 0)
		return low / d;

	/*
	 * Long division, one bit a step: rest stays below d, and low gives off
	 * bits of the dividend on the left as it takes bits of the quotient on
	 * the right. The compiler's own 128-bit division is in a library that
	 * the kernel does not link.
	 */
	for (int i = 0; i < 64; i++) {
		bool carry = rest >> 63;

		rest = (rest << 1) | (low >> 63);
		low <<= 1;
		if (carry || rest >= d) {
			rest -= d;
			low |= 1;
		}
	}
	return low;
}
