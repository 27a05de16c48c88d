#include "compat/linux/syscall/dispatch.h"

#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/syscall/trace.h"
#include "kernel/arch/user.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"

#define LOG_PREFIX "linux/syscall: "
#include "kernel/core/log.h"

typedef int64_t linux_call_fn(struct lthread *lt, const struct trap_frame *frame);

#include "compat/linux/syscall/syscall_table.h"

static struct atomic32 missing[LINUX_NR_COUNT + 1];

void call_thread_init(struct call_thread *ct, int32_t tid)
{
	ct->number = LINUX_NR_COUNT;
	ct->tid = tid;
	restart_block_init(&ct->restart);
}

void call_process_init(struct call_process *cp, const struct call_process *parent)
{
	for (size_t i = 0; i < ARRAY_SIZE(cp->reported); i++)
		atomic64_store(&cp->reported[i], 0);
	cp->is_traced = parent && parent->is_traced;
}

static COLD int64_t call_missing(struct call_process *cp, uint64_t number)
{
	uint32_t index = number < LINUX_NR_COUNT ? (uint32_t)number : LINUX_NR_COUNT;
	uint64_t bit = BIT(index % 64);

	atomic32_inc(&missing[index]);
	if (!(atomic64_fetch_or(&cp->reported[index / 64], bit) & bit))
		log_debug("%s (%llu) is missing", linux_syscall_name(index),
			  (unsigned long long)number);
	return -ENOSYS;
}

void linux_syscall(struct lthread *lt, struct call_thread *ct, struct call_process *cp,
		   struct trap_frame *frame)
{
	uint64_t number = arch_syscall_number(frame);
	bool is_traced = READ_ONCE(cp->is_traced);
	int64_t result;

	ct->number = number < LINUX_NR_COUNT ? (uint32_t)number : LINUX_NR_COUNT;
	if (UNLIKELY(is_traced))
		linux_trace_enter(ct->tid, number, frame);
	if (LIKELY(number < LINUX_NR_COUNT) && LIKELY(calls[number] != NULL))
		result = calls[number](lt, frame);
	else
		result = call_missing(cp, number);
	if (UNLIKELY(is_traced))
		linux_trace_leave(ct->tid, number, result);
	/* Whatever interrupted the call: the way to user mode is by the signals. */
	if (UNLIKELY(restart_is_pending(result)))
		thread_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
	arch_syscall_set_result(frame, result);
}

uint32_t linux_syscall_missing_count(uint32_t number)
{
	return number <= LINUX_NR_COUNT ? atomic32_load(&missing[number]) : 0;
}
