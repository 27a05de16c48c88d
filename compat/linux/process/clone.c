/*
 * fork(2), vfork(2), clone(2), clone3(2).
 *
 * First everything is made that can fail: the address space, the process, the
 * thread. Then it is published and started, in one step that cannot fail; nobody
 * has seen what was given up before.
 */
#include "compat/linux/personality.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exit.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/process/sched.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/arch/user.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/job.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmspace.h"

/* What does something here, or (the last four) has nothing that it could do. */
#define KNOWN_FLAGS                                                                                \
	(LINUX_CLONE_VM | LINUX_CLONE_FS | LINUX_CLONE_FILES | LINUX_CLONE_SIGHAND |               \
	 LINUX_CLONE_VFORK | LINUX_CLONE_PARENT | LINUX_CLONE_THREAD | LINUX_CLONE_SETTLS |        \
	 LINUX_CLONE_PARENT_SETTID | LINUX_CLONE_CHILD_CLEARTID | LINUX_CLONE_CHILD_SETTID |       \
	 LINUX_CLONE_CLEAR_SIGHAND | LINUX_CLONE_DETACHED | LINUX_CLONE_SYSVSEM |                  \
	 LINUX_CLONE_UNTRACED | (uint64_t)LINUX_CLONE_IO)

/* --- What is asked --- */

static bool implies(uint64_t flags, uint64_t flag, uint64_t other)
{
	return !(flags & flag) || (flags & other);
}

static int check_request(struct lthread *lt, const struct clone_request *request)
{
	uint64_t flags = request->flags;
	bool has_parent;

	if (flags & ~KNOWN_FLAGS)
		return -EINVAL;
	if (!implies(flags, LINUX_CLONE_THREAD, LINUX_CLONE_SIGHAND) ||
	    !implies(flags, LINUX_CLONE_SIGHAND, LINUX_CLONE_VM))
		return -EINVAL;
	if ((flags & LINUX_CLONE_CLEAR_SIGHAND) && (flags & LINUX_CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & LINUX_CLONE_PARENT) && !(flags & LINUX_CLONE_THREAD)) {
		spin_lock(&ltree_lock);
		has_parent = lt->process->parent != NULL;
		spin_unlock(&ltree_lock);
		if (!has_parent)
			return -EINVAL;
	}
	return request->exit_signal > LINUX_SIGRTMAX ? -EINVAL : 0;
}

/* RLIMIT_NPROC: threads whose process's real user id is the caller's. */
static int check_count(struct lthread *lt)
{
	uint64_t max = lprocess_limit(lt->process, LINUX_RLIMIT_NPROC).cur;
	uint32_t uid = lt->cred->uid[LCRED_REAL];
	struct lprocess *lp;
	uint64_t count = 0;
	int32_t nr = 0;

	if (uid == 0 || max >= LPID_MAX || lcred_has_cap(lt->cred, LINUX_CAP_SYS_RESOURCE) ||
	    lcred_has_cap(lt->cred, LINUX_CAP_SYS_ADMIN))
		return 0;
	spin_lock(&ltree_lock);
	for (lp = lprocess_next_locked(&nr); lp; lp = lprocess_next_locked(&nr)) {
		if (lp->uid == uid)
			count += MAX(lp->thread_count, 1u);
	}
	spin_unlock(&ltree_lock);
	return count >= max ? -EAGAIN : 0;
}

/* --- A process --- */

struct process_parts {
	struct vmspace *space;
	struct authority *authority;
	struct cspace *caps;
};

static int take_space(struct process *from, uint64_t flags, struct vmspace **out)
{
	if (!(flags & LINUX_CLONE_VM))
		return vmspace_fork(from->space, job_account(from->job), out);
	vmspace_get(from->space);
	*out = from->space;
	return 0;
}

static int take_authority(struct process *from, uint64_t flags, struct authority **out)
{
	if (!(flags & LINUX_CLONE_FS))
		return authority_clone(from->authority, job_account(from->job), from->id, out);
	authority_get(from->authority);
	*out = from->authority;
	return 0;
}

static int take_caps(struct process *from, uint64_t flags, struct cspace **out)
{
	if (!(flags & LINUX_CLONE_FILES))
		return cspace_clone(from->caps, job_account(from->job), from->id, CSPACE_CLONE_ALL,
				    out);
	cspace_get(from->caps);
	*out = from->caps;
	return 0;
}

static int take_parts(struct process *from, uint64_t flags, struct process_parts *out)
{
	int err;

	err = take_space(from, flags, &out->space);
	if (err)
		return err;
	err = take_authority(from, flags, &out->authority);
	if (err)
		goto out_put_space;
	err = take_caps(from, flags, &out->caps);
	if (err)
		goto out_put_authority;
	return 0;

out_put_authority:
	authority_put(out->authority);
out_put_space:
	vmspace_put(out->space);
	return err;
}

