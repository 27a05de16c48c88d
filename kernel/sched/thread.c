/*
 * Threads: birth, death, waking, and what can be changed about them.
 *
 * States, and who moves a thread between them:
 *
 *	NEW -> RUNNABLE			thread_start()
 *	RUNNABLE -> SLEEPING...		the thread, before switch_block()
 *	SLEEPING... -> RUNNABLE		thread_wake(), under the run queue lock
 *	RUNNABLE -> DEAD		thread_exit()
 *
 * The thread writes "sleeping" without the run queue lock, so a waker must be
 * able to see it. There are three kinds of wakers, and each has its order:
 *
 *	wait queue	the owner's lock is held by the sleeper when it writes, and
 *			by the waker
 *	deadline	the timer is started after the write, under its queue's lock
 *	interruption	write state, fence, read interrupts
 *			against set interrupts, fence, read state: one sees the other
 */
#include "kernel/sched/thread.h"

#include "kernel/arch/thread.h"
#include "kernel/core/assert.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/group.h"
#include "kernel/sched/runq_impl.h"

static struct kmem_cache thread_cache;

static struct spinlock list_lock = SPINLOCK_INIT(LOCK_THREAD_LIST);
static struct list_node all_threads GUARDED_BY(&list_lock) = LIST_INIT(all_threads);
static uint32_t all_count GUARDED_BY(&list_lock);
static uint64_t last_id GUARDED_BY(&list_lock);

static void sleep_timer_fired(struct timer *timer)
{
	(void)thread_wake(container_of(timer, struct thread, sleep_timer));
}

/* All of a zeroed thread that does not depend on what it is for. */
static void init_fields(struct thread *thread, const char *name)
{
	irqflags_t flags;

	(void)fmt_snprintf(thread->name, sizeof(thread->name), "%s", name);
	thread->state = THREAD_NEW;
	thread->cpu = cpu_current();
	thread->policy = THREAD_POLICY_FAIR;
	fair_entity_init(&thread->fair);
	thread->group = sched_group_root();
	rt_entity_init(&thread->rt);
	thread->affinity = cpumask_all();
	timer_init(&thread->sleep_timer, sleep_timer_fired);
	spin_lock_init(&thread->exit_lock, LOCK_OBJECT);
	waitq_init(&thread->joiners);
	refcount_init(&thread->refs);

	flags = spin_lock_irqsave(&list_lock);
	thread->id = ++last_id;
	list_push_back(&all_threads, &thread->all_node);
	all_count++;
	spin_unlock_irqrestore(&list_lock, flags);
}

void thread_init_boot(struct thread *main_thread)
{
	kmem_cache_init(&thread_cache, "thread", sizeof(struct thread), 16);
	init_fields(main_thread, "main");
	main_thread->state = THREAD_RUNNABLE;
	main_thread->on_cpu = 1;
	thread_get(main_thread); /* for good: it is not from the cache */
}

static int alloc_with_stack(const char *name, struct thread **out)
{
	struct thread *thread = kmem_cache_zalloc(&thread_cache);
	int err;

	if (!thread)
		return -ENOMEM;
	err = kstack_alloc(&thread->stack_top);
	if (err) {
		kmem_cache_free(&thread_cache, thread);
		return err;
	}
	init_fields(thread, name);
	*out = thread;
	return 0;
}

/* Where a new thread begins: interrupts off, in the middle of a switch. */
static void thread_enter(void *arg)
{
	struct thread *self = arg;

	switch_finish();
	arch_irq_enable();
	preempt_enable();
	self->fn(self->arg);
	thread_exit();
}

int thread_create(const char *name, void (*fn)(void *arg), void *arg, struct thread **out)
{
	struct thread *thread;
	int err;

	err = alloc_with_stack(name, &thread);
	if (err)
		return err;
	thread->fn = fn;
	thread->arg = arg;
	arch_thread_init(&thread->arch, thread->stack_top, thread_enter, thread);
	*out = thread;
	return 0;
}

int thread_create_idle(cpu_id_t cpu, struct thread **out)
{
	struct thread *thread;
	char name[THREAD_NAME_LEN];
	int err;

	(void)fmt_snprintf(name, sizeof(name), "idle/%u", cpu);
	err = alloc_with_stack(name, &thread);
	if (err)
		return err;
	thread->fn = idle_loop;
	thread->is_idle = true;
	thread->state = THREAD_RUNNABLE;
	thread->cpu = cpu;
	thread->affinity = cpumask_of(cpu);
	arch_thread_init(&thread->arch, thread->stack_top, thread_enter, thread);
	*out = thread;
	return 0;
}

void thread_start(struct thread *thread)
{
	irqflags_t flags;
	struct runq *rq;

	thread_get(thread); /* its own, dropped in switch_finish() */
	rq = runq_lock_of(thread, &flags);
	runq_assume_locked(rq);
	ASSERT(thread->state == THREAD_NEW);
	thread->state = THREAD_RUNNABLE;
	runq_place_and_unlock(rq, thread, flags);
}

int thread_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *thread;
	int err;

	err = thread_create(name, fn, arg, &thread);
	if (err)
		return err;
	thread_start(thread);
	thread_put(thread);
	return 0;
}

void thread_exit(void)
{
	struct thread *self = thread_current();

	ASSERT(self->held.depth == 0 && !self->is_idle);
	/* No preemption between the wake-up and the end: thread_join() spins for it. */
	preempt_disable();
	spin_lock(&self->exit_lock);
	self->has_exited = true;
	waitq_wake_all(&self->joiners);
	spin_unlock(&self->exit_lock);

	arch_irq_disable();
	WRITE_ONCE(self->state, THREAD_DEAD);
	switch_thread(SWITCH_BLOCK);
	panic("thread %s runs after its end", self->name);
}

