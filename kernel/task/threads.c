/*
 * All threads of a process: walks in steps, and what is asked of every one.
 *
 * A program chooses how many threads it has, so no walk holds the lock from end to
 * end: after some threads it lets go and keeps its place with a cursor in the list.
 */
#include "kernel/core/assert.h"
#include "kernel/sched/waitq.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/process_impl.h"

/* Threads told, or woken, in one step: a few thousand instructions. */
#define STEP 16u

/* Calls fn for up to STEP threads behind the cursor; true: there may be more. */
static bool walk_step_locked(struct process *process, struct uthread_link *cursor,
			     bool (*fn)(struct uthread *ut, void *ctx), void *ctx)
	REQUIRES(&process->lock);

static bool walk_step_locked(struct process *process, struct uthread_link *cursor,
			     bool (*fn)(struct uthread *ut, void *ctx), void *ctx)
{
	for (uint32_t i = 0; i < STEP; i++) {
		struct list_node *node = cursor->node.next;
		struct uthread *ut;

		if (node == &process->threads)
			return false;
		ut = container_of(node, struct uthread_link, node)->ut;
		list_remove(&cursor->node);
		list_insert_between(&cursor->node, node, node->next);
		if (ut && !fn(ut, ctx))
			return false;
	}
	return true;
}

void uthread_for_each(struct process *process, bool (*fn)(struct uthread *ut, void *ctx), void *ctx)
{
	struct uthread_link cursor = {.ut = NULL};

	spin_lock(&process->lock);
	list_push_front(&process->threads, &cursor.node);
	while (walk_step_locked(process, &cursor, fn, ctx)) {
		spin_unlock(&process->lock);
		spin_lock(&process->lock);
	}
	list_remove(&cursor.node);
	spin_unlock(&process->lock);
}

static bool add_work(struct uthread *ut, void *ctx)
{
	const uint32_t *bits = ctx;

	uthread_add_work(ut, *bits);
	return true;
}

void process_add_work(struct process *process, uint32_t bits)
{
	uthread_for_each(process, add_work, &bits);
}

static bool interrupt_unless(struct uthread *ut, void *ctx)
{
	if (ut != ctx)
		uthread_interrupt(ut, THREAD_INTERRUPT_KILL);
	return true;
}

void process_interrupt_threads(struct process *process, struct uthread *except)
{
	uthread_for_each(process, interrupt_unless, except);
	/* Those that stand still are deaf to interruption. */
	process_wake_parked(process);
}

void process_wake_parked(struct process *process)
{
	uint32_t woken;

	do {
		spin_lock(&process->lock);
		woken = waitq_wake_n(&process->park_wait, STEP);
		spin_unlock(&process->lock);
	} while (woken == STEP);
}

void uthread_park(struct uthread *ut)
{
	struct process *process = ut->process;
	bool is_parked = false;
	int err;

	spin_lock(&process->lock);
	while (job_is_frozen(process->job) &&
	       !(thread_pending_interrupts(ut->thread) & THREAD_INTERRUPT_KILL)) {
		if (!is_parked)
			job_add_parked(process->job, 1);
		is_parked = true;
		err = waitq_sleep_uninterruptible(&process->park_wait, &process->lock,
						  KTIME_FOREVER);
		ASSERT(err == 0);
	}
	spin_unlock(&process->lock);
	if (is_parked)
		job_add_parked(process->job, -1);
}

static bool is_asleep(struct uthread *ut, void *ctx)
{
	bool *is_settled = ctx;
	uint8_t state = READ_ONCE(ut->thread->state);

	*is_settled = state == THREAD_SLEEPING || state == THREAD_SLEEPING_INTERRUPTIBLE;
	return *is_settled;
}

bool process_is_settled(struct process *process)
{
	bool is_settled = true;

	uthread_for_each(process, is_asleep, &is_settled);
	return is_settled;
}
