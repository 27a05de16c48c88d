/*
 * Processes: what they are made of, and questions about them. Their end is in
 * exit.c, exec in exec.c.
 *
 * The parts of a process (space, capabilities, authority) are objects of their own
 * with reference counts, which others may share. The process lets go of them when
 * its last thread is gone; the struct stays for those who want to know its status.
 */
#include "kernel/task/process.h"

#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/task/job_impl.h"
#include "kernel/task/personality.h"
#include "kernel/task/process_impl.h"
#include "kernel/vm/vmspace.h"

static struct atomic64 last_id;
static struct atomic32 total;

static void process_destroy(struct kobject *obj);

static const struct kobject_type process_type = {
	KOBJECT_TYPE(PROCESS, struct process),
	.destroy = process_destroy,
};

static void free_process(struct process *process)
{
	struct job *job = process->job;

	kmem_free_charged(job_account(job), process, sizeof(*process));
	atomic32_dec(&total);
	job_put(job);
}

static bool is_dead(struct process *process)
{
	return process_get_state(process, NULL) == PROCESS_DEAD;
}

static void process_destroy(struct kobject *obj)
{
	struct process *process = container_of(obj, struct process, obj);

	/* One that never had a thread ends here. */
	if (!is_dead(process))
		process_teardown(process);
	if (process->personality->process_fini)
		process->personality->process_fini(process);
	free_process(process);
}

static void init_fields(struct process *process, const struct process_config *config)
{
	kobject_init(&process->obj, &process_type);
	process->id = atomic64_inc_return(&last_id);
	process->job = config->job;
	job_get(process->job);
	process->personality = config->personality;
	process->member.process = process;
	list_init(&process->member.node);
	spin_lock_init(&process->lock, LOCK_PROCESS);
	(void)strlcpy(process->name, config->name, sizeof(process->name));
	process->state = PROCESS_RUNNING;
	list_init(&process->threads);
	waitq_init(&process->exit_wait);
	waitq_init(&process->thread_wait);
	waitq_init(&process->park_wait);
}

static int take_caps(struct process *process, struct cspace *caps)
{
	if (!caps)
		return cspace_create(job_account(process->job), CSPACE_MAX, process->id,
				     &process->caps);
	cspace_get(caps);
	process->caps = caps;
	return 0;
}

static int take_authority(struct process *process, struct authority *authority)
{
	if (!authority)
		return authority_create(job_account(process->job), process->id,
					&process->authority);
	authority_get(authority);
	process->authority = authority;
	return 0;
}

static int take_space(struct process *process, struct vmspace *space)
{
	if (!space)
		return vmspace_create(job_account(process->job), &process->space);
	vmspace_get(space);
	process->space = space;
	return 0;
}

static int take_parts(struct process *process, const struct process_config *config)
{
	int err;

	err = take_caps(process, config->caps);
	if (err)
		return err;
	err = take_authority(process, config->authority);
	if (err)
		goto out_put_caps;
	err = take_space(process, config->space);
	if (err)
		goto out_put_authority;
	return 0;

out_put_authority:
	authority_put(process->authority);
out_put_caps:
	cspace_put(process->caps);
	return err;
}

static void drop_parts(struct process *process)
{
	vmspace_put(process->space);
	authority_put(process->authority);
	cspace_put(process->caps);
}

/* The personality's part, and entering the job: from then on others can see it. */
static int publish(struct process *process, struct process *parent)
{
	const struct personality_ops *ops = process->personality;
	int err = 0;

	if (ops->process_init)
		err = ops->process_init(process, parent);
	if (err)
		return err;
	err = job_enter(process->job, process);
	if (!err)
		return 0;
	if (ops->process_exit)
		ops->process_exit(process);
	if (ops->process_fini)
		ops->process_fini(process);
	return err;
}

int process_create(const struct process_config *config, struct process **out)
{
	struct process *process;
	int err;

	process = kmem_zalloc_charged(job_account(config->job), sizeof(*process));
	if (!process)
		return -ENOMEM;
	atomic32_inc(&total);
	init_fields(process, config);
	err = take_parts(process, config);
	if (err)
		goto out_free;
	err = publish(process, config->parent);
	if (err)
		goto out_drop_parts;
	*out = process;
	return 0;

out_drop_parts:
	drop_parts(process);
out_free:
	free_process(process);
	return err;
}

struct process *process_from_kobject(struct kobject *kobj)
{
	return kobj->type == &process_type ? container_of(kobj, struct process, obj) : NULL;
}

struct process *process_current(void)
{
	struct uthread *ut = uthread_current();

	return ut ? ut->process : NULL;
}

uint32_t process_count(void)
{
	return atomic32_load(&total);
}

/* --- Questions --- */

enum process_state process_get_state(struct process *process, struct process_status *status_out)
{
	enum process_state state;

	spin_lock(&process->lock);
	state = process->state;
	if (status_out && state != PROCESS_RUNNING)
		*status_out = process->status;
	spin_unlock(&process->lock);
	return state;
}

int process_wait(struct process *process, ktime_t deadline, struct process_status *out)
{
	int err = 0;

	spin_lock(&process->lock);
	while (process->state != PROCESS_DEAD) {
		err = waitq_sleep(&process->exit_wait, &process->lock, deadline);
		if (err)
			goto out_unlock;
	}
	*out = process->status;
out_unlock:
	spin_unlock(&process->lock);
	return err;
}

struct vmspace *process_get_space(struct process *process)
{
	struct vmspace *space;

	spin_lock(&process->lock);
	space = process->space;
	if (space)
		vmspace_get(space);
	spin_unlock(&process->lock);
	return space;
}

int process_get_caps(struct process *process, struct cspace **out)
{
	struct cspace *caps;

	spin_lock(&process->lock);
	caps = process->caps;
	if (caps)
		cspace_get(caps);
	spin_unlock(&process->lock);
	if (!caps)
		return -ESRCH;
	*out = caps;
	return 0;
}

int process_get_authority(struct process *process, struct authority **out)
{
	struct authority *authority;

	spin_lock(&process->lock);
	authority = process->authority;
	if (authority)
		authority_get(authority);
	spin_unlock(&process->lock);
	if (!authority)
		return -ESRCH;
	*out = authority;
	return 0;
}

static bool add_run_time(struct uthread *ut, void *ctx)
{
	ktime_t *sum = ctx;

	*sum += thread_run_ns(ut->thread);
	return true;
}

void process_get_stats(struct process *process, struct process_stats *out)
{
	struct vmspace *space = process_get_space(process);
	struct vmspace_stats memory = {0};

	memset(out, 0, sizeof(*out));
	if (space) {
		vmspace_get_stats(space, &memory);
		vmspace_put(space);
	}
	out->id = process->id;
	out->job_id = job_id(process->job);
	out->resident_pages = memory.anon_pages + memory.object_pages;
	uthread_for_each(process, add_run_time, &out->run_ns);
	spin_lock(&process->lock);
	out->state = process->state;
	out->status = process->status;
	out->thread_count = process->thread_count;
	memcpy(out->name, process->name, sizeof(out->name));
	spin_unlock(&process->lock);
}
