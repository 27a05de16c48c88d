/* Framebuffer console: text on a linear framebuffer that the loader set up. */
#ifndef KERNEL_DEV_VGA_FBCON_H
#define KERNEL_DEV_VGA_FBCON_H

#include "kernel/core/boot_info.h"
#include "kernel/core/log.h"
#include "kernel/lib/compiler.h"

/*
 * Maps the framebuffer and makes a text screen on it: 0 and the sink, to be
 * given to console_add_sink(). -ENODEV: there is none or it is a text display.
 * -EINVAL: a layout we cannot draw (16, 24 or 32 bits a pixel are known, and it
 * must hold 8 x 4 characters). -ENOMEM. Sleeps for memory; once.
 */
MUST_CHECK int fbcon_init(const struct boot_framebuffer *fb, struct log_sink **out);

#endif
