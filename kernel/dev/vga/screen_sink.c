#include "kernel/dev/vga/screen_sink.h"

#include "kernel/arch/cpu.h"

/*
 * After a panic the CPU that held the lock may be stopped, so it is not taken.
 * The screen's own numbers stay in range whatever it was doing: the worst is a
 * line painted wrong.
 */
static irqflags_t sink_lock(struct screen_sink *ss) ACQUIRES(&ss->lock)
NO_THREAD_SAFETY_ANALYSIS;
static void sink_unlock(struct screen_sink *ss, irqflags_t flags) RELEASES(&ss->lock)
NO_THREAD_SAFETY_ANALYSIS;

static irqflags_t sink_lock(struct screen_sink *ss)
{
	if (log_is_panicking())
		return arch_irq_save();
	return spin_lock_irqsave(&ss->lock);
}

static void sink_unlock(struct screen_sink *ss, irqflags_t flags)
{
	if (log_is_panicking())
		arch_irq_restore(flags);
	else
		spin_unlock_irqrestore(&ss->lock, flags);
}

static void sink_write(struct log_sink *sink, const char *text, size_t len)
{
	struct screen_sink *ss = container_of(sink, struct screen_sink, sink);
	irqflags_t flags = sink_lock(ss);

	screen_write(&ss->screen, text, len);
	sink_unlock(ss, flags);
}

void screen_sink_init(struct screen_sink *ss, const struct text_screen_ops *ops, uint32_t cols,
		      uint32_t rows, screen_cell_t *buffer)
{
	spin_lock_init(&ss->lock, LOCK_SCREEN);
	screen_init(&ss->screen, ops, cols, rows, buffer);
	ss->sink.write = sink_write;
	ss->sink.max_level = LOG_LEVEL_INFO;
}
