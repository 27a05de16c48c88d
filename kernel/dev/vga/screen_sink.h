/* A text screen as a sink of the log and of the console. */
#ifndef KERNEL_DEV_VGA_SCREEN_SINK_H
#define KERNEL_DEV_VGA_SCREEN_SINK_H

#include "kernel/core/log.h"
#include "kernel/core/spinlock.h"
#include "kernel/dev/vga/screen.h"
#include "kernel/lib/compiler.h"

struct screen_sink {
	struct spinlock lock;
	struct text_screen screen GUARDED_BY(&lock);
	struct log_sink sink;
};

/* Arguments as for screen_init(). The storage stays the caller's, for ever. */
void screen_sink_init(struct screen_sink *ss, const struct text_screen_ops *ops, uint32_t cols,
		      uint32_t rows, screen_cell_t *buffer);

#endif
