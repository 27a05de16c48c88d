/*
 * Containment: a bug of the kernel's that costs a job, and not the machine.
 *
 * A failed assertion or a fault in kernel code says that something is not as it
 * should be. Where can what is wrong be? Shared state is only changed under a
 * lock, and whoever holds none has left every invariant in place; what remains are
 * the thread's own variables and what it read. So the thread can be given up, with
 * all it stands for, when
 *
 *	- it runs for a process (not an interrupt, a worker, the idle thread),
 *	- it holds no spinlock and has preemption and interrupts on,
 *	- it holds no sleeping lock,
 *	- it is not in the middle of something that others wait for and that cannot
 *	  be taken back (thread_contain_disable(): a revocation, the end of a process),
 *	- there is something left afterwards: the job is not the root job.
 *
 * Otherwise the kernel panics, which is the honest end.
 *
 * What the lost call held by reference stays held: some memory is gone for good.
 * It stays charged to the job, so this cannot be done without end.
 */
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/process_impl.h"

bool contain_is_possible(void)
{
	struct thread *thread = thread_current();
	const struct uthread *ut;

	/* Whether interrupts were on has been asked: an exception's handler runs without. */
	if (this_cpu_read(preempt_count) != 0 || !thread->owner)
		return false;
	ut = thread->owner;
	return ut->phase == UTHREAD_LIVE && thread->held.depth == 0 &&
	       thread->contain_off_count == 0 && job_parent(ut->process->job);
}

void contain_current(void)
{
	struct process_status status = {.end = PROCESS_CONTAINED};
	struct uthread *ut = uthread_current();
	struct process *process = ut->process;

	/* A second bug, in what follows, is one too many. */
	ut->phase = UTHREAD_EXITING;
	cap_thread_drop_uses();
	log_print(LOG_LEVEL_PANIC, "  job %lu ends, the bug was met for its process %lu (%s)",
		  job_id(process->job), process->id, process->name);
	job_note_event(process->job, JOB_EVENT_CONTAINED);
	job_close(process->job, status);
	uthread_exit();
}

static void revoke(struct cap *cap)
{
	if (cap->flags & CAP_OWNS_GRANT)
		grant_revoke(cap->grant, REVOKE_SELF);
	cap_drop(cap);
}

void contain_revoke_held(struct process *process)
{
	struct cap cap;

	for (uint32_t slot = 0; cspace_find(process->caps, &slot, &cap) == 0; slot++)
		revoke(&cap);
	for (uint32_t slot = 0; slot < AUTHORITY_COUNT; slot++) {
		if (authority_peek(process->authority, slot, &cap) == 0)
			revoke(&cap);
	}
}
