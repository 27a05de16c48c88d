/* futex: waiting, waking, moving; times; shared and private words. */
#include "tests/guest/linux/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, WAIT_BITSET = 9, WAKE_BITSET };
#define PRIVATE 128
#define REALTIME 256

static uint32_t word, other;
static volatile int waiting, woken;

static long futex(uint32_t *at, int op, uint32_t value, const void *timeout, uint32_t *at2,
		  uint32_t value3)
{
	return syscall(SYS_futex, at, op, value, timeout, at2, value3);
}

static void *wait_once(void *mask)
{
	long result;

	__atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
	result = futex(&word, WAIT_BITSET | PRIVATE, 0, NULL, NULL, (uint32_t)(uintptr_t)mask);
	if (result == 0)
		__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start(pthread_t *threads, int count, const uintptr_t *masks)
{
	word = other = 0;
	waiting = woken = 0;
	for (int i = 0; i < count; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, wait_once,
					(void *)(masks ? masks[i] : 0xffffffff)),
			 0);
	while (waiting < count)
		usleep(1000);
	usleep(30000);
}

static void join(pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void another_value_does_not_wait(void)
{
	word = 1;
	CHECK_ERR(futex(&word, WAIT, 0, NULL, NULL, 0), EAGAIN);
	CHECK_ERR(futex(&word, WAIT | PRIVATE, 2, NULL, NULL, 0), EAGAIN);
	CHECK_EQ(futex(&word, WAKE, 1, NULL, NULL, 0), 0);
}

static void bad_words_are_refused(void)
{
	uint32_t *crooked = (uint32_t *)((uintptr_t)&word + 1);
	struct timespec bad = {0, -1};

	CHECK_ERR(futex(crooked, WAIT, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex(crooked, WAKE, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex((uint32_t *)8, WAIT, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERR(futex((uint32_t *)8, WAKE, 1, NULL, NULL, 0), EFAULT);
	word = 0;
	CHECK_ERR(futex(&word, WAIT, 0, &bad, NULL, 0), EINVAL);
	CHECK_ERR(futex(&word, WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex(&word, WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex(&word, 77, 0, NULL, NULL, 0), ENOSYS);
}

static void wake_wakes_as_many_as_it_says(void)
{
	pthread_t threads[3];

	start(threads, 3, NULL);
	CHECK_EQ(futex(&word, WAKE | PRIVATE, 2, NULL, NULL, 0), 2);
	usleep(20000);
	CHECK_EQ(woken, 2);
	CHECK_EQ(futex(&word, WAKE | PRIVATE, 10, NULL, NULL, 0), 1);
	join(threads, 3);
	CHECK_EQ(woken, 3);
}

static void bits_choose_who_is_woken(void)
{
	static const uintptr_t masks[] = {1, 2, 3};
	pthread_t threads[3];

	start(threads, 3, masks);
	CHECK_EQ(futex(&word, WAKE_BITSET | PRIVATE, 10, NULL, NULL, 4), 0);
	CHECK_EQ(futex(&word, WAKE_BITSET | PRIVATE, 10, NULL, NULL, 2), 2);
	CHECK_EQ(futex(&word, WAKE | PRIVATE, 10, NULL, NULL, 0), 1);
	join(threads, 3);
}

static void requeue_moves_waiters(void)
{
	pthread_t threads[3];

	start(threads, 3, NULL);
	CHECK_ERR(futex(&word, CMP_REQUEUE | PRIVATE, 1, (void *)10, &other, 7), EAGAIN);
	CHECK_EQ(futex(&word, CMP_REQUEUE | PRIVATE, 1, (void *)10, &other, 0), 3);
	CHECK_EQ(futex(&word, WAKE | PRIVATE, 10, NULL, NULL, 0), 0);
	CHECK_EQ(futex(&other, WAKE | PRIVATE, 10, NULL, NULL, 0), 2);
	join(threads, 3);
	start(threads, 2, NULL);
	CHECK_EQ(futex(&word, REQUEUE | PRIVATE, 0, (void *)10, &other, 0), 2);
	CHECK_EQ(futex(&other, WAKE | PRIVATE, 10, NULL, NULL, 0), 2);
	join(threads, 2);
}

static void wake_op_changes_and_wakes(void)
{
	/* other += 5; wake on other if it was 3 */
	uint32_t op = 1u << 28 | 0u << 24 | 5u << 12 | 3u;
	pthread_t threads[1];

	start(threads, 1, NULL);
	other = 3;
	CHECK_EQ(futex(&other, WAKE_OP | PRIVATE, 1, (void *)1, &word, op), 0);
	CHECK_EQ(word, 5);
	CHECK_EQ(futex(&word, WAKE_OP | PRIVATE, 1, (void *)1, &other, op), 1);
	CHECK_EQ(other, 8);
	join(threads, 1);
	CHECK_ERR(futex(&word, WAKE_OP | PRIVATE, 1, (void *)1, &other, 7u << 28), ENOSYS);
}

static long long now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void waiting_ends_in_time(void)
{
	long long before = now(CLOCK_MONOTONIC), until;
	struct timespec ts = {0, 20000000};

	word = 0;
	CHECK_ERR(futex(&word, WAIT | PRIVATE, 0, &ts, NULL, 0), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - before >= 20000000);
	until = now(CLOCK_MONOTONIC) + 20000000;
	ts = (struct timespec){until / 1000000000, until % 1000000000};
	CHECK_ERR(futex(&word, WAIT_BITSET | PRIVATE, 0, &ts, NULL, 1), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) >= until);
	until = now(CLOCK_REALTIME) + 20000000;
	ts = (struct timespec){until / 1000000000, until % 1000000000};
	CHECK_ERR(futex(&word, WAIT_BITSET | PRIVATE | REALTIME, 0, &ts, NULL, 1), ETIMEDOUT);
	CHECK(now(CLOCK_REALTIME) >= until);
}

static void nothing(int sig)
{
	(void)sig;
}

static void a_handler_interrupts_a_wait(void)
{
	struct sigaction action = {.sa_handler = nothing};
	pid_t parent = getpid(), pid;

	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	word = 0;
	CHECK_ERR(futex(&word, WAIT | PRIVATE, 0, NULL, NULL, 0), EINTR);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void processes_meet_in_shared_memory(void)
{
	uint32_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(futex(shared, WAIT, 0, NULL, NULL, 0) == 0 ? 0 : 1);
	usleep(50000);
	CHECK_EQ(futex(shared, WAKE, 1, NULL, NULL, 0), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	munmap(shared, 4096);
}

#define ROUNDS 2000
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *arg)
{
	int mine = (int)(intptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != mine)
			pthread_cond_wait(&cond, &mutex);
		turn = (turn + 1) % 4;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void no_wakeup_is_lost(void)
{
	pthread_t threads[4];

	turn = 0;
	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, take_turns, (void *)(intptr_t)i), 0);
	join(threads, 4);
	CHECK_EQ(turn, 0);
}

int main(void)
{
	static const struct test tests[] = {
		{another_value_does_not_wait, "a word of another value does not wait"},
		{bad_words_are_refused, "bad words, times and operations are refused"},
		{wake_wakes_as_many_as_it_says, "a wake wakes as many as it says"},
		{bits_choose_who_is_woken, "bits choose who is woken"},
		{requeue_moves_waiters, "a requeue moves waiters"},
		{wake_op_changes_and_wakes, "FUTEX_WAKE_OP changes a word and wakes"},
		{waiting_ends_in_time, "waiting ends in time, by both clocks"},
		{a_handler_interrupts_a_wait, "a handler interrupts a wait"},
		{processes_meet_in_shared_memory, "processes meet in shared memory"},
		{no_wakeup_is_lost, "no wakeup is lost between four threads"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
