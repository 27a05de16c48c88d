/*
 * Timers: a red-black tree for each CPU, and one hardware timer below it.
 *
 * Programming the hardware is expensive, so it is done only when a timer
 * becomes the earliest, and once at the end of an interrupt. Cancelling the
 * earliest leaves the hardware as it is: the interrupt comes for nothing, finds
 * out, and programs the next.
 *
 * A timer is in the queue of the CPU that started it; `cpu` names the queue
 * whose lock guards it. Functions run without the lock, with `running` naming
 * the timer. After the function nothing of the timer is touched any more, for
 * the function may have freed it.
 *
 *	timer_cancel() waits while running == timer. A timer that is started
 *	elsewhere while its function still runs here stays in this queue, so
 *	that one look at one queue is enough:
 *
 *	CPU 0 (its function runs)	CPU 1 (its owner)
 *	wake owner
 *					timer_start: into queue 0, for it
 *					runs there
 *	the loop goes on, or the
 *	hardware is programmed for it
 *
 * Lock order: the queue's lock is innermost but for log and arch locks; two are
 * never held at once.
 */
#include "kernel/core/timer.h"

#include "kernel/arch/clock.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"

/* In timer->cpu: in no queue since timer_init(). */
#define TIMER_NO_CPU UINT32_MAX

enum timer_state {
	TIMER_IDLE,
	TIMER_PENDING,
};

struct timer_queue {
	struct spinlock lock;
	struct rb_root tree GUARDED_BY(&lock);	 /* by expiry */
	struct timer *running GUARDED_BY(&lock); /* whose function is being called */
	bool is_in_interrupt GUARDED_BY(&lock);	 /* which programs the hardware at its end */
	ktime_t programmed GUARDED_BY(&lock);	 /* when the hardware will interrupt */
};

static DEFINE_PER_CPU(struct timer_queue, timer_queues);

static bool timer_less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct timer, node)->expires < rb_entry(b, struct timer, node)->expires;
}

void timer_init_cpu(void)
{
	struct timer_queue *queue = this_cpu_ptr(timer_queues);

	spin_lock_init(&queue->lock, LOCK_TIMER);
	rb_init(&queue->tree, NULL);
	queue->running = NULL;
	queue->is_in_interrupt = false;
	queue->programmed = KTIME_FOREVER;
}

void timer_init(struct timer *timer, timer_fn *fn)
{
	rb_node_init(&timer->node);
	timer->fn = fn;
	timer->expires = 0;
	timer->cpu = TIMER_NO_CPU;
	timer->state = TIMER_IDLE;
}

static void remove_locked(struct timer_queue *queue, struct timer *timer) REQUIRES(&queue->lock);

static void remove_locked(struct timer_queue *queue, struct timer *timer)
{
	rb_erase(&queue->tree, &timer->node);
	timer->state = TIMER_IDLE;
}

static void insert_locked(struct timer_queue *queue, struct timer *timer, ktime_t expires)
	REQUIRES(&queue->lock);

static void insert_locked(struct timer_queue *queue, struct timer *timer, ktime_t expires)
{
	timer->expires = expires;
	timer->state = TIMER_PENDING;
	rb_insert(&queue->tree, &timer->node, timer_less);
}

/* Of this CPU's queue. */
static void program_locked(struct timer_queue *queue) REQUIRES(&queue->lock);

static void program_locked(struct timer_queue *queue)
{
	struct rb_node *first = rb_first(&queue->tree);
	ktime_t expires = first ? rb_entry(first, struct timer, node)->expires : KTIME_FOREVER;

	if (queue->is_in_interrupt || expires >= queue->programmed)
		return;
	queue->programmed = expires;
	arch_timer_set(expires);
}

/*
 * Takes the timer out of the queue it was in before, if that is another than
 * this CPU's. True when it must stay there because its function runs.
 */
