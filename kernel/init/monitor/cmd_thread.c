/* Commands about threads and CPUs. */
#include "kernel/core/ksym.h"
#include "kernel/core/lockdep.h"
#include "kernel/core/percpu.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/time.h"
#include "kernel/core/timer.h"
#include "kernel/core/trap.h"
#include "kernel/dev/console.h"
#include "kernel/init/monitor/command.h"
#include "kernel/lib/parse.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/thread.h"

#define MAX_FRAMES 32u
/* Threads that may come into being between counting and copying. */
#define SPARE_ROWS 16u

struct thread_row {
	uint64_t id;
	char name[THREAD_NAME_LEN];
	const char *state;
	const char *policy;
	ktime_t run_ns;
	uint64_t switches;
	int level;
	cpu_id_t cpu;
	bool is_running;
};

struct thread_rows {
	struct thread_row *rows;
	uint32_t count;
	uint32_t size;
};

static const char *policy_name(const struct thread *thread)
{
	if (thread->is_idle)
		return "idle";
	switch (thread->policy) {
	case THREAD_POLICY_FIFO:
		return "fifo";
	case THREAD_POLICY_RR:
		return "rr";
	default:
		return "fair";
	}
}

static bool copy_row(struct thread *thread, void *ctx)
{
	struct thread_rows *rows = ctx;
	struct thread_row *row = &rows->rows[rows->count];

	if (rows->count == rows->size)
		return false;
	row->id = thread->id;
	memcpy(row->name, thread->name, sizeof(row->name));
	row->state = thread_state_name(thread);
	row->policy = policy_name(thread);
	row->level = thread->policy == THREAD_POLICY_FAIR ? thread->nice : (int)thread->rt.prio;
	row->cpu = thread->cpu;
	row->is_running = READ_ONCE(thread->on_cpu);
	row->run_ns = thread_run_ns(thread);
	row->switches = thread->switches;
	rows->count++;
	return true;
}

void command_threads(int argc UNUSED, char *const argv[] UNUSED)
{
	struct thread_rows rows = {.size = thread_count() + SPARE_ROWS};

	rows.rows = kmem_zalloc_array(rows.size, sizeof(*rows.rows));
	if (!rows.rows) {
		console_print("no memory for the list\n");
		return;
	}
	thread_for_each(copy_row, &rows);
	console_print("%6s %-24s %-10s %3s %-5s %5s %14s %10s\n", "ID", "NAME", "STATE", "CPU",
		      "CLASS", "LEVEL", "RUN US", "SWITCHES");
	for (uint32_t i = 0; i < rows.count; i++) {
		const struct thread_row *row = &rows.rows[i];

		console_print("%6lu %-24s %-10s %3u %-5s %5d %14lld %10lu\n", row->id, row->name,
			      row->is_running ? "running" : row->state, row->cpu, row->policy,
			      row->level, row->run_ns / NSEC_PER_USEC, row->switches);
	}
	console_print("%u threads\n", rows.count);
	kmem_free(rows.rows, rows.size * sizeof(*rows.rows));
}

void command_print_frame(uint32_t index, uint64_t pc, enum frame_kind kind)
{
	/* A return address may lie behind the end of the function that called. */
	uint64_t at = kind == FRAME_RETURN ? pc - 1 : pc;
	const char *name;
	uint64_t offset;

	if (ksym_lookup(at, &name, &offset) == 0)
		console_print("  #%-2u 0x%016lx %s+0x%lx\n", index, pc, name, offset + (pc - at));
	else
		console_print("  #%-2u 0x%016lx\n", index, pc);
}

/* Addresses of a call chain, innermost first. */
struct backtrace {
	struct thread *thread; /* whose it must be; NULL: anyone's */
	uint32_t count;
	bool is_exact; /* the first is where it was interrupted, not a return address */
	vaddr_t pcs[MAX_FRAMES];
};

static void walk(struct backtrace *bt, vaddr_t fp, vaddr_t pc)
{
	do {
		bt->pcs[bt->count++] = pc;
	} while (bt->count < MAX_FRAMES && arch_unwind_step(&fp, &pc));
}

/* On the CPU that the thread runs on, in the interrupt that stopped it. */
static void walk_interrupted(void *arg)
{
	struct backtrace *bt = arg;
	const struct trap_frame *frame = this_cpu_read(trap_interrupted);

	if (thread_current() != bt->thread || !frame)
		return;
	bt->is_exact = true;
	if (trap_frame_is_user(frame))
		bt->pcs[bt->count++] = trap_frame_pc(frame);
	else
		walk(bt, trap_frame_fp(frame), trap_frame_pc(frame));
}

/* The monitor itself: from its caller on. */
static NOINLINE void walk_self(struct backtrace *bt)
{
	vaddr_t fp = (vaddr_t)__builtin_frame_address(0);
	vaddr_t pc;

	if (arch_unwind_step(&fp, &pc))
		walk(bt, fp, pc);
}

/*
 * A thread that sleeps is walked from here; it may wake up meanwhile, then the
 * walk shows some of each. The unwinder checks every step, so no harm is done.
 */
static void walk_thread(struct backtrace *bt)
{
	struct thread *thread = bt->thread;
	vaddr_t fp;
	vaddr_t pc;

	if (thread == thread_current()) {
		walk_self(bt);
	} else if (READ_ONCE(thread->on_cpu)) {
		smp_call_cpu(READ_ONCE(thread->cpu), walk_interrupted, bt);
	} else {
		arch_thread_saved_frame(&thread->arch, &fp, &pc);
		walk(bt, fp, pc);
	}
}

