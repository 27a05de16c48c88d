/*
 * Terminals of Linux processes: the console, and "/dev/tty", which is whatever terminal
 * the session of the caller has.
 */
#ifndef COMPAT_LINUX_DEV_TTY_H
#define COMPAT_LINUX_DEV_TTY_H

#include <stddef.h>

#include "kernel/lib/compiler.h"

struct file_ops;
struct lpart_ops;

/* Where the console's output goes. Called with a spinlock held. */
typedef void tty_output_fn(const char *bytes, size_t len);

/* Starts the thread that takes what is typed. Boot, once. 0 or -ENOMEM. */
MUST_CHECK int tty_init(tty_output_fn *output);

extern const struct file_ops tty_own_file_ops;
extern const struct file_ops tty_console_file_ops;

/* A session whose leader ends loses its terminal. */
extern const struct lpart_ops tty_part;

#endif
