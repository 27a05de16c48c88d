/*
 * The end of a process.
 *
 *	process_kill()		state EXITING, all threads told to end
 *	   each thread		at its way out: uthread_exit(), uthread_leave()
 *	   the last one		process_teardown(), in its own context
 *	   state DEAD		nothing left, waiters woken, the job has it no more
 *	last reference		the struct is freed
 *
 * Nobody tears down what somebody else may still use: a thread that is told to end
 * does so itself, holding no lock. What takes long (closing capabilities, freeing
 * memory) is done in steps that can be preempted, by that last thread, on the
 * process's own time.
 */
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/assert.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/personality.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/vmspace.h"

void process_kill(struct process *process, struct process_status status)
{
	spin_lock(&process->lock);
	if (process->state == PROCESS_RUNNING) {
		process->state = PROCESS_EXITING;
		process->status = status;
	}
	/* An exec that waits for the others. */
	waitq_wake_all(&process->thread_wait);
	spin_unlock(&process->lock);
	process_interrupt_threads(process, NULL);
}

void process_exit_current(struct process_status status)
{
	process_kill(process_current(), status);
	uthread_exit();
}

static bool was_contained(struct process *process)
{
	struct process_status status = {.end = PROCESS_EXITED};

	(void)process_get_state(process, &status);
	return status.end == PROCESS_CONTAINED;
}

/* Lets go of the parts, which then end unless others share them. */
static void drop_parts(struct process *process)
{
	struct authority *authority;
	struct vmspace *space;
	struct cspace *caps;

	spin_lock(&process->lock);
	caps = process->caps;
	authority = process->authority;
	space = process->space;
	process->caps = NULL;
	process->authority = NULL;
	process->space = NULL;
	spin_unlock(&process->lock);

	cspace_put(caps);
	authority_put(authority);
	vmspace_put(space);
}

void process_teardown(struct process *process)
{
	if (process->personality->process_exit)
		process->personality->process_exit(process);
	if (was_contained(process))
		contain_revoke_held(process);
	drop_parts(process);

	spin_lock(&process->lock);
	ASSERT(process->thread_count == 0 && process->state != PROCESS_DEAD);
	process->state = PROCESS_DEAD;
	waitq_wake_all(&process->exit_wait);
	job_leave(process);
	spin_unlock(&process->lock);
	if (process->personality->process_dead)
		process->personality->process_dead(process);
}
