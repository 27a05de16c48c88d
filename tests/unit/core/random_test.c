#include "kernel/core/random.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/arch/cpu.h"
#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

#define RESEED_TIME (301 * NSEC_PER_SEC)

/* The processor's generator: absent, or a counter, so that nothing here is random by itself. */
static bool has_hw;
static uint64_t hw_calls;

int arch_hw_random(uint64_t *out)
{
	if (!has_hw)
		return -ENODEV;
	*out = ++hw_calls;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	has_hw = false;
	return 0;
}

static uint32_t ones(const uint8_t *bytes, size_t len)
{
	uint32_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += (uint32_t)__builtin_popcount(bytes[i]);
	return count;
}

/* Must be first: what follows credits entropy. */
static void is_not_seeded_without_a_source(void **state)
{
	uint64_t event = 0;

	(void)state;
	fake_cpus_init(2);
	random_init();
	assert_false(random_is_seeded());
	assert_int_not_equal(random_u64(), random_u64());
	random_add_entropy(&event, sizeof(event), 255);
	assert_false(random_is_seeded());
	/* 64 events are worth 16 bits. */
	for (uint32_t i = 0; i < 63; i++)
		random_add_event(i);
	assert_false(random_is_seeded());
	random_add_event(63);
	assert_true(random_is_seeded());
}

static void hardware_seeds_at_once(void **state)
{
	(void)state;
	has_hw = true;
	random_init();
	assert_true(random_is_seeded());
	assert_int_equal(hw_calls, 4);
}

static void words_do_not_repeat(void **state)
{
	static uint64_t words[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		fake_cpu_switch(i % 3 == 0);
		words[i] = random_u64();
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(words[i], words[j]);
	}
	fake_cpu_switch(0);
	assert_in_range(ones((uint8_t *)words, sizeof(words)), 64000 - 1800, 64000 + 1800);
}

static void every_length_is_filled_exactly(void **state)
{
	static uint8_t buf[1024];

	(void)state;
	for (size_t len = 0; len < 1000; len++) {
		uint8_t seen[1000] = {0};
		size_t missing = 0;

		/* Each byte is non-zero in one of a few tries, the one behind never. */
		for (int try = 0; try < 8; try++) {
			memset(buf, 0, sizeof(buf));
			random_bytes(buf, len);
			assert_int_equal(buf[len], 0);
			for (size_t i = 0; i < len; i++)
				seen[i] |= buf[i];
		}
		for (size_t i = 0; i < len; i++)
			missing += seen[i] == 0;
		assert_int_equal(missing, 0);
	}
}

static void add_a_byte(void)
{
	random_add_entropy("x", 1, 0);
}

static void do_nothing(void)
{
}

/*
 * The word this CPU would give after the change, found out by a child process:
 * nothing in it is random but what the test makes so.
 */
static uint64_t word_after(void (*change)(void))
{
	uint64_t word = 0;
	int pipe_fds[2];
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		change();
		word = random_u64();
		_exit(write(pipe_fds[1], &word, sizeof(word)) != sizeof(word));
	}
	assert_int_equal(read(pipe_fds[0], &word, sizeof(word)), sizeof(word));
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return word;
}

static void entropy_reaches_every_cpu(void **state)
{
	(void)state;
	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		fake_cpu_switch(cpu);
		(void)random_u64(); /* words made ahead are at hand */
		assert_int_equal(word_after(do_nothing), word_after(do_nothing));
		assert_int_not_equal(word_after(do_nothing), word_after(add_a_byte));
	}
	fake_cpu_switch(0);
}

static void reseeds_with_time(void **state)
{
	uint64_t calls;

	(void)state;
	random_reseed();
	calls = hw_calls;
	for (int i = 0; i < 1000; i++)
		(void)random_u64();
	assert_int_equal(hw_calls, calls);
	fake_now += RESEED_TIME;
	for (int i = 0; i < 1000; i++)
		(void)random_u64();
	assert_int_equal(hw_calls, calls + 4);
}

static void bounded_numbers_are_even(void **state)
{
	uint32_t counts[7] = {0};

	(void)state;
	for (int i = 0; i < 70000; i++)
		counts[random_below(7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9500, 10500);
	assert_int_equal(random_below(1), 0);
	assert_true(random_below(UINT64_MAX) < UINT64_MAX);
	assert_true(FAKE_PANICS((void)random_below(0)));
}

static void interrupts_stay_as_they_were(void **state)
{
	uint8_t buf[500];
	irqflags_t flags;

	(void)state;
	(void)random_u64();
	random_bytes(buf, sizeof(buf));
	assert_true(arch_irqs_are_enabled());
	flags = arch_irq_save();
	(void)random_u64();
	random_bytes(buf, sizeof(buf));
	random_reseed();
	assert_false(arch_irqs_are_enabled());
	arch_irq_restore(flags);
	assert_int_equal(fake_locks_held, 0);
}

static const struct CMUnitTest tests[] = {
	TEST(is_not_seeded_without_a_source, "without a source it is not seeded until events came"),
	{.name = "hardware numbers seed at once",
	 .test_func = hardware_seeds_at_once,
	 .setup_func = setup},
	TEST(words_do_not_repeat, "words do not repeat, on any CPU"),
	TEST(every_length_is_filled_exactly, "every length is filled exactly"),
	TEST(entropy_reaches_every_cpu, "new entropy is in the very next word of every CPU"),
	TEST(reseeds_with_time, "the seed is renewed as time passes, and not more often"),
	TEST(bounded_numbers_are_even, "bounded numbers are evenly spread"),
	TEST(interrupts_stay_as_they_were, "interrupts and locks are left as they were"),
};

int main(void)
{
	return RUN_TESTS("random");
}
