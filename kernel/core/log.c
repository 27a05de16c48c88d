/*
 * Log. Records lie one after the other in a ring of bytes; positions only grow,
 * and position modulo the size is where a byte is. tail..head are whole records.
 *
 * Two locks, so that no CPU waits for another's console:
 *
 *	ring_lock	the ring; held for copying one record
 *	is_draining	who has it copies records to the sinks; a flag, not a
 *			lock, because nobody ever waits for it
 *
 * Whoever adds a record then tries to become the drainer. If it fails, the
 * present drainer sees the record, for it looks again after it gave the flag up:
 *
 *	A: drains up to head		B: adds a record, fails to get the flag
 *	A: gives the flag up
 *	A: sees head has moved, tries again
 *
 * An NMI may hit a CPU that holds ring_lock, so there a try must do; what cannot
 * be recorded is counted. After log_enter_panic() only one CPU runs.
 */
#include "kernel/core/log.h"

#include <stdarg.h>

#include "kernel/core/cmdline.h"
#include "kernel/core/preempt.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/string.h"

#define RING_SIZE 65536u
#define LINE_MAX (LOG_RECORD_MAX + 32)

struct header {
	uint64_t seq;
	ktime_t time;
	uint32_t size; /* header and text, rounded up to 8 */
	uint16_t text_len;
	uint8_t level;
	uint8_t cpu;
};

static struct spinlock ring_lock = SPINLOCK_INIT(LOCK_LOG);
static uint8_t ring[RING_SIZE] GUARDED_BY(&ring_lock) ALIGNED(8);
static uint64_t head GUARDED_BY(&ring_lock); /* where the next record goes */
static uint64_t tail GUARDED_BY(&ring_lock); /* the oldest record */
static uint64_t next_seq GUARDED_BY(&ring_lock);
/* Where the last reader stopped, so that reading on needs no search. */
static uint64_t hint_pos GUARDED_BY(&ring_lock);
static uint64_t hint_seq GUARDED_BY(&ring_lock);

static uint32_t is_draining;
static uint64_t drain_seq; /* the drainer's */
static uint32_t dropped;   /* records that an NMI could not add */
static bool is_panicking;

/* Changed only by log_sink_add, which is the drainer then. */
static struct list_node sinks = LIST_INIT(sinks);

static enum log_level max_level = LOG_LEVEL_INFO;

