#include "kernel/task/elf.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/task/elf_check.h"
#include "tests/unit/task/fake_elf.h"
#include "tests/unit/unit.h"

#define USER_END 0x7ffffffff000ul

#define EXEC 2
#define DYN 3
#define LOAD 1
#define INTERP 3
#define TLS 7
#define STACK 0x6474e551
#define R 4
#define W 2
#define X 1

static struct fake_segment segments[80];
static uint32_t count;
static uint16_t type;
static uint64_t entry;
static uint64_t file_len;
static struct elf_plan plan;

static int setup(void **state)
{
	(void)state;
	memset(segments, 0, sizeof(segments));
	count = 0;
	type = EXEC;
	entry = 0x401000;
	file_len = FAKE_ELF_LEN;
	return 0;
}

static struct fake_segment *add(uint32_t kind, uint32_t flags, uint64_t offset, uint64_t vaddr,
				uint64_t len, uint64_t mem)
{
	struct fake_segment *s = &segments[count++];

	*s = (struct fake_segment){kind, flags, offset, vaddr, len, mem, 0x1000};
	return s;
}

/* A program as a linker makes it. */
static void add_usual(void)
{
	add(LOAD, R, 0, 0x400000, 0x800, 0x800);
	add(LOAD, R | X, 0x1000, 0x401000, 0x1800, 0x1800);
	add(LOAD, R, 0x3000, 0x403000, 0x100, 0x100);
	add(LOAD, R | W, 0x3e00, 0x404e00, 0x400, 0x3000);
}

static int parse(void)
{
	uint8_t *file = calloc(1, FAKE_ELF_LEN);
	uint8_t *table = malloc(count * 56 + 1);
	struct elf_header header;
	int err;

	assert_non_null(file);
	assert_non_null(table);
	fake_elf_header(file, type, entry, (uint16_t)count);
	for (unsigned i = 0; i < count; i++)
		fake_elf_segment(file, i, &segments[i]);
	memcpy(table, file + 64, count * 56);
	err = elf_parse_header(file, 64, file_len, &header);
	if (!err)
		err = elf_parse_table(&header, table, file_len, USER_END, &plan);
	if (!err)
		assert_true(elf_plan_is_sound(&plan, file_len, USER_END));
	free(table);
	free(file);
	return err;
}

