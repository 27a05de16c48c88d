/*
 * Events.
 *
 *	value == 0		takers sleep
 *	value + n > EVENT_MAX	adders of n sleep
 *
 * A change of the value and the wake-ups it calls for are one critical section:
 * a thread that saw the old value is in its queue before the change, so no
 * wake-up is lost. Takers and adders have queues of their own, for they can wait
 * at the same time: takers of nothing are woken by any add, adders of much by
 * any take.
 *
 * An add can serve one taker of all but several takers of one, and a take can
 * make room for several adders, so everybody is woken and looks again. Pollers
 * watch one queue, told of changes in either direction.
 *
 * Lock order: ev->lock -> run queue.
 */
#include "kernel/ipc/event.h"

#include "kernel/cap/kobject.h"
#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/waitq.h"

struct event {
	struct kobject obj;
	struct mem_account *account; /* const */
	struct spinlock lock;
	uint64_t value GUARDED_BY(&lock);
	struct waitq takers GUARDED_BY(&lock);
	struct waitq adders GUARDED_BY(&lock);
	struct waitq pollers GUARDED_BY(&lock);
};

static void event_destroy(struct kobject *obj)
{
	struct event *ev = container_of(obj, struct event, obj);

	kmem_free_charged(ev->account, ev, sizeof(*ev));
}

static const struct kobject_type event_type = {
	KOBJECT_TYPE(EVENT, struct event),
	.destroy = event_destroy,
};

int event_create(struct mem_account *account, uint64_t value, struct event **out)
{
	struct event *ev;

	if (value > EVENT_MAX)
		return -EINVAL;
	ev = kmem_zalloc_charged(account, sizeof(*ev));
	if (!ev)
		return -ENOMEM;
	kobject_init(&ev->obj, &event_type);
	ev->account = account;
	spin_lock_init(&ev->lock, LOCK_OBJECT);
	ev->value = value;
	waitq_init(&ev->takers);
	waitq_init(&ev->adders);
	waitq_init(&ev->pollers);
	*out = ev;
	return 0;
}

void event_get(struct event *ev)
{
	kobject_get(&ev->obj);
}

void event_put(struct event *ev)
{
	kobject_put(&ev->obj);
}

struct kobject *event_kobject(struct event *ev)
{
	return &ev->obj;
}

struct event *event_from_kobject(struct kobject *obj)
{
	return obj->type == &event_type ? container_of(obj, struct event, obj) : NULL;
}

int event_add(struct event *ev, uint64_t n, ktime_t deadline)
{
	int err = 0;

	if (n > EVENT_MAX)
		return -EINVAL;
	spin_lock(&ev->lock);
	while (n > EVENT_MAX - ev->value) {
		err = waitq_sleep(&ev->adders, &ev->lock, deadline);
		if (err)
			goto out_unlock;
	}
	if (n > 0) {
		ev->value += n;
		waitq_wake_all(&ev->takers);
		waitq_wake_all(&ev->pollers);
	}
out_unlock:
	spin_unlock(&ev->lock);
	return err;
}

static uint64_t take_locked(struct event *ev, enum event_take how) REQUIRES(&ev->lock);

static uint64_t take_locked(struct event *ev, enum event_take how)
{
	uint64_t n = how == EVENT_TAKE_ONE ? 1 : ev->value;

	ASSERT(ev->value >= n);
	ev->value -= n;
	waitq_wake_all(&ev->adders);
	waitq_wake_all(&ev->pollers);
	return n;
}

int event_take(struct event *ev, enum event_take how, ktime_t deadline, uint64_t *out)
{
	int err = 0;

	spin_lock(&ev->lock);
	while (ev->value == 0) {
		err = waitq_sleep(&ev->takers, &ev->lock, deadline);
		if (err)
			goto out_unlock;
	}
	*out = take_locked(ev, how);
out_unlock:
	spin_unlock(&ev->lock);
	return err;
}

uint64_t event_value(struct event *ev)
{
	uint64_t value;

	spin_lock(&ev->lock);
	value = ev->value;
	spin_unlock(&ev->lock);
	return value;
}

static uint32_t ready_locked(const struct event *ev) REQUIRES(&ev->lock);

static uint32_t ready_locked(const struct event *ev)
{
	uint32_t ready = 0;

	if (ev->value > 0)
		ready |= EVENT_CAN_TAKE;
	if (ev->value < EVENT_MAX)
		ready |= EVENT_CAN_ADD;
	return ready;
}

uint32_t event_watch(struct event *ev, struct waiter *waiter)
{
	uint32_t ready;

	spin_lock(&ev->lock);
	if (waiter)
		waitq_add(&ev->pollers, waiter);
	ready = ready_locked(ev);
	spin_unlock(&ev->lock);
	return ready;
}

void event_unwatch(struct event *ev, struct waiter *waiter)
{
	spin_lock(&ev->lock);
	waitq_remove(&ev->pollers, waiter);
	spin_unlock(&ev->lock);
}
