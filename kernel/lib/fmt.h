/*
 * Format: printf's language without floating point.
 *
 *	%[flags][width][.precision][length]conversion
 *
 * flags - 0 + space #, width and precision a number or *, lengths hh h l ll j z
 * t, conversions d i u x X o c s p %. A NULL string prints as "(null)"; %p is
 * 0x and 16 digits, so that columns of addresses align. An unknown conversion
 * is printed as it stands and takes no argument.
 */
#ifndef KERNEL_LIB_FMT_H
#define KERNEL_LIB_FMT_H

#include <stdarg.h>
#include <stddef.h>

#include "kernel/lib/compiler.h"

/* Takes the next len characters of the output, in pieces as they come. */
typedef void fmt_emit_fn(void *ctx, const char *text, size_t len);

/* Both return the number of characters emitted. */
size_t fmt_vprint(fmt_emit_fn *emit, void *ctx, const char *fmt, va_list args) PRINTF(3, 0);
size_t fmt_print(fmt_emit_fn *emit, void *ctx, const char *fmt, ...) PRINTF(3, 4);

/*
 * Writes at most size - 1 characters and a NUL (nothing when size is 0).
 * Returns the full length: at least size means that the output was cut.
 */
size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) PRINTF(3, 0);
size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);

#endif
