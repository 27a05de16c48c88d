#include "compat/linux/signal/queue.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

static struct signal_pending thread, process;
static struct signal_quota quota;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	signal_pending_init(&thread);
	signal_pending_init(&process);
	atomic32_store(&quota.count, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	signal_pending_clear(&thread);
	signal_pending_clear(&process);
	assert_int_equal(atomic32_load(&quota.count), 0);
	assert_int_equal(fake_bytes_allocated, 0);
	return 0;
}

static enum signal_sent send_to(struct signal_pending *to, uint32_t sig, int32_t code, int value,
				uint64_t limit)
{
	struct linux_siginfo info;

	signal_info_kill(&info, sig, code, 100 + value, 0);
	info.rt.value.sival_int = value;
	return signal_send(to, &info, &quota, limit);
}

static enum signal_sent queue(uint32_t sig, int value)
{
	return send_to(&thread, sig, LINUX_SI_QUEUE, value, 1000);
}

/* The number and value of the next one; 0 when there is none. */
static uint32_t take(linux_sigset_t blocked, int *value)
{
	struct signal_taken taken;
	uint32_t next = signal_next(&thread, &process, blocked);

	if (!signal_take(&thread, &process, blocked, &taken)) {
		assert_int_equal(next, 0);
		return 0;
	}
	assert_int_equal(next, taken.info.signo);
	if (value)
		*value = taken.info.rt.value.sival_int;
	return (uint32_t)taken.info.signo;
}

static void standard_signals_coalesce(void **state)
{
	int value;

	(void)state;
	assert_int_equal(queue(LINUX_SIGUSR1, 1), SIGNAL_SENT);
	assert_int_equal(queue(LINUX_SIGUSR1, 2), SIGNAL_COALESCED);
	assert_int_equal(take(0, &value), LINUX_SIGUSR1);
	assert_int_equal(value, 1);
	assert_int_equal(take(0, NULL), 0);
	assert_int_equal(queue(LINUX_SIGUSR1, 3), SIGNAL_SENT);
}

static void realtime_signals_queue(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(queue(40, i), SIGNAL_SENT);
	for (int i = 0; i < 5; i++) {
		int value;

		assert_int_equal(thread.set, signal_bit(40));
		assert_int_equal(take(0, &value), 40);
		assert_int_equal(value, i);
	}
	assert_int_equal(thread.set, 0);
}

static void order_of_delivery(void **state)
{
	(void)state;
	queue(LINUX_SIGRTMIN, 0);
	queue(LINUX_SIGTERM, 0);
	queue(LINUX_SIGHUP, 0);
	queue(LINUX_SIGSEGV, 0);
	send_to(&process, LINUX_SIGINT, LINUX_SI_USER, 0, 10);
	send_to(&process, LINUX_SIGKILL, LINUX_SI_USER, 0, 10);
	assert_int_equal(take(0, NULL), LINUX_SIGKILL);
	assert_int_equal(take(0, NULL), LINUX_SIGSEGV);
	assert_int_equal(take(0, NULL), LINUX_SIGHUP);
	assert_int_equal(take(0, NULL), LINUX_SIGTERM);
	assert_int_equal(take(0, NULL), LINUX_SIGRTMIN);
	assert_int_equal(take(0, NULL), LINUX_SIGINT);
	assert_int_equal(take(0, NULL), 0);
}

static void blocked_ones_stay(void **state)
{
	(void)state;
	queue(LINUX_SIGINT, 0);
	queue(LINUX_SIGSTOP, 0);
	assert_int_equal(take(~(linux_sigset_t)0, NULL), LINUX_SIGSTOP);
	assert_int_equal(take(~(linux_sigset_t)0, NULL), 0);
	assert_int_equal(thread.set, signal_bit(LINUX_SIGINT));
	assert_int_equal(take(~signal_bit(LINUX_SIGINT), NULL), LINUX_SIGINT);
}

static void the_limit_refuses_queued_ones(void **state)
{
	struct signal_taken taken;

	(void)state;
	assert_int_equal(send_to(&thread, 40, LINUX_SI_QUEUE, 0, 2), SIGNAL_SENT);
	assert_int_equal(send_to(&thread, 40, LINUX_SI_QUEUE, 1, 2), SIGNAL_SENT);
	assert_int_equal(send_to(&thread, 40, LINUX_SI_QUEUE, 2, 2), SIGNAL_REFUSED);
	assert_int_equal(atomic32_load(&quota.count), 2);
	/* kill() of a real-time signal arrives without its sender. */
	assert_int_equal(send_to(&thread, 41, LINUX_SI_USER, 3, 2), SIGNAL_SENT_BARE);
	assert_int_equal(send_to(&thread, LINUX_SIGUSR1, LINUX_SI_QUEUE, 3, 2), SIGNAL_SENT_BARE);
	/* A standard signal of kill() is not counted out. */
	assert_int_equal(send_to(&thread, LINUX_SIGUSR2, LINUX_SI_USER, 3, 2), SIGNAL_SENT);
	assert_int_equal(take(0, NULL), LINUX_SIGUSR1);
	assert_true(signal_take(&thread, &process, 0, &taken));
	assert_int_equal(taken.info.kill.pid, 103);
	assert_int_equal(take(0, NULL), 40);
	assert_int_equal(take(0, NULL), 40);
	assert_true(signal_take(&thread, &process, 0, &taken));
	assert_int_equal(taken.info.signo, 41);
	assert_int_equal(taken.info.code, LINUX_SI_USER);
	assert_int_equal(taken.info.kill.pid, 0);
	assert_int_equal(atomic32_load(&quota.count), 0);
}

