/* Self-tests: mutexes and read-write locks. */
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/rwlock.h"
#include "kernel/sched/selftest_impl.h"

#define MS NSEC_PER_MSEC
#define WORKERS 6
#define ROUNDS 1000

static struct mutex mutex = MUTEX_INIT(mutex, LOCK_SELFTEST_OUTER);
/* Two that must stay equal, and are torn apart inside the critical section. */
static uint64_t left GUARDED_BY(&mutex), right GUARDED_BY(&mutex);

static void increment(void *arg)
{
	uintptr_t seed = (uintptr_t)arg;

	for (uintptr_t i = 0; i < ROUNDS; i++) {
		mutex_lock(&mutex);
		left++;
		if ((i + seed) % 16 == 0)
			thread_yield();
		SELFTEST_CHECK(left == right + 1);
		right++;
		mutex_unlock(&mutex);
	}
}

static void check_exclusion(void)
{
	struct thread *threads[WORKERS];

	mutex_lock(&mutex);
	left = 0;
	right = 0;
	mutex_unlock(&mutex);
	for (uintptr_t i = 0; i < WORKERS; i++)
		threads[i] = selftest_start("st-mutex", increment, (void *)i, SELFTEST_ANY_CPU);
	for (int i = 0; i < WORKERS; i++)
		selftest_join(threads[i]);
	mutex_lock(&mutex);
	SELFTEST_CHECK_EQ(left, (uint64_t)WORKERS * ROUNDS);
	SELFTEST_CHECK_EQ(right, (uint64_t)WORKERS * ROUNDS);
	mutex_unlock(&mutex);
	SELFTEST_CHECK(!mutex_is_locked(&mutex));
}

struct attempt {
	uint32_t has_begun; /* atomic */
	int result;
};

static void lock_interruptibly(void *arg)
{
	struct attempt *attempt = arg;
	int err;

	store_release(&attempt->has_begun, 1);
	err = mutex_lock_interruptible(&mutex);
	if (!err)
		mutex_unlock(&mutex);
	attempt->result = err;
}

static void try_lock(void *arg)
{
	struct attempt *attempt = arg;
	bool is_taken = mutex_trylock(&mutex);

	attempt->result = is_taken;
	if (is_taken)
		mutex_unlock(&mutex);
}

static void check_interruption(void)
{
	struct attempt attempt = {0};
	struct thread *thread;

	mutex_lock(&mutex);
	thread = selftest_start("st-try", try_lock, &attempt, SELFTEST_ANY_CPU);
	selftest_join(thread);
	SELFTEST_CHECK_EQ(attempt.result, false);

	thread = selftest_start("st-intr", lock_interruptibly, &attempt, SELFTEST_ANY_CPU);
	if (thread) {
		(void)selftest_wait_for(&attempt.has_begun, 5 * NSEC_PER_SEC);
		thread_sleep_ns(5 * MS);
		thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	}
	selftest_join(thread);
	mutex_unlock(&mutex);
	SELFTEST_CHECK_EQ(attempt.result, -EINTR);

	thread = selftest_start("st-try", try_lock, &attempt, SELFTEST_ANY_CPU);
	selftest_join(thread);
	SELFTEST_CHECK_EQ(attempt.result, true);
}

struct hog {
	uint32_t must_stop; /* atomic */
	uint64_t turns;
};

/* Leaves the lock free for an instant only, so that a sleeper is always late. */
static void hog_mutex(void *arg)
{
	struct hog *hog = arg;

	while (!load_acquire(&hog->must_stop)) {
		mutex_lock(&mutex);
		selftest_spin(MS / 2);
		hog->turns++;
		mutex_unlock(&mutex);
	}
}

static void check_no_starvation(void)
{
	struct hog hogs[2] = {{0}, {0}};
	struct thread *threads[2];
	ktime_t start;

	for (int i = 0; i < 2; i++)
		threads[i] = selftest_start("st-hog", hog_mutex, &hogs[i], SELFTEST_ANY_CPU);
	thread_sleep_ns(5 * MS);
	start = time_now();
	for (int i = 0; i < 20; i++) {
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
	}
	SELFTEST_CHECK(time_now() - start < 5 * NSEC_PER_SEC);
	for (int i = 0; i < 2; i++) {
		store_release(&hogs[i].must_stop, 1);
		selftest_join(threads[i]);
		SELFTEST_CHECK(hogs[i].turns > 0);
	}
}

SELFTEST(test_mutex, "sched.mutex",
	 "a mutex excludes, can be given up by interruption, and starves nobody")
{
	check_exclusion();
	check_interruption();
	check_no_starvation();
}

static struct rwlock rwlock = RWLOCK_INIT(rwlock, LOCK_SELFTEST_OUTER);
static struct atomic32 inside_readers, inside_writers, most_readers;
static uint32_t readers_stop; /* atomic */

