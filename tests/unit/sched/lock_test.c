/* Mutexes and read-write locks. */
#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/rwlock.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

static struct mutex mutex = MUTEX_INIT(mutex, LOCK_PROCESS);
static struct rwlock rw = RWLOCK_INIT(rw, LOCK_PROCESS);

static char events[200];

static void note(const char *event)
{
	if (strlen(events) + strlen(event) < sizeof(events))
		strcat(events, event);
}

static int setup(void **state)
{
	(void)state;
	events[0] = '\0';
	return 0;
}

struct actor {
	const char *name;
	ktime_t hold;
	struct thread *thread;
	int result;
};

static void lock_mutex(void *arg)
{
	struct actor *actor = arg;

	mutex_lock(&mutex);
	note(actor->name);
	thread_sleep_ns(actor->hold);
	mutex_unlock(&mutex);
}

static void lock_mutex_interruptibly(void *arg)
{
	struct actor *actor = arg;

	actor->result = mutex_lock_interruptible(&mutex);
	if (actor->result == 0)
		mutex_unlock(&mutex);
}

static void spawn(struct actor *actor, void (*fn)(void *arg))
{
	actor->result = 1;
	actor->thread = machine_spawn(actor->name, fn, actor);
	thread_sleep_ns(1000);
}

static void uncontended_is_one_word(void **state)
{
	(void)state;
	assert_false(mutex_is_locked(&mutex));
	mutex_lock(&mutex);
	assert_true(mutex_is_locked(&mutex));
	assert_true(mutex.owner == (uintptr_t)thread_current());
	mutex_assert_held(&mutex);
	mutex_unlock(&mutex);
	assert_true(mutex.owner == 0);
	assert_true(mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	assert_int_equal(thread_current()->held.depth, 0);
}

static void waiters_get_it_in_order(void **state)
{
	struct actor actors[3] = {
		{.name = "a", .hold = MS}, {.name = "b", .hold = MS}, {.name = "c", .hold = MS}};

	(void)state;
	mutex_lock(&mutex);
	for (int i = 0; i < 3; i++)
		spawn(&actors[i], lock_mutex);
	assert_string_equal(events, "");
	note("-");
	mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		machine_join(actors[i].thread);
	assert_string_equal(events, "-abc");
	assert_true(mutex.owner == 0);
}

static void newcomer_overtakes_once(void **state)
{
	struct actor waiter = {.name = "w", .hold = 0};

	(void)state;
	mutex_lock(&mutex);
	spawn(&waiter, lock_mutex);
	/* It is woken but we take the lock again before it runs. */
	preempt_disable();
	mutex_unlock(&mutex);
	assert_true(mutex_trylock(&mutex));
	preempt_enable();
	thread_sleep_ns(MS);
	assert_string_equal(events, "");
	/* It asked for a hand-over: now it is the owner before it runs. */
	preempt_disable();
	mutex_unlock(&mutex);
	assert_false(mutex_trylock(&mutex));
	preempt_enable();
	machine_join(waiter.thread);
	assert_string_equal(events, "w");
	assert_true(mutex.owner == 0);
}

static void interruption_gives_up(void **state)
{
	struct actor first = {.name = "f"}, second = {.name = "s"};

	(void)state;
	mutex_lock(&mutex);
	spawn(&first, lock_mutex_interruptibly);
	spawn(&second, lock_mutex);
	thread_interrupt(first.thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(first.thread);
	assert_int_equal(first.result, -EINTR);
	mutex_unlock(&mutex);
	machine_join(second.thread);
	assert_string_equal(events, "s");
	assert_true(mutex.owner == 0);
	spawn(&first, lock_mutex_interruptibly);
	machine_join(first.thread);
	assert_int_equal(first.result, 0);
}

static void unlock_by_another_panics(void **state)
{
	(void)state;
	assert_true(FAKE_PANICS(mutex_unlock(&mutex)));
	assert_true(FAKE_PANICS(mutex_assert_held(&mutex)));
}

static void read_rw(void *arg)
{
	struct actor *actor = arg;

	rwlock_read_lock(&rw);
	note(actor->name);
	thread_sleep_ns(actor->hold);
	rwlock_read_unlock(&rw);
}

static void write_rw(void *arg)
{
	struct actor *actor = arg;

	rwlock_write_lock(&rw);
	note(actor->name);
	thread_sleep_ns(actor->hold);
	rwlock_write_unlock(&rw);
}

static void write_rw_interruptibly(void *arg)
{
	struct actor *actor = arg;

	actor->result = rwlock_write_lock_interruptible(&rw);
	if (actor->result == 0)
		rwlock_write_unlock(&rw);
}

static void read_rw_interruptibly(void *arg)
{
	struct actor *actor = arg;

	actor->result = rwlock_read_lock_interruptible(&rw);
	if (actor->result == 0)
		rwlock_read_unlock(&rw);
}

static void readers_share(void **state)
{
	struct actor reader = {.name = "r", .hold = 0};

	(void)state;
	rwlock_read_lock(&rw);
	spawn(&reader, read_rw);
	machine_join(reader.thread);
	assert_string_equal(events, "r");
	assert_false(rwlock_write_trylock(&rw));
	rwlock_read_unlock(&rw);
	assert_true(rwlock_write_trylock(&rw));
	assert_false(rwlock_read_trylock(&rw));
	rwlock_assert_write_held(&rw);
	rwlock_write_unlock(&rw);
	assert_true(rwlock_read_trylock(&rw));
	rwlock_read_unlock(&rw);
}

static void phases_alternate(void **state)
{
	struct actor w1 = {.name = "W"}, w2 = {.name = "X"};
	struct actor readers[3] = {{.name = "r"}, {.name = "r"}, {.name = "r"}};

	(void)state;
	rwlock_read_lock(&rw);
	spawn(&w1, write_rw);
	spawn(&readers[0], read_rw);
	spawn(&w2, write_rw);
	spawn(&readers[1], read_rw);
	spawn(&readers[2], read_rw);
	assert_string_equal(events, ""); /* readers wait behind the writer */
	rwlock_read_unlock(&rw);
	for (int i = 0; i < 3; i++)
		machine_join(readers[i].thread);
	machine_join(w1.thread);
	machine_join(w2.thread);
	/* One writer, all readers that waited, the next writer. */
	assert_string_equal(events, "WrrrX");
	assert_int_equal(rw.reader_count, 0);
	assert_null(rw.writer);
}

static void writer_that_gives_up_lets_readers_in(void **state)
{
	struct actor writer = {.name = "W"}, reader = {.name = "r"};

	(void)state;
	rwlock_read_lock(&rw);
	spawn(&writer, write_rw_interruptibly);
	spawn(&reader, read_rw);
	assert_string_equal(events, "");
	thread_interrupt(writer.thread, THREAD_INTERRUPT_KILL);
	machine_join(writer.thread);
	assert_int_equal(writer.result, -EINTR);
	machine_join(reader.thread);
	assert_string_equal(events, "r");
	rwlock_read_unlock(&rw);
	assert_true(rwlock_write_trylock(&rw));
	rwlock_write_unlock(&rw);
}

static void reader_that_gives_up_leaves_no_trace(void **state)
{
	struct actor reader = {.name = "r"};

	(void)state;
	rwlock_write_lock(&rw);
	spawn(&reader, read_rw_interruptibly);
	thread_interrupt(reader.thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(reader.thread);
	assert_int_equal(reader.result, -EINTR);
	rwlock_write_unlock(&rw);
	assert_int_equal(rw.reader_count, 0);
	spawn(&reader, read_rw_interruptibly);
	machine_join(reader.thread);
	assert_int_equal(reader.result, 0);
}

static void downgrade_lets_readers_in_and_keeps_writers_out(void **state)
{
	struct actor reader = {.name = "r"}, writer = {.name = "W"};

	(void)state;
	rwlock_write_lock(&rw);
	spawn(&writer, write_rw);
	spawn(&reader, read_rw);
	rwlock_downgrade(&rw);
	machine_join(reader.thread);
	assert_string_equal(events, "r");
	rwlock_read_unlock(&rw);
	machine_join(writer.thread);
	assert_string_equal(events, "rW");
}

#define CASE(function, sentence)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	CASE(uncontended_is_one_word, "an uncontended mutex is its owner, and nothing else"),
	CASE(waiters_get_it_in_order, "waiters get a mutex in order of arrival"),
	CASE(newcomer_overtakes_once, "a waiter is overtaken once, then the mutex is handed over"),
	CASE(interruption_gives_up, "an interrupted waiter leaves, and the next gets the mutex"),
	CASE(unlock_by_another_panics, "unlocking what one does not hold is a bug"),
	CASE(readers_share, "readers share, a writer excludes"),
	CASE(phases_alternate, "one writer, then all waiting readers, then the next writer"),
	CASE(writer_that_gives_up_lets_readers_in, "a writer that gives up lets the readers in"),
	CASE(reader_that_gives_up_leaves_no_trace, "a reader that gives up is not counted"),
	CASE(downgrade_lets_readers_in_and_keeps_writers_out,
	     "a downgraded writer is a reader among others"),
};

int main(void)
{
	return cmocka_run_group_tests_name("lock", tests, machine_start, NULL);
}
