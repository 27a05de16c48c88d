/*
 * Walks over jobs and processes, and what is done to all of them: kill, close,
 * freeze, thaw.
 *
 * A walk holds the lock for one step at a time. Inside a job it keeps its place
 * with a cursor, a member of the list that has no process; other walks step over
 * it. From job to job it goes in pre-order, holding a reference to the job it is
 * at, which keeps that linked in the tree and so its successor findable.
 *
 * Why a kill is complete. It sets is_killed on the job first; then it tells each
 * process. job_enter() looks for is_killed on the way up and links the process in
 * one critical section. So a process that comes meanwhile is either refused or in
 * the list before the walk began, and it is appended where the walk still comes by.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/process_impl.h"
#include "kernel/task/uthread.h"

/* The next process after the cursor, with a reference; the cursor is behind it. */
static struct process *next_member_locked(struct job *job, struct job_member *cursor)
	REQUIRES(&job_tree_lock);

static struct process *next_member_locked(struct job *job, struct job_member *cursor)
{
	struct list_node *node;

	while ((node = cursor->node.next) != &job->members) {
		struct process *process = container_of(node, struct job_member, node)->process;

		list_remove(&cursor->node);
		list_insert_between(&cursor->node, node, node->next);
		if (process && refcount_get_unless_zero(&process->obj.refs))
			return process;
	}
	return NULL;
}

/* All of one job; false when fn ended it. */
static bool walk_members(struct job *job, bool (*fn)(struct process *process, void *ctx), void *ctx)
{
	struct job_member cursor = {.process = NULL};
	struct process *process;
	bool goes_on = true;

	spin_lock(&job_tree_lock);
	list_push_front(&job->members, &cursor.node);
	while (goes_on && (process = next_member_locked(job, &cursor)) != NULL) {
		spin_unlock(&job_tree_lock);
		goes_on = fn(process, ctx);
		process_put(process);
		spin_lock(&job_tree_lock);
	}
	list_remove(&cursor.node);
	spin_unlock(&job_tree_lock);
	return goes_on;
}

/* The first job of a list of siblings, from node on, that is not on its way out. */
static struct job *first_alive_locked(struct list_node *node, struct list_node *head)
	REQUIRES(&job_tree_lock);

static struct job *first_alive_locked(struct list_node *node, struct list_node *head)
{
	for (; node != head; node = node->next) {
		struct job *job = container_of(node, struct job, sibling);

		if (refcount_get_unless_zero(&job->obj.refs))
			return job;
	}
	return NULL;
}

/*
 * The job after this one in pre-order below top, with a reference; NULL at the
 * end. Parents are alive as long as their children are.
 */
static struct job *next_job(struct job *job, struct job *top)
{
	struct job *next;

	spin_lock(&job_tree_lock);
	next = first_alive_locked(job->children.next, &job->children);
	while (!next && job != top) {
		next = first_alive_locked(job->sibling.next, &job->parent->children);
		job = job->parent;
	}
	spin_unlock(&job_tree_lock);
	return next;
}

/* Calls fn for top and every job below it; false when fn ended it. */
static bool walk_jobs(struct job *top, bool (*fn)(struct job *job, void *ctx), void *ctx)
{
	struct job *job = top;
	struct job *next;
	bool goes_on = true;

	job_get(job);
	while (job) {
		goes_on = fn(job, ctx);
		next = goes_on ? next_job(job, top) : NULL;
		job_put(job);
		job = next;
	}
	return goes_on;
}

struct process_walk {
	bool (*fn)(struct process *process, void *ctx);
	void *ctx;
};

static bool walk_job_members(struct job *job, void *ctx)
{
	const struct process_walk *walk = ctx;

	return walk_members(job, walk->fn, walk->ctx);
}

void job_for_each_process(struct job *job, bool (*fn)(struct process *process, void *ctx),
			  void *ctx)
{
	struct process_walk walk = {.fn = fn, .ctx = ctx};

	(void)walk_jobs(job, walk_job_members, &walk);
}

struct job_walk {
	bool (*fn)(struct job *job, void *ctx);
	void *ctx;
	struct job *top;
};

static bool walk_below(struct job *job, void *ctx)
{
	const struct job_walk *walk = ctx;

	return job == walk->top || walk->fn(job, walk->ctx);
}

void job_for_each_job(struct job *job, bool (*fn)(struct job *job, void *ctx), void *ctx)
{
	struct job_walk walk = {.fn = fn, .ctx = ctx, .top = job};

	(void)walk_jobs(job, walk_below, &walk);
}

void process_for_each(bool (*fn)(struct process *process, void *ctx), void *ctx)
{
	job_for_each_process(job_root(), fn, ctx);
}

/* --- Kill --- */

static bool kill_member(struct process *process, void *ctx)
{
	const struct process_status *status = ctx;

	process_kill(process, *status);
	return true;
}

void job_kill(struct job *job, int32_t code)
{
	struct process_status status = {.end = PROCESS_KILLED, .code = code};

	spin_lock(&job_tree_lock);
	job->is_killed = job->process_count > 0;
	spin_unlock(&job_tree_lock);
	job_for_each_process(job, kill_member, &status);
}

void job_close(struct job *job, struct process_status status)
{
	spin_lock(&job_tree_lock);
	job->is_closed = true;
	spin_unlock(&job_tree_lock);
	job_for_each_process(job, kill_member, &status);
}

int job_wait_empty(struct job *job, ktime_t deadline)
{
	int err = 0;

	spin_lock(&job_tree_lock);
	while (job->process_count > 0) {
		err = waitq_sleep(&job->empty_wait, &job_tree_lock, deadline);
		if (err)
			break;
	}
	spin_unlock(&job_tree_lock);
	return err;
}

/* --- Freeze --- */

static bool freeze_member(struct process *process, void *ctx UNUSED)
{
	process_add_work(process, UTHREAD_WORK_FREEZE);
	return true;
}

static bool thaw_member(struct process *process, void *ctx UNUSED)
{
	process_wake_parked(process);
	return true;
}

static void set_frozen(struct job *job, bool is_frozen)
{
	spin_lock(&job_tree_lock);
	job->is_frozen = is_frozen;
	spin_unlock(&job_tree_lock);
}

void job_freeze(struct job *job)
{
	set_frozen(job, true);
	job_for_each_process(job, freeze_member, NULL);
}

void job_thaw(struct job *job)
{
	set_frozen(job, false);
	job_for_each_process(job, thaw_member, NULL);
}

static bool check_settled(struct process *process, void *ctx)
{
	bool *is_settled = ctx;

	*is_settled = process_is_settled(process);
	return *is_settled;
}

bool job_is_settled(struct job *job)
{
	bool is_settled = true;

	job_for_each_process(job, check_settled, &is_settled);
	return is_settled;
}
