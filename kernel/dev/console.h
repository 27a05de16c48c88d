/*
 * Console: what a person types (serial line and keyboard, merged) and what is
 * shown to him (the sinks that also show the log).
 */
#ifndef KERNEL_DEV_CONSOLE_H
#define KERNEL_DEV_CONSOLE_H

#include <stddef.h>

#include "kernel/core/log.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/*
 * Adds a place to show text to the log and to the console. During boot, by one
 * CPU; never removed. The sink's write must be safe to call from both at once.
 */
void console_add_sink(struct log_sink *sink);

/* Shows the text on every sink. Any context that may log. */
void console_write(const char *text, size_t len);
PRINTF(1, 2) void console_print(const char *fmt, ...);

/* For drivers, any context: bytes that were typed. What does not fit is lost and counted. */
void console_input(const char *bytes, size_t len);

/*
 * Waits for a byte typed: 0, -EAGAIN (KTIME_POLL), -ETIMEDOUT or -EINTR. Sleeps.
 */
MUST_CHECK int console_read_char(ktime_t deadline, char *out);

/* Typed bytes that were lost since boot because nobody read them in time. */
uint64_t console_input_lost(void);

#endif