static bool leave_other_queue(struct timer *timer, cpu_id_t cpu, ktime_t expires)
{
	struct timer_queue *queue = cpu_ptr(timer_queues, cpu);
	bool stays;

	spin_lock_irqs_off(&queue->lock);
	if (timer->state == TIMER_PENDING)
		remove_locked(queue, timer);
	stays = queue->running == timer;
	if (stays)
		insert_locked(queue, timer, expires);
	spin_unlock_irqs_off(&queue->lock);
	return stays;
}

void timer_start(struct timer *timer, ktime_t expires)
{
	irqflags_t flags = arch_irq_save();
	cpu_id_t cpu = cpu_current();
	cpu_id_t old_cpu = READ_ONCE(timer->cpu);
	struct timer_queue *queue = this_cpu_ptr(timer_queues);

	if (old_cpu != cpu && old_cpu != TIMER_NO_CPU && leave_other_queue(timer, old_cpu, expires))
		goto out;

	spin_lock_irqs_off(&queue->lock);
	if (timer->state == TIMER_PENDING)
		remove_locked(queue, timer);
	WRITE_ONCE(timer->cpu, cpu);
	insert_locked(queue, timer, expires);
	program_locked(queue);
	spin_unlock_irqs_off(&queue->lock);
out:
	arch_irq_restore(flags);
}

enum cancel_result {
	CANCEL_RETRY, /* its function runs, or it moved */
	CANCEL_WAS_IDLE,
	CANCEL_WAS_PENDING,
};

static enum cancel_result cancel_once(struct timer *timer, cpu_id_t cpu)
{
	struct timer_queue *queue = cpu_ptr(timer_queues, cpu);
	enum cancel_result result = CANCEL_WAS_IDLE;
	irqflags_t flags;

	flags = spin_lock_irqsave(&queue->lock);
	if (timer->cpu != cpu) {
		result = CANCEL_RETRY;
	} else if (queue->running == timer) {
		ASSERT(cpu != cpu_current());
		result = CANCEL_RETRY;
	} else if (timer->state == TIMER_PENDING) {
		remove_locked(queue, timer);
		result = CANCEL_WAS_PENDING;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return result;
}

bool timer_cancel(struct timer *timer)
{
	enum cancel_result result;
	cpu_id_t cpu;

	for (;;) {
		cpu = READ_ONCE(timer->cpu);
		if (cpu == TIMER_NO_CPU)
			return false;
		result = cancel_once(timer, cpu);
		if (result != CANCEL_RETRY)
			return result == CANCEL_WAS_PENDING;
		arch_cpu_relax();
	}
}

void timer_interrupt(void)
{
	struct timer_queue *queue = this_cpu_ptr(timer_queues);
	ktime_t now = time_now();
	struct rb_node *first;

	spin_lock_irqs_off(&queue->lock);
	queue->programmed = KTIME_FOREVER;
	queue->is_in_interrupt = true;
	while ((first = rb_first(&queue->tree)) != NULL) {
		struct timer *timer = rb_entry(first, struct timer, node);

		if (timer->expires > now)
			break;
		remove_locked(queue, timer);
		queue->running = timer;
		spin_unlock_irqs_off(&queue->lock);
		timer->fn(timer);
		spin_lock_irqs_off(&queue->lock);
		queue->running = NULL;
	}
	queue->is_in_interrupt = false;
	program_locked(queue);
	spin_unlock_irqs_off(&queue->lock);
}

uint32_t timer_pending_count(cpu_id_t cpu, ktime_t *next_out)
{
	struct timer_queue *queue = cpu_ptr(timer_queues, cpu);
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	struct rb_node *first = rb_first(&queue->tree);
	uint32_t count = 0;

	*next_out = first ? rb_entry(first, struct timer, node)->expires : KTIME_FOREVER;
	for (struct rb_node *node = first; node; node = rb_next(node))
		count++;
	spin_unlock_irqrestore(&queue->lock, flags);
	return count;
}
