/*
 * Cross-calls.
 *
 * Each CPU has one outgoing call, which any number of CPUs may be asked to run,
 * and a bitmap of the CPUs whose call it is asked to run itself:
 *
 *	caller				target
 *	fill own call
 *	set own bit at the target	take all bits, clearing them
 *	send IPI if the word was 0	for each: run that CPU's call
 *	wait for waiting == 0		lower its waiting count
 *
 * So there is no queue to allocate from and no lock. The caller keeps
 * preemption off until the last target is done, so its call is its own for as
 * long, and interrupts on, so that it serves others meanwhile: two CPUs that
 * call each other both get on. A function that runs here is in interrupt
 * context and can start no call of its own.
 *
 * When a word of the bitmap was not zero, whoever set the first bit has sent an
 * interrupt that the target has not yet answered by taking the word, so no
 * second one is needed.
 */
#include "kernel/core/smp_call.h"

#include "kernel/arch/irq.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/bits.h"

#define SENDER_WORDS (MAX_CPUS / 64)

struct outgoing_call {
	smp_call_fn *fn;
	void *arg;
	struct atomic32 waiting; /* targets that have not yet returned from fn */
};

struct incoming_calls {
	struct atomic64 senders[SENDER_WORDS];
};

static DEFINE_PER_CPU(struct outgoing_call, outgoing);
static DEFINE_PER_CPU(struct incoming_calls, incoming);

/* The full barrier of the or publishes the call; partner: the xchg in smp_call_interrupt. */
static void ask(cpu_id_t target, cpu_id_t self)
{
	struct atomic64 *word = &cpu_ptr(incoming, target)->senders[self / 64];

	if (atomic64_fetch_or(word, BIT(self % 64)) == 0)
		arch_ipi_send(target, IPI_CALL);
}

/* Partner of the acquire: the full barrier of the decrement in run_call. */
static void wait_done(const struct outgoing_call *call)
{
	while (atomic32_load_acquire(&call->waiting) != 0)
		arch_cpu_relax();
}

static void assert_may_wait(void)
{
	ASSERT(arch_irqs_are_enabled() && !preempt_in_interrupt());
}

void smp_call_others(smp_call_fn *fn, void *arg)
{
	struct outgoing_call *call;
	uint32_t count;
	cpu_id_t self;

	preempt_disable();
	count = cpu_online_count();
	if (count > 1) {
		assert_may_wait();
		self = cpu_current();
		call = this_cpu_ptr(outgoing);
		call->fn = fn;
		call->arg = arg;
		atomic32_store(&call->waiting, count - 1);
		for (cpu_id_t cpu = 0; cpu < count; cpu++) {
			if (cpu != self)
				ask(cpu, self);
		}
		wait_done(call);
	}
	preempt_enable();
}

/* Whether the CPU is one that a call for the bitmap goes to. */
static bool is_target(const uint64_t *cpus, cpu_id_t cpu, cpu_id_t self)
{
	return cpu != self && (cpus[cpu / 64] & BIT(cpu % 64));
}

void smp_call_mask(const uint64_t *cpus, smp_call_fn *fn, void *arg)
{
	uint32_t targets = 0;
	uint32_t count;
	cpu_id_t self;

	preempt_disable();
	count = cpu_online_count();
	self = cpu_current();
	for (cpu_id_t cpu = 0; cpu < count; cpu++)
		targets += is_target(cpus, cpu, self);
	if (targets > 0) {
		struct outgoing_call *call = this_cpu_ptr(outgoing);

		assert_may_wait();
		call->fn = fn;
		call->arg = arg;
		atomic32_store(&call->waiting, targets);
		for (cpu_id_t cpu = 0; cpu < count; cpu++) {
			if (is_target(cpus, cpu, self))
				ask(cpu, self);
		}
		wait_done(call);
	}
	preempt_enable();
}

void smp_call_cpu(cpu_id_t cpu, smp_call_fn *fn, void *arg)
{
	struct outgoing_call *call;
	irqflags_t flags;
	cpu_id_t self;

	preempt_disable();
	ASSERT(cpu < cpu_online_count());
	self = cpu_current();
	if (cpu == self) {
		/* fn expects what it gets elsewhere: interrupts off. */
		flags = arch_irq_save();
		fn(arg);
		arch_irq_restore(flags);
	} else {
		assert_may_wait();
		call = this_cpu_ptr(outgoing);
		call->fn = fn;
		call->arg = arg;
		atomic32_store(&call->waiting, 1);
		ask(cpu, self);
		wait_done(call);
	}
	preempt_enable();
}

static void run_call(cpu_id_t sender)
{
	struct outgoing_call *call = cpu_ptr(outgoing, sender);

	call->fn(call->arg);
	/* After this the sender may fill the call anew. */
	(void)atomic32_dec_return(&call->waiting);
}

void smp_call_interrupt(void)
{
	struct incoming_calls *calls = this_cpu_ptr(incoming);

	for (uint32_t i = 0; i < SENDER_WORDS; i++) {
		uint64_t senders;

		if (atomic64_load(&calls->senders[i]) == 0)
			continue;
		for (senders = atomic64_xchg(&calls->senders[i], 0); senders;
		     senders &= senders - 1)
			run_call(i * 64 + bits_first(senders));
	}
}
