/*
 * wait4(2), waitid(2): what became of children.
 *
 * All threads of a process wait for the children of all of them, unless __WNOTHREAD
 * says otherwise. What is reported is taken under the lock of the tree, so each
 * change is told once, however many threads wait.
 */
#include "compat/linux/process/exit.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/process/usage.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define STATUS_CONTINUED 0xffff
#define STATUS_STOPPED 0x7f
#define CHILD_KINDS (LINUX___WNOTHREAD | LINUX___WCLONE | LINUX___WALL)

struct wait_request {
	uint32_t type; /* LINUX_P_ALL, _PID, _PGID */
	int32_t id;
	uint32_t options;
};

struct wait_result {
	int32_t pid; /* 0: nothing has happened */
	int32_t status;
	struct linux_siginfo info;
	struct lusage usage;
	struct lprocess *reaped; /* for the caller to put; or NULL */
};

static bool is_meant_locked(const struct lthread *lt, const struct wait_request *request,
			    const struct lprocess *child) REQUIRES(&ltree_lock);

static bool is_meant_locked(const struct lthread *lt, const struct wait_request *request,
			    const struct lprocess *child)
{
	bool is_clone = child->exit_signal != LINUX_SIGCHLD;
	bool wants_clones = (request->options & (uint32_t)LINUX___WCLONE) != 0;

	if (request->type == LINUX_P_PID && child->tgid != request->id)
		return false;
	if (request->type == LINUX_P_PGID && lpid_nr(child->group) != request->id)
		return false;
	if ((request->options & LINUX___WNOTHREAD) && child->parent_tid != lt->tid)
		return false;
	return (request->options & LINUX___WALL) || is_clone == wants_clones;
}

static void fill_locked(struct lprocess *child, int32_t status, struct wait_result *out)
	REQUIRES(&ltree_lock);

static void fill_locked(struct lprocess *child, int32_t status, struct wait_result *out)
{
	out->pid = child->tgid;
	out->status = status;
	usage_of_process_locked(child, &out->usage);
	usage_add(&out->usage, &child->dead_children);
	usage_fill_child_info(child, status, &out->info);
	out->info.signo = LINUX_SIGCHLD;
}

static void fill_change_locked(struct lprocess *child, int32_t status, int32_t code, int32_t signal,
			       struct wait_result *out) REQUIRES(&ltree_lock);

static void fill_change_locked(struct lprocess *child, int32_t status, int32_t code, int32_t signal,
			       struct wait_result *out)
{
	fill_locked(child, 0, out);
	out->status = status;
	out->info.code = code;
	out->info.child.status = signal;
}

/* Whether the child has something to report; takes it, unless WNOWAIT. */
static bool report_locked(struct lprocess *parent, struct lprocess *child, uint32_t options,
			  struct wait_result *out) REQUIRES(&ltree_lock);

static bool report_locked(struct lprocess *parent, struct lprocess *child, uint32_t options,
			  struct wait_result *out)
{
	bool takes = !(options & LINUX_WNOWAIT);

	if ((options & LINUX_WEXITED) && child->state == LPROCESS_ZOMBIE) {
		fill_locked(child, lprocess_end_status(child), out);
		if (takes) {
			usage_add(&parent->dead_children, &out->usage);
			lprocess_reap_locked(child);
			out->reaped = child;
		}
		return true;
	}
	if (child->state != LPROCESS_ALIVE)
		return false;
	if ((options & LINUX_WSTOPPED) && child->stop_signal) {
		fill_change_locked(child, child->stop_signal << 8 | STATUS_STOPPED,
				   LINUX_CLD_STOPPED, child->stop_signal, out);
		if (takes)
			child->stop_signal = 0;
		return true;
	}
	if ((options & LINUX_WCONTINUED) && child->was_continued) {
		fill_change_locked(child, STATUS_CONTINUED, LINUX_CLD_CONTINUED, LINUX_SIGCONT,
				   out);
		if (takes)
			child->was_continued = false;
		return true;
	}
	return false;
}

/* 0 with out->pid, 0 for nothing yet, or -ECHILD. */
static int look_locked(const struct lthread *lt, const struct wait_request *request,
		       struct wait_result *out) REQUIRES(&ltree_lock);

static int look_locked(const struct lthread *lt, const struct wait_request *request,
		       struct wait_result *out)
{
	struct lprocess *lp = lt->process;
	int err = -ECHILD;

