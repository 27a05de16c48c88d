/*
 * Console.
 *
 * Input: drivers add bytes from their interrupt handlers, readers sleep until
 * there are some. A full queue drops what comes, so a paste that is too long
 * loses its end and not its beginning.
 *
 * Output: the sinks of the log, each of which has a lock of its own, so text
 * from here and from the log may alternate but not mix within one write.
 */
#include "kernel/dev/console.h"

#include <stdarg.h>

#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/ring.h"
#include "kernel/sched/waitq.h"

#define MAX_SINKS 4u
#define INPUT_SIZE 1024u

struct console_queue {
	struct spinlock lock;
	struct ring ring GUARDED_BY(&lock);
	uint64_t lost GUARDED_BY(&lock);
	struct waitq readers GUARDED_BY(&lock);
	uint8_t buf[INPUT_SIZE]; /* the ring's */
};

static struct console_queue input = {
	.lock = SPINLOCK_INIT(LOCK_CONSOLE_INPUT),
	.ring = {.buf = input.buf, .size = INPUT_SIZE},
	.readers = WAITQ_INIT(input.readers),
};

static struct log_sink *sinks[MAX_SINKS]; /* each const once it counts in sink_count */
static uint32_t sink_count;

void console_add_sink(struct log_sink *sink)
{
	ASSERT(sink_count < MAX_SINKS);
	sinks[sink_count] = sink;
	/* The entry before the count: pairs with the acquire in console_write(). */
	store_release(&sink_count, sink_count + 1);
	log_sink_add(sink);
}

void console_write(const char *text, size_t len)
{
	/* Pairs with the release in console_add_sink(). */
	uint32_t count = load_acquire(&sink_count);

	for (uint32_t i = 0; i < count; i++)
		sinks[i]->write(sinks[i], text, len);
}

void console_print(const char *fmt, ...)
{
	char line[256];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	console_write(line, MIN(len, sizeof(line) - 1));
}

void console_input(const char *bytes, size_t len)
{
	irqflags_t flags = spin_lock_irqsave(&input.lock);

	input.lost += len - ring_write(&input.ring, bytes, len);
	(void)waitq_wake_one(&input.readers);
	spin_unlock_irqrestore(&input.lock, flags);
}

int console_read_char(ktime_t deadline, char *out)
{
	irqflags_t flags = spin_lock_irqsave(&input.lock);
	int err = 0;

	while (ring_fill(&input.ring) == 0) {
		err = waitq_sleep_irqs_off(&input.readers, &input.lock, deadline);
		if (err)
			goto out_unlock;
	}
	(void)ring_read(&input.ring, out, 1);
	/* One wake-up for several bytes: the next reader may have some too. */
	if (ring_fill(&input.ring) > 0)
		(void)waitq_wake_one(&input.readers);
out_unlock:
	spin_unlock_irqrestore(&input.lock, flags);
	return err;
}

uint64_t console_input_lost(void)
{
	irqflags_t flags = spin_lock_irqsave(&input.lock);
	uint64_t lost = input.lost;

	spin_unlock_irqrestore(&input.lock, flags);
	return lost;
}
