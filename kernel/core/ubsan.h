/* Entry points of the undefined-behaviour sanitizer, by the compilers' ABI. */
#ifndef KERNEL_CORE_UBSAN_H
#define KERNEL_CORE_UBSAN_H

#include <stdint.h>

/* Every record the compiler passes begins with this. */
struct ubsan_location {
	const char *file;
	uint32_t line;
	uint32_t column;
};

#define UBSAN_HANDLER(name, kind) void __ubsan_handle_##name(const struct ubsan_location *at);
#include "kernel/core/ubsan.def"

#endif
