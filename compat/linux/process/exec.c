/*
 * execve(2), execveat(2).
 *
 * The new address space is complete before the process gives up the old one, so an
 * exec either fails and nothing has happened, or cannot fail any more. What comes
 * in between is the end of the other threads.
 */
#include "compat/linux/process/exec.h"

#include "compat/linux/personality.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exit.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/syscall/trace.h"
#include "compat/linux/uapi/fcntl.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/arch/user.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/job.h"
#include "kernel/vm/vmspace.h"

#define PATH_LEN_MAX 4096u
/* Arguments may take a quarter of the stack, but that much always. */
#define ARGS_MIN KIB(128)

/* All that an exec has in hand until it is certain. */
struct exec {
	struct exec_plan plan;
	struct exec_strings strings;
	struct vmspace *space;
	struct cspace *caps; /* to replace descriptors that are shared; or NULL */
	char path[PATH_LEN_MAX];
};

const char *exec_base_name(const char *path)
{
	const char *name = path;

	for (; *path; path++) {
		if (*path == '/')
			name = path + 1;
	}
	return name;
}

static int read_path(struct exec *exec, struct user_ptr path, uint32_t flags)
{
	ssize_t len = strncpy_from_user(exec->path, path, sizeof(exec->path));

	if (len < 0)
		return (int)len;
	return len == 0 && !(flags & LINUX_AT_EMPTY_PATH) ? -ENOENT : 0;
}

static int read_strings(struct exec *exec, struct user_ptr argv, struct user_ptr envp)
{
	struct exec_strings *strings = &exec->strings;
	int err = exec_strings_add_array(strings, argv);

	/* Programs rely on an argv[0]; Linux gives an empty one. */
	if (!err && strings->count == 0)
		err = exec_strings_add(strings, "");
	exec->plan.arg_count = strings->count;
	return err ? err : exec_strings_add_array(strings, envp);
}

static void init_plan(struct exec *exec, struct lthread *lt)
{
	struct lprocess *lp = lt->process;
	struct exec_plan *plan = &exec->plan;

	plan->lt = lt;
	plan->opener = linux_exec_opener;
	plan->path = exec->path;
	plan->strings = &exec->strings;
	plan->cred = lt->cred;
	plan->stack_limit = lprocess_limit(lp, LINUX_RLIMIT_STACK).cur;
	plan->is_randomized = !(atomic32_load(&lp->persona) & LINUX_ADDR_NO_RANDOMIZE);
	plan->may_set_id = !lt->has_no_new_privs;
	exec_strings_init(&exec->strings, job_account(lp->process->job),
			  MAX(plan->stack_limit / 4, (uint64_t)ARGS_MIN));
}

/* Descriptors that other processes use too stay theirs. */
static int unshare_files(struct exec *exec, struct lprocess *lp)
{
	struct process *process = lp->process;
	bool is_shared;

	spin_lock(&ltree_lock);
	is_shared = lp->has_shared_files;
	spin_unlock(&ltree_lock);
	if (!is_shared)
		return 0;
	return cspace_clone(process->caps, job_account(process->job), process->id,
			    CSPACE_CLONE_KEPT, &exec->caps);
}

static int prepare(struct exec *exec, struct lthread *lt, struct user_ptr path,
		   struct user_ptr argv, struct user_ptr envp)
{
	struct process *process = lt->ut->process;
	int err;

	err = read_path(exec, path, exec->plan.open_flags);
	if (!err)
		err = read_strings(exec, argv, envp);
	if (!err)
		err = vmspace_create(job_account(process->job), &exec->space);
	if (!err)
		err = exec_plan_load(&exec->plan, exec->space);
	if (!err)
		err = unshare_files(exec, lt->process);
	return err;
}

static void give_up(struct exec *exec)
{
	exec_plan_close(&exec->plan);
	exec_strings_fini(&exec->strings);
	if (exec->space)
		vmspace_put(exec->space);
	if (exec->caps)
		cspace_put(exec->caps);
	kmem_free(exec, sizeof(*exec));
}

/* --- No way back --- */

