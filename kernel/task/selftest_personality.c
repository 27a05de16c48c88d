/*
 * The personality of the self-tests' programs: a dozen calls, and exceptions that
 * are counted and gone on from.
 */
#include "kernel/task/selftest_personality.h"
#include "kernel/arch/user.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/mutex.h"
#include "kernel/task/personality.h"
#include "kernel/task/uthread.h"
#include "kernel/vm/vmspace.h"

#define TEST_MAP_MAX GIB(1)

/* Of the process that is made next by a test. */
static struct test_run *next_run;

static struct mutex bug_mutex = MUTEX_INIT(bug_mutex, LOCK_SELFTEST_OUTER);

static int64_t do_exit(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	struct process_status status = {.end = PROCESS_EXITED,
					.code = (int32_t)arch_syscall_arg(frame, 0)};

	process_exit_current(status);
}

static int64_t do_report(struct test_run *run, const struct trap_frame *frame)
{
	uint64_t index = arch_syscall_arg(frame, 0);

	if (index >= ARRAY_SIZE(run->reports))
		return -EINVAL;
	WRITE_ONCE(run->reports[index], arch_syscall_arg(frame, 1));
	return 0;
}

static int64_t do_arg(struct test_run *run, const struct trap_frame *frame)
{
	uint64_t index = arch_syscall_arg(frame, 0);

	return index < ARRAY_SIZE(run->args) ? (int64_t)run->args[index] : -EINVAL;
}

static int64_t do_sleep(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	return thread_sleep_until(time_after((ktime_t)arch_syscall_arg(frame, 0)));
}

static int64_t do_resume(struct test_run *run, const struct trap_frame *frame)
{
	run->resume_pc = arch_syscall_arg(frame, 0);
	return 0;
}

static int64_t do_map(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	struct vm_map_request request = {
		.len = arch_syscall_arg(frame, 0),
		.place = VM_PLACE_ANYWHERE,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_READ | VM_WRITE,
	};
	vaddr_t addr;
	int err;

	if (request.len > TEST_MAP_MAX)
		return -EINVAL;
	err = vmspace_map(process_current()->space, &request, &addr);
	return err ? err : (int64_t)addr;
}

static int64_t do_protect(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	return vmspace_protect(process_current()->space, arch_syscall_arg(frame, 0),
			       arch_syscall_arg(frame, 1), (uint32_t)arch_syscall_arg(frame, 2));
}

static int64_t do_thread(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	struct trap_frame first;
	struct uthread *ut;
	int err;

	arch_user_frame_init(&first, arch_syscall_arg(frame, 0), arch_syscall_arg(frame, 1));
	err = uthread_create(process_current(), &first, &ut);
	if (err)
		return err;
	uthread_start(ut);
	uthread_put(ut);
	return 0;
}

NO_SANITIZE static int64_t do_bug(struct test_run *run UNUSED, const struct trap_frame *frame)
{
	const volatile uint32_t *null = NULL;

	HIDE_VALUE(null);
	switch (arch_syscall_arg(frame, 0)) {
	case USER_TEST_BUG_ASSERT:
		ASSERT(arch_syscall_arg(frame, 0) != USER_TEST_BUG_ASSERT);
		break;
	case USER_TEST_BUG_NULL:
		(void)null[2];
		break;
	case USER_TEST_BUG_LOCKED:
		mutex_lock(&bug_mutex);
		ASSERT(arch_syscall_arg(frame, 0) != USER_TEST_BUG_LOCKED);
		mutex_unlock(&bug_mutex);
		break;
	default:
		break;
	}
	return 0;
}

static int64_t do_yield(struct test_run *run UNUSED, const struct trap_frame *frame UNUSED)
{
	thread_yield();
	return 0;
}

static int64_t do_spawn(struct test_run *run, const struct trap_frame *frame UNUSED)
{
	struct process *child;
	int err = test_start(process_current()->job, &user_test_programs.sleep, run, &child);

	if (err)
		return err;
	process_put(child);
	return 0;
}

/* Becomes the program "registers", whatever the process was. */
static int64_t do_exec(struct test_run *run UNUSED, const struct trap_frame *frame UNUSED)
{
	struct process *process = process_current();
	struct trap_frame first;
	struct vmspace *space;
	int err;

	err = process_begin_exec();
	if (err)
		return err;
	err = vmspace_create(job_account(process->job), &space);
	if (err)
		goto out_abort;
	err = test_map_program(space, TEST_CODE_ADDR, &user_test_programs.registers);
	if (err)
		goto out_put_space;
	process_commit_exec(space, &test_personality, "registers");
	arch_user_frame_init(&first, TEST_CODE_ADDR, TEST_STACK_END);
	arch_user_enter(&first);

out_put_space:
	vmspace_put(space);
out_abort:
	process_abort_exec();
	return err;
}

static int64_t (*const calls[])(struct test_run *run, const struct trap_frame *frame) = {
	[USER_TEST_EXIT] = do_exit,	  [USER_TEST_REPORT] = do_report,
	[USER_TEST_ARG] = do_arg,	  [USER_TEST_SLEEP] = do_sleep,
	[USER_TEST_RESUME] = do_resume,	  [USER_TEST_MAP] = do_map,
	[USER_TEST_PROTECT] = do_protect, [USER_TEST_THREAD] = do_thread,
	[USER_TEST_BUG] = do_bug,	  [USER_TEST_YIELD] = do_yield,
	[USER_TEST_SPAWN] = do_spawn,	  [USER_TEST_EXEC] = do_exec,
};

NOINLINE static void do_call(struct uthread *ut, struct trap_frame *frame)
{
	uint64_t number = arch_syscall_number(frame);
	struct test_run *run = ut->process->personality_data;

	if (!user_test_is_gs_sane())
		run->bad_gs_count++;
	if (number == USER_TEST_JUMP) {
		trap_frame_set_pc(frame, arch_syscall_arg(frame, 0));
		return;
	}
	if (number < ARRAY_SIZE(calls) && calls[number])
		arch_syscall_set_result(frame, calls[number](run, frame));
	else
		arch_syscall_set_result(frame, -ENOSYS);
}

static void test_syscall(struct uthread *ut, struct trap_frame *frame)
{
	/* The one whose instructions are counted. */
	if (LIKELY(arch_syscall_number(frame) == USER_TEST_NULL))
		arch_syscall_set_result(frame, 0);
	else
		do_call(ut, frame);
}

static void test_user_fault(struct uthread *ut, struct trap_frame *frame,
			    const struct trap_info *info)
{
	struct process_status status = {.end = PROCESS_FAULTED, .code = (int32_t)info->cause};
	struct test_run *run = ut->process->personality_data;

	if (!user_test_is_gs_sane())
		run->bad_gs_count++;
	if (info->cause == TRAP_CAUSE_SINGLE_STEP) {
		run->step_count++;
		return;
	}
	if (run->fault_count < TEST_FAULTS_MAX)
		run->causes[run->fault_count] = (uint8_t)info->cause;
	run->fault_count++;
	if (!run->resume_pc)
		process_exit_current(status);
	trap_frame_set_pc(frame, run->resume_pc);
	run->resume_pc = 0;
}

static int test_process_init(struct process *process, struct process *parent)
{
	process->personality_data = parent ? parent->personality_data : next_run;
	return 0;
}

const struct personality_ops test_personality = {
	.name = "self-test",
	.syscall = test_syscall,
	.user_fault = test_user_fault,
	.process_init = test_process_init,
};

void test_personality_prepare(struct test_run *run)
{
	next_run = run;
}
