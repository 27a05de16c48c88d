/* Among this directory's files: what a new thread has of its maker's scheduling. */
#ifndef COMPAT_LINUX_PROCESS_SCHED_H
#define COMPAT_LINUX_PROCESS_SCHED_H

struct lthread;

/* Policy, priority and CPUs, for a thread that was not started. */
void lsched_inherit(struct lthread *child, const struct lthread *parent);

#endif
