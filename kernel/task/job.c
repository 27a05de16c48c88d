/*
 * Jobs: the tree, its limits and its counts.
 *
 * A job lives as long as anybody refers to it: a capability, a process in it (each
 * has a reference to its job), a job below it (each has one to its parent). So a
 * job that is linked in the tree, seen under the lock, may be on its way out:
 * whoever walks takes a reference with refcount_get_unless_zero().
 *
 * Processes and threads are counted in the job and in all above under the one
 * lock, so a limit is never exceeded, not even for a moment, and never refuses
 * what would have fitted.
 */
#include "kernel/task/job.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/group.h"
#include "kernel/task/job_impl.h"

struct spinlock job_tree_lock = SPINLOCK_INIT(LOCK_JOB);

static struct job *root AFTER_BOOT_CONST;
static uint64_t last_id GUARDED_BY(&job_tree_lock);
static uint32_t total GUARDED_BY(&job_tree_lock);

static void job_destroy(struct kobject *obj);

static const struct kobject_type job_type = {
	KOBJECT_TYPE(JOB, struct job),
	.destroy = job_destroy,
};

static struct mem_account *parent_account(struct job *parent)
{
	return parent ? parent->account : NULL;
}

/* One job whose last reference is gone; returns the parent, with its reference. */
static struct job *free_job(struct job *job)
{
	struct job *parent = job->parent;

	spin_lock(&job_tree_lock);
	ASSERT(parent && job->process_count == 0 && job->thread_count == 0);
	list_remove(&job->sibling);
	parent->job_count--;
	total--;
	spin_unlock(&job_tree_lock);
	sched_group_put(job->group);
	mem_account_put(job->account);
	kmem_free_charged(parent->account, job, sizeof(*job));
	return parent;
}

/* Upwards in a loop: a user chooses how deep the tree is. */
static void job_destroy(struct kobject *obj)
{
	struct job *job = container_of(obj, struct job, obj);

	do {
		job = free_job(job);
	} while (refcount_put(&job->obj.refs));
}

/* All of a zeroed job but its place in the tree. */
static int init_job(struct job *job, struct job *parent)
{
	struct sched_group *above = parent ? parent->group : NULL;
	int err;

	err = mem_account_create(parent_account(parent), &job->account);
	if (err)
		return err;
	if (above)
		err = sched_group_create(above, &job->group);
	else
		job->group = sched_group_root();
	if (err) {
		mem_account_put(job->account);
		return err;
	}
	kobject_init(&job->obj, &job_type);
	job->parent = parent;
	job->depth = parent ? parent->depth + 1 : 0;

	spin_lock(&job_tree_lock);
	list_init(&job->children);
	list_init(&job->sibling);
	list_init(&job->members);
	job->process_max = JOB_UNLIMITED;
	job->thread_max = JOB_UNLIMITED;
	waitq_init(&job->empty_wait);
	waitq_init(&job->event_wait);
	job->id = ++last_id;
	spin_unlock(&job_tree_lock);
	return 0;
}

static void undo_init(struct job *job)
{
	sched_group_put(job->group);
	mem_account_put(job->account);
}

static bool refuses_members_locked(const struct job *job) REQUIRES(&job_tree_lock);

static bool refuses_members_locked(const struct job *job)
{
	for (; job; job = job->parent) {
		if (job->is_killed || job->is_closed)
			return true;
	}
	return false;
}

static int link_job(struct job *job, struct job *parent)
{
	int err = 0;

	spin_lock(&job_tree_lock);
	if (refuses_members_locked(parent)) {
		err = -ECANCELED;
	} else {
		job_get(parent);
		list_push_back(&parent->children, &job->sibling);
		parent->job_count++;
		total++;
	}
	spin_unlock(&job_tree_lock);
	return err;
}

int job_create(struct job *parent, struct job **out)
{
	struct job *job;
	int err;

	if (parent->depth == JOB_MAX_DEPTH)
		return -EAGAIN;
	job = kmem_zalloc_charged(parent->account, sizeof(*job));
	if (!job)
		return -ENOMEM;
	err = init_job(job, parent);
	if (err)
		goto out_free;
	err = link_job(job, parent);
	if (err)
		goto out_undo_init;
	*out = job;
	return 0;

out_undo_init:
	undo_init(job);
out_free:
	kmem_free_charged(parent->account, job, sizeof(*job));
	return err;
}

