/*
 * What the processor reports, led to the process it concerns: system calls,
 * exceptions, page faults, and the last look before user mode.
 *
 * The way of a system call to its personality is a handful of instructions, and so
 * is the look whether there is anything to do: three words, all of this thread.
 */
#include "kernel/arch/user.h"
#include "kernel/cap/cap.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/trap.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/group.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/personality.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/fault.h"

static void no_native_syscall(struct uthread *ut UNUSED, struct trap_frame *frame)
{
	arch_syscall_set_result(frame, -ENOSYS);
}

void (*native_syscall)(struct uthread *ut, struct trap_frame *frame) = no_native_syscall;

static void task_syscall(struct trap_frame *frame)
{
	struct uthread *ut = uthread_current();
	const struct personality_ops *ops = ut->process->personality;

	if (arch_syscall_number(frame) >= NATIVE_CALL_FIRST)
		native_syscall(ut, frame);
	else if (LIKELY(ops->syscall))
		ops->syscall(ut, frame);
	else
		no_native_syscall(ut, frame);
}

static bool task_user_fault(struct trap_frame *frame, const struct trap_info *info)
{
	struct process_status status = {.end = PROCESS_FAULTED, .code = (int32_t)info->cause};
	struct uthread *ut = uthread_current();

	if (!ut)
		return false;
	if (info->cause == TRAP_CAUSE_PAGE_FAULT && info->err == -ENOMEM)
		status.end = PROCESS_OUT_OF_MEMORY;
	else if (ut->process->personality->user_fault) {
		ut->process->personality->user_fault(ut, frame, info);
		return true;
	}
	process_exit_current(status);
}

/*
 * 0 also when the thread is to end: from user mode it goes no further than
 * return_to_user, and the access is not repeated.
 */
static int wait_and_retry(struct trap_frame *frame, vaddr_t addr, uint32_t access)
{
	struct process *process = process_current();
	bool is_user = (access & FAULT_USER) != 0;
	int err = -ENOMEM;

	/* In the kernel locks may be held that the process to end needs for that. */
	for (uint32_t round = 0; err == -ENOMEM && (is_user || round < 8); round++) {
		err = oom_make_room(process->job, round);
		if (err == -EINTR)
			return is_user ? 0 : -ENOMEM;
		if (err)
			return err;
		err = vm_page_fault(frame, addr, access);
	}
	return err;
}

static int task_page_fault(struct trap_frame *frame, vaddr_t addr, uint32_t access)
{
	struct uthread *ut = uthread_current();
	int err = vm_page_fault(frame, addr, access);

	if (UNLIKELY(err == -ENOMEM) && ut)
		err = wait_and_retry(frame, addr, access);
	if (LIKELY(err == 0) && (access & FAULT_USER) && ut)
		oom_throttle(ut->process->job);
	return err;
}

static bool task_has_user_work(void)
{
	struct thread *thread = thread_current();
	const struct uthread *ut = thread->owner;

	return UNLIKELY(thread_pending_interrupts(thread) | atomic32_load(&ut->work) |
			READ_ONCE(thread->is_over_budget));
}

/* Lets the personality look; without one nobody wants the bits. */
static bool call_personality(struct uthread *ut, struct trap_frame *frame)
{
	const struct personality_ops *ops = ut->process->personality;

	if (ops->return_to_user)
		return ops->return_to_user(ut, frame);
	thread_clear_interrupt(ut->thread, THREAD_INTERRUPT_SIGNAL);
	(void)atomic32_fetch_and(&ut->work, ~(uint32_t)UTHREAD_WORK_PERSONALITY);
	return false;
}

static bool task_return_to_user(struct trap_frame *frame)
{
	struct uthread *ut = uthread_current();
	uint32_t reasons = thread_pending_interrupts(ut->thread);

	if (reasons & THREAD_INTERRUPT_KILL)
		uthread_exit();
	if (reasons & THREAD_INTERRUPT_REVOKE)
		cap_thread_check_idle();
	/* Cleared before the look: a freeze that comes now sets it again. */
	if (atomic32_fetch_and(&ut->work, ~(uint32_t)UTHREAD_WORK_FREEZE) & UTHREAD_WORK_FREEZE) {
		uthread_park(ut);
		return false;
	}
	if ((reasons & THREAD_INTERRUPT_SIGNAL) ||
	    (atomic32_load(&ut->work) & UTHREAD_WORK_PERSONALITY))
		return call_personality(ut, frame);
	/* Interrupted it comes back, by way of what interrupted it. */
	if (READ_ONCE(ut->thread->is_over_budget) && sched_group_wait_budget())
		return false;
	return false;
}

void task_init(void)
{
	if (job_init())
		panic("task: no memory for the root job");
	trap_hooks.page_fault = task_page_fault;
	trap_hooks.user_fault = task_user_fault;
	trap_hooks.syscall = task_syscall;
	trap_hooks.has_user_work = task_has_user_work;
	trap_hooks.return_to_user = task_return_to_user;
	trap_hooks.can_contain = contain_is_possible;
	trap_hooks.contain = contain_current;
}