static void no_memory_is_like_the_limit(void **state)
{
	(void)state;
	fake_fail_alloc(1);
	assert_int_equal(send_to(&thread, LINUX_SIGCHLD, LINUX_CLD_EXITED, 0, 9), SIGNAL_SENT_BARE);
	fake_fail_alloc(1);
	assert_int_equal(queue(50, 0), SIGNAL_REFUSED);
	assert_int_equal(take(0, NULL), LINUX_SIGCHLD);
	assert_int_equal(take(0, NULL), 0);
}

static void a_timer_overruns(void **state)
{
	struct signal_taken taken;
	struct signal_entry entry;

	(void)state;
	signal_entry_init(&entry);
	signal_info_timer(&entry.info, 45, 7, (union linux_sigval){.sival_int = 9});
	assert_int_equal(signal_send_entry(&process, &entry), SIGNAL_SENT);
	assert_int_equal(signal_send_entry(&process, &entry), SIGNAL_COALESCED);
	assert_true(signal_take(&thread, &process, 0, &taken));
	assert_ptr_equal(taken.timer, &entry);
	assert_int_equal(taken.info.timer.id, 7);
	assert_int_equal(signal_send_entry(&process, &entry), SIGNAL_SENT);
	assert_int_equal(send_to(&process, 45, LINUX_SI_QUEUE, 1, 5), SIGNAL_SENT);
	signal_entry_cancel(&process, &entry);
	signal_entry_cancel(&process, &entry);
	assert_int_equal(process.set, signal_bit(45));
	assert_int_equal(take(0, NULL), 45);
	assert_int_equal(process.set, 0);
	/* Dropped while queued, it is the timer's still. */
	assert_int_equal(signal_send_entry(&process, &entry), SIGNAL_SENT);
	signal_pending_clear(&process);
	assert_int_equal(signal_send_entry(&process, &entry), SIGNAL_SENT);
	signal_entry_cancel(&process, &entry);
	assert_int_equal(process.set, 0);
}

static void stops_and_cont_annul_each_other(void **state)
{
	(void)state;
	queue(LINUX_SIGTSTP, 0);
	queue(LINUX_SIGSTOP, 0);
	queue(LINUX_SIGHUP, 0);
	signal_cross_out(&thread, LINUX_SIGCONT);
	queue(LINUX_SIGCONT, 0);
	assert_int_equal(thread.set, signal_bit(LINUX_SIGCONT) | signal_bit(LINUX_SIGHUP));
	signal_cross_out(&thread, LINUX_SIGTTIN);
	assert_int_equal(thread.set, signal_bit(LINUX_SIGHUP));
	signal_cross_out(&thread, LINUX_SIGTERM);
	assert_int_equal(thread.set, signal_bit(LINUX_SIGHUP));
}

/* The model: a count and the values for each signal. */
static void agrees_with_a_model(void **state)
{
	static int values[65][256];
	uint32_t first[65] = {0}, last[65] = {0};
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint32_t sig = 1 + (uint32_t)test_random(&seed, 64);
		linux_sigset_t blocked = test_random(&seed, UINT64_MAX);
		uint32_t expected = 0;
		int value = -1;

		if (test_random(&seed, 2) && last[sig] - first[sig] < 200) {
			bool is_new = signal_is_realtime(sig) || first[sig] == last[sig];

			assert_int_equal(queue(sig, round),
					 is_new ? SIGNAL_SENT : SIGNAL_COALESCED);
			if (is_new)
				values[sig][last[sig]++ % 256] = round;
			continue;
		}
		blocked &= ~SIGNALS_UNBLOCKABLE;
		for (uint32_t pass = 0; pass < 3 && expected == 0; pass++) {
			linux_sigset_t wanted = pass == 0   ? signal_bit(LINUX_SIGKILL)
						: pass == 1 ? SIGNALS_FAULT
							    : ~(linux_sigset_t)0;

			for (uint32_t i = 64; i >= 1; i--)
				if (first[i] != last[i] && signal_bit(i) & wanted & ~blocked)
					expected = i;
		}
		assert_int_equal(take(blocked, &value), expected);
		if (expected != 0)
			assert_int_equal(value, values[expected][first[expected]++ % 256]);
	}
}