int job_init(void)
{
	struct job *job = kmem_zalloc(sizeof(*job));
	int err;

	if (!job)
		return -ENOMEM;
	err = init_job(job, NULL);
	if (err) {
		kmem_free(job, sizeof(*job));
		return err;
	}
	spin_lock(&job_tree_lock);
	total++;
	spin_unlock(&job_tree_lock);
	root = job;
	return 0;
}

struct job *job_root(void)
{
	return root;
}

void job_get(struct job *job)
{
	kobject_get(&job->obj);
}

void job_put(struct job *job)
{
	kobject_put(&job->obj);
}

struct kobject *job_kobject(struct job *job)
{
	return &job->obj;
}

struct job *job_from_kobject(struct kobject *kobj)
{
	return kobj->type == &job_type ? container_of(kobj, struct job, obj) : NULL;
}

uint64_t job_id(const struct job *job)
{
	return job->id;
}

struct job *job_parent(const struct job *job)
{
	return job->parent;
}

bool job_is_within(const struct job *job, const struct job *ancestor)
{
	while (job && job != ancestor)
		job = job->parent;
	return job != NULL;
}

struct mem_account *job_account(struct job *job)
{
	return job->account;
}

struct sched_group *job_sched_group(struct job *job)
{
	return job->group;
}

struct job *job_of_account(struct job *job, const struct mem_account *account)
{
	while (job && job->account != account)
		job = job->parent;
	return job;
}

uint32_t job_count(void)
{
	uint32_t count;

	spin_lock(&job_tree_lock);
	count = total;
	spin_unlock(&job_tree_lock);
	return count;
}

/* --- Members --- */

int job_enter(struct job *job, struct process *process)
{
	struct job *at = job;
	int err = 0;

	spin_lock(&job_tree_lock);
	if (refuses_members_locked(job)) {
		err = -ECANCELED;
		goto out_unlock;
	}
	do {
		if (at->process_count >= at->process_max) {
			job_note_event_locked(at, JOB_EVENT_PROCESS_MAX);
			err = -EAGAIN;
			goto out_unlock;
		}
		at = at->parent;
	} while (at);
	for (at = job; at; at = at->parent)
		at->process_count++;
	list_push_back(&job->members, &process->member.node);
out_unlock:
	spin_unlock(&job_tree_lock);
	return err;
}

void job_leave(struct process *process)
{
	spin_lock(&job_tree_lock);
	list_remove(&process->member.node);
	for (struct job *at = process->job; at; at = at->parent) {
		ASSERT(at->process_count > 0);
		if (at->oom == JOB_OOM_WAITING && at->oom_victim == process->id)
			at->oom = JOB_OOM_NONE;
		if (--at->process_count > 0)
			continue;
		at->is_killed = false;
		waitq_wake_all(&at->empty_wait);
	}
	spin_unlock(&job_tree_lock);
}

int job_enter_thread(struct job *job)
{
	int err = 0;

	spin_lock(&job_tree_lock);
	for (struct job *at = job; at; at = at->parent) {
		if (at->thread_count >= at->thread_max) {
			job_note_event_locked(at, JOB_EVENT_PROCESS_MAX);
			err = -EAGAIN;
			goto out_unlock;
		}
	}
	for (struct job *at = job; at; at = at->parent)
		at->thread_count++;
out_unlock:
	spin_unlock(&job_tree_lock);
	return err;
}

void job_leave_thread(struct job *job)
{
	spin_lock(&job_tree_lock);
	for (; job; job = job->parent) {
		ASSERT(job->thread_count > 0);
		job->thread_count--;
	}
	spin_unlock(&job_tree_lock);
}

bool job_is_frozen(struct job *job)
{
	bool is_frozen = false;

	spin_lock(&job_tree_lock);
	for (; job; job = job->parent)
		is_frozen |= job->is_frozen;
	spin_unlock(&job_tree_lock);
	return is_frozen;
}

void job_add_parked(struct job *job, int delta)
{
	spin_lock(&job_tree_lock);
	for (; job; job = job->parent)
		job->parked_count += (uint32_t)delta;
	spin_unlock(&job_tree_lock);
}