struct thread_search {
	uint64_t id;
	struct thread *found; /* with a reference */
};

static bool match_id(struct thread *thread, void *ctx)
{
	struct thread_search *search = ctx;

	if (thread->id != search->id)
		return true;
	/* It stays in the list for a moment after its last reference is gone. */
	if (refcount_get_unless_zero(&thread->refs))
		search->found = thread;
	return false;
}

void command_bt(int argc, char *const argv[])
{
	struct thread_search search = {.id = thread_current()->id};
	struct backtrace bt = {.count = 0};

	if (argc > 1 && str_to_u64(argv[1], 0, NULL, &search.id)) {
		console_print("%s: not a number\n", argv[1]);
		return;
	}
	thread_for_each(match_id, &search);
	if (!search.found) {
		console_print("no thread %lu\n", search.id);
		return;
	}
	bt.thread = search.found;
	console_print("thread %lu, %s, %s on CPU %u\n", search.found->id, search.found->name,
		      search.found->on_cpu ? "running" : thread_state_name(search.found),
		      search.found->cpu);
	if (search.found->state == THREAD_NEW || search.found->state == THREAD_DEAD)
		console_print("it has no calls to show\n");
	else
		walk_thread(&bt);
	for (uint32_t i = 0; i < bt.count; i++)
		command_print_frame(i, bt.pcs[i],
				    i == 0 && bt.is_exact ? FRAME_EXACT : FRAME_RETURN);
	if (bt.count == 0 && search.found->state != THREAD_DEAD)
		console_print("it was not there any more; try again\n");
	thread_put(search.found);
}

struct name_search {
	struct thread *thread; /* not to be followed, only compared */
	char name[THREAD_NAME_LEN];
	uint64_t id;
};

static bool match_thread(struct thread *thread, void *ctx)
{
	struct name_search *search = ctx;

	if (thread != search->thread)
		return true;
	memcpy(search->name, thread->name, sizeof(search->name));
	search->id = thread->id;
	return false;
}

void command_cpus(int argc UNUSED, char *const argv[] UNUSED)
{
	console_print("%3s %6s %-20s %4s %10s %10s %10s %8s %8s %6s\n", "CPU", "THREAD", "NAME",
		      "RUNQ", "SWITCHES", "PREEMPT", "WAKES", "STEALS", "PUSHES", "IDLE%");
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		struct name_search search = {.thread = sched_running_on(cpu), .name = "?"};
		struct sched_cpu_stats stats;
		ktime_t now = time_now();

		sched_get_stats(cpu, &stats);
		thread_for_each(match_thread, &search);
		console_print("%3u %6lu %-20s %4u %10lu %10lu %10lu %8lu %8lu %6ld\n", cpu,
			      search.id, search.name, stats.runnable, stats.switches,
			      stats.preemptions, stats.wakes, stats.steals, stats.pushes,
			      now >= 100 ? stats.idle_ns / (now / 100) : 0);
	}
}

void command_timers(int argc UNUSED, char *const argv[] UNUSED)
{
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		ktime_t next;
		uint32_t count = timer_pending_count(cpu, &next);

		if (count == 0)
			console_print("CPU %u: none\n", cpu);
		else
			console_print("CPU %u: %u, the first in %lld us\n", cpu, count,
				      (next - time_now()) / NSEC_PER_USEC);
	}
}

#if CONFIG_DEBUG
struct held_lock {
	uint64_t thread_id;
	char name[THREAD_NAME_LEN];
	uint8_t rank;
	vaddr_t pc;
};

#define MAX_HELD_ROWS 24u

struct held_locks {
	struct held_lock rows[MAX_HELD_ROWS];
	uint32_t count;
	uint32_t total;
};

/* The thread may release its locks, or free them, while we read: a row may be out of date. */
static bool copy_held(struct thread *thread, void *ctx)
{
	struct held_locks *locks = ctx;
	uint32_t depth = MIN(READ_ONCE(thread->held.depth), LOCKDEP_MAX_HELD);

	locks->total += depth;
	for (uint32_t i = 0; i < depth && locks->count < MAX_HELD_ROWS; i++) {
		const struct lockdep *dep = READ_ONCE(thread->held.held[i]);
		struct held_lock *row = &locks->rows[locks->count];

		row->thread_id = thread->id;
		memcpy(row->name, thread->name, sizeof(row->name));
		row->rank = dep->rank;
		row->pc = dep->holder_pc;
		locks->count++;
	}
	return true;
}

void command_locks(int argc UNUSED, char *const argv[] UNUSED)
{
	struct held_locks *locks = kmem_zalloc(sizeof(*locks));

	if (!locks) {
		console_print("no memory for the list\n");
		return;
	}
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		console_print("CPU %u: %u spinlocks held\n", cpu, lockdep_spin_held_count(cpu));
	thread_for_each(copy_held, locks);
	for (uint32_t i = 0; i < locks->count; i++) {
		const struct held_lock *row = &locks->rows[i];

		console_print("thread %lu, %s: %s, taken at\n", row->thread_id, row->name,
			      lock_rank_name(row->rank));
		command_print_frame(0, row->pc, FRAME_RETURN);
	}
	console_print("%u sleeping locks held\n", locks->total);
	kmem_free(locks, sizeof(*locks));
}
#else
void command_locks(int argc UNUSED, char *const argv[] UNUSED)
{
	console_print(
		"this kernel does not record who holds locks; configure --enable-debug does\n");
}
#endif
