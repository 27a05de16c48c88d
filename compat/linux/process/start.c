#include "compat/linux/process/start.h"

#include "compat/linux/personality.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exec.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/trace.h"
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/job.h"

struct start {
	struct exec_plan plan;
	struct exec_strings strings;
	struct lcred *cred;
};

static int add_strings(struct exec_strings *strings, const char *const *texts)
{
	int err = 0;

	for (; *texts && !err; texts++)
		err = exec_strings_add(strings, *texts);
	return err;
}

static int load(const struct linux_program *program, struct process *process, struct start *start)
{
	struct exec_plan *plan = &start->plan;
	struct lprocess *lp = lprocess_of(process);
	int err;

	exec_strings_init(&start->strings, job_account(program->job), EXEC_STRINGS_MAX);
	plan->opener = linux_exec_opener;
	plan->path = program->path;
	plan->strings = &start->strings;
	plan->stack_limit = lprocess_limit(lp, LINUX_RLIMIT_STACK).cur;
	plan->is_randomized = true;
	err = lcred_create_root(&start->cred);
	if (err)
		return err;
	plan->cred = start->cred;
	err = add_strings(&start->strings, program->argv);
	plan->arg_count = start->strings.count;
	if (!err)
		err = add_strings(&start->strings, program->envp);
	if (!err)
		err = exec_plan_load(plan, process->space);
	if (!err)
		exec_note_plan(lp, plan);
	return err;
}

static void end_load(struct start *start)
{
	exec_plan_close(&start->plan);
	exec_strings_fini(&start->strings);
	if (start->cred)
		lcred_put(start->cred);
}

static int run(const struct linux_program *program, struct process *process,
	       const struct start *start)
{
	struct lprocess *lp = lprocess_of(process);
	struct trap_frame frame;
	struct uthread *ut;
	int err = 0;

	arch_user_frame_init(&frame, start->plan.entry, start->plan.sp);
	lp->call.is_traced = linux_trace_wants(exec_base_name(program->path));
	if (program->prepare)
		err = program->prepare(lp, program->ctx);
	if (!err)
		err = uthread_create(process, &frame, &ut);
	if (err)
		return err;
	spin_lock(&ltree_lock);
	lprocess_publish_locked(lp, NULL, NULL);
	lthread_publish_locked(lthread_of(ut));
	spin_unlock(&ltree_lock);
	uthread_start(ut);
	uthread_put(ut);
	return 0;
}

int linux_start(const struct linux_program *program, struct process **out)
{
	struct process_config config = {.job = program->job,
					.personality = &linux_personality_ops,
					.name = exec_base_name(program->path)};
	struct start *start = kmem_zalloc(sizeof(*start));
	struct process *process;
	int err;

	if (!start)
		return -ENOMEM;
	err = process_create(&config, &process);
	if (err)
		goto out_free;
	err = load(program, process, start);
	if (!err)
		err = run(program, process, start);
	end_load(start);
	if (err)
		process_put(process);
	else
		*out = process;
out_free:
	kmem_free(start, sizeof(*start));
	return err;
}