static void forms(void **state)
{
	(void)state;
	assert_int_equal(signal_form_of(LINUX_SIGSEGV, LINUX_SEGV_MAPERR), SIGNAL_FORM_FAULT);
	assert_int_equal(signal_form_of(LINUX_SIGSEGV, LINUX_SI_USER), SIGNAL_FORM_KILL);
	assert_int_equal(signal_form_of(LINUX_SIGSEGV, LINUX_SI_KERNEL), SIGNAL_FORM_KILL);
	assert_int_equal(signal_form_of(LINUX_SIGCHLD, LINUX_CLD_STOPPED), SIGNAL_FORM_CHILD);
	assert_int_equal(signal_form_of(LINUX_SIGIO, LINUX_POLL_HUP), SIGNAL_FORM_POLL);
	assert_int_equal(signal_form_of(40, LINUX_POLL_IN), SIGNAL_FORM_POLL);
	assert_int_equal(signal_form_of(40, LINUX_SI_QUEUE), SIGNAL_FORM_RT);
	assert_int_equal(signal_form_of(40, LINUX_SI_TIMER), SIGNAL_FORM_TIMER);
	assert_int_equal(signal_form_of(40, LINUX_SI_TKILL), SIGNAL_FORM_RT);
	assert_int_equal(signal_form_of(LINUX_SIGSYS, LINUX_SYS_SECCOMP), SIGNAL_FORM_SYS);
}

static void signalfd_record(void **state)
{
	struct linux_signalfd_siginfo out;
	struct linux_siginfo info;

	(void)state;
	memset(&info, 0xff, sizeof(info));
	signal_info_child(&info, LINUX_CLD_KILLED, 12, 1000, 9);
	memset(&out, 0xff, sizeof(out));
	signal_info_to_signalfd(&info, &out);
	assert_int_equal(out.signo, LINUX_SIGCHLD);
	assert_int_equal(out.code, LINUX_CLD_KILLED);
	assert_int_equal(out.pid, 12);
	assert_int_equal(out.uid, 1000);
	assert_int_equal(out.status, 9);
	assert_int_equal(out.addr, 0);
	signal_info_fault(&info, LINUX_SIGBUS, LINUX_BUS_ADRERR, 0x1234);
	signal_info_to_signalfd(&info, &out);
	assert_int_equal(out.addr, 0x1234);
	assert_int_equal(out.pid, 0);
}

static void default_actions(void **state)
{
	static const uint8_t cores[] = {3, 4, 5, 6, 7, 8, 11, 24, 25, 31};
	uint32_t count[5] = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cores); i++)
		assert_int_equal(signal_default_action(cores[i]), SIGNAL_DEFAULT_CORE);
	for (uint32_t sig = 1; sig <= LINUX_SIGRTMAX; sig++)
		count[signal_default_action(sig)]++;
	assert_int_equal(count[SIGNAL_DEFAULT_CORE], 10);
	assert_int_equal(count[SIGNAL_DEFAULT_IGNORE], 3);
	assert_int_equal(count[SIGNAL_DEFAULT_STOP], 4);
	assert_int_equal(count[SIGNAL_DEFAULT_CONTINUE], 1);
}

#define QUEUE_TEST(function, sentence)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup,                  \
		.teardown_func = teardown                                                          \
	}

static const struct CMUnitTest tests[] = {
	QUEUE_TEST(standard_signals_coalesce, "a standard signal is pending once"),
	QUEUE_TEST(realtime_signals_queue, "a real-time signal is pending as often as sent"),
	QUEUE_TEST(order_of_delivery, "SIGKILL, faults, the lowest number, the thread's own first"),
	QUEUE_TEST(blocked_ones_stay, "blocked signals stay pending, SIGSTOP cannot be blocked"),
	QUEUE_TEST(the_limit_refuses_queued_ones, "at the limit values are refused, kills are not"),
	QUEUE_TEST(no_memory_is_like_the_limit, "without memory a kill still arrives"),
	QUEUE_TEST(a_timer_overruns, "a timer's entry is queued once and stays the timer's"),
	QUEUE_TEST(stops_and_cont_annul_each_other, "SIGCONT and stop signals annul each other"),
	QUEUE_TEST(agrees_with_a_model, "random sends and takes agree with a model"),
	QUEUE_TEST(forms, "signal and code tell the form of a siginfo"),
	QUEUE_TEST(signalfd_record, "a signalfd record has what the siginfo's form has"),
	QUEUE_TEST(default_actions, "default actions are those of signal(7)"),
};

int main(void)
{
	return RUN_TESTS("linux/queue");
}
