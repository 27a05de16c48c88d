/* Out of memory: the way for caches to give memory back before a process has to go. */
#ifndef KERNEL_TASK_OOM_H
#define KERNEL_TASK_OOM_H

#include "kernel/lib/types.h"

struct mem_account;

/* How much is asked for at once. */
#define OOM_RECLAIM_PAGES 64u

/*
 * Frees up to so many pages charged to the account or below; returns how many.
 * Thread context; locks may be held by the caller, so it takes none that a page
 * fault may come under. Set once at boot; NULL: nothing can be reclaimed.
 */
extern uint64_t (*oom_reclaim)(struct mem_account *account, uint64_t pages);

#endif
