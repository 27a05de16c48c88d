/*
 * The stress test: everything at once, for a while, and then nothing left over.
 *
 * 200 threads lock two mutexes in order and a read-write lock, sleep on timers,
 * queue work, allocate and free memory of all kinds (each n-th allocation is
 * made to fail), pass tokens through a wait queue and start short-lived
 * children. Invariants are checked under the locks all the time; in the end the
 * numbers of threads, objects and pages are what they were.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/spinlock.h"
#define LOG_PREFIX "stress: "
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/rwlock.h"
#include "kernel/sched/selftest_impl.h"
#include "kernel/sched/work.h"

#define THREADS 200
#define FAIL_EVERY 37 /* a prime, so that it does not keep step with anything */

static uint32_t stress_seconds = 60;

static int apply_seconds(const char *value)
{
	uint64_t number;
	int err = cmdline_number(value, 86400, &number);

	if (err || number == 0)
		return -EINVAL;
	stress_seconds = (uint32_t)number;
	return 0;
}

BOOT_PARAM(stress_seconds, "stress-seconds", apply_seconds,
	   "how long the self-test \"stress\" runs (60)");

static struct mutex outer = MUTEX_INIT(outer, LOCK_SELFTEST_OUTER);
static struct mutex inner = MUTEX_INIT(inner, LOCK_SELFTEST_INNER);
static uint64_t outer_a GUARDED_BY(&outer), outer_b GUARDED_BY(&outer);
static uint64_t inner_a GUARDED_BY(&inner), inner_b GUARDED_BY(&inner);
static struct rwlock table_lock = RWLOCK_INIT(table_lock, LOCK_SELFTEST_OUTER);
static uint64_t table[16] GUARDED_BY(&table_lock); /* all equal */

static struct spinlock token_lock = SPINLOCK_INIT(LOCK_SELFTEST_INNER);
static struct waitq token_waiters GUARDED_BY(&token_lock) = WAITQ_INIT(token_waiters);
static uint64_t tokens GUARDED_BY(&token_lock);
static struct atomic64 tokens_given, tokens_taken;

static struct atomic64 steps, failed_allocs, children, works_run;
static uint32_t must_stop; /* atomic */

struct actor {
	struct thread *thread;
	uint64_t seed;
	struct work work;
};

static struct actor actors[THREADS];

/* A generator of its own, so that threads do not meet in a shared one. */
static uint32_t draw(struct actor *actor, uint32_t below)
{
	actor->seed = actor->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(actor->seed >> 33) % below;
}

static void step_mutexes(struct actor *actor)
{
	mutex_lock(&outer);
	SELFTEST_CHECK(outer_a == outer_b);
	outer_a++;
	if (draw(actor, 2) == 0) {
		mutex_lock(&inner);
		SELFTEST_CHECK(inner_a == inner_b);
		inner_a++;
		if (draw(actor, 8) == 0)
			thread_yield();
		inner_b++;
		mutex_unlock(&inner);
	}
	outer_b++;
	mutex_unlock(&outer);
}

static void step_table(struct actor *actor)
{
	if (draw(actor, 4) == 0) {
		rwlock_write_lock(&table_lock);
		for (size_t i = 0; i < ARRAY_SIZE(table); i++)
			table[i]++;
		rwlock_write_unlock(&table_lock);
		return;
	}
	rwlock_read_lock(&table_lock);
	for (size_t i = 1; i < ARRAY_SIZE(table); i++)
		SELFTEST_CHECK(table[i] == table[0]);
	rwlock_read_unlock(&table_lock);
}

static void step_object(struct actor *actor)
{
	size_t size = 1 + draw(actor, 6000);
	uint8_t *mem = kmem_alloc(size);

	if (!mem) {
		atomic64_inc(&failed_allocs);
		return;
	}
	memset(mem, (int)(size & 0xff), size);
	if (draw(actor, 4) == 0)
		thread_sleep_ns(draw(actor, 300) * NSEC_PER_USEC);
	SELFTEST_CHECK(mem[0] == (size & 0xff) && mem[size - 1] == (size & 0xff));
	kmem_free(mem, size);
}

static void step_pages(struct actor *actor)
{
	uint32_t order = draw(actor, 4);
	struct page *page = page_alloc(order, draw(actor, 2) ? PAGE_ALLOC_ZERO : 0);
	uint64_t *word;

	if (!page) {
		atomic64_inc(&failed_allocs);
		return;
	}
	word = page_vaddr(page);
	*word = (uintptr_t)word;
	thread_yield();
	SELFTEST_CHECK(*word == (uintptr_t)word);
	page_free(page, order);
}

static void step_take(struct actor *actor)
{
	ktime_t deadline = time_after((1 + draw(actor, 3000)) * NSEC_PER_USEC);
	int err = 0;

	spin_lock(&token_lock);
	while (tokens == 0 && !err)
		err = waitq_sleep(&token_waiters, &token_lock, deadline);
	if (tokens > 0) {
		tokens--;
		atomic64_inc(&tokens_taken);
	}
	spin_unlock(&token_lock);
	if (err == -EINTR)
		thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
}

static void step_give(struct actor *actor)
{
	uint32_t n = 1 + draw(actor, 3);

	spin_lock(&token_lock);
	tokens += n;
	waitq_wake_n(&token_waiters, n);
	spin_unlock(&token_lock);
	atomic64_add(&tokens_given, n);
	if (draw(actor, 8) == 0)
		thread_interrupt(actors[draw(actor, THREADS)].thread, THREAD_INTERRUPT_SIGNAL);
}

static void child(void *arg UNUSED)
{
	thread_yield();
	atomic64_inc(&children);
}

