/* Self-tests of the way into the kernel and back: system calls, exceptions, state. */
#define LOG_PREFIX "task: "
#include "kernel/core/log.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/time.h"
#include "kernel/core/trap.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"
#include "kernel/task/selftest_impl.h"
#include "kernel/task/uthread.h"

#define NULL_CALLS 20000u
#define NMI_COUNT 1000u

SELFTEST(user_null_call, "user.null-call", "a program makes system calls and exits with its code")
{
	struct test_run run = {.args = {NULL_CALLS}};
	struct process_status status = test_run_alone(&user_test_programs.null_loop, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(status.code, 0);
	SELFTEST_CHECK_EQ(run.reports[1], 0);
	log_info("%lu cycles for a null call and the loop around it", run.reports[0] / NULL_CALLS);
}

SELFTEST(user_registers, "user.registers", "a system call leaves all registers alone but its three")
{
	struct test_run run = {0};
	struct process_status status = test_run_alone(&user_test_programs.registers, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(run.reports[0], 0);
}

SELFTEST(user_single_step, "user.single-step", "a program that steps through system calls goes on")
{
	struct test_run run = {0};
	struct process_status status = test_run_alone(&user_test_programs.single_step, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	/* The flag is still set after two calls. */
	SELFTEST_CHECK(run.reports[0] & 0x100);
	/* One for each instruction between the two changes of the flag, but the calls. */
	SELFTEST_CHECK(run.step_count >= 8 && run.step_count <= 10);
	SELFTEST_CHECK_EQ(run.fault_count, 0);
}

SELFTEST(user_bases, "user.bases", "FS and GS bases survive calls, exceptions and other threads")
{
	struct test_run run[2] = {{.args = {200, 0x123456789000, 0x7654321}},
				  {.args = {200, 0xffff800000001234, 0xffffffffffffffff}}};
	struct process *process[2];
	struct job *job;

	if (!user_test_has_base_instructions())
		return;
	job = test_job_create();
	SELFTEST_REQUIRE(job);
	for (int i = 0; i < 2; i++)
		SELFTEST_REQUIRE(test_start(job, &user_test_programs.bases, &run[i], &process[i]) ==
				 0);
	for (int i = 0; i < 2; i++) {
		struct process_status status = test_finish(process[i]);

		SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
		SELFTEST_CHECK_EQ(run[i].reports[0], 0);
		SELFTEST_CHECK_EQ(run[i].fault_count, 400);
		SELFTEST_CHECK_EQ(run[i].bad_gs_count, 0);
	}
	test_job_finish(job);
}

SELFTEST(user_vectors, "user.vectors", "vector registers are a thread's own")
{
	struct test_run run[4];
	struct process *process[4];
	struct job *job = test_job_create();

	SELFTEST_REQUIRE(job);
	for (uint32_t i = 0; i < ARRAY_SIZE(run); i++) {
		run[i] = (struct test_run){.args = {500, (i + 1) * 0x1111111100ull}};
		SELFTEST_REQUIRE(
			test_start(job, &user_test_programs.vectors, &run[i], &process[i]) == 0);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(run); i++) {
		struct process_status status = test_finish(process[i]);

		SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
		SELFTEST_CHECK_EQ(run[i].reports[0], 0);
	}
	test_job_finish(job);
}

SELFTEST(user_faults, "user.faults", "each exception in user mode is reported for what it is")
{
	static const uint8_t expected[] = {
		TRAP_CAUSE_ILLEGAL_INSTRUCTION, TRAP_CAUSE_DIVIDE,
		TRAP_CAUSE_BREAKPOINT,		TRAP_CAUSE_PROTECTION, /* hlt */
		TRAP_CAUSE_PROTECTION,				       /* cli */
		TRAP_CAUSE_PAGE_FAULT,				       /* null */
		TRAP_CAUSE_PAGE_FAULT,				       /* write to code */
		TRAP_CAUSE_PAGE_FAULT,				       /* execute the stack */
		TRAP_CAUSE_PROTECTION,				       /* not canonical */
		TRAP_CAUSE_PAGE_FAULT,				       /* kernel memory */
		TRAP_CAUSE_PAGE_FAULT,				       /* kernel code */
		TRAP_CAUSE_PROTECTION,				       /* int $0x80 */
		TRAP_CAUSE_PROTECTION,				       /* int of an exception */
		TRAP_CAUSE_PROTECTION,				       /* 32-bit code */
	};
	struct test_run run = {0};
	struct process_status status = test_run_alone(&user_test_programs.faults, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(run.fault_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		SELFTEST_CHECK_EQ(run.causes[i], expected[i]);
}

SELFTEST(user_jump, "user.bad-return", "a return to an impossible address is the program's fault")
{
	static const uint64_t places[] = {0x800000000000, 0x7ffffffff000, 0xffff800000000000,
					  0xffffffff80100000, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct test_run run = {.args = {places[i]}};
		struct process_status status;

		status = test_run_alone(&user_test_programs.jump_away, &run);
		SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
		SELFTEST_CHECK_EQ(run.reports[0], 1);
		SELFTEST_CHECK_EQ(run.fault_count, 1);
		SELFTEST_CHECK_EQ(run.causes[0], TRAP_CAUSE_PROTECTION);
	}
}

SELFTEST(user_last_page, "user.last-page", "a system call in the last bytes of memory returns")
{
	struct test_run run = {0};
	struct process_status status;
	struct process *process;
	struct job *job = test_job_create();

	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(test_start_at_page_end(job, ARCH_USER_END - PAGE_SIZE, user_test_syscall,
						user_test_syscall_len, &run, &process) == 0);
	status = test_finish(process);
	/* Behind it there is nothing to be executed. */
	SELFTEST_CHECK_EQ(status.end, PROCESS_FAULTED);
	SELFTEST_CHECK_EQ(status.code, TRAP_CAUSE_PAGE_FAULT);
	SELFTEST_CHECK_EQ(run.bad_gs_count, 0);
	test_job_finish(job);
}

static void set_breakpoint(void *arg)
{
	user_test_break_at_entry(*(const bool *)arg);
}

static void set_all_breakpoints(bool is_set)
{
	smp_call_others(set_breakpoint, &is_set);
	set_breakpoint(&is_set);
}

static void sum_counts(struct user_test_counts *sum)
{
	*sum = (struct user_test_counts){0};
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		struct user_test_counts counts;

		user_test_read_counts(cpu, &counts);
		sum->nmi += counts.nmi;
		sum->nmi_at_entry += counts.nmi_at_entry;
		sum->debug += counts.debug;
		sum->debug_at_entry += counts.debug_at_entry;
	}
}

SELFTEST(user_debug_entry, "user.debug-at-entry",
	 "a debug trap on the first instruction of the kernel does no harm")
{
	struct test_run run = {.args = {100}};
	struct user_test_counts before;
	struct user_test_counts after;
	struct process_status status;

	sum_counts(&before);
	preempt_disable();
	set_all_breakpoints(true);
	preempt_enable();
	status = test_run_alone(&user_test_programs.null_loop, &run);
	preempt_disable();
	set_all_breakpoints(false);
	preempt_enable();
	sum_counts(&after);
	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK(after.debug_at_entry - before.debug_at_entry >= 100);
	SELFTEST_CHECK_EQ(after.debug - before.debug, after.debug_at_entry - before.debug_at_entry);
}

static bool pin_to_last_cpu(struct uthread *ut, void *ctx UNUSED)
{
	struct cpumask mask = cpumask_of(cpu_online_count() - 1);

	SELFTEST_CHECK_EQ(thread_set_affinity(ut->thread, &mask), 0);
	return true;
}

/* Sends one, and waits until it has come: those that pend become one. */
static void send_nmi(cpu_id_t cpu, struct process *process)
{
	struct user_test_counts before;
	struct user_test_counts now;

	user_test_read_counts(cpu, &before);
	user_test_send_nmi(cpu);
	do {
		arch_cpu_relax();
		user_test_read_counts(cpu, &now);
	} while (now.nmi == before.nmi && process_get_state(process, NULL) == PROCESS_RUNNING);
}

/* NMIs to the last CPU, where the program calls all the time, until that ends. */
static void send_nmis(struct process *process)
{
	struct cpumask first = cpumask_of(0);
	struct cpumask all = cpumask_all();

	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &first), 0);
	uthread_for_each(process, pin_to_last_cpu, NULL);
	for (uint32_t i = 0; i < NMI_COUNT; i++)
		send_nmi(cpu_online_count() - 1, process);
	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &all), 0);
}

SELFTEST(user_nmi, "user.nmi", "NMIs at any instruction of a system call do no harm")
{
	struct test_run run = {.args = {500000}};
	struct user_test_counts before;
	struct user_test_counts after;
	struct process *process;
	struct job *job = test_job_create();

	SELFTEST_REQUIRE(job);
	if (cpu_online_count() == 1)
		return test_job_finish(job);
	sum_counts(&before);
	user_test_expect_nmi(true);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.null_loop, &run, &process) == 0);
	send_nmis(process);
	SELFTEST_CHECK_EQ(test_finish(process).end, PROCESS_EXITED);
	thread_sleep_ns(10 * NSEC_PER_MSEC);
	user_test_expect_nmi(false);
	sum_counts(&after);
	SELFTEST_CHECK(after.nmi - before.nmi > 5);
	log_info("%lu NMIs, %lu of them where GS was the program's", after.nmi - before.nmi,
		 after.nmi_at_entry - before.nmi_at_entry);
	test_job_finish(job);
}
