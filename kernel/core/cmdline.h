/*
 * Command line: space-separated words, `themelios.KEY` or `themelios.KEY=VALUE`.
 *
 * A value may be quoted with double quotes to hold spaces, and so may the whole
 * word; a backslash makes a following quote or backslash plain. Words without the
 * prefix belong to others (init, the loader) and are left alone. A key nobody
 * declared is reported by name. The last of several equal keys wins.
 */
#ifndef KERNEL_CORE_CMDLINE_H
#define KERNEL_CORE_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

#define CMDLINE_PREFIX "themelios."
#define CMDLINE_MAX_KEY 64
#define CMDLINE_MAX_VALUE 1024

struct boot_param {
	const char *name; /* without the prefix */
	/*
	 * Called with the value, "" when there is none. Returns 0 or -EINVAL,
	 * which the parser reports with the key and the value.
	 */
	int (*apply)(const char *value);
	const char *help; /* one line for docs/boot.md */
};

/* Declares a key where its owner lives; the linker gathers them. */
#define BOOT_PARAM(ident, key, apply_fn, help_text)                                                \
	static const struct boot_param boot_param_##ident USED SECTION(".boot_params")             \
		TABLE_ENTRY = {.name = (key), .apply = (apply_fn), .help = (help_text)}

enum cmdline_problem {
	CMDLINE_UNKNOWN_KEY,
	CMDLINE_BAD_VALUE,
	CMDLINE_TOO_LONG,  /* a key or value over the limit, skipped */
	CMDLINE_BAD_QUOTE, /* a quote that is never closed; it ends with the line */
};

/* word is the key (cut to CMDLINE_MAX_KEY), value may be "". */
typedef void cmdline_report_fn(enum cmdline_problem problem, const char *word, const char *value);

/*
 * Applies every themelios.* word of line (len bytes, need not be terminated) to
 * the table. Bytes below 0x20 and 0x7f count as spaces. Never fails.
 */
void cmdline_parse(const char *line, size_t len, const struct boot_param *params, size_t count,
		   cmdline_report_fn *report);

/*
 * Value parsers for apply functions: 0, or -EINVAL and *out unchanged.
 * Numbers are decimal or 0x hex, with an optional K, M or G (binary); numbers
 * above max are refused. A boolean is "", 1, yes, on, true / 0, no, off, false.
 */
MUST_CHECK int cmdline_number(const char *value, uint64_t max, uint64_t *out);
MUST_CHECK int cmdline_bool(const char *value, bool *out);

#endif
