/*
 * Exec: another program in the same process.
 *
 * The thread that execs tells all others to end and waits until it is alone; from
 * then on nobody else is in the process and its parts can be swapped. Two threads
 * that exec at once: the first one wins, and the other is told to end like all.
 */
#include "kernel/arch/user.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/vmspace.h"

/* Claims the process for this thread's exec. */
static int claim(struct process *process, struct uthread *self)
{
	int err = 0;

	spin_lock(&process->lock);
	if (process->state != PROCESS_RUNNING)
		err = -EINTR;
	else if (process->exec_thread)
		err = -EAGAIN;
	else
		process->exec_thread = self;
	spin_unlock(&process->lock);
	return err;
}

/* Deaf to signals, for the others are on their way out; a kill ends the wait. */
static int wait_alone(struct process *process)
{
	int err = 0;

	spin_lock(&process->lock);
	while (process->thread_count > 1 && process->state == PROCESS_RUNNING) {
		err = waitq_sleep_uninterruptible(&process->thread_wait, &process->lock,
						  KTIME_FOREVER);
		ASSERT(err == 0);
	}
	if (process->state != PROCESS_RUNNING) {
		process->exec_thread = NULL;
		err = -EINTR;
	}
	spin_unlock(&process->lock);
	return err;
}

int process_begin_exec(void)
{
	struct uthread *self = uthread_current();
	struct process *process = self->process;
	int err;

	err = claim(process, self);
	if (err)
		return err;
	process_interrupt_threads(process, self);
	return wait_alone(process);
}

void process_commit_exec(struct vmspace *space, const struct personality_ops *personality,
			 const char *name)
{
	struct uthread *self = uthread_current();
	struct process *process = self->process;
	struct vmspace *old;

	vmspace_set_thread(self->thread, space);
	arch_user_reset(&self->thread->arch);
	spin_lock(&process->lock);
	ASSERT(process->exec_thread == self);
	old = process->space;
	process->space = space;
	process->personality = personality;
	process->exec_thread = NULL;
	(void)strlcpy(process->name, name, sizeof(process->name));
	spin_unlock(&process->lock);
	vmspace_put(old);
}

void process_abort_exec(void)
{
	struct uthread *self = uthread_current();

	spin_lock(&self->process->lock);
	ASSERT(self->process->exec_thread == self);
	self->process->exec_thread = NULL;
	spin_unlock(&self->process->lock);
}

void process_replace_caps(struct cspace *caps)
{
	struct process *process = process_current();
	struct cspace *old;

	cspace_add_user(caps);
	spin_lock(&process->lock);
	ASSERT(process->thread_count == 1);
	old = process->caps;
	process->caps = caps;
	spin_unlock(&process->lock);
	cspace_remove_user(old);
	cspace_put(old);
}
