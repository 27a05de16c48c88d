/*
 * Poll: asking what can be done without sleeping, and being told when that changes.
 *
 * An object that can block answers with a set of events, and hands the wait queues that
 * tell of changes to the table it is given, all under its own lock:
 *
 *	spin_lock(&obj->lock);
 *	poll_wait(table, &obj->readers, &obj->lock);
 *	ready = obj->count > 0 ? READY_IN | READY_RDNORM : 0;
 *	spin_unlock(&obj->lock);
 *
 * So no change falls between the answer and the registration. What the table does with
 * a queue is its owner's: poll(2) and select(2) use a poller (below), epoll an entry
 * that lasts.
 */
#ifndef KERNEL_VFS_POLL_H
#define KERNEL_VFS_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"

struct file;

/* The numbers of poll(2) and epoll(7). */
enum poll_event {
	READY_IN = 0x001,
	READY_PRI = 0x002,
	READY_OUT = 0x004,
	READY_ERR = 0x008, /* this and the next are told even if not asked for */
	READY_HUP = 0x010,
	READY_NVAL = 0x020,
	READY_RDNORM = 0x040,
	READY_RDBAND = 0x080,
	READY_WRNORM = 0x100,
	READY_WRBAND = 0x200,
	READY_MSG = 0x400,
	READY_RDHUP = 0x2000,
};

#define READY_ALWAYS ((uint32_t)(READY_IN | READY_RDNORM | READY_OUT | READY_WRNORM))

struct poll_table {
	/*
	 * The object's lock is held, by any of the spin_lock functions: must not sleep.
	 * NULL: nobody wants to be told.
	 */
	void (*add)(struct poll_table *table, struct waitq *wq, struct spinlock *lock);
};

/* For objects; table may be NULL. The lock is held, and guards the queue. */
static inline void poll_wait(struct poll_table *table, struct waitq *wq, struct spinlock *lock)
{
	if (table && table->add)
		table->add(table, wq, lock);
}

/* --- One wait for many, as poll(2) and select(2) do --- */

#define POLLER_INLINE 8u

struct poller;

struct poller_entry {
	struct waiter waiter;
	struct poller *poller;
	struct waitq *wq;
	struct spinlock *lock; /* of wq */
	struct file *file;     /* a reference, so that wq lives */
	struct poller_entry *next;
};

/* On the stack of the thread that waits. */
struct poller {
	struct poll_table table; /* must be first */
	struct spinlock lock;	 /* rank POLL */
	struct waitq sleepers GUARDED_BY(&lock);
	bool is_triggered GUARDED_BY(&lock);
	struct poller_entry *entries; /* the thread's own, as all below */
	uint32_t inline_used;
	bool has_failed; /* no memory for an entry: -ENOMEM from poller_sleep() */
	struct file *asking;
	struct poller_entry space[POLLER_INLINE];
};

void poller_init(struct poller *poller);

/*
 * What of events (and READY_ERR, READY_HUP) the file is ready for now. Until
 * poller_disarm() changes will end poller_sleep(). May sleep if the file's poll does.
 */
uint32_t poller_ask(struct poller *poller, struct file *file, uint32_t events);

/* From now on poller_ask() asks only: something was ready, or all are registered. */
void poller_disarm(struct poller *poller);

/*
 * Until something has changed since the last sleep, or since it was registered: 0; or
 * -EINTR, -ETIMEDOUT (-EAGAIN for KTIME_POLL), -ENOMEM.
 */
MUST_CHECK int poller_sleep(struct poller *poller, ktime_t deadline);

void poller_fini(struct poller *poller);

#endif
