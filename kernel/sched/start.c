/*
 * Start-up: from one context without a name to a scheduler on every CPU.
 *
 * The boot CPU's context becomes thread "main". On another CPU the context that
 * the arch enters cpu_enter() with is that CPU's idle thread, made here before
 * it is started, so that even its first lock finds a current thread and a run
 * queue. CPUs are started one after the other, because their ids must stay
 * dense: the first that does not come up ends it.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/smp.h"
#include "kernel/core/assert.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/percpu.h"
#include "kernel/core/time.h"
#define LOG_PREFIX "sched: "
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/sched/runq_impl.h"

/* How long a CPU may take from its start to the idle loop. */
#define ONLINE_TIMEOUT_NS NSEC_PER_SEC

static struct thread main_thread;
static uint32_t cpu_limit = MAX_CPUS;

static int apply_cpus(const char *value)
{
	uint64_t number;
	int err = cmdline_number(value, MAX_CPUS, &number);

	if (err || number == 0)
		return -EINVAL;
	cpu_limit = (uint32_t)number;
	return 0;
}

BOOT_PARAM(cpus, "cpus", apply_cpus, "use at most this many CPUs");

int sched_init(void)
{
	struct runq *rq = runq_this();
	struct thread *idle;
	int err;

	thread_init_boot(&main_thread);
	err = thread_create_idle(0, &idle);
	if (err)
		return err;
	runq_init(rq, 0, idle);
	this_cpu_write(thread_current_ptr, &main_thread);

	spin_lock_irqs_off(&rq->lock);
	runq_enqueue(rq, &main_thread, time_now());
	runq_set_current(rq, &main_thread, time_now());
	spin_unlock_irqs_off(&rq->lock);
	return work_start();
}

/* On the new CPU, interrupts off, on the stack of its idle thread. */
NORETURN static void cpu_enter(cpu_id_t cpu)
{
	timer_init_cpu();
	cpu_set_online(cpu);
	/* Flushes by others that did not yet count this CPU among those to ask. */
	arch_tlb_flush_local_all();
	arch_irq_enable();
	idle_loop(NULL);
}

static bool wait_online(cpu_id_t cpu)
{
	ktime_t deadline = time_after(ONLINE_TIMEOUT_NS);

	while (cpu_online_count() <= cpu) {
		if (time_now() > deadline)
			return false;
		arch_cpu_relax();
	}
	return true;
}

static int start_cpu(cpu_id_t cpu)
{
	uint32_t order = page_order_for(percpu_size());
	struct page *area = page_alloc(order, PAGE_ALLOC_ZERO);
	struct thread *idle;
	int err;

	if (!area)
		return -ENOMEM;
	err = thread_create_idle(cpu, &idle);
	if (err)
		goto out_free_area;

	percpu_attach(cpu, page_vaddr(area));
	idle->on_cpu = 1;
	*cpu_ptr(thread_current_ptr, cpu) = idle;
	runq_init(runq_of(cpu), cpu, idle);

	/* If it failed, the CPU may still come up late: its memory must stay. */
	err = arch_cpu_start(cpu, idle->stack_top, percpu_offsets[cpu], cpu_enter);
	if (!err && !wait_online(cpu))
		err = -ETIMEDOUT;
	return err;

out_free_area:
	page_free(area, order);
	return err;
}

void sched_start_cpus(void)
{
	uint32_t possible = arch_cpu_possible_count();
	uint32_t count = MIN(possible, cpu_limit);
	int err;

	for (cpu_id_t cpu = cpu_online_count(); cpu < count; cpu++) {
		err = start_cpu(cpu);
		if (!err)
			continue;
		log_warn("CPU %u does not start (error %d); going on with %u of %u CPUs", cpu, -err,
			 cpu_online_count(), possible);
		return;
	}
}
