/*
 * A machine of one CPU for the scheduler: the real threads, run queues, wait
 * queues and timers of the kernel, on the host.
 *
 * Threads are contexts of the host; the test program itself is thread "main".
 * Time moves only when a thread says that it computes, or when all sleep: then
 * it jumps to the next timer. So a second of scheduling takes a moment, and
 * every run is the same.
 */
#ifndef TESTS_UNIT_SCHED_MACHINE_H
#define TESTS_UNIT_SCHED_MACHINE_H

#include "kernel/core/preempt.h"
#include "kernel/core/time.h"
#include "kernel/sched/thread.h"

/* Group set-up: once a program. Returns 0. */
int machine_start(void **state);

/* The running thread computes for that long, taking interrupts as they come. */
void machine_compute(ktime_t ns);

/* A device interrupt whose handler is fn(arg), here and now. */
void machine_interrupt(void (*fn)(void *arg), void *arg);

/* A started fair thread; fails the test without memory. */
struct thread *machine_spawn(const char *name, void (*fn)(void *arg), void *arg);

/* Waits for its end and drops the reference. */
void machine_join(struct thread *thread);

#endif