/* The one thread that is left is the leader from now on. */
static void become_leader_locked(struct lthread *lt) REQUIRES(&ltree_lock);

static void become_leader_locked(struct lthread *lt)
{
	struct lprocess *lp = lt->process;

	if (lthread_is_leader(lt))
		return;
	lt->pid->thread = NULL;
	lpid_drop_locked(lt->pid);
	lt->pid = lp->pid;
	lpid_use_locked(lt->pid);
	lt->pid->thread = lt;
	lt->tid = lp->tgid;
	lt->call.tid = lt->tid;
}

void exec_note_plan(struct lprocess *lp, const struct exec_plan *plan)
{
	lp->brk_start = plan->brk;
	lp->brk_end = plan->brk;
	lp->stack_start = plan->sp;
	lp->args_start = plan->args_start;
	lp->args_end = plan->args_end;
	lp->env_start = plan->env_start;
	lp->env_end = plan->env_end;
}

static void change_identity(struct lthread *lt, struct exec *exec)
{
	const char *name = exec_base_name(exec->path);
	struct lprocess *lp = lt->process;

	spin_lock(&ltree_lock);
	become_leader_locked(lt);
	(void)strlcpy(lt->name, name, sizeof(lt->name));
	lp->has_execed = true;
	lp->has_shared_files = false;
	lp->exit_signal = LINUX_SIGCHLD;
	spin_unlock(&ltree_lock);
	exec_note_plan(lp, &exec->plan);
	atomic32_store(&lp->dumpable, !exec->plan.is_secure);
	if (exec->plan.is_secure)
		lt->parent_death_signal = 0;
	lt->clear_child_tid = user_ptr(0);
	lt->robust_list = user_ptr(0);
	lthread_set_cred(lt, exec->plan.new_cred);
	exec->plan.new_cred = NULL;
	lp->call.is_traced = linux_trace_wants(name);
}

static void commit(struct lthread *lt, struct exec *exec)
{
	if (exec->caps)
		process_replace_caps(exec->caps);
	else
		cspace_close_on_exec(lt->ut->process->caps);
	exec->caps = NULL;
	process_commit_exec(exec->space, &linux_personality_ops, exec_base_name(exec->path));
	exec->space = NULL;
	lprocess_release_vfork(lt->process);
	change_identity(lt, exec);
	for (uint32_t i = 0; i < linux_part_count; i++) {
		if (linux_parts[i]->exec)
			linux_parts[i]->exec(lt);
	}
}

static int64_t do_exec(struct lthread *lt, struct exec *exec, struct user_ptr argv,
		       struct user_ptr envp, struct user_ptr path)
{
	struct trap_frame frame;
	int err;

	init_plan(exec, lt);
	err = prepare(exec, lt, path, argv, envp);
	if (!err)
		err = process_begin_exec();
	if (err) {
		give_up(exec);
		/* Another thread execs, and ends this one. */
		return err;
	}
	commit(lt, exec);
	arch_user_frame_init(&frame, exec->plan.entry, exec->plan.sp);
	give_up(exec);
	arch_user_enter(&frame);
}

static int64_t exec_at(struct lthread *lt, int32_t dirfd, struct user_ptr path,
		       struct user_ptr argv, struct user_ptr envp, int32_t flags)
{
	struct exec *exec;

	if (flags & ~(LINUX_AT_EMPTY_PATH | LINUX_AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	exec = kmem_zalloc(sizeof(*exec));
	if (!exec)
		return -ENOMEM;
	exec->plan.dirfd = dirfd;
	exec->plan.open_flags = (uint32_t)flags;
	return do_exec(lt, exec, argv, envp, path);
}

int64_t linux_execve(struct lthread *lt, struct user_ptr path, struct user_ptr argv,
		     struct user_ptr envp)
{
	return exec_at(lt, LINUX_AT_FDCWD, path, argv, envp, 0);
}

int64_t linux_execveat(struct lthread *lt, int32_t dirfd, struct user_ptr path,
		       struct user_ptr argv, struct user_ptr envp, int32_t flags)
{
	return exec_at(lt, dirfd, path, argv, envp, flags);
}
