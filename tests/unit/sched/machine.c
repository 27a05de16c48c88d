/* The processor's part of threads in terms of the host; see machine.h. */
#include "tests/unit/sched/machine.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "kernel/arch/mmu.h"
#include "kernel/arch/smp.h"
#include "kernel/core/preempt.h"
#include "kernel/core/timer.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/page.h"
#include "kernel/sched/sched.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

#define STACK_SIZE (256 * 1024)
#define KSTACK_TOKEN 64

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define FIBER_START(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define FIBER_FINISH(save, bottom, size) __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define FIBER_START(save, bottom, size) ((void)(save))
#define FIBER_FINISH(save, bottom, size) ((void)(save))
#endif

/* What arch_thread.sp points to. */
struct fiber {
	ucontext_t context;
	void *fake_stack; /* the sanitizer's */
	const void *bottom;
	size_t size;
	void *stack; /* ours to free, NULL for the program's own */
	struct arch_thread *at;
};

static struct fiber *coming_from;

static struct fiber *fiber_of(struct arch_thread *at)
{
	struct fiber *fiber = (struct fiber *)at->sp;

	/* The boot thread, when it is first switched away from. */
	if (!fiber) {
		fiber = calloc(1, sizeof(*fiber));
		fiber->at = at;
		at->sp = (vaddr_t)fiber;
	}
	return fiber;
}

static void fiber_main(void)
{
	struct arch_thread *at;

	FIBER_FINISH(NULL, &coming_from->bottom, &coming_from->size);
	at = (struct arch_thread *)thread_current();
	at->entry(at->arg);
	abort();
}

void arch_thread_init(struct arch_thread *at, vaddr_t stack_top, void (*entry)(void *arg),
		      void *arg)
{
	struct fiber *fiber = calloc(1, sizeof(*fiber));

	fiber->stack = malloc(STACK_SIZE);
	fiber->bottom = fiber->stack;
	fiber->size = STACK_SIZE;
	fiber->at = at;
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&fiber->context, fiber_main, 0);
	at->sp = (vaddr_t)fiber;
	at->stack_top = stack_top;
	at->entry = entry;
	at->arg = arg;
}

void arch_thread_fini(struct arch_thread *at)
{
	struct fiber *fiber = (struct fiber *)at->sp;

	free(fiber->stack);
	free(fiber);
}

void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next)
{
	struct fiber *from = fiber_of(prev);
	struct fiber *to = fiber_of(next);

	if (fake_irqs_on || this_cpu_read(preempt_count) != 2)
		fake_panic("switch with interrupts on or preempt count %u",
			   this_cpu_read(preempt_count));
	coming_from = from;
	FIBER_START(&from->fake_stack, to->bottom, to->size);
	swapcontext(&from->context, &to->context);
	FIBER_FINISH(from->fake_stack, &coming_from->bottom, &coming_from->size);
}

/* Fibers bring their own stacks. The top points inside, so that it keeps the block alive. */
int kstack_alloc(vaddr_t *top_out)
{
	char *block = fake_alloc(KSTACK_TOKEN);

	if (!block)
		return -ENOMEM;
	*top_out = (vaddr_t)(block + KSTACK_TOKEN / 2);
	return 0;
}

void kstack_free(vaddr_t top)
{
	fake_free((char *)top - KSTACK_TOKEN / 2, KSTACK_TOKEN);
}

/* For start.c, which has no other CPU to start. */
void arch_tlb_flush_local_all(void)
{
}

int arch_cpu_start(cpu_id_t cpu, vaddr_t stack_top, uintptr_t percpu_offset,
		   void (*entry)(cpu_id_t cpu))
{
	(void)cpu;
	(void)stack_top;
	(void)percpu_offset;
	(void)entry;
	return -ETIMEDOUT;
}

uint32_t page_order_for(uint64_t len)
{
	(void)len;
	return 0;
}

struct page *page_alloc(uint32_t order, uint32_t flags)
{
	(void)order;
	(void)flags;
	return NULL;
}

void page_free(struct page *page, uint32_t order)
{
	(void)page;
	(void)order;
}

bool page_init_deferred_step(void)
{
	return false;
}

static void call_timer_interrupt(void *arg)
{
	(void)arg;
	fake_timer_deadline[0] = KTIME_FOREVER;
	timer_interrupt();
}

void machine_interrupt(void (*fn)(void *arg), void *arg)
{
	irqflags_t flags = arch_irq_save();

	this_cpu_add(preempt_count, PREEMPT_IRQ);
	fn(arg);
	this_cpu_add(preempt_count, -PREEMPT_IRQ);
	if (this_cpu_read(preempt_need_resched) && this_cpu_read(preempt_count) == 0)
		sched_irq_exit();
	arch_irq_restore(flags);
}

void machine_compute(ktime_t ns)
{
	ktime_t step;

	while (ns > 0) {
		step = fake_timer_deadline[0] - fake_now;
		if (step > ns)
			step = ns;
		if (step > 0) {
			fake_now += step;
			ns -= step;
		}
		if (fake_timer_deadline[0] <= fake_now)
			machine_interrupt(call_timer_interrupt, NULL);
	}
}

/* The idle thread halts: the next thing to happen is a timer. */
static void jump_to_timer(void)
{
	if (fake_timer_deadline[0] == KTIME_FOREVER)
		fake_panic("all threads sleep for ever");
	if (fake_timer_deadline[0] > fake_now)
		fake_now = fake_timer_deadline[0];
	machine_interrupt(call_timer_interrupt, NULL);
}

int machine_start(void **state)
{
	int err;

	(void)state;
	fake_cpus_init(1);
	fake_now = NSEC_PER_SEC;
	fake_timer_deadline[0] = KTIME_FOREVER;
	fake_on_wait = jump_to_timer;
	fake_irqs_on = false;
	timer_init_cpu();
	err = sched_init();
	fake_irqs_on = true;
	thread_sleep_ns(NSEC_PER_MSEC); /* the worker settles */
	return err;
}

struct thread *machine_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *thread;

	assert_int_equal(thread_create(name, fn, arg, &thread), 0);
	thread_start(thread);
	return thread;
}

void machine_join(struct thread *thread)
{
	assert_int_equal(thread_join(thread, KTIME_FOREVER), 0);
	thread_put(thread);
}
