/* VGA text: the 80 x 25 character display that a PC without UEFI starts in. */
#ifndef KERNEL_DEV_VGA_TEXT_H
#define KERNEL_DEV_VGA_TEXT_H

#include "kernel/core/log.h"
#include "kernel/lib/compiler.h"

/*
 * Finds a colour text display and sets it up: 0 and the sink, to be given to
 * console_add_sink(), -ENODEV, or -ENOMEM. Needs kmap. Once.
 */
MUST_CHECK int vga_text_init(struct log_sink **out);

#endif
