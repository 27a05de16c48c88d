#include "kernel/lib/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static void agrees_with_a_queue(void **state)
{
	uint8_t *buf = malloc(16), out[40], in[40];
	uint8_t next_in = 0, next_out = 0;
	struct ring ring;
	uint64_t seed = 1;
	size_t fill = 0;

	(void)state;
	ring_init(&ring, buf, 16);
	/* Close to the wrap-around of the counters. */
	atomic32_store(&ring.head, UINT32_MAX - 1000);
	atomic32_store(&ring.tail, UINT32_MAX - 1000);
	for (int round = 0; round < 100000; round++) {
		size_t len = test_random(&seed, 24), done;

		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)(next_in + i);
		done = ring_write(&ring, in, len);
		assert_int_equal(done, len < 16 - fill ? len : 16 - fill);
		next_in = (uint8_t)(next_in + done);
		fill += done;
		assert_int_equal(ring_fill(&ring), fill);
		assert_int_equal(ring_room(&ring), 16 - fill);

		len = test_random(&seed, 24);
		done = ring_read(&ring, out, len);
		assert_int_equal(done, len < fill ? len : fill);
		for (size_t i = 0; i < done; i++)
			assert_int_equal(out[i], next_out++);
		fill -= done;
	}
	free(buf);
}

static void ring_of_one_byte(void **state)
{
	struct ring ring;
	char byte, c;

	(void)state;
	ring_init(&ring, &byte, 1);
	assert_int_equal(ring_read(&ring, &c, 1), 0);
	assert_int_equal(ring_write(&ring, "xy", 2), 1);
	assert_int_equal(ring_write(&ring, "y", 1), 0);
	assert_int_equal(ring_read(&ring, &c, 1), 1);
	assert_int_equal(c, 'x');
}

#define STREAM (1u << 20)

static void *produce(void *arg)
{
	uint8_t piece[37];
	uint32_t sent = 0;

	while (sent < STREAM) {
		uint32_t len = STREAM - sent < sizeof(piece) ? STREAM - sent : sizeof(piece);
		size_t done;

		for (uint32_t i = 0; i < len; i++)
			piece[i] = (uint8_t)((sent + i) * 7);
		done = ring_write(arg, piece, len);
		sent += (uint32_t)done;
		if (!done)
			sched_yield();
	}
	return NULL;
}

static void two_threads_lose_nothing(void **state)
{
	uint8_t buf[64], piece[50];
	uint32_t got = 0, wrong = 0;
	struct ring ring;
	pthread_t thread;

	(void)state;
	ring_init(&ring, buf, sizeof(buf));
	assert_int_equal(pthread_create(&thread, NULL, produce, &ring), 0);
	while (got < STREAM) {
		size_t done = ring_read(&ring, piece, sizeof(piece));

		for (size_t i = 0; i < done; i++, got++)
			wrong += piece[i] != (uint8_t)(got * 7);
		if (!done)
			sched_yield();
	}
	pthread_join(thread, NULL);
	assert_int_equal(wrong, 0);
}

static const struct CMUnitTest tests[] = {
	TEST(agrees_with_a_queue, "bytes come out as they went in, as many as fit"),
	TEST(ring_of_one_byte, "a ring of one byte works"),
	TEST(two_threads_lose_nothing, "a producer and a consumer thread lose nothing"),
};

int main(void)
{
	return RUN_TESTS("ring");
}
