/*
 * Stands in for the table that gen_syscalls.awk makes, which refers to every handler:
 * number 0 is the test's, all others are missing.
 */
int64_t test_call(struct lthread *lt, const struct trap_frame *frame);

static linux_call_fn *const calls[LINUX_NR_COUNT] = {
	[0] = test_call,
};
