/* Locks on files: flock(2), and those of fcntl(2). */
#ifndef COMPAT_LINUX_FILE_LOCK_H
#define COMPAT_LINUX_FILE_LOCK_H

#include <stdint.h>

#include "kernel/mm/user.h"

struct file;
struct lpart_ops;
struct lthread;

/* LINUX_F_GETLK, F_SETLK, F_SETLKW and F_OFD_...: what fcntl(2) returns. */
int64_t lock_fcntl(struct lthread *lt, int32_t fd, uint32_t command, struct user_ptr arg);

/* A process closes a descriptor of the file: all its own locks on that go. */
void lock_note_close(struct lthread *lt, struct file *file);

/* A process ends, and so do its locks. */
extern const struct lpart_ops lock_part;

#endif
