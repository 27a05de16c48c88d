/* Futexes (futex(7)): what the other parts of the personality need of them. */
#ifndef COMPAT_LINUX_FUTEX_LFUTEX_H
#define COMPAT_LINUX_FUTEX_LFUTEX_H

#include "compat/linux/process/parts.h"
#include "kernel/mm/user.h"

/* For compat/linux/personality.c: robust lists of threads that exit, and exec. */
extern const struct lpart_ops lfutex_part;

/* FUTEX_WAKE of one that waits on a word of the running thread's memory. */
void lfutex_wake_one(struct user_ptr word);

/* Boot, once. */
void lfutex_init(void);

#endif
