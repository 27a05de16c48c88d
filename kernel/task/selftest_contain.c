/* Self-tests of containment: bugs of the kernel's that cost one job. */
#include "kernel/cap/cspace.h"
#include "kernel/ipc/event.h"
#include "kernel/task/selftest_impl.h"

/* The bug program with a capability to an event under a grant of its own. */
static int start_with_grant(struct job *job, struct test_run *run, struct grant *grant,
			    struct process **out)
{
	struct process *process;
	struct event *event;
	struct cap cap;
	uint32_t slot;
	int err;

	err = event_create(NULL, 0, &event);
	if (err)
		return err;
	cap_init(&cap, event_kobject(event), grant, RIGHTS_ALL, CAP_OWNS_GRANT);
	event_put(event);
	err = test_create_process(job, run, &process);
	if (err)
		goto out_drop_cap;
	err = cspace_insert(process->caps, &cap, 0, CAP_KEEP_ON_EXEC, &slot);
	if (err)
		goto out_put_process;
	err = test_map_program(process->space, TEST_CODE_ADDR, &user_test_programs.bug);
	if (!err)
		err = test_start_thread(process, TEST_CODE_ADDR, TEST_STACK_END);
	if (err)
		process_put(process);
	else
		*out = process;
	return err;

out_put_process:
	process_put(process);
out_drop_cap:
	cap_drop(&cap);
	return err;
}

SELFTEST(contain_revoke, "contain.revoke", "what a contained process held under grants is revoked")
{
	struct test_run run = {.args = {USER_TEST_BUG_ASSERT}};
	struct test_census census;
	struct process *process;
	struct grant *root;
	struct grant *grant;
	struct job *job;

	test_take_census(&census);
	job = test_job_create();
	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(grant_create_root(NULL, "self-test", &root) == 0);
	SELFTEST_REQUIRE(grant_mint(root, NULL, "self-test", 0, &grant) == 0);
	SELFTEST_REQUIRE(start_with_grant(job, &run, grant, &process) == 0);
	SELFTEST_CHECK_EQ(test_finish(process).end, PROCESS_CONTAINED);
	SELFTEST_CHECK(grant_is_dead(grant));
	SELFTEST_CHECK(!grant_is_dead(root));
	grant_put(grant);
	grant_put(root);
	test_job_finish(job);
	test_check_census(&census);
}

static void check_contained(uint64_t bug)
{
	struct test_run other_run = {0};
	struct test_run run = {.args = {bug}};
	struct process *bystander;
	struct process *neighbour;
	struct process *process;
	struct job *other = test_job_create();
	struct job *job = test_job_create();
	struct job_stat stat;

	SELFTEST_REQUIRE(job && other);
	SELFTEST_REQUIRE(test_start(other, &user_test_programs.spin, &other_run, &bystander) == 0);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.sleep, &other_run, &neighbour) == 0);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.bug, &run, &process) == 0);
	SELFTEST_CHECK_EQ(test_finish(process).end, PROCESS_CONTAINED);
	SELFTEST_CHECK_EQ(test_finish(neighbour).end, PROCESS_CONTAINED);
	SELFTEST_CHECK_EQ(run.reports[0], 1);
	SELFTEST_CHECK_EQ(process_get_state(bystander, NULL), PROCESS_RUNNING);
	job_get_stat(job, &stat);
	SELFTEST_CHECK_EQ(stat.events.contained, 1);
	SELFTEST_CHECK(stat.is_killed);
	process_put(bystander);
	test_job_finish(other);
	test_job_finish(job);
}

SELFTEST(contain_assert, "contain.assert", "a failed assertion in a system call ends one job")
{
	check_contained(USER_TEST_BUG_ASSERT);
}

SELFTEST(contain_null, "contain.null", "a null pointer followed in a system call ends one job")
{
	check_contained(USER_TEST_BUG_NULL);
}