	list_for_each_safe (node, &lp->children) {
		struct lprocess *child = container_of(node, struct lprocess, sibling_node);

		if (!is_meant_locked(lt, request, child))
			continue;
		err = 0;
		if (report_locked(lp, child, request->options, out))
			break;
	}
	return err;
}

static int do_wait(struct lthread *lt, const struct wait_request *request, struct wait_result *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	spin_lock(&ltree_lock);
	err = look_locked(lt, request, out);
	while (!err && out->pid == 0 && !(request->options & LINUX_WNOHANG)) {
		err = waitq_sleep(&lt->process->child_wait, &ltree_lock, KTIME_FOREVER);
		if (!err)
			err = look_locked(lt, request, out);
	}
	spin_unlock(&ltree_lock);
	if (out->reaped)
		lprocess_put(out->reaped);
	return err;
}

static int store_usage(struct user_ptr to, const struct lusage *usage)
{
	struct linux_rusage rusage;

	if (user_ptr_is_null(to))
		return 0;
	usage_to_rusage(usage, &rusage);
	return copy_to_user(to, &rusage, sizeof(rusage));
}

int64_t linux_wait4(struct lthread *lt, int32_t pid, struct user_ptr status, int32_t options,
		    struct user_ptr usage)
{
	struct wait_request request = {.options = (uint32_t)options | LINUX_WEXITED};
	struct wait_result result;
	int err;

	if ((uint32_t)options &
	    ~(uint32_t)(LINUX_WNOHANG | LINUX_WUNTRACED | LINUX_WCONTINUED | CHILD_KINDS))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid > 0) {
		request.type = LINUX_P_PID;
		request.id = pid;
	} else if (pid != -1) {
		request.type = LINUX_P_PGID;
		request.id = -pid;
		if (pid == 0) {
			spin_lock(&ltree_lock);
			request.id = lpid_nr(lt->process->group);
			spin_unlock(&ltree_lock);
		}
	}
	err = do_wait(lt, &request, &result);
	if (err)
		return restart_result(err, RESTART_IF_ASKED);
	if (result.pid == 0)
		return 0;
	if (!user_ptr_is_null(status))
		err = copy_to_user(status, &result.status, sizeof(result.status));
	if (!err)
		err = store_usage(usage, &result.usage);
	return err ? err : result.pid;
}

/* A descriptor of a process cannot exist yet, so there is none that could be named. */
static int check_waitid(struct lthread *lt, int32_t type, int32_t id, struct wait_request *request)
{
	switch (type) {
	case LINUX_P_ALL:
		break;
	case LINUX_P_PID:
		if (id <= 0)
			return -EINVAL;
		break;
	case LINUX_P_PGID:
		if (id < 0)
			return -EINVAL;
		if (id == 0) {
			spin_lock(&ltree_lock);
			id = lpid_nr(lt->process->group);
			spin_unlock(&ltree_lock);
		}
		break;
	case LINUX_P_PIDFD:
		return id < 0 ? -EINVAL : -EBADF;
	default:
		return -EINVAL;
	}
	request->type = (uint32_t)type;
	request->id = id;
	return 0;
}

int64_t linux_waitid(struct lthread *lt, int32_t type, int32_t id, struct user_ptr info,
		     int32_t options, struct user_ptr usage)
{
	struct wait_request request = {.options = (uint32_t)options};
	struct wait_result result;
	int err;

	if ((uint32_t)options & ~(uint32_t)(LINUX_WNOHANG | LINUX_WNOWAIT | LINUX_WEXITED |
					    LINUX_WSTOPPED | LINUX_WCONTINUED | CHILD_KINDS))
		return -EINVAL;
	if (!(options & (LINUX_WEXITED | LINUX_WSTOPPED | LINUX_WCONTINUED)))
		return -EINVAL;
	err = check_waitid(lt, type, id, &request);
	if (err)
		return err;
	err = do_wait(lt, &request, &result);
	if (err)
		return restart_result(err, RESTART_IF_ASKED);
	if (result.pid)
		err = store_usage(usage, &result.usage);
	/* With nothing to report all of it is zero, as signo and pid have to be. */
	if (!err && !user_ptr_is_null(info))
		err = copy_to_user(info, &result.info, sizeof(result.info));
	return err;
}