static int set_level(const char *value)
{
	static const char *const names[] = {"panic", "err", "warn", "info", "debug"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			max_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

BOOT_PARAM(loglevel, "loglevel", set_level,
	   "least important records that are kept: panic, err, warn, info (default) or debug");

static bool lock_ring(irqflags_t *flags) TRY_ACQUIRES(true, &ring_lock) NO_THREAD_SAFETY_ANALYSIS
{
	if (is_panicking) {
		*flags = arch_irq_save();
		return true;
	}
	if (this_cpu_read(preempt_count) < PREEMPT_NMI) {
		*flags = spin_lock_irqsave(&ring_lock);
		return true;
	}
	*flags = arch_irq_save();
	if (spin_trylock_irqs_off(&ring_lock))
		return true;
	arch_irq_restore(*flags);
	return false;
}

static void unlock_ring(irqflags_t flags) RELEASES(&ring_lock)
NO_THREAD_SAFETY_ANALYSIS
{
	if (is_panicking) {
		arch_irq_restore(flags);
		return;
	}
	spin_unlock_irqrestore(&ring_lock, flags);
}

static void copy_in_locked(uint64_t pos, const void *src, size_t len) REQUIRES(&ring_lock)
{
	size_t at = pos % RING_SIZE;
	size_t first = MIN(len, RING_SIZE - at);

	memcpy(&ring[at], src, first);
	memcpy(ring, (const uint8_t *)src + first, len - first);
}

static void copy_out_locked(uint64_t pos, void *dst, size_t len) REQUIRES(&ring_lock)
{
	size_t at = pos % RING_SIZE;
	size_t first = MIN(len, RING_SIZE - at);

	memcpy(dst, &ring[at], first);
	memcpy((uint8_t *)dst + first, ring, len - first);
}

static void append_locked(enum log_level level, ktime_t now, const char *text, uint16_t len)
	REQUIRES(&ring_lock)
{
	struct header header = {
		.seq = next_seq++,
		.time = now,
		.size = (uint32_t)ALIGN_UP(sizeof(header) + len, 8),
		.text_len = len,
		.level = (uint8_t)level,
		.cpu = (uint8_t)cpu_current(),
	};

	while (head + header.size - tail > RING_SIZE) {
		struct header oldest;

		copy_out_locked(tail, &oldest, sizeof(oldest));
		tail += oldest.size;
	}
	copy_in_locked(head, &header, sizeof(header));
	copy_in_locked(head + sizeof(header), text, len);
	head += header.size;
}

/* Finds the first record of at least seq; -EAGAIN when there is none. */
static int find_locked(uint64_t seq, uint64_t *pos_out, struct header *header) REQUIRES(&ring_lock)
{
	uint64_t pos = tail;

	if (seq >= next_seq)
		return -EAGAIN;
	if (hint_seq <= seq && hint_pos >= tail)
		pos = hint_pos;
	while (pos < head) {
		copy_out_locked(pos, header, sizeof(*header));
		if (header->seq >= seq) {
			*pos_out = pos;
			return 0;
		}
		pos += header->size;
	}
	return -EAGAIN;
}

int log_read(uint64_t seq, struct log_record *out)
{
	struct header header;
	irqflags_t flags;
	uint64_t pos;
	int err;

	if (!lock_ring(&flags))
		return -EAGAIN;
	err = find_locked(seq, &pos, &header);
	if (!err) {
		out->seq = header.seq;
		out->time = header.time;
		out->cpu = header.cpu;
		out->level = (enum log_level)header.level;
		out->len = header.text_len;
		copy_out_locked(pos + sizeof(header), out->text, header.text_len);
		hint_pos = pos + header.size;
		hint_seq = header.seq + 1;
	}
	unlock_ring(flags);
	return err;
}

static size_t format_line(const struct log_record *record, char *line)
{
	uint64_t usec = (uint64_t)record->time / NSEC_PER_USEC;
	size_t len = fmt_snprintf(line, LINE_MAX, "[%5lu.%06lu] %.*s\n", usec / 1000000,
				  usec % 1000000, (int)record->len, record->text);

	return MIN(len, LINE_MAX - 1);
}

static void write_to_sinks(const struct log_record *record)
{
	char line[LINE_MAX];
	size_t len = format_line(record, line);

	list_for_each (node, &sinks) {
		struct log_sink *sink = list_entry(node, struct log_sink, node);

		if (record->level <= sink->max_level)
			sink->write(sink, line, len);
	}
}

/* Big buffers live here, not on the stack of whoever logs; the drainer's. */
static struct log_record drain_record;

static void drain_once(void)
{
	while (log_read(drain_seq, &drain_record) == 0) {
		write_to_sinks(&drain_record);
		drain_seq = drain_record.seq + 1;
	}
}

static bool has_undrained(void)
{
	irqflags_t flags;
	bool result;

	if (!lock_ring(&flags))
		return false;
	result = drain_seq < next_seq;
	unlock_ring(flags);
	return result;
}

/* Interrupts are off while draining: a sink is never entered twice on one CPU. */
static void drain(void)
{
	do {
		irqflags_t flags = arch_irq_save();

		if (__atomic_exchange_n(&is_draining, 1, __ATOMIC_ACQUIRE) && !is_panicking) {
			arch_irq_restore(flags);
			return;
		}
		drain_once();
		/* Pairs with the acquire above; orders against the look that follows. */
		__atomic_store_n(&is_draining, 0, __ATOMIC_SEQ_CST);
		arch_irq_restore(flags);
	} while (has_undrained());
}

void log_print(enum log_level level, const char *fmt, ...)
{
	char text[LOG_RECORD_MAX];
	irqflags_t flags;
	va_list args;
	size_t len;

	if (level > max_level)
		return;
	va_start(args, fmt);
	len = fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = MIN(len, sizeof(text) - 1);

	if (!lock_ring(&flags)) {
		__atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
		return;
	}
	append_locked(level, time_now(), text, (uint16_t)len);
	unlock_ring(flags);
	/* An NMI may have interrupted the drainer inside a sink. */
	if (this_cpu_read(preempt_count) < PREEMPT_NMI || is_panicking)
		drain();
}

/* Becomes the drainer, waiting for the present one. */
void log_sink_add(struct log_sink *sink)
{
	irqflags_t flags = arch_irq_save();

	while (__atomic_exchange_n(&is_draining, 1, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
	list_push_back(&sinks, &sink->node);
	for (uint64_t seq = 0; seq < drain_seq && log_read(seq, &drain_record) == 0;
	     seq = drain_record.seq + 1) {
		char line[LINE_MAX];
		size_t len = format_line(&drain_record, line);

		if (drain_record.level <= sink->max_level)
			sink->write(sink, line, len);
	}
	__atomic_store_n(&is_draining, 0, __ATOMIC_RELEASE);
	arch_irq_restore(flags);
	if (has_undrained())
		drain();
}

void log_enter_panic(void)
{
	is_panicking = true;
}

bool log_is_panicking(void)
{
	return is_panicking;
}

void log_flush(void)
{
	drain();
	list_for_each (node, &sinks) {
		struct log_sink *sink = list_entry(node, struct log_sink, node);

		if (sink->flush)
			sink->flush(sink);
	}
}
