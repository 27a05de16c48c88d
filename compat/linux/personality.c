/*
 * The table that makes a process a Linux process, and the list of what it is made
 * of. Everything the kernel tells a Linux process comes through here.
 */
#include "compat/linux/personality.h"

#include "compat/linux/dev/tty.h"
#include "compat/linux/file/lock.h"
#include "compat/linux/file/program.h"
#include "compat/linux/futex/lfutex.h"
#include "compat/linux/process/exec.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/syscall/dispatch.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/core/trap.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"

/* In the order of their making; ended in the opposite one. */
const struct lpart_ops *const linux_parts[] = {
	&lsignal_part,
	&lfutex_part,
	&tty_part,
	&lock_part,
};
const uint32_t linux_part_count = ARRAY_SIZE(linux_parts);

const struct linux_hooks linux_hooks = {
	.notify_parent = lsignal_notify_parent,
	.send_process = lsignal_send_kernel,
	.is_stopped = lsignal_is_stopped,
	.user_fault = lsignal_user_fault,
	.return_to_user = lsignal_return_to_user,
	.futex_wake = lfutex_wake_one,
};

const struct exec_opener *const linux_exec_opener = &program_opener;

static void personality_syscall(struct uthread *ut, struct trap_frame *frame)
{
	struct lthread *lt = lthread_of(ut);

	linux_syscall(lt, &lt->call, &lt->process->call, frame);
}

/* The signal that stands for the exception, for as long as nothing else handles it. */
static int32_t fault_signal(const struct trap_info *info)
{
	switch (info->cause) {
	case TRAP_CAUSE_PAGE_FAULT:
		return info->err == -EIO || info->err == -ENXIO ? LINUX_SIGBUS : LINUX_SIGSEGV;
	case TRAP_CAUSE_ILLEGAL_INSTRUCTION:
		return LINUX_SIGILL;
	case TRAP_CAUSE_DIVIDE:
	case TRAP_CAUSE_FLOATING_POINT:
		return LINUX_SIGFPE;
	case TRAP_CAUSE_STACK:
	case TRAP_CAUSE_ALIGNMENT:
	case TRAP_CAUSE_MACHINE_CHECK:
		return LINUX_SIGBUS;
	case TRAP_CAUSE_BREAKPOINT:
	case TRAP_CAUSE_SINGLE_STEP:
		return LINUX_SIGTRAP;
	default:
		return LINUX_SIGSEGV;
	}
}

static void personality_user_fault(struct uthread *ut, struct trap_frame *frame,
				   const struct trap_info *info)
{
	struct lthread *lt = lthread_of(ut);

	if (linux_hooks.user_fault)
		linux_hooks.user_fault(lt, frame, info);
	else
		lprocess_exit_group(lt, fault_signal(info));
}

static bool personality_return_to_user(struct uthread *ut, struct trap_frame *frame)
{
	if (linux_hooks.return_to_user)
		return linux_hooks.return_to_user(lthread_of(ut), frame);
	thread_clear_interrupt(ut->thread, THREAD_INTERRUPT_SIGNAL);
	(void)atomic32_fetch_and(&ut->work, ~(uint32_t)UTHREAD_WORK_PERSONALITY);
	return false;
}

const struct personality_ops linux_personality_ops = {
	.name = "linux",
	.syscall = personality_syscall,
	.user_fault = personality_user_fault,
	.return_to_user = personality_return_to_user,
	.process_init = lprocess_init,
	.process_exit = lprocess_exit,
	.process_dead = lprocess_dead,
	.process_fini = lprocess_fini,
	.thread_init = lthread_init,
	.thread_exit = lthread_exit,
	.thread_fini = lthread_fini,
};
