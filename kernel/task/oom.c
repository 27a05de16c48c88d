/*
 * Out of memory.
 *
 * A charge that fails in a system call is -ENOMEM to the program, which may cope.
 * A page fault has nobody to tell, so somebody has to give way:
 *
 *	1. reclaim: whoever keeps memory that can be had again (caches) gives some back
 *	2. the budget that is used up is found: the nearest account on the way up
 *	   that has no room; without one it is the machine itself
 *	3. the process that holds most memory among those that live on that budget is
 *	   ended: nobody outside is touched
 *	4. the thread waits until that one is gone, and tries again
 *
 * One process at a time is ended for a budget. Whoever comes meanwhile waits with
 * the others; jobs with budgets of their own do not wait for each other. Waiting
 * has an end, in case the process that is to go cannot: it may wait for a lock that
 * the waiting thread holds, when the fault is in a system call.
 */
#include "kernel/task/oom.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/vmspace.h"

#define WAIT_NS (200 * NSEC_PER_MSEC)
#define POLL_NS (5 * NSEC_PER_MSEC)
/* Rounds of waiting for a victim, or for others that end, until another is looked for. */
#define PATIENCE 40u
#define PATIENCE_DYING 20u
/* How long a fault above the soft limit takes, at twice the limit and more. */
#define THROTTLE_MAX_NS (20 * NSEC_PER_MSEC)
#define THROTTLE_STEPS 16u

uint64_t (*oom_reclaim)(struct mem_account *account, uint64_t pages);

static uint64_t reclaim(struct mem_account *account)
{
	return oom_reclaim ? oom_reclaim(account, OOM_RECLAIM_PAGES) : 0;
}

/* Whose budget is used up; NULL when there is room by now, in round 0. */
static struct job *find_scope(struct job *job, uint32_t round)
{
	struct mem_account *limiting = mem_account_limiting(job_account(job), PAGE_SIZE);

	if (limiting)
		return job_of_account(job, limiting);
	return round > 0 ? job_root() : NULL;
}

struct choice {
	struct process *process; /* with a reference */
	struct vmspace *space;	 /* with a reference; it may be shared by others */
	uint64_t pages;
	bool has_dying; /* some process is on its way out already */
};

static bool consider(struct process *process, void *ctx)
{
	struct choice *best = ctx;
	struct vmspace_stats stats;
	struct vmspace *space;
	uint64_t pages;

	space = process_get_space(process);
	if (!space)
		return true;
	if (process_get_state(process, NULL) != PROCESS_RUNNING) {
		best->has_dying = true;
		vmspace_put(space);
		return true;
	}
	vmspace_get_stats(space, &stats);
	pages = stats.anon_pages + stats.object_pages + stats.table_pages;
	if (best->process && pages <= best->pages) {
		vmspace_put(space);
		return true;
	}
	if (best->process) {
		process_put(best->process);
		vmspace_put(best->space);
	}
	process_get(process);
	best->process = process;
	best->space = space;
	best->pages = pages;
	return true;
}

/* Who shares the memory must go too, or nothing becomes free. */
static bool kill_sharer(struct process *process, void *ctx)
{
	struct process_status status = {.end = PROCESS_OUT_OF_MEMORY};
	const struct choice *best = ctx;
	struct vmspace *space = process_get_space(process);

	if (space == best->space)
		process_kill(process, status);
	if (space)
		vmspace_put(space);
	return true;
}

/* The right to choose for a scope; false: somebody else has it, or waits for one to go. */
static bool begin_choice(struct job *scope, uint32_t round)
{
	bool may_choose;

	spin_lock(&job_tree_lock);
	may_choose = scope->oom == JOB_OOM_NONE ||
		     (scope->oom == JOB_OOM_WAITING && round % PATIENCE == PATIENCE - 1);
	if (may_choose)
		scope->oom = JOB_OOM_CHOOSING;
	spin_unlock(&job_tree_lock);
	return may_choose;
}

/* Ends the choice: nobody, or somebody who is to be waited for. */
static void end_choice(struct job *scope, const struct process *victim)
{
	spin_lock(&job_tree_lock);
	scope->oom = victim ? JOB_OOM_WAITING : JOB_OOM_NONE;
	scope->oom_victim = victim ? victim->id : 0;
	if (victim) {
		job_note_event_locked(scope, JOB_EVENT_OOM);
		job_note_event_locked(victim->job, JOB_EVENT_OOM_KILL);
	}
	spin_unlock(&job_tree_lock);
}

static void forget_victim(struct job *scope, const struct process *victim)
{
	spin_lock(&job_tree_lock);
	if (scope->oom == JOB_OOM_WAITING && scope->oom_victim == victim->id)
		scope->oom = JOB_OOM_NONE;
	spin_unlock(&job_tree_lock);
}

static int end_and_wait(struct job *scope, struct choice *best)
{
	struct process_status status;
	int err;

	job_for_each_process(scope, kill_sharer, best);
	err = process_wait(best->process, time_after(WAIT_NS), &status);
	/* It may have left the job before it was noted as victim. */
	if (!err)
		forget_victim(scope, best->process);
	return err == -EINTR ? err : 0;
}

static int choose_and_wait(struct job *scope, uint32_t round)
{
	struct choice best = {.process = NULL};
	int err = 0;

	job_for_each_process(scope, consider, &best);
	if (best.has_dying && round < PATIENCE_DYING) {
		end_choice(scope, NULL);
		err = thread_sleep_until(time_after(POLL_NS));
	} else {
		end_choice(scope, best.process);
		err = best.process ? end_and_wait(scope, &best) : -ENOMEM;
	}
	if (best.process) {
		vmspace_put(best.space);
		process_put(best.process);
	}
	return err;
}

int oom_make_room(struct job *job, uint32_t round)
{
	struct job *scope;
	int err;

	if (thread_pending_interrupts(thread_current()) & THREAD_INTERRUPT_KILL)
		return -EINTR;
	job_note_event(job, JOB_EVENT_MEMORY);
	scope = find_scope(job, round);
	if (!scope || reclaim(job_account(scope)) > 0)
		return 0;
	if (begin_choice(scope, round))
		err = choose_and_wait(scope, round);
	else
		err = thread_sleep_until(time_after(POLL_NS));
	if (err == -EINTR && !(thread_pending_interrupts(thread_current()) & THREAD_INTERRUPT_KILL))
		err = 0; /* a signal: not now */
	return err;
}

void oom_throttle(struct job *job)
{
	struct mem_account *account = mem_account_above_high(job_account(job));
	uint64_t used;
	uint64_t high;
	uint64_t steps;

	if (LIKELY(!account) || reclaim(account) > 0)
		return;
	used = mem_account_used(account);
	high = READ_ONCE(account->high);
	if (used <= high)
		return;
	steps = high / THROTTLE_STEPS ? (used - high) / (high / THROTTLE_STEPS) : THROTTLE_STEPS;
	steps = MIN(steps + 1, THROTTLE_STEPS);
	(void)thread_sleep_until(
		time_after((ktime_t)steps * (THROTTLE_MAX_NS / (ktime_t)THROTTLE_STEPS)));
}
