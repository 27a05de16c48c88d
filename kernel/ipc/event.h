/*
 * Event: a 64-bit counter that threads add to, take from and wait on. What is
 * behind Linux's eventfd(2) and behind notifications between native programs.
 */
#ifndef KERNEL_IPC_EVENT_H
#define KERNEL_IPC_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct event;
struct kobject;
struct mem_account;
struct waiter;

/* The counter is at most that. */
#define EVENT_MAX (UINT64_MAX - 1)

enum event_take {
	EVENT_TAKE_ALL, /* gives the counter and resets it */
	EVENT_TAKE_ONE, /* gives 1 and decrements the counter */
};

/*
 * An event that counts value already; account pays for it, NULL: nobody. On
 * success the caller owns the one reference to *out. 0, -ENOMEM, or -EINVAL above
 * EVENT_MAX.
 */
MUST_CHECK int event_create(struct mem_account *account, uint64_t value, struct event **out);
void event_get(struct event *ev);
void event_put(struct event *ev);

struct kobject *event_kobject(struct event *ev);
/* NULL when it is an object of another type. */
struct event *event_from_kobject(struct kobject *obj);

/*
 * Adds n; sleeps while that would bring the counter above EVENT_MAX. 0, -EINVAL
 * for an n that never fits, or what waitq_sleep() gave: -EINTR, -ETIMEDOUT,
 * -EAGAIN.
 */
MUST_CHECK int event_add(struct event *ev, uint64_t n, ktime_t deadline);

/* Sleeps while the counter is 0. 0, or what waitq_sleep() gave. */
MUST_CHECK int event_take(struct event *ev, enum event_take how, ktime_t deadline, uint64_t *out);

/* The counter as it was a moment ago. */
uint64_t event_value(struct event *ev);

enum event_ready {
	EVENT_CAN_TAKE = 1u << 0,
	EVENT_CAN_ADD = 1u << 1, /* at least 1 */
};

/*
 * For pollers: which of the two does not sleep now. With a waiter that is not in a
 * queue, it is called on each later change; event_unwatch() ends that.
 */
uint32_t event_watch(struct event *ev, struct waiter *waiter);
void event_unwatch(struct event *ev, struct waiter *waiter);

#endif
