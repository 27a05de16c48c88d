/* UTF-8 (RFC 3629), strictly: no overlong forms, surrogates or values above
 * U+10FFFF, so that a character has exactly one spelling. */
#ifndef KERNEL_LIB_UTF8_H
#define KERNEL_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/*
 * Decodes the character at the front of len bytes. Returns the number of its
 * bytes, 1 to 4. -EILSEQ: no character starts like this; -EAGAIN: the bytes
 * are the beginning of a character but end too soon (also when len is 0).
 */
MUST_CHECK int utf8_decode(const char *s, size_t len, uint32_t *out);

bool utf8_is_valid(const char *s, size_t len);

#endif
