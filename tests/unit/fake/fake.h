/*
 * Fakes: what kernel/arch, kernel/core and kernel/mm give, for the host.
 *
 * A unit test links the real files it tests and, from libfake.a, whatever those
 * call and the test does not define itself. Each stand-in is a file of its own
 * that says which kernel file it replaces; the real one can be linked in its
 * place. Everything is single-threaded: what another CPU or an interrupt would
 * do, a hook does.
 *
 * Any breach of a contract (a lock taken twice or out of order, a sleep with a
 * spinlock held, memory freed twice) is a panic, and a panic aborts the test
 * program unless FAKE_PANICS() expects it.
 */
#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct spinlock;

/* Everything back to the start: one CPU, interrupts on, time 0, no hooks, no
 * failures ahead. Panics when a lock is held or memory is allocated. */
void fake_reset(void);

/* --- panic, assertions, log (fake_panic.c, fake_log.c) --- */

extern jmp_buf fake_panic_jump;
extern bool fake_panic_expected;
/* What the last panic or failed assertion said. */
extern char fake_panic_text[256];

/*
 * Whether statement panics. Locks that it held then are dropped and interrupts
 * and preemption are as they were before.
 */
#define FAKE_PANICS(statement)                                                                     \
	({                                                                                         \
		volatile bool fake_panicked_ = true;                                               \
		fake_panic_prepare();                                                              \
		if (setjmp(fake_panic_jump) == 0) {                                                \
			statement;                                                                 \
			fake_panicked_ = false;                                                    \
		}                                                                                  \
		fake_panic_finish(fake_panicked_);                                                 \
		fake_panicked_;                                                                    \
	})

/* A breach of contract that a fake saw. */
NORETURN PRINTF(1, 2) void fake_panic(const char *fmt, ...);

/* For FAKE_PANICS() and the stand-in of panic() only. */
void fake_panic_prepare(void);
void fake_panic_finish(bool panicked);
NORETURN void fake_panic_finished(void);

/* The last log record at info level or above, without its prefix for levels;
 * all go to standard error when FAKE_LOG is set in the environment. */
extern char fake_log_text[512];
extern uint32_t fake_log_count;

/* --- locks (fake_lock.c, fake_lockdep.c) --- */

#define FAKE_LOCKS_MAX 32

/* Spinlocks held now, in order of acquisition. */
extern struct spinlock *fake_locks[FAKE_LOCKS_MAX];
extern uint32_t fake_locks_held;

/* --- CPUs (fake_cpu.c, fake_percpu.c, fake_smp_call.c, fake_sched.c) --- */

/* Makes n CPUs, with zeroed per-CPU data, online; this is CPU 0 then. */
void fake_cpus_init(uint32_t n);

/* From now on this runs on that CPU. */
void fake_cpu_switch(cpu_id_t cpu);

/* IPIs sent to each CPU and not yet looked at; a test resets them. */
extern uint32_t fake_ipis[][2]; /* by cpu, enum ipi */

/* Times that preempt_schedule() was called. */
extern uint32_t fake_reschedules;

/* What the others do while this CPU spins or waits. */
extern void (*fake_on_relax)(void);
extern void (*fake_on_wait)(void);
extern void (*fake_on_schedule)(void);

/* Sizes are 1, 2 and 4 bytes. Without hooks reads give ones and writes vanish. */
extern uint32_t (*fake_io_read)(uint16_t port, uint32_t size);
extern void (*fake_io_write)(uint16_t port, uint32_t size, uint32_t value);

/* --- clock (fake_clock.c) --- */

/* What arch_clock_now() says, and what it adds on every call. */
extern ktime_t fake_now;
extern ktime_t fake_now_step;

/* The deadline each CPU's timer was armed for, and how often one was armed. */
extern ktime_t fake_timer_deadline[];
extern uint32_t fake_timer_sets;

/* --- memory (fake_kmem.c, fake_kstack.c) --- */

/* The n-th allocation from now on fails, 1 being the next; 0: none does. Only
 * one: the ones after it succeed. */
void fake_fail_alloc(uint32_t n);

/* Whether this allocation must fail: for fakes of other allocators. */
bool fake_alloc_fails(void);

extern size_t fake_bytes_allocated;
extern uint32_t fake_allocations; /* alive */

/* Plain memory under the same accounts; free checks the size. */
void *fake_alloc(size_t size);
void fake_free(void *mem, size_t size);

/* --- chance (fake_random.c): the same sequence in every run --- */

extern uint64_t fake_random_state;
void fake_random_seed(uint64_t seed);

#endif