static void usual_program(void **state)
{
	(void)state;
	add_usual();
	add(STACK, R | W, 0, 0, 0, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(plan.type, ELF_EXEC);
	assert_int_equal(plan.entry, 0x401000);
	assert_int_equal(plan.start, 0x400000);
	assert_int_equal(plan.end, 0x408000);
	assert_int_equal(plan.segment_count, 4);
	assert_int_equal(plan.segments[1].prot, ELF_PROT_READ | ELF_PROT_EXEC);
	assert_int_equal(plan.segments[1].mem_len, 0x2000);
	assert_int_equal(plan.segments[1].data_len, 0x1800);
	assert_int_equal(plan.segments[3].vaddr, 0x404000);
	assert_int_equal(plan.segments[3].file_offset, 0x3000);
	assert_int_equal(plan.segments[3].data_len, 0x1200);
	assert_int_equal(plan.segments[3].mem_len, 0x4000);
	assert_int_equal(plan.table_vaddr, 0x400040);
	assert_int_equal(plan.table_count, 5);
	assert_int_equal(plan.stack, ELF_STACK_DATA);
	assert_int_equal(plan.interp_len, 0);
	assert_int_equal(plan.tls_mem_len, 0);
}

static void position_independent(void **state)
{
	(void)state;
	type = DYN;
	entry = 0x1010;
	add(LOAD, R, 0, 0, 0x800, 0x800);
	add(LOAD, R | X, 0x1000, 0x1000, 0x800, 0x800)->align = 0x200000;
	assert_int_equal(parse(), 0);
	assert_int_equal(plan.type, ELF_DYN);
	assert_int_equal(plan.start, 0);
	assert_int_equal(plan.align, 0x200000);
	assert_int_equal(plan.stack, ELF_STACK_DEFAULT);
}

static void interpreter_and_tls(void **state)
{
	(void)state;
	add_usual();
	add(INTERP, R, 0x700, 0x400700, 0x1c, 0x1c);
	add(TLS, R, 0x3e00, 0x404e00, 0x20, 0x80)->align = 64;
	add(STACK, R | W | X, 0, 0, 0, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(plan.interp_offset, 0x700);
	assert_int_equal(plan.interp_len, 0x1c);
	assert_int_equal(plan.tls_vaddr, 0x404e00);
	assert_int_equal(plan.tls_data_len, 0x20);
	assert_int_equal(plan.tls_mem_len, 0x80);
	assert_int_equal(plan.tls_align, 64);
	assert_int_equal(plan.stack, ELF_STACK_EXEC);
}

static void bss_only(void **state)
{
	(void)state;
	add_usual();
	add(LOAD, R | W, 0, 0x500000, 0, 0x10001);
	assert_int_equal(parse(), 0);
	assert_int_equal(plan.segments[4].data_len, 0);
	assert_int_equal(plan.segments[4].mem_len, 0x11000);
}

/* One change to a good file that makes it a bad one. */
static void expect(int err, uint64_t *field, uint64_t value)
{
	uint64_t old = *field;

	*field = value;
	assert_int_equal(parse(), err);
	*field = old;
	assert_int_equal(parse(), 0);
}

static void wild_segments(void **state)
{
	struct fake_segment *data = &segments[3];

	(void)state;
	add_usual();
	expect(-ENOEXEC, &data->file_len, data->mem_len + 1);
	expect(-ENOEXEC, &data->file_len, UINT64_MAX);
	expect(-ENOEXEC, &data->offset, FAKE_ELF_LEN - 0x200);
	expect(-ENOEXEC, &data->offset, UINT64_MAX - 0x1ff);
	expect(-ENOEXEC, &data->offset, 0x3e01);
	expect(-ENOMEM, &data->vaddr, USER_END - 0x200);
	expect(-ENOMEM, &data->vaddr, 0x800000000e00);
	expect(-ENOMEM, &data->vaddr, UINT64_MAX - 0x1ff);
	expect(-ENOMEM, &data->mem_len, UINT64_MAX);
	expect(-ENOEXEC, &data->align, 0x1800);
	expect(-ENOEXEC, &data->align, UINT64_C(1) << 40);
	expect(-ENOEXEC, &data->vaddr, 0x403e00); /* shares a page with the one before */
	expect(-ENOEXEC, &data->vaddr, 0x3ffe00); /* comes before it */
	expect(-ENOEXEC, &entry, 0x400000);	  /* not executable */
	expect(-ENOEXEC, &entry, 0x402800);	  /* behind the code */
	expect(-ENOEXEC, &entry, 0);
	expect(-ENOEXEC, &file_len, 0x4100);
	expect(-ENOEXEC, &file_len, 63);
}

static void wild_others(void **state)
{
	struct fake_segment *interp, *tls;

	(void)state;
	add_usual();
	interp = add(INTERP, R, 0x700, 0x400700, 0x1c, 0x1c);
	tls = add(TLS, R, 0x3e00, 0x404e00, 0x20, 0x80);
	expect(-ENOEXEC, &interp->file_len, 1);
	expect(-ENOEXEC, &interp->file_len, ELF_MAX_INTERPRETER + 1);
	expect(-ENOEXEC, &interp->offset, FAKE_ELF_LEN);
	expect(-ENOEXEC, &tls->file_len, 0x81);
	expect(-ENOEXEC, &tls->align, 3);
	expect(-ENOEXEC, &tls->vaddr, 0x500000);
	expect(-ENOEXEC, &tls->vaddr, UINT64_MAX);
	expect(-ENOEXEC, &tls->mem_len, UINT64_MAX);
	add(INTERP, R, 0x700, 0x400700, 0x1c, 0x1c);
	assert_int_equal(parse(), -ENOEXEC);
}

static void no_segments(void **state)
{
	(void)state;
	assert_int_equal(parse(), -ENOEXEC);
	add(STACK, R, 0, 0, 0, 0);
	assert_int_equal(parse(), -ENOEXEC);
	add(LOAD, R | X, 0x1000, 0x401000, 0, 0);
	assert_int_equal(parse(), -ENOEXEC);
}

static void too_many(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < ELF_MAX_SEGMENTS; i++)
		add(LOAD, R | X, 0x1000, 0x401000 + i * 0x1000, 0x10, 0x10);
	assert_int_equal(parse(), 0);
	add(LOAD, R | X, 0x1000, 0x801000, 0x10, 0x10);
	assert_int_equal(parse(), -ENOEXEC);
	count = ELF_MAX_PROGRAM_HEADERS + 1;
	assert_int_equal(parse(), -ENOEXEC);
}

static void wrong_headers(void **state)
{
	static const struct {
		unsigned offset;
		uint8_t value;
	} changes[] = {{0, 0x7e}, {3, 'f'}, {4, 1},  {5, 2},	 {6, 0},    {16, 1},
		       {16, 4},	  {17, 1},  {18, 3}, {18, 183},	 {20, 2},   {54, 55},
		       {55, 1},	  {56, 0},  {57, 1}, {33, 0x60}, {39, 0x80}};
	uint8_t file[ELF_HEADER_SIZE];
	struct elf_header header;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fake_elf_header(file, EXEC, 0x401000, 2);
		assert_int_equal(elf_parse_header(file, 64, FAKE_ELF_LEN, &header), 0);
		file[changes[i].offset] = changes[i].value;
		assert_int_equal(elf_parse_header(file, 64, FAKE_ELF_LEN, &header), -ENOEXEC);
	}
	fake_elf_header(file, EXEC, 0x401000, 2);
	assert_int_equal(elf_parse_header(file, 63, FAKE_ELF_LEN, &header), -ENOEXEC);
	assert_int_equal(elf_parse_header(file, 64, 64 + 111, &header), -ENOEXEC);
}