int thread_join(struct thread *thread, ktime_t deadline)
{
	int err = 0;

	ASSERT(thread != thread_current());
	spin_lock(&thread->exit_lock);
	while (!thread->has_exited) {
		err = waitq_sleep(&thread->joiners, &thread->exit_lock, deadline);
		if (err)
			break;
	}
	spin_unlock(&thread->exit_lock);
	if (err)
		return err;
	/* Pairs with the release in switch_finish(). */
	while (READ_ONCE(thread->state) != THREAD_DEAD || load_acquire(&thread->on_cpu))
		arch_cpu_relax();
	return 0;
}

void thread_get(struct thread *thread)
{
	bool is_alive = refcount_get(&thread->refs);

	ASSERT(is_alive);
}

void thread_put(struct thread *thread)
{
	irqflags_t flags;

	if (!refcount_put(&thread->refs))
		return;
	ASSERT(thread->state == THREAD_DEAD || thread->state == THREAD_NEW);
	flags = spin_lock_irqsave(&list_lock);
	list_remove(&thread->all_node);
	all_count--;
	spin_unlock_irqrestore(&list_lock, flags);
	sched_group_put(thread->group);
	arch_thread_fini(&thread->arch);
	kstack_free(thread->stack_top);
	kmem_cache_free(&thread_cache, thread);
}

static bool wake_if(struct thread *thread, bool is_interruption)
{
	irqflags_t flags;
	struct runq *rq = runq_lock_of(thread, &flags);

	runq_assume_locked(rq);
	if (!thread_is_sleeping(thread) ||
	    (is_interruption && thread->state != THREAD_SLEEPING_INTERRUPTIBLE)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return false;
	}
	WRITE_ONCE(thread->state, THREAD_RUNNABLE);
	if (thread->is_queued) /* it has not left its CPU yet, and will not */
		spin_unlock_irqrestore(&rq->lock, flags);
	else
		runq_place_and_unlock(rq, thread, flags);
	return true;
}

bool thread_wake(struct thread *thread)
{
	return wake_if(thread, false);
}

bool thread_wake_interruptible(struct thread *thread)
{
	return wake_if(thread, true);
}

void thread_interrupt(struct thread *thread, uint32_t reasons)
{
	/* The full barrier pairs with the fence between state and interrupts in waitq.c. */
	(void)atomic32_fetch_or(&thread->interrupts, reasons);
	(void)thread_wake_interruptible(thread);
}

void thread_clear_interrupt(struct thread *thread, uint32_t reasons)
{
	(void)atomic32_fetch_and(&thread->interrupts, ~reasons);
}

void thread_yield(void)
{
	preempt_disable();
	arch_irq_disable();
	switch_thread(SWITCH_YIELD);
	arch_irq_enable();
	preempt_enable();
}

static int sleep_until(ktime_t deadline, enum thread_state state)
{
	struct thread *self = thread_current();
	bool is_interruptible = state == THREAD_SLEEPING_INTERRUPTIBLE;

	lockdep_assert_no_spinlock();
	while (time_now() < deadline) {
		preempt_disable();
		WRITE_ONCE(self->state, (uint8_t)state);
		atomic_fence(); /* as in waitq.c */
		if (is_interruptible && thread_pending_interrupts(self)) {
			WRITE_ONCE(self->state, THREAD_RUNNABLE);
			preempt_enable();
			return -EINTR;
		}
		switch_block(deadline);
	}
	return 0;
}

int thread_sleep_until(ktime_t deadline)
{
	return sleep_until(deadline, THREAD_SLEEPING_INTERRUPTIBLE);
}

void thread_sleep_ns(ktime_t ns)
{
	(void)sleep_until(time_after(ns), THREAD_SLEEPING);
}

void thread_for_each(bool (*fn)(struct thread *thread, void *ctx), void *ctx)
{
	irqflags_t flags = spin_lock_irqsave(&list_lock);

	list_for_each (node, &all_threads) {
		if (!fn(list_entry(node, struct thread, all_node), ctx))
			break;
	}
	spin_unlock_irqrestore(&list_lock, flags);
}

/* prev is in the list as long as it has a reference, so its place is right. */
struct thread *thread_next(struct thread *prev)
{
	irqflags_t flags = spin_lock_irqsave(&list_lock);
	struct list_node *node = prev ? prev->all_node.next : all_threads.next;
	struct thread *next = NULL;

	for (; node != &all_threads; node = node->next) {
		next = list_entry(node, struct thread, all_node);
		if (refcount_get_unless_zero(&next->refs))
			break;
		next = NULL; /* it is about to leave the list */
	}
	spin_unlock_irqrestore(&list_lock, flags);
	if (prev)
		thread_put(prev);
	return next;
}

uint32_t thread_count(void)
{
	irqflags_t flags = spin_lock_irqsave(&list_lock);
	uint32_t count = all_count;

	spin_unlock_irqrestore(&list_lock, flags);
	return count;
}

const char *thread_state_name(const struct thread *thread)
{
	static const char *const names[] = {
		[THREAD_NEW] = "new",		[THREAD_RUNNABLE] = "runnable",
		[THREAD_SLEEPING] = "sleeping", [THREAD_SLEEPING_INTERRUPTIBLE] = "waiting",
		[THREAD_DEAD] = "dead",
	};
	uint8_t state = READ_ONCE(thread->state);

	if (READ_ONCE(thread->on_cpu))
		return "running";
	return state < ARRAY_SIZE(names) ? names[state] : "?";
}
