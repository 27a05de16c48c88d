#include "compat/linux/syscall/restart.h"

#include "compat/linux/syscall/syscall_numbers.h"
#include "kernel/arch/user.h"

#include "tests/unit/unit.h"

static void the_table_of_signal7(void **state)
{
	static const struct {
		enum restart_rule rule;
		enum restart_action none, handler, restart;
	} rows[] = {
		{RESTART_IF_ASKED, RESTART_AGAIN, RESTART_EINTR, RESTART_AGAIN},
		{RESTART_ALWAYS, RESTART_AGAIN, RESTART_AGAIN, RESTART_AGAIN},
		{RESTART_WITHOUT_HANDLER, RESTART_AGAIN, RESTART_EINTR, RESTART_EINTR},
		{RESTART_BY_BLOCK, RESTART_BLOCK, RESTART_EINTR, RESTART_EINTR},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t result = restart_result(-EINTR, rows[i].rule);

		assert_int_equal(restart_decide(result, RESTART_SIGNAL_NONE), rows[i].none);
		assert_int_equal(restart_decide(result, RESTART_SIGNAL_HANDLER), rows[i].handler);
		assert_int_equal(restart_decide(result, RESTART_SIGNAL_RESTART), rows[i].restart);
	}
}

static void other_results_stand(void **state)
{
	static const int64_t results[] = {0, 1, 512, 516, -EIO, -EINTR, -515, -517, INT64_MIN};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		assert_int_equal(restart_decide(results[i], RESTART_SIGNAL_NONE), RESTART_KEEP);
		if (results[i] != -EINTR)
			assert_int_equal(restart_result(results[i], RESTART_ALWAYS), results[i]);
	}
}

static void the_frame_is_set(void **state)
{
	struct trap_frame frame = {.pc = 1002, .result = -512};

	(void)state;
	assert_int_equal(restart_apply(&frame, 7, -512, RESTART_SIGNAL_HANDLER), RESTART_EINTR);
	assert_int_equal(frame.result, -EINTR);
	assert_int_equal(frame.pc, 1002);
	assert_int_equal(restart_apply(&frame, 7, -512, RESTART_SIGNAL_RESTART), RESTART_AGAIN);
	assert_int_equal(frame.pc, 1000);
	assert_int_equal(frame.call, 7);
	frame.pc = 1002;
	assert_int_equal(restart_apply(&frame, 7, -516, RESTART_SIGNAL_NONE), RESTART_BLOCK);
	assert_int_equal(frame.call, LINUX_NR_RESTART_SYSCALL);
	assert_int_equal(restart_apply(&frame, 7, 5, RESTART_SIGNAL_NONE), RESTART_KEEP);
	assert_int_equal(frame.pc, 1000);
}

static int64_t again(struct lthread *lt, struct restart_block *block)
{
	(void)lt;
	return block->deadline;
}

static void a_block_runs_once(void **state)
{
	struct restart_block block;

	(void)state;
	restart_block_init(&block);
	assert_int_equal(restart_block_run(NULL, &block), -EINTR);
	block.again = again;
	block.deadline = 55;
	assert_int_equal(restart_block_run(NULL, &block), 55);
	assert_int_equal(restart_block_run(NULL, &block), -EINTR);
}

static const struct CMUnitTest tests[] = {
	TEST(the_table_of_signal7, "rule and signal decide as signal(7) says"),
	TEST(other_results_stand, "results that are no interruption stand"),
	TEST(the_frame_is_set, "a restart goes back to the instruction with the number"),
	TEST(a_block_runs_once, "restart_syscall goes on with a block once"),
};

int main(void)
{
	return RUN_TESTS("linux/restart");
}
