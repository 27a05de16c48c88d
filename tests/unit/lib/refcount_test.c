#include "kernel/lib/refcount.h"

#include <pthread.h>

#include "tests/unit/unit.h"

static void last_put_tells(void **state)
{
	struct refcount ref = REFCOUNT_INIT;

	(void)state;
	assert_true(refcount_get(&ref));
	assert_int_equal(refcount_read(&ref), 2);
	assert_false(refcount_put(&ref));
	assert_true(refcount_put(&ref));
	assert_int_equal(refcount_read(&ref), 0);
	assert_false(refcount_is_saturated(&ref));
}

static void dead_object_is_not_revived(void **state)
{
	struct refcount ref;

	(void)state;
	refcount_init(&ref);
	assert_true(refcount_get_unless_zero(&ref));
	assert_false(refcount_put(&ref));
	assert_true(refcount_put(&ref));
	assert_false(refcount_get_unless_zero(&ref));
	assert_int_equal(refcount_read(&ref), 0);
}

static void misuse_saturates(void **state)
{
	struct refcount ref = {.count = ATOMIC_INIT(0)};

	(void)state;
	assert_false(refcount_get(&ref));
	assert_true(refcount_is_saturated(&ref));
	atomic32_store(&ref.count, 0);
	assert_false(refcount_put(&ref));
	assert_true(refcount_is_saturated(&ref));
}

static void overflow_saturates_for_good(void **state)
{
	struct refcount ref = {.count = ATOMIC_INIT(REFCOUNT_MAX - 1)};

	(void)state;
	assert_true(refcount_get(&ref));
	assert_false(refcount_is_saturated(&ref));
	assert_false(refcount_get(&ref));
	assert_true(refcount_is_saturated(&ref));
	for (int i = 0; i < 1000; i++) {
		assert_false(refcount_put(&ref));
		assert_true(refcount_is_saturated(&ref));
		assert_true(refcount_get_unless_zero(&ref));
		assert_true(refcount_is_saturated(&ref));
	}
}

static void atomics_return_what_they_say(void **state)
{
	struct atomic32 a = ATOMIC_INIT(10);
	struct atomic64 b = ATOMIC_INIT(UINT64_C(1) << 40);
	uint32_t expected = 3;

	(void)state;
	assert_int_equal(atomic32_add_return(&a, 5), 15);
	assert_int_equal(atomic32_sub_return(&a, 1), 14);
	assert_int_equal(atomic32_fetch_add(&a, 1), 14);
	assert_int_equal(atomic32_fetch_sub(&a, 15), 15);
	assert_int_equal(atomic32_fetch_or(&a, 6), 0);
	assert_int_equal(atomic32_fetch_and(&a, 3), 6);
	assert_int_equal(atomic32_xchg(&a, 9), 2);
	assert_false(atomic32_cmpxchg(&a, &expected, 1));
	assert_int_equal(expected, 9);
	assert_true(atomic32_cmpxchg(&a, &expected, 1));
	assert_int_equal(atomic32_inc_return(&a), 2);
	assert_int_equal(atomic32_dec_return(&a), 1);
	atomic64_inc(&b);
	atomic64_or(&b, 2);
	atomic64_and(&b, UINT64_MAX - 1);
	assert_true(atomic64_load(&b) == (UINT64_C(1) << 40) + 2);
}

#define ROUNDS 200000

static struct refcount shared;

static void *get_and_put(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		if (!refcount_get(&shared) || refcount_put(&shared))
			return &shared;
	}
	return NULL;
}

static void threads_lose_no_count(void **state)
{
	pthread_t threads[3];
	void *failed;

	(void)state;
	refcount_init(&shared);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get_and_put, NULL), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(refcount_read(&shared), 1);
}

static const struct CMUnitTest tests[] = {
	TEST(last_put_tells, "only the last put tells that it was the last"),
	TEST(dead_object_is_not_revived, "a dead object is not revived by a weak reference"),
	TEST(misuse_saturates, "get or put of a dead object saturates"),
	TEST(overflow_saturates_for_good, "an overflow saturates for good"),
	TEST(atomics_return_what_they_say, "atomic operations return old or new as named"),
	TEST(threads_lose_no_count, "threads in parallel lose no count"),
};

int main(void)
{
	return RUN_TESTS("refcount");
}
