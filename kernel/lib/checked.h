/*
 * Checked arithmetic for numbers that somebody else chose: sizes, offsets,
 * counts. Each function returns true when the exact result does not fit; then
 * the value behind out is unspecified. The macros take integers of any types,
 * out decides which results fit.
 */
#ifndef KERNEL_LIB_CHECKED_H
#define KERNEL_LIB_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

MUST_CHECK static inline bool checked_result(bool overflows)
{
	return UNLIKELY(overflows);
}

#define add_overflows(a, b, out) checked_result(__builtin_add_overflow(a, b, out))
#define sub_overflows(a, b, out) checked_result(__builtin_sub_overflow(a, b, out))
#define mul_overflows(a, b, out) checked_result(__builtin_mul_overflow(a, b, out))

/* x << shift; a shift of 64 or more overflows unless x is 0. */
MUST_CHECK static inline bool shl_overflows(uint64_t x, unsigned int shift, uint64_t *out)
{
	*out = shift < 64 ? x << shift : 0;
	return checked_result(shift < 64 ? *out >> shift != x : x != 0);
}

/* Whether [start, start + len) lies in [0, limit), without wrapping. */
MUST_CHECK static inline bool range_fits(uint64_t start, uint64_t len, uint64_t limit)
{
	return start <= limit && len <= limit - start;
}

#endif
