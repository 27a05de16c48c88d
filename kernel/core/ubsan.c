/*
 * Undefined-behaviour sanitizer (debug builds): what the compiler calls when a
 * check fails. Each handler gets a record that begins with the place in the
 * source; that and the kind are enough to find the bug, so it panics.
 */
#include "kernel/core/ubsan.h"

#include "kernel/core/panic.h"

#if CONFIG_DEBUG

NORETURN static void report(const char *kind, const struct ubsan_location *at)
{
	bug("undefined behaviour: %s at %s:%u:%u", kind, at->file ? at->file : "?", at->line,
	    at->column);
}

#define UBSAN_HANDLER(name, kind)                                                                  \
	void __ubsan_handle_##name(const struct ubsan_location *at)                                \
	{                                                                                          \
		report(kind, at);                                                                  \
	}
#include "kernel/core/ubsan.def"

#endif
