/* Self-tests of user mode, processes and jobs: running small programs. */
#ifndef KERNEL_TASK_SELFTEST_IMPL_H
#define KERNEL_TASK_SELFTEST_IMPL_H

#include "kernel/arch/user_test.h"
#include "kernel/core/selftest.h"
#include "kernel/task/job.h"
#include "kernel/task/process.h"

struct vmspace;

#define TEST_CODE_ADDR 0x400000ul
#define TEST_STACK_END 0x510000ul
#define TEST_FAULTS_MAX 16
/* Whatever is to happen soon has this long. */
#define TEST_PATIENCE_NS (20 * NSEC_PER_SEC)

/* What one program is told and says; processes made by it share it. */
struct test_run {
	/* in */
	uint64_t args[4];
	/* out, by the program */
	uint64_t reports[4];
	/* out, by the personality */
	uint32_t fault_count;
	uint8_t causes[TEST_FAULTS_MAX]; /* enum trap_cause of the first ones */
	uint32_t step_count;		 /* single steps, not counted as faults */
	uint32_t bad_gs_count;
	vaddr_t resume_pc; /* after an exception; 0: it ends the process */
};

/* An empty job below the root, for one test; NULL, and a failure, without memory. */
struct job *test_job_create(void);

/*
 * Starts a program in a process of its own: 0 and a reference, or the error of what
 * failed first.
 */
int test_start(struct job *job, const struct user_test_program *program, struct test_run *run,
	       struct process **out);

/* The same with code that ends where the page does. */
int test_start_at_page_end(struct job *job, vaddr_t page, const void *code, size_t len,
			   struct test_run *run, struct process **out);

/* The steps of it: a process that has nothing, a program in its space, a thread. */
int test_create_process(struct job *job, struct test_run *run, struct process **out);
int test_map_program(struct vmspace *space, vaddr_t addr, const struct user_test_program *code);
int test_start_thread(struct process *process, vaddr_t pc, vaddr_t sp);

/* Waits for its end, drops the reference; fails the test when that does not come. */
struct process_status test_finish(struct process *process);

/* Runs a program to its end in a job of its own, which must leave nothing behind. */
struct process_status test_run_alone(const struct user_test_program *program, struct test_run *run);

/* What there is of everything that a process consists of. */
struct test_census {
	uint32_t processes, jobs, spaces, threads;
	uint64_t accounts, cspaces, authorities, grants;
};

void test_take_census(struct test_census *out);
/* Waits for what is on its way out, then fails the test for what is left. */
void test_check_census(const struct test_census *before);

/* Ends a job: kills what is in it, checks that it costs nothing any more, drops it. */
void test_job_finish(struct job *job);

/* Whether the report comes to be at least value, in time. */
bool test_wait_report(struct test_run *run, uint32_t index, uint64_t value);

#endif
