/* What the scheduler's self-tests share. */
#ifndef KERNEL_SCHED_SELFTEST_IMPL_H
#define KERNEL_SCHED_SELFTEST_IMPL_H

#include "kernel/core/selftest.h"
#include "kernel/core/time.h"
#include "kernel/sched/thread.h"

/* A started thread on one CPU, or on any with ANY_CPU; NULL after reporting a failure. */
#define SELFTEST_ANY_CPU UINT32_MAX
struct thread *selftest_start(const char *name, void (*fn)(void *arg), void *arg, cpu_id_t cpu);

/* The same, not started. */
struct thread *selftest_create(const char *name, void (*fn)(void *arg), void *arg, cpu_id_t cpu);

/* Waits up to half a minute for its end and drops the reference; NULL does nothing. */
void selftest_join(struct thread *thread);

/* Sleeps until *flag is not 0, up to a time; false when it stayed 0. */
bool selftest_wait_for(const uint32_t *flag, ktime_t timeout_ns);

/* Keeps the CPU busy for that long by the clock. */
void selftest_spin(ktime_t ns);

#endif
