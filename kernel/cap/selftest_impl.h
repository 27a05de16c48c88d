/* What the self-tests of capabilities share. */
#ifndef KERNEL_CAP_SELFTEST_IMPL_H
#define KERNEL_CAP_SELFTEST_IMPL_H

#include "kernel/cap/cap.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/selftest.h"
#include "kernel/core/time.h"
#include "kernel/sched/thread.h"

/* An object with a counter that is only touched in use, and a place to sleep in. */
struct selftest_object {
	struct kobject obj;
	struct spinlock lock;
	struct waitq sleepers GUARDED_BY(&lock);
	uint32_t sleeping; /* atomic: threads that are about to sleep, or do */
};

/* Objects that exist. */
extern struct atomic32 selftest_objects;

/* A capability to a new object, with the only references; false after reporting a failure. */
bool selftest_make_cap(struct grant *grant, struct cap *out);

/* Sleeps in the object until interrupted: -EINTR, or -ETIMEDOUT after half a minute. */
int selftest_object_sleep(struct kobject *obj);

/* A started thread on a CPU (modulo those online); NULL after reporting a failure. */
struct thread *selftest_run_on(cpu_id_t cpu, const char *name, void (*fn)(void *arg), void *arg);

/* Waits up to a minute for its end and drops the reference; NULL does nothing. */
void selftest_finish(struct thread *thread);

#endif
