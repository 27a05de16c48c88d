/*
 * Work queues: a list and a worker thread for each CPU.
 *
 * A worker is made when the first work is queued on its CPU. That may happen in
 * an interrupt, where no thread can be made, so the work goes to CPU 0, whose
 * worker exists from the start, together with an order to make the missing one.
 *
 * `pending_on` says that a work is in a list and in which, in one word. It is
 * cleared before the function is called, so a work that is queued while it runs
 * runs again:
 *
 *	worker				anyone
 *	take out, clear pending_on
 *					change something, work_queue(): true
 *	function: may or may not see
 *	the change
 *	runs again: sees it
 *
 * Whoever sets pending_on owns the node until it is in the list. A waiter for
 * the end of a work looks at pending_on, else at the CPU it was on last (set
 * before it got into that list, so visible to who sees it gone from there), and
 * under that list's lock at `running`. It sleeps in the worker's `done`, which
 * is woken after every function.
 */
#include "kernel/sched/work.h"

#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/fmt.h"
#include "kernel/sched/runq_impl.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/waitq.h"

struct worker {
	struct spinlock lock;
	struct list_node works GUARDED_BY(&lock);
	struct work *running GUARDED_BY(&lock);
	struct waitq idle GUARDED_BY(&lock); /* the thread, while there is nothing to do */
	struct waitq done GUARDED_BY(&lock); /* those who wait for the end of a work */

	uint8_t has_thread; /* atomic: set last, with release; read with acquire */
	uint8_t is_ordered; /* atomic: the order to make it was given */
	cpu_id_t cpu;	    /* const from the order on */
	struct work order;
};

static DEFINE_PER_CPU(struct worker, workers);

void work_init(struct work *work, work_fn *fn)
{
	list_init(&work->node);
	work->fn = fn;
	work->pending_on = 0;
	work->cpu = 0;
}

static void run_next_locked(struct worker *worker) REQUIRES(&worker->lock);

static void run_next_locked(struct worker *worker)
{
	struct work *work = list_first_entry(&worker->works, struct work, node);
	work_fn *fn = work->fn;

	list_remove(&work->node);
	worker->running = work;
	/* Pairs with the exchange in work_queue(): who finds 0 may use the node. */
	store_release(&work->pending_on, 0);
	spin_unlock_irqs_off(&worker->lock);
	arch_irq_enable();
	fn(work);
	arch_irq_disable();
	spin_lock_irqs_off(&worker->lock);
	/* Nothing of the work is touched any more: it may be gone. */
	worker->running = NULL;
	waitq_wake_all(&worker->done);
}

/* In one of the worker's queues, until woken. */
static void sleep_locked(struct worker *worker, struct waitq *wq) REQUIRES(&worker->lock);

static void sleep_locked(struct worker *worker, struct waitq *wq)
{
	int err = waitq_sleep_uninterruptible_irqs_off(wq, &worker->lock, KTIME_FOREVER);

	ASSERT(err == 0);
}

NORETURN static void worker_loop(void *arg)
{
	struct worker *worker = arg;

	arch_irq_disable();
	spin_lock_irqs_off(&worker->lock);
	for (;;) {
		while (!list_is_empty(&worker->works))
			run_next_locked(worker);
		sleep_locked(worker, &worker->idle);
	}
}

static int make_worker(cpu_id_t cpu)
{
	struct worker *worker = cpu_ptr(workers, cpu);
	struct cpumask mask = cpumask_of(cpu);
	char name[THREAD_NAME_LEN];
	struct thread *thread;
	int err;

	(void)fmt_snprintf(name, sizeof(name), "work/%u", cpu);
	err = thread_create(name, worker_loop, worker, &thread);
	if (err)
		return err;
	err = thread_set_affinity(thread, &mask);
	ASSERT(err == 0);
	spin_lock_init(&worker->lock, LOCK_WORK);
	list_init(&worker->works);
	waitq_init(&worker->idle);
	waitq_init(&worker->done);
	worker->running = NULL;
	thread_start(thread);
	thread_put(thread);
	/* Publishes the list; pairs with the acquire in choose_worker(). */
	store_release(&worker->has_thread, 1);
	return 0;
}

static void make_ordered_worker(struct work *order)
{
	struct worker *worker = container_of(order, struct worker, order);

	if (make_worker(worker->cpu))
		store_release(&worker->is_ordered, 0); /* again with the next work */
}

