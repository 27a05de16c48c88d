/* Numbers from text. */
#ifndef KERNEL_LIB_PARSE_H
#define KERNEL_LIB_PARSE_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

/*
 * Reads the digits of base 2 to 36 at s; base 0 takes 0x for hexadecimal and
 * everything else for decimal, base 16 allows the 0x. No sign, no white space.
 * With end not NULL it is set to the first character after the number, else the
 * number must fill the string. -EINVAL: no digit, text after the number, or no
 * such base; -ERANGE: above 2^64 - 1. On error neither output changes.
 */
MUST_CHECK int str_to_u64(const char *s, unsigned int base, const char **end, uint64_t *out);

#endif