static int make_process(struct lthread *lt, uint64_t flags, struct process **out)
{
	struct process *from = lt->ut->process;
	struct process_parts parts;
	struct process_config config;
	int err;

	err = take_parts(from, flags, &parts);
	if (err)
		return err;
	config = (struct process_config){.job = from->job,
					 .personality = &linux_personality_ops,
					 .parent = from,
					 .authority = parts.authority,
					 .caps = parts.caps,
					 .space = parts.space,
					 .name = from->name};
	err = process_create(&config, out);
	cspace_put(parts.caps);
	authority_put(parts.authority);
	vmspace_put(parts.space);
	return err == -ECANCELED ? -EAGAIN : err;
}

/* --- A thread --- */

static int make_thread(struct lthread *lt, const struct clone_request *request,
		       struct process *process, struct uthread **out)
{
	struct arch_thread *self = &lt->ut->thread->arch;
	struct trap_frame frame = *arch_user_frame(self);
	struct uthread *ut;
	int err;

	arch_syscall_set_result(&frame, 0);
	if (request->stack)
		arch_user_frame_set_stack(&frame, request->stack);
	arch_user_frame_check(&frame);
	err = uthread_create(process, &frame, &ut);
	if (err)
		return err == -ESRCH ? -EAGAIN : err;
	arch_user_copy(&ut->thread->arch, self);
	if (request->flags & LINUX_CLONE_SETTLS)
		err = arch_user_init_tls(&ut->thread->arch, request->tls);
	if (err) {
		uthread_cancel(ut);
		return err;
	}
	*out = ut;
	return 0;
}

/* As on Linux a bad address is not worth an error: the numbers are just not stored. */
static void store_numbers(const struct clone_request *request, struct lthread *child)
{
	struct vmspace *space = child->ut->process->space;

	if (request->flags & LINUX_CLONE_PARENT_SETTID)
		(void)!copy_to_user(request->parent_tid, &child->tid, sizeof(child->tid));
	if (request->flags & LINUX_CLONE_CHILD_SETTID)
		(void)!vm_write(space, request->child_tid.addr, &child->tid, sizeof(child->tid));
	if (request->flags & LINUX_CLONE_CHILD_CLEARTID)
		child->clear_child_tid = request->child_tid;
}

/* --- Both --- */

static void publish_process_locked(struct lthread *lt, const struct clone_request *request,
				   struct lprocess *child) REQUIRES(&ltree_lock);

static void publish_process_locked(struct lthread *lt, const struct clone_request *request,
				   struct lprocess *child)
{
	bool is_sibling = (request->flags & LINUX_CLONE_PARENT) && lt->process->parent;

	child->exit_signal = is_sibling ? lt->process->exit_signal : request->exit_signal;
	child->parent_tid = is_sibling ? lt->process->parent_tid : lt->tid;
	child->uid = lt->process->uid;
	if (request->flags & LINUX_CLONE_FILES) {
		child->has_shared_files = true;
		lt->process->has_shared_files = true;
	}
	lprocess_publish_locked(child, is_sibling ? lt->process->parent : lt->process, lt->process);
}

static void publish(struct lthread *lt, const struct clone_request *request, struct uthread *ut,
		    struct vfork_wait *wait)
{
	struct lthread *child = lthread_of(ut);
	struct lprocess *lp = child->process;

	spin_lock(&ltree_lock);
	if (lp != lt->process) {
		publish_process_locked(lt, request, lp);
		if (request->flags & LINUX_CLONE_VFORK)
			lp->vfork = wait;
	}
	lthread_publish_locked(child);
	spin_unlock(&ltree_lock);
}

/*
 * Until the child has execed or ended. Signals wait meanwhile, so their bit, which
 * would end every sleep at once, is put aside; only a kill is a way out.
 */
static void wait_for_child(struct lthread *lt, struct lprocess *child, struct vfork_wait *wait)
{
	struct thread *thread = lt->ut->thread;
	bool had_signal = false;
	int err = 0;

	spin_lock(&ltree_lock);
	while (!wait->is_done && !(thread_pending_interrupts(thread) & THREAD_INTERRUPT_KILL)) {
		err = waitq_sleep(&wait->wait, &ltree_lock, KTIME_FOREVER);
		if (err) {
			had_signal |= thread_pending_interrupts(thread) & THREAD_INTERRUPT_SIGNAL;
			thread_clear_interrupt(thread,
					       THREAD_INTERRUPT_SIGNAL | THREAD_INTERRUPT_REVOKE);
		}
	}
	if (child->vfork == wait)
		child->vfork = NULL;
	spin_unlock(&ltree_lock);
	if (had_signal)
		uthread_interrupt(lt->ut, THREAD_INTERRUPT_SIGNAL);
}