static void read_many(void *arg UNUSED)
{
	uint32_t now, most;

	while (!load_acquire(&readers_stop)) {
		rwlock_read_lock(&rwlock);
		now = atomic32_inc_return(&inside_readers);
		most = atomic32_load(&most_readers);
		while (now > most && !atomic32_cmpxchg(&most_readers, &most, now))
			;
		SELFTEST_CHECK_EQ(atomic32_load(&inside_writers), 0);
		thread_sleep_ns(50 * NSEC_PER_USEC);
		(void)atomic32_dec_return(&inside_readers);
		rwlock_read_unlock(&rwlock);
	}
}

static void write_some(void *arg)
{
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++) {
		rwlock_write_lock(&rwlock);
		SELFTEST_CHECK_EQ(atomic32_inc_return(&inside_writers), 1);
		SELFTEST_CHECK_EQ(atomic32_load(&inside_readers), 0);
		if (i % 8 == 0)
			thread_yield();
		(void)atomic32_dec_return(&inside_writers);
		if (i % 4 == 0) {
			rwlock_downgrade(&rwlock);
			SELFTEST_CHECK_EQ(atomic32_load(&inside_writers), 0);
			rwlock_read_unlock(&rwlock);
		} else {
			rwlock_write_unlock(&rwlock);
		}
	}
}

static void write_interruptibly(void *arg)
{
	struct attempt *attempt = arg;
	int err;

	store_release(&attempt->has_begun, 1);
	err = rwlock_write_lock_interruptible(&rwlock);
	if (!err)
		rwlock_write_unlock(&rwlock);
	attempt->result = err;
}

static void try_read(void *arg)
{
	struct attempt *attempt = arg;
	bool is_taken = rwlock_read_trylock(&rwlock);

	if (is_taken)
		rwlock_read_unlock(&rwlock);
	attempt->result = is_taken;
}

/* A writer that gives up must let in the readers that queued up behind it. */
static void check_writer_gives_up(void)
{
	struct attempt attempt = {0}, try = {0};
	struct thread *writer, *reader;

	store_release(&readers_stop, 0);
	rwlock_read_lock(&rwlock);
	writer = selftest_start("st-writer", write_interruptibly, &attempt, SELFTEST_ANY_CPU);
	(void)selftest_wait_for(&attempt.has_begun, 5 * NSEC_PER_SEC);
	thread_sleep_ns(5 * MS);
	reader = selftest_start("st-try", try_read, &try, SELFTEST_ANY_CPU);
	selftest_join(reader);
	SELFTEST_CHECK_EQ(try.result, false);
	reader = selftest_start("st-reader", read_many, NULL, SELFTEST_ANY_CPU);
	thread_sleep_ns(5 * MS);
	SELFTEST_CHECK_EQ(atomic32_load(&most_readers), 0);
	if (writer)
		thread_interrupt(writer, THREAD_INTERRUPT_KILL);
	selftest_join(writer);
	SELFTEST_CHECK_EQ(attempt.result, -EINTR);
	SELFTEST_CHECK(selftest_wait_for(&most_readers.value, 5 * NSEC_PER_SEC));
	store_release(&readers_stop, 1);
	selftest_join(reader);
	rwlock_read_unlock(&rwlock);
}

SELFTEST(test_rwlock, "sched.rwlock",
	 "readers share, writers exclude, and neither kind starves the other")
{
	struct thread *readers[3], *writers[2];
	ktime_t deadline;

	atomic32_store(&most_readers, 0);
	check_writer_gives_up();

	atomic32_store(&most_readers, 0);
	store_release(&readers_stop, 0);
	for (int i = 0; i < 3; i++)
		readers[i] = selftest_start("st-reader", read_many, NULL, SELFTEST_ANY_CPU);
	for (int i = 0; i < 2; i++)
		writers[i] = selftest_start("st-writer", write_some, (void *)25, SELFTEST_ANY_CPU);
	/* With readers always inside, only a fair lock lets the writers end. */
	for (int i = 0; i < 2; i++)
		selftest_join(writers[i]);
	/* On a machine with other things to do it may take a while until two meet. */
	deadline = time_after(5 * NSEC_PER_SEC);
	while (atomic32_load(&most_readers) < 2 && time_now() < deadline)
		thread_sleep_ns(MS);
	store_release(&readers_stop, 1);
	for (int i = 0; i < 3; i++)
		selftest_join(readers[i]);
	SELFTEST_CHECK(atomic32_load(&most_readers) > 1);
	rwlock_write_lock(&rwlock);
	rwlock_assert_write_held(&rwlock);
	rwlock_write_unlock(&rwlock);
}
