/* Self-tests of exec, and of loading programs from memory objects. */
#define LOG_PREFIX "task: "
#include "kernel/core/log.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/load.h"
#include "kernel/task/selftest_impl.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

#define IMAGE_LEN 0x3000u
#define DATA_VADDR 0x5e00u
#define DATA_OFFSET 0x2e00u
#define DATA_LEN 0x100u
#define DATA_MEM_LEN 0x3000u

#define COST_ROUNDS 50u

SELFTEST(process_cost, "process.cost", "a process is made, runs, ends, and is waited for")
{
	struct process *process;
	struct test_run run = {0};
	struct job *job = test_job_create();
	uint64_t start = 0;

	SELFTEST_REQUIRE(job);
	for (uint32_t i = 0; i <= COST_ROUNDS; i++) {
		/* The first one fills caches. */
		if (i == 1)
			start = arch_cycle_counter();
		SELFTEST_REQUIRE(test_start(job, &user_test_programs.registers, &run, &process) ==
				 0);
		SELFTEST_CHECK_EQ(test_finish(process).end, PROCESS_EXITED);
	}
	log_info("%lu cycles for a process from start to end",
		 (arch_cycle_counter() - start) / COST_ROUNDS);
	test_job_finish(job);
}

SELFTEST(exec_alone, "process.exec", "exec ends the other threads and runs the new program")
{
	struct test_run run = {.args = {20, 0}, .reports = {[2] = 1}};
	struct process_status status = test_run_alone(&user_test_programs.exec, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(status.code, 0);
	SELFTEST_CHECK_EQ(run.reports[0], 0);
	/* Nothing of the old one is left in its registers. */
	SELFTEST_CHECK_EQ(run.reports[2], 0);
	SELFTEST_CHECK_EQ(run.fault_count, 0);
}

SELFTEST(exec_race, "process.exec-race", "of threads that exec at once one goes on alone")
{
	for (uint32_t round = 0; round < 10; round++) {
		struct test_run run = {.args = {round, 1}};
		struct process_status status = test_run_alone(&user_test_programs.exec, &run);

		SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
		SELFTEST_CHECK_EQ(run.fault_count, 0);
	}
}

static void put(uint8_t *at, uint64_t value, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void put_segment(uint8_t *at, uint32_t flags, const uint64_t fields[6])
{
	put(at, 1, 4);
	put(at + 4, flags, 4);
	for (size_t i = 0; i < 6; i++)
		put(at + 8 + 8 * i, fields[i], 8);
}

/* A static position independent program: code at 0x1000, data with a tail and bss. */
static void make_image(uint8_t *image, const struct user_test_program *program)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	const uint64_t code[6] = {0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000};
	const uint64_t data[6] = {DATA_OFFSET, DATA_VADDR,   DATA_VADDR,
				  DATA_LEN,    DATA_MEM_LEN, 0x1000};

	memset(image, 0, 64);
	memcpy(image, ident, sizeof(ident));
	put(image + 16, 3, 2);
	put(image + 18, 62, 2);
	put(image + 20, 1, 4);
	put(image + 24, 0x1000, 8);
	put(image + 32, 64, 8);
	put(image + 54, 56, 2);
	put(image + 56, 2, 2);
	put_segment(image + 64, 5, code);
	put_segment(image + 120, 6, data);
	memcpy(image + 0x1000, program->start,
	       (size_t)((const uint8_t *)program->end - (const uint8_t *)program->start));
	memset(image + DATA_OFFSET, 0xda, IMAGE_LEN - DATA_OFFSET);
}

static void check_memory(struct vmspace *space, vaddr_t base)
{
	uint8_t bytes[64];

	SELFTEST_CHECK_EQ(vm_read(space, base + DATA_VADDR, bytes, sizeof(bytes)), 0);
	SELFTEST_CHECK_EQ(bytes[0], 0xda);
	SELFTEST_CHECK_EQ(bytes[63], 0xda);
	/* Behind the data the file goes on, but not the segment. */
	SELFTEST_CHECK_EQ(vm_read(space, base + DATA_VADDR + DATA_LEN - 1, bytes, 2), 0);
	SELFTEST_CHECK_EQ(bytes[0], 0xda);
	SELFTEST_CHECK_EQ(bytes[1], 0);
	SELFTEST_CHECK_EQ(vm_read(space, base + DATA_VADDR + DATA_MEM_LEN - 64, bytes, 64), 0);
	SELFTEST_CHECK_EQ(bytes[0], 0);
	SELFTEST_CHECK_EQ(bytes[63], 0);
	/* Code cannot be written, not even by the program. */
	SELFTEST_CHECK_EQ(vm_write(space, base + 0x1000, bytes, 1), -EACCES);
}

static void run_image(struct job *job, const struct load_image *image)
{
	struct test_run run = {0};
	struct load_result result;
	struct process_status status;
	struct process *process;
	int err;

	SELFTEST_REQUIRE(test_create_process(job, &run, &process) == 0);
	err = load_program(process->space, image, &result);
	SELFTEST_CHECK_EQ(err, 0);
	if (err) {
		process_put(process);
		return;
	}
	check_memory(process->space, result.base);
	SELFTEST_CHECK_EQ(result.stack_top % 16, 0);
	err = test_start_thread(process, result.entry, result.stack_top);
	SELFTEST_CHECK_EQ(err, 0);
	if (err) {
		process_put(process);
		return;
	}
	status = test_finish(process);
	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(run.reports[0], 0);
}

static void check_refused(struct load_image image)
{
	struct load_result result;
	struct vmspace *space;

	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	SELFTEST_CHECK_EQ(load_program(space, &image, &result), -ENOEXEC);
	vmspace_put(space);
}

SELFTEST(load_elf, "process.load", "a program in a memory object is mapped as its headers say")
{
	struct load_image image = {.len = IMAGE_LEN};
	struct test_census census;
	struct job *job;
	uint8_t *bytes;

	test_take_census(&census);
	job = test_job_create();
	bytes = kmem_zalloc(IMAGE_LEN);
	SELFTEST_REQUIRE(job && bytes);
	SELFTEST_REQUIRE(vmobj_create(NULL, IMAGE_LEN, &image.object) == 0);
	make_image(bytes, &user_test_programs.registers);
	SELFTEST_CHECK_EQ(vmobj_write(image.object, 0, bytes, IMAGE_LEN), 0);
	run_image(job, &image);
	/* Twice: the first one wrote to copies only. */
	run_image(job, &image);

	image.len = 0x1800;
	check_refused(image);
	image.len = IMAGE_LEN;
	SELFTEST_CHECK_EQ(vmobj_write(image.object, 0, bytes + 1, 64), 0);
	check_refused(image);
	vmobj_put(image.object);
	kmem_free(bytes, IMAGE_LEN);
	test_job_finish(job);
	test_check_census(&census);
}