static int make(struct lthread *lt, const struct clone_request *request, struct uthread **out)
{
	struct process *process = lt->ut->process;
	bool is_thread = request->flags & LINUX_CLONE_THREAD;
	int err;

	if (!is_thread) {
		err = make_process(lt, request->flags, &process);
		if (err)
			return err;
	}
	err = make_thread(lt, request, process, out);
	/* From here on its thread keeps it. */
	if (!is_thread)
		process_put(process);
	return err;
}

static int64_t do_clone(struct lthread *lt, const struct clone_request *request)
{
	struct vfork_wait wait = {.is_done = false};
	struct lthread *child;
	struct uthread *ut;
	int32_t tid;
	int err;

	err = check_request(lt, request);
	if (!err)
		err = check_count(lt);
	if (err)
		return err;
	lt->clone = request;
	err = make(lt, request, &ut);
	lt->clone = NULL;
	if (err)
		return err;

	child = lthread_of(ut);
	tid = child->tid;
	waitq_init(&wait.wait);
	lsched_inherit(child, lt);
	store_numbers(request, child);
	publish(lt, request, ut, &wait);
	uthread_start(ut);
	if ((request->flags & LINUX_CLONE_VFORK) && child->process != lt->process)
		wait_for_child(lt, child->process, &wait);
	uthread_put(ut);
	return tid;
}

/* --- Calls --- */

int64_t linux_fork(struct lthread *lt)
{
	struct clone_request request = {.exit_signal = LINUX_SIGCHLD};

	return do_clone(lt, &request);
}

int64_t linux_vfork(struct lthread *lt)
{
	struct clone_request request = {.flags = LINUX_CLONE_VFORK | LINUX_CLONE_VM,
					.exit_signal = LINUX_SIGCHLD};

	return do_clone(lt, &request);
}

int64_t linux_clone(struct lthread *lt, uint64_t flags, uint64_t stack, struct user_ptr parent_tid,
		    struct user_ptr child_tid, uint64_t tls)
{
	struct clone_request request = {
		.flags = (uint32_t)flags & ~(uint32_t)LINUX_CSIGNAL,
		.exit_signal = (int32_t)(flags & LINUX_CSIGNAL),
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
	};

	return do_clone(lt, &request);
}

/* The size tells the version; what a longer one says beyond ours must be nothing. */
static int read_args(struct user_ptr args, size_t size, struct linux_clone_args *out)
{
	uint8_t rest[64];
	size_t len;
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < LINUX_CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	err = copy_from_user(out, args, MIN(size, sizeof(*out)));
	for (size_t at = sizeof(*out); at < size && !err; at += len) {
		len = MIN(size - at, sizeof(rest));
		err = copy_from_user(rest, user_ptr_add(args, at), len);
		for (size_t i = 0; i < len && !err; i++)
			err = rest[i] ? -E2BIG : 0;
	}
	return err;
}

static int read_wanted_tid(struct lthread *lt, const struct linux_clone_args *args,
			   struct clone_request *request)
{
	int err;

	if (args->set_tid_size == 0)
		return args->set_tid ? -EINVAL : 0;
	/* One for each pid namespace that the caller is in: there is one. */
	if (args->set_tid_size > 1 || !args->set_tid)
		return -EINVAL;
	err = copy_from_user(&request->wanted_tid, user_ptr(args->set_tid), sizeof(int32_t));
	if (err)
		return err;
	if (request->wanted_tid <= 0 || request->wanted_tid >= LPID_MAX)
		return -EINVAL;
	if (!lcred_has_cap(lt->cred, LINUX_CAP_SYS_ADMIN) &&
	    !lcred_has_cap(lt->cred, LINUX_CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	return 0;
}

int64_t linux_clone3(struct lthread *lt, struct user_ptr user_args, size_t size)
{
	struct clone_request request = {0};
	struct linux_clone_args args;
	int err;

	err = read_args(user_args, size, &args);
	if (err)
		return err;
	if (args.flags & (LINUX_CLONE_DETACHED | LINUX_CSIGNAL) ||
	    args.exit_signal > LINUX_SIGRTMAX)
		return -EINVAL;
	if ((args.flags & (LINUX_CLONE_THREAD | LINUX_CLONE_PARENT)) && args.exit_signal)
		return -EINVAL;
	if ((args.stack == 0) != (args.stack_size == 0))
		return -EINVAL;
	if (args.stack && !user_range_ok(user_ptr(args.stack), args.stack_size))
		return -EINVAL;
	request.flags = args.flags;
	request.exit_signal = (int32_t)args.exit_signal;
	request.stack = args.stack + args.stack_size;
	request.tls = args.tls;
	request.parent_tid = user_ptr(args.parent_tid);
	request.child_tid = user_ptr(args.child_tid);
	err = read_wanted_tid(lt, &args, &request);
	return err ? err : do_clone(lt, &request);
}
