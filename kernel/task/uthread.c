/*
 * User threads: their making and their end.
 *
 * References: the maker has one, the thread itself one from its start to its exit;
 * a uthread has one on its struct thread and one on its process. It is a member of
 * its process from uthread_create() to uthread_leave(), where it stops being
 * charged for, a moment before its stack is free.
 */
#include "kernel/task/uthread.h"

#include "kernel/arch/thread.h"
#include "kernel/arch/user.h"
#include "kernel/cap/cap.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/group.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/personality.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/vmspace.h"

/* Where a user thread begins, in the kernel. */
static void enter_user(void *arg)
{
	struct uthread *ut = arg;

	ut->phase = UTHREAD_LIVE;
	arch_user_enter(&ut->first_frame);
}

static int charge(struct process *process)
{
	int err = mem_charge_kernel(job_account(process->job), UTHREAD_KERNEL_BYTES);

	if (err)
		return err;
	err = job_enter_thread(process->job);
	if (err)
		mem_uncharge_kernel(job_account(process->job), UTHREAD_KERNEL_BYTES);
	return err;
}

static void uncharge(struct process *process)
{
	job_leave_thread(process->job);
	mem_uncharge_kernel(job_account(process->job), UTHREAD_KERNEL_BYTES);
}

static int make_thread(struct uthread *ut)
{
	struct process *process = ut->process;
	struct vmspace *space;
	int err;

	err = thread_create(process->name, enter_user, ut, &ut->thread);
	if (err)
		return err;
	err = arch_thread_fpu_init(&ut->thread->arch);
	if (err)
		goto out_put_thread;
	space = process_get_space(process);
	if (!space) {
		err = -ESRCH;
		goto out_put_thread;
	}
	vmspace_set_thread(ut->thread, space);
	vmspace_put(space);
	sched_group_attach(job_sched_group(process->job), ut->thread);
	ut->thread->owner = ut;
	return 0;

out_put_thread:
	thread_put(ut->thread);
	return err;
}

static void drop_thread(struct uthread *ut)
{
	vmspace_set_thread(ut->thread, NULL);
	thread_put(ut->thread);
}

/* Makes it a member, unless the process takes none. */
static int join(struct uthread *ut)
{
	struct process *process = ut->process;
	int err = 0;

	spin_lock(&process->lock);
	if (process->state != PROCESS_RUNNING || process->exec_thread) {
		err = -ESRCH;
	} else {
		list_push_back(&process->threads, &ut->link.node);
		process->thread_count++;
	}
	spin_unlock(&process->lock);
	return err;
}

static int init_and_join(struct uthread *ut)
{
	const struct personality_ops *ops = ut->process->personality;
	int err = 0;

	if (ops->thread_init)
		err = ops->thread_init(ut, uthread_current());
	if (err)
		return err;
	err = join(ut);
	if (!err)
		return 0;
	if (ops->thread_exit)
		ops->thread_exit(ut);
	if (ops->thread_fini)
		ops->thread_fini(ut);
	return err;
}

int uthread_create(struct process *process, const struct trap_frame *frame, struct uthread **out)
{
	struct uthread *ut = kmem_zalloc(sizeof(*ut));
	int err;

	if (!ut)
		return -ENOMEM;
	err = charge(process);
	if (err)
		goto out_free;
	refcount_init(&ut->refs);
	ut->process = process;
	ut->first_frame = *frame;
	ut->link.ut = ut;
	/* It looks whether its job is frozen, since nobody will tell a new thread. */
	atomic32_store(&ut->work, UTHREAD_WORK_FREEZE);
	err = make_thread(ut);
	if (err)
		goto out_uncharge;
	process_get(process);
	err = init_and_join(ut);
	if (err)
		goto out_drop_thread;
	*out = ut;
	return 0;

out_drop_thread:
	process_put(process);
	drop_thread(ut);
out_uncharge:
	uncharge(process);
out_free:
	kmem_free(ut, sizeof(*ut));
	return err;
}

void uthread_start(struct uthread *ut)
{
	struct process *process = ut->process;

	spin_lock(&process->lock);
	process->is_started = true;
	spin_unlock(&process->lock);
	cspace_add_user(process->caps);
	uthread_get(ut);
	thread_start(ut->thread);
}

bool uthread_leave(struct uthread *ut)
{
	struct process *process = ut->process;
	bool is_last;

	uncharge(process);
	spin_lock(&process->lock);
	list_remove(&ut->link.node);
	process->thread_count--;
	waitq_wake_all(&process->thread_wait);
	is_last = process->thread_count == 0 && process->is_started;
	if (is_last && process->state == PROCESS_RUNNING) {
		process->state = PROCESS_EXITING;
		process->status = (struct process_status){.end = PROCESS_EXITED};
	}
	spin_unlock(&process->lock);
	return is_last;
}

void uthread_cancel(struct uthread *ut)
{
	struct process *process = ut->process;

	if (process->personality->thread_exit)
		process->personality->thread_exit(ut);
	vmspace_set_thread(ut->thread, NULL);
	if (uthread_leave(ut))
		process_teardown(process);
	uthread_put(ut);
}

void uthread_exit(void)
{
	struct uthread *ut = uthread_current();
	struct process *process = ut->process;
	struct thread *thread = ut->thread;

	ut->phase = UTHREAD_EXITING;
	cap_thread_drop_uses();
	ipc_debt_drop(&ut->debt);
	if (process->personality->thread_exit)
		process->personality->thread_exit(ut);
	cspace_remove_user(process->caps);
	vmspace_set_thread(thread, NULL);
	/* What follows must be able to sleep. */
	thread_clear_interrupt(thread, UINT32_MAX);
	if (uthread_leave(ut))
		process_teardown(process);
	thread->owner = NULL;
	uthread_put(ut);
	thread_exit();
}

void uthread_get(struct uthread *ut)
{
	bool is_alive = refcount_get(&ut->refs);

	ASSERT(is_alive);
}

void uthread_put(struct uthread *ut)
{
	struct process *process = ut->process;

	if (!refcount_put(&ut->refs))
		return;
	if (process->personality->thread_fini)
		process->personality->thread_fini(ut);
	thread_put(ut->thread);
	kmem_free(ut, sizeof(*ut));
	process_put(process);
}

void uthread_kick(struct uthread *ut)
{
	thread_kick(ut->thread);
}

void uthread_add_work(struct uthread *ut, uint32_t bits)
{
	atomic32_or(&ut->work, bits);
	uthread_kick(ut);
}

void uthread_interrupt(struct uthread *ut, uint32_t reasons)
{
	thread_interrupt(ut->thread, reasons);
	uthread_kick(ut);
}