int work_start(void)
{
	return make_worker(0);
}

static void push_work(struct worker *worker, struct work *work, cpu_id_t cpu)
{
	work->cpu = cpu;
	spin_lock_irqs_off(&worker->lock);
	list_push_back(&worker->works, &work->node);
	waitq_wake_one(&worker->idle);
	spin_unlock_irqs_off(&worker->lock);
}

/* This CPU's worker, or CPU 0's if there is none yet. Interrupts off. */
static struct worker *choose_worker(cpu_id_t *cpu_out)
{
	struct worker *worker = this_cpu_ptr(workers);
	cpu_id_t cpu = cpu_current();

	if (load_acquire(&worker->has_thread)) {
		*cpu_out = cpu;
		return worker;
	}
	*cpu_out = 0;
	if (cpu != 0 && !__atomic_exchange_n(&worker->is_ordered, 1, __ATOMIC_ACQUIRE)) {
		worker->cpu = cpu;
		work_init(&worker->order, make_ordered_worker);
		worker->order.pending_on = 1;
		push_work(cpu_ptr(workers, 0), &worker->order, 0);
	}
	return cpu_ptr(workers, 0);
}

bool work_queue(struct work *work)
{
	irqflags_t flags = arch_irq_save();
	struct worker *worker;
	uint32_t expected = 0;
	bool is_mine = false;
	cpu_id_t cpu;

	if (__atomic_load_n(&work->pending_on, __ATOMIC_RELAXED) == 0) {
		worker = choose_worker(&cpu);
		is_mine = __atomic_compare_exchange_n(&work->pending_on, &expected, cpu + 1, false,
						      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
		if (is_mine)
			push_work(worker, work, cpu);
	}
	arch_irq_restore(flags);
	return is_mine;
}

enum wait_step {
	WAIT_AGAIN, /* it moved meanwhile */
	WAIT_TAKEN, /* it was pending and is not any more */
	WAIT_SLEEP,
	WAIT_DONE,
};

/* What to do about a work whose pending_on was `word` before its list was locked. */
static enum wait_step next_step_locked(struct worker *worker, struct work *work, uint32_t word,
				       bool take) REQUIRES(&worker->lock);

static enum wait_step next_step_locked(struct worker *worker, struct work *work, uint32_t word,
				       bool take)
{
	if (work->pending_on != word)
		return WAIT_AGAIN;
	if (!word)
		return worker->running == work ? WAIT_SLEEP : WAIT_DONE;
	if (!take)
		return WAIT_SLEEP;
	if (!list_is_linked(&work->node))
		return WAIT_AGAIN; /* its queuer is about to put it in */
	list_remove(&work->node);
	store_release(&work->pending_on, 0);
	return WAIT_TAKEN;
}

/* Waits until the work neither runs nor is pending, taking it out of its list on request. */
static bool wait_done(struct work *work, bool take)
{
	enum wait_step step = WAIT_AGAIN;
	bool was_pending = false;
	struct worker *worker;
	irqflags_t flags;
	uint32_t word;

	while (step != WAIT_DONE) {
		/* Pairs with the release in run_next_locked(). */
		word = load_acquire(&work->pending_on);
		worker = cpu_ptr(workers, word ? word - 1 : READ_ONCE(work->cpu));
		flags = spin_lock_irqsave(&worker->lock);
		step = next_step_locked(worker, work, word, take);
		if (step == WAIT_SLEEP)
			sleep_locked(worker, &worker->done);
		was_pending |= step == WAIT_TAKEN;
		spin_unlock_irqrestore(&worker->lock, flags);
	}
	return was_pending;
}

bool work_cancel(struct work *work)
{
	return wait_done(work, true);
}

void work_flush(struct work *work)
{
	(void)wait_done(work, false);
}

static void delayed_work_fired(struct timer *timer)
{
	(void)work_queue(&container_of(timer, struct delayed_work, timer)->work);
}

void delayed_work_init(struct delayed_work *dw, work_fn *fn)
{
	work_init(&dw->work, fn);
	timer_init(&dw->timer, delayed_work_fired);
}

void delayed_work_queue(struct delayed_work *dw, ktime_t when)
{
	timer_start(&dw->timer, when);
}

bool delayed_work_cancel(struct delayed_work *dw)
{
	bool was_armed = timer_cancel(&dw->timer);

	return work_cancel(&dw->work) || was_armed;
}
