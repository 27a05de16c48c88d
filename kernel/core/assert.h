/*
 * Assertions: ASSERT is for kernel bugs and stays in release builds;
 * DEBUG_ASSERT is for costly checks. Never on what user space, a device or the
 * network can cause.
 */
#ifndef KERNEL_CORE_ASSERT_H
#define KERNEL_CORE_ASSERT_H

#include "kernel/core/lockdep.h"
#include "kernel/lib/compiler.h"

NORETURN COLD void assert_failed(const char *expr, const char *file, int line);

#define ASSERT(expr)                                                                               \
	do {                                                                                       \
		if (UNLIKELY(!(expr)))                                                             \
			assert_failed(#expr, __FILE__, __LINE__);                                  \
	} while (0)

#if CONFIG_DEBUG
#define DEBUG_ASSERT(expr) ASSERT(expr)
#else
#define DEBUG_ASSERT(expr)                                                                         \
	do {                                                                                       \
		(void)sizeof(expr);                                                                \
	} while (0)
#endif

#endif
