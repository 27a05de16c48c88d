/* Rights: what a capability allows. Attenuation only: nothing ever adds one. */
#ifndef KERNEL_CAP_RIGHTS_H
#define KERNEL_CAP_RIGHTS_H

#include <stdint.h>

/* RIGHT_READ, RIGHT_WRITE, ...: one bit each, from rights.def. */
enum right {
#define RIGHT(name, bit, text) RIGHT_##name = 1u << (bit),
#include "kernel/cap/rights.def"
#undef RIGHT
};

/* All that exist. */
enum {
	RIGHTS_ALL = 0
#define RIGHT(name, bit, text) | 1u << (bit)
#include "kernel/cap/rights.def"
#undef RIGHT
};

/* What a capability to an object of any type may have. */
#define RIGHTS_COMMON                                                                              \
	((uint32_t)(RIGHT_STAT | RIGHT_TRANSFER | RIGHT_MINT | RIGHT_REVOKE | RIGHT_DUPLICATE |    \
		    RIGHT_INSPECT))

/* The name of the lowest right in the set, as in rights.def; "?" for a bit without a name. */
const char *right_name(uint32_t right);

#endif
