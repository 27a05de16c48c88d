#include "kernel/arch/user.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/mutex.h"
#include "kernel/task/commit_bug.h"
#include "kernel/task/selftest_personality.h"
#include "kernel/task/uthread.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmspace.h"

#define STACK_LEN (16 * PAGE_SIZE)
#define STACK_ADDR (TEST_STACK_END - STACK_LEN)

struct job *test_job_create(void)
{
	struct job *job = NULL;

	SELFTEST_CHECK_EQ(job_create(job_root(), &job), 0);
	return job;
}

static int map_at(struct vmspace *space, vaddr_t addr, uint64_t len)
{
	struct vm_map_request request = {
		.addr = addr,
		.len = len,
		.place = VM_PLACE_FIXED_NEW,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_PROT_ALL,
	};

	return vmspace_map(space, &request, &addr);
}

/* A page of code with the given bytes somewhere in it. */
static int map_code(struct vmspace *space, vaddr_t addr, const void *code, size_t len)
{
	vaddr_t page = ALIGN_DOWN(addr, PAGE_SIZE);
	int err = map_at(space, page, PAGE_SIZE);

	if (!err)
		err = vm_write(space, addr, code, len);
	if (!err)
		err = vmspace_protect(space, page, PAGE_SIZE, VM_READ | VM_EXEC);
	return err;
}

int test_map_program(struct vmspace *space, vaddr_t addr, const struct user_test_program *code)
{
	size_t len = (size_t)((const uint8_t *)code->end - (const uint8_t *)code->start);
	int err = map_code(space, addr, code->start, len);

	return err ? err : map_at(space, STACK_ADDR, STACK_LEN);
}

int test_start_thread(struct process *process, vaddr_t pc, vaddr_t sp)
{
	struct trap_frame frame;
	struct uthread *ut;
	int err;

	arch_user_frame_init(&frame, pc, sp);
	err = uthread_create(process, &frame, &ut);
	if (err)
		return err;
	uthread_start(ut);
	uthread_put(ut);
	return 0;
}

/* A test's process is told of its run by a variable, one at a time. */
static int create_process(const struct process_config *config, struct test_run *run,
			  struct process **out)
{
	static struct mutex mutex = MUTEX_INIT(mutex, LOCK_SELFTEST_OUTER);
	int err;

	if (config->parent)
		return process_create(config, out);
	mutex_lock(&mutex);
	test_personality_prepare(run);
	err = process_create(config, out);
	mutex_unlock(&mutex);
	return err;
}

int test_create_process(struct job *job, struct test_run *run, struct process **out)
{
	struct process_config config = {
		.job = job,
		.personality = &test_personality,
		.name = "test",
	};

	return create_process(&config, run, out);
}

static int start_code_at(struct job *job, vaddr_t addr, const struct user_test_program *code,
			 struct test_run *run, struct process **out)
{
	struct process_config config = {
		.job = job,
		.personality = &test_personality,
		.parent = process_current(),
		.name = "test",
	};
	struct process *process;
	int err;

	err = create_process(&config, run, &process);
	if (err)
		return err;
	err = test_map_program(process->space, addr, code);
	if (!err)
		err = test_start_thread(process, addr, TEST_STACK_END);
	if (err)
		process_put(process);
	else
		*out = process;
	return err;
}

int test_start(struct job *job, const struct user_test_program *program, struct test_run *run,
	       struct process **out)
{
	return start_code_at(job, TEST_CODE_ADDR, program, run, out);
}

int test_start_at_page_end(struct job *job, vaddr_t page, const void *code, size_t len,
			   struct test_run *run, struct process **out)
{
	struct user_test_program program = {.start = code, .end = (const uint8_t *)code + len};

	return start_code_at(job, page + PAGE_SIZE - len, &program, run, out);
}

struct process_status test_finish(struct process *process)
{
	struct process_status status = {.end = PROCESS_KILLED, .code = -1};