static void step_child(struct actor *actor)
{
	struct thread *thread;
	int nice = (int)draw(actor, 40) + NICE_MIN;

	if (thread_create("stress-child", child, NULL, &thread)) {
		atomic64_inc(&failed_allocs);
		return;
	}
	SELFTEST_CHECK_EQ(thread_set_priority(thread, THREAD_POLICY_FAIR, nice), 0);
	thread_start(thread);
	while (thread_join(thread, KTIME_FOREVER))
		thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
	thread_put(thread);
}

static void work_ran(struct work *work UNUSED)
{
	atomic64_inc(&works_run);
}

static void step_move(struct actor *actor)
{
	struct cpumask mask = cpumask_of(draw(actor, cpu_online_count()));
	struct cpumask all = cpumask_all();

	SELFTEST_CHECK_EQ(thread_set_affinity(actor->thread, &mask), 0);
	thread_yield();
	SELFTEST_CHECK(cpumask_test(&mask, cpu_current()));
	SELFTEST_CHECK_EQ(thread_set_affinity(actor->thread, &all), 0);
}

static void step(struct actor *actor)
{
	switch (draw(actor, 10)) {
	case 0:
		step_mutexes(actor);
		break;
	case 1:
		step_table(actor);
		break;
	case 2:
		step_object(actor);
		break;
	case 3:
		step_pages(actor);
		break;
	case 4:
		step_take(actor);
		break;
	case 5:
		step_give(actor);
		break;
	case 6:
		step_child(actor);
		break;
	case 7:
		step_move(actor);
		break;
	case 8:
		(void)work_queue(&actor->work);
		break;
	default:
		thread_sleep_ns(draw(actor, 5000) * NSEC_PER_USEC);
		break;
	}
	atomic64_inc(&steps);
}

static void act(void *arg)
{
	struct actor *actor = arg;

	while (!load_acquire(&must_stop))
		step(actor);
	(void)work_cancel(&actor->work);
}

struct counts {
	uint32_t threads;
	uint64_t objects;
	uint64_t stack_pages;
	uint64_t kmap_pages;
};

static void do_nothing(struct work *work UNUSED)
{
}

/* Gives back what CPUs keep for reuse, and has each make its worker. */
static void settle_all_cpus(void)
{
	struct cpumask all = cpumask_all();
	struct cpumask mask;
	struct work work;

	work_init(&work, do_nothing);
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		mask = cpumask_of(cpu);
		SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
		(void)work_queue(&work);
		work_flush(&work);
		kstack_reap_this_cpu();
		kmem_reap_this_cpu();
		page_drain_this_cpu();
	}
	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &all), 0);
}

static void count_all(struct counts *out)
{
	struct meminfo info;

	thread_sleep_ns(20 * NSEC_PER_MSEC); /* the last threads leave their stacks */
	settle_all_cpus();
	meminfo_read(&info);
	out->threads = thread_count();
	out->objects = kmem_used_count();
	out->stack_pages = info.used[MEM_USE_STACK];
	out->kmap_pages = info.used[MEM_USE_KMAP];
}

static void start_actors(void)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		actors[i].seed = i * 0x9e3779b97f4a7c15u + 1;
		work_init(&actors[i].work, work_ran);
		actors[i].thread = selftest_create("stress", act, &actors[i], SELFTEST_ANY_CPU);
	}
}

static void check_end(const struct counts *before)
{
	struct counts after;
	uint64_t left;

	count_all(&after);
	SELFTEST_CHECK_EQ(after.threads, before->threads);
	SELFTEST_CHECK_EQ(after.objects, before->objects);
	SELFTEST_CHECK_EQ(after.stack_pages, before->stack_pages);
	SELFTEST_CHECK_EQ(after.kmap_pages, before->kmap_pages);

	spin_lock(&token_lock);
	left = tokens;
	SELFTEST_CHECK(!waitq_has_sleepers(&token_waiters));
	spin_unlock(&token_lock);
	SELFTEST_CHECK_EQ(atomic64_load(&tokens_given), atomic64_load(&tokens_taken) + left);
	SELFTEST_CHECK(!mutex_is_locked(&outer) && !mutex_is_locked(&inner));
	SELFTEST_CHECK(atomic64_load(&children) > 0 && atomic64_load(&works_run) > 0);
	SELFTEST_CHECK(atomic64_load(&failed_allocs) > 0);
}

SELFTEST_LONG(test_stress, "stress",
	      "200 threads with locks, timers and failing allocations leave nothing behind")
{
	struct counts before;
	uint64_t injected = mm_fail_injected();
	uint32_t interval;

	count_all(&before);
	start_actors();
	for (uint32_t i = 0; i < THREADS; i++)
		SELFTEST_REQUIRE(actors[i].thread != NULL);
	interval = mm_fail_every(FAIL_EVERY);
	for (uint32_t i = 0; i < THREADS; i++)
		thread_start(actors[i].thread);

	for (uint32_t second = 0; second < stress_seconds; second++) {
		uint64_t seen = atomic64_load(&steps);

		thread_sleep_ns(NSEC_PER_SEC);
		/* A second in which nothing moved is a deadlock, not a slow host. */
		if (atomic64_load(&steps) == seen)
			thread_sleep_ns(10 * NSEC_PER_SEC);
		SELFTEST_CHECK(atomic64_load(&steps) != seen);
	}
	store_release(&must_stop, 1);
	for (uint32_t i = 0; i < THREADS; i++)
		selftest_join(actors[i].thread);
	(void)mm_fail_every(interval);

	log_info("%llu steps, %llu children, %llu failed allocations, %llu injected",
		 (unsigned long long)atomic64_load(&steps),
		 (unsigned long long)atomic64_load(&children),
		 (unsigned long long)atomic64_load(&failed_allocs),
		 (unsigned long long)(mm_fail_injected() - injected));
	check_end(&before);
}
