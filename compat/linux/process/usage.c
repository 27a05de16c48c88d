/*
 * What was used: getrusage(2), times(2).
 *
 * The scheduler counts the time of a thread on a CPU, not where it spent it; all of
 * it is told as user time.
 */
#include "compat/linux/process/usage.h"

#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vm/vmspace.h"

#define NS_PER_S 1000000000ll
#define NS_PER_US 1000ll
#define NS_PER_TICK (NS_PER_S / 100)
#define KIB_PER_PAGE (PAGE_SIZE / 1024)

void usage_add_thread(struct lusage *sum, struct thread *thread)
{
	sum->run_ns += thread_run_ns(thread);
	sum->voluntary_switches += thread->switches;
}

void usage_add(struct lusage *sum, const struct lusage *other)
{
	sum->run_ns += other->run_ns;
	sum->faults += other->faults;
	sum->voluntary_switches += other->voluntary_switches;
	sum->max_resident_pages = MAX(sum->max_resident_pages, other->max_resident_pages);
}

void usage_of_process_locked(struct lprocess *lp, struct lusage *out)
{
	*out = lp->dead_threads;
	list_for_each (node, &lp->threads)
		usage_add_thread(out, container_of(node, struct lthread, node)->ut->thread);
}

void usage_to_rusage(const struct lusage *usage, struct linux_rusage *out)
{
	memset(out, 0, sizeof(*out));
	out->utime.sec = usage->run_ns / NS_PER_S;
	out->utime.usec = usage->run_ns % NS_PER_S / NS_PER_US;
	out->maxrss = (int64_t)(usage->max_resident_pages * KIB_PER_PAGE);
	out->minflt = (int64_t)usage->faults;
	out->nvcsw = (int64_t)usage->voluntary_switches;
}

void usage_fill_child_info(struct lprocess *child, int32_t status, struct linux_siginfo *out)
{
	struct lusage usage;
	int32_t signal = status & 0x7f;

	usage_of_process_locked(child, &usage);
	memset(out, 0, sizeof(*out));
	out->signo = child->exit_signal;
	out->child.pid = child->tgid;
	out->child.uid = child->uid;
	out->child.utime = usage.run_ns / NS_PER_TICK;
	if (signal == 0) {
		out->code = LINUX_CLD_EXITED;
		out->child.status = status >> 8 & 0xff;
	} else {
		out->code = status & 0x80 ? LINUX_CLD_DUMPED : LINUX_CLD_KILLED;
		out->child.status = signal;
	}
}

static void add_memory(struct lprocess *lp, struct lusage *usage)
{
	struct vmspace_stats stats;

	vmspace_get_stats(lp->process->space, &stats);
	usage->max_resident_pages = MAX(usage->max_resident_pages, stats.peak_pages);
	usage->faults += stats.faults;
}

static void get_self(struct lprocess *lp, struct lusage *out)
{
	spin_lock(&ltree_lock);
	usage_of_process_locked(lp, out);
	spin_unlock(&ltree_lock);
	add_memory(lp, out);
}

static void get_children(struct lprocess *lp, struct lusage *out)
{
	spin_lock(&ltree_lock);
	*out = lp->dead_children;
	spin_unlock(&ltree_lock);
}

int64_t linux_getrusage(struct lthread *lt, int32_t who, struct user_ptr user_usage)
{
	struct lusage usage = {0};
	struct linux_rusage rusage;

	switch (who) {
	case LINUX_RUSAGE_SELF:
		get_self(lt->process, &usage);
		break;
	case LINUX_RUSAGE_CHILDREN:
		get_children(lt->process, &usage);
		break;
	case LINUX_RUSAGE_THREAD:
		usage_add_thread(&usage, lt->ut->thread);
		add_memory(lt->process, &usage);
		break;
	default:
		return -EINVAL;
	}
	usage_to_rusage(&usage, &rusage);
	return copy_to_user(user_usage, &rusage, sizeof(rusage));
}

int64_t linux_times(struct lthread *lt, struct user_ptr buf)
{
	struct lusage self;
	struct lusage children;
	struct linux_tms tms = {0};
	int err;

	get_self(lt->process, &self);
	get_children(lt->process, &children);
	tms.utime = self.run_ns / NS_PER_TICK;
	tms.cutime = children.run_ns / NS_PER_TICK;
	if (!user_ptr_is_null(buf)) {
		err = copy_to_user(buf, &tms, sizeof(tms));
		if (err)
			return err;
	}
	return time_now() / NS_PER_TICK;
}