	SELFTEST_CHECK_EQ(process_wait(process, time_after(TEST_PATIENCE_NS), &status), 0);
	process_put(process);
	return status;
}

struct process_status test_run_alone(const struct user_test_program *program, struct test_run *run)
{
	struct process_status status = {.end = PROCESS_KILLED, .code = -1};
	struct test_census census;
	struct process *process;
	struct job *job;
	int err;

	test_take_census(&census);
	job = test_job_create();
	if (!job)
		return status;
	err = test_start(job, program, run, &process);
	SELFTEST_CHECK_EQ(err, 0);
	if (!err)
		status = test_finish(process);
	SELFTEST_CHECK_EQ(run->bad_gs_count, 0);
	test_job_finish(job);
	test_check_census(&census);
	return status;
}

void task_commit_bug(uint64_t kind)
{
	static struct test_run run;
	struct process *process;
	struct job *job = test_job_create();

	run.args[0] = kind;
	if (job && test_start(job, &user_test_programs.bug, &run, &process) == 0)
		(void)test_finish(process);
}

void test_take_census(struct test_census *out)
{
	*out = (struct test_census){
		.processes = process_count(),
		.jobs = job_count(),
		.spaces = vmspace_count(),
		.threads = thread_count(),
		.accounts = mem_account_count(),
		.cspaces = cspace_total(),
		.authorities = authority_total(),
		.grants = grant_count(),
	};
}

void test_check_census(const struct test_census *before)
{
	ktime_t deadline = time_after(TEST_PATIENCE_NS);
	struct test_census now;

	for (;;) {
		test_take_census(&now);
		if (now.threads <= before->threads || time_now() > deadline)
			break;
		thread_sleep_ns(NSEC_PER_MSEC);
	}
	/* Fewer is no leak: what an earlier test left may have been on its way out before. */
	SELFTEST_CHECK(now.processes <= before->processes);
	SELFTEST_CHECK(now.jobs <= before->jobs);
	SELFTEST_CHECK(now.spaces <= before->spaces);
	SELFTEST_CHECK(now.threads <= before->threads);
	SELFTEST_CHECK(now.accounts <= before->accounts);
	SELFTEST_CHECK(now.cspaces <= before->cspaces);
	SELFTEST_CHECK(now.authorities <= before->authorities);
	SELFTEST_CHECK(now.grants <= before->grants);
}

/* The struct of a process outlives it by as long as its last thread takes to leave. */
static uint64_t wait_used(struct job *job)
{
	ktime_t deadline = time_after(TEST_PATIENCE_NS);

	while (mem_account_used(job_account(job)) > 0 && time_now() < deadline)
		thread_sleep_ns(NSEC_PER_MSEC / 4);
	return mem_account_used(job_account(job));
}

void test_job_finish(struct job *job)
{
	struct job_stat stat;

	job_kill(job, 9);
	SELFTEST_CHECK_EQ(job_wait_empty(job, time_after(TEST_PATIENCE_NS)), 0);
	SELFTEST_CHECK_EQ(wait_used(job), 0);
	job_get_stat(job, &stat);
	SELFTEST_CHECK_EQ(stat.memory_own, 0);
	SELFTEST_CHECK_EQ(stat.memory_kernel, 0);
	SELFTEST_CHECK_EQ(stat.process_count, 0);
	SELFTEST_CHECK_EQ(stat.thread_count, 0);
	SELFTEST_CHECK_EQ(stat.parked_count, 0);
	job_put(job);
}

bool test_wait_report(struct test_run *run, uint32_t index, uint64_t value)
{
	ktime_t deadline = time_after(TEST_PATIENCE_NS);

	while (READ_ONCE(run->reports[index]) < value) {
		if (time_now() > deadline)
			return false;
		thread_sleep_ns(NSEC_PER_MSEC / 4);
	}
	return true;
}
