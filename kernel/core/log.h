/*
 * Log: a ring of records with level, time and CPU, copied to every sink.
 *
 * Any context may log, NMI handlers included. A record is first put into the
 * ring; whoever then gets the output lock copies everything new to the sinks,
 * so no CPU waits for another's console. A reader that is too slow loses the
 * oldest records and is told how many.
 */
#ifndef KERNEL_CORE_LOG_H
#define KERNEL_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

enum log_level {
	LOG_LEVEL_PANIC,
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

#define LOG_RECORD_MAX 480 /* bytes of text in one record; more is cut */

/* Files define LOG_PREFIX (directory or file and ": ") before including this. */
#ifndef LOG_PREFIX
#define LOG_PREFIX ""
#endif

PRINTF(2, 3) void log_print(enum log_level level, const char *fmt, ...);

#define log_err(...) log_print(LOG_LEVEL_ERR, LOG_PREFIX __VA_ARGS__)
#define log_warn(...) log_print(LOG_LEVEL_WARN, LOG_PREFIX __VA_ARGS__)
#define log_info(...) log_print(LOG_LEVEL_INFO, LOG_PREFIX __VA_ARGS__)
#define log_debug(...) log_print(LOG_LEVEL_DEBUG, LOG_PREFIX __VA_ARGS__)

struct log_sink {
	struct list_node node;
	/*
	 * Writes text as it is (lines end in '\n'). Called with the output lock
	 * held and interrupts off; must not log, sleep or wait for long.
	 */
	void (*write)(struct log_sink *sink, const char *text, size_t len);
	/* After panic: make everything written so far visible, by polling. May be NULL. */
	void (*flush)(struct log_sink *sink);
	enum log_level max_level;
};

/* Adds a sink; it first gets everything that is still in the ring. Never removed. */
void log_sink_add(struct log_sink *sink);

struct log_record {
	uint64_t seq;
	ktime_t time;
	cpu_id_t cpu;
	enum log_level level;
	uint32_t len;
	char text[LOG_RECORD_MAX];
};

/*
 * Copies the first record with a sequence number of at least seq: 0, or -EAGAIN
 * when there is none yet. out->seq > seq tells that records were lost.
 */
MUST_CHECK int log_read(uint64_t seq, struct log_record *out);

/* From now on nothing waits for a lock and every record goes out at once. */
void log_enter_panic(void);
/* Whether that was called: sinks then take no lock, for its holder may be stopped. */
bool log_is_panicking(void);
void log_flush(void);

#endif