static uint64_t wild(uint64_t *seed)
{
	static const uint64_t values[] = {
		0,	  1,	      0xfff,	 0x1000,	 0x401000,
		USER_END, UINT64_MAX, INT64_MAX, 0x800000000000, 0xffffffff00000000};

	if (test_random(seed, 3) == 0)
		return values[test_random(seed, sizeof(values) / sizeof(values[0]))];
	return test_random(seed, UINT64_MAX) >> test_random(seed, 64);
}

static void random_changes(void **state)
{
	uint64_t seed = 1;
	uint32_t accepted = 0;

	for (int round = 0; round < 200000; round++) {
		setup(state);
		add_usual();
		for (uint64_t n = test_random(&seed, 3); n > 0; n--) {
			uint64_t *fields = &segments[test_random(&seed, count)].offset;

			fields[test_random(&seed, 5)] = wild(&seed);
		}
		if (test_random(&seed, 8) == 0)
			entry = wild(&seed);
		accepted += parse() == 0;
	}
	assert_true(accepted > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a usual program gives its segments, page by page", usual_program, setup, NULL,
		 NULL},
		{"a position independent program keeps its alignment", position_independent, setup,
		 NULL, NULL},
		{"interpreter, thread storage and stack flags are found", interpreter_and_tls,
		 setup, NULL, NULL},
		{"a segment without data is all zero pages", bss_only, setup, NULL, NULL},
		{"segments that contradict themselves or the file are refused", wild_segments,
		 setup, NULL, NULL},
		{"other headers out of bounds are refused", wild_others, setup, NULL, NULL},
		{"a file without anything to run is refused", no_segments, setup, NULL, NULL},
		{"too many headers are refused", too_many, setup, NULL, NULL},
		{"files of another kind or cut short are refused", wrong_headers, setup, NULL,
		 NULL},
		{"whatever numbers are in the headers, an accepted plan is sound", random_changes,
		 setup, NULL, NULL},
	};

	return RUN_TESTS("elf");
}
