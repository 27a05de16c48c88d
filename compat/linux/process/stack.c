/*
 * What a program finds on its stack (System V ABI, AMD64 supplement, 3.4.1), from
 * the top down:
 *
 *	8 zero bytes
 *	the path of the program
 *	environment strings, and below them argument strings, in ascending order
 *	16 random bytes, the platform's name
 *	auxiliary vector
 *	pointers to environment strings, NULL
 *	pointers to argument strings, NULL
 *	argc, 16-byte aligned: where the stack pointer points
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exec.h"
#include "compat/linux/uapi/process.h"
#include "kernel/arch/target.h"
#include "kernel/arch/user.h"
#include "kernel/core/assert.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/elf.h"
#include "kernel/vm/fault.h"

#define PLATFORM "x86_64"
#define RANDOM_LEN 16u
#define CLOCK_TICKS 100u
/* A signal's frame beside the vector registers: registers, siginfo, red zone, alignment. */
#define SIGNAL_FRAME_BASE 1024u
#define AUX_MAX 22u
#define WRITER_WORDS 32u

struct aux_entry {
	uint64_t type;
	uint64_t value;
};

/* Words in ascending order, a few at a time. */
struct writer {
	struct vmspace *space;
	vaddr_t addr;
	uint64_t words[WRITER_WORDS];
	uint32_t count;
	int err;
};

static void flush(struct writer *writer)
{
	size_t len = writer->count * sizeof(uint64_t);

	if (!writer->err)
		writer->err = vm_write(writer->space, writer->addr, writer->words, len);
	writer->addr += len;
	writer->count = 0;
}

static void put(struct writer *writer, uint64_t word)
{
	writer->words[writer->count++] = word;
	if (writer->count == WRITER_WORDS)
		flush(writer);
}

/* Pointers to count strings of which the first begins at offset at, which is at addr. */
static uint64_t put_pointers(struct writer *writer, const struct exec_strings *strings,
			     uint64_t *at, vaddr_t addr, uint32_t count)
{
	uint64_t from = *at;
	uint64_t begin = *at;

	while (count > 0) {
		if (exec_strings_byte(strings, (*at)++) != 0)
			continue;
		put(writer, addr + (begin - from));
		begin = *at;
		count--;
	}
	return addr + (*at - from);
}

/* Where everything lies. */
struct layout {
	vaddr_t path;
	vaddr_t strings; /* those of plan->strings that are used */
	vaddr_t prefix;
	vaddr_t random;
	vaddr_t platform;
	uint64_t skipped;   /* bytes of plan->strings that are not used: a script's argv[0] */
	uint32_t arg_count; /* of plan->strings */
	uint32_t env_count;
	struct aux_entry aux[AUX_MAX];
	uint32_t aux_count;
};

static uint64_t first_string_len(const struct exec_strings *strings)
{
	uint64_t len = 0;

	while (exec_strings_byte(strings, len) != 0)
		len++;
	return len + 1;
}

static void add_aux(struct layout *layout, uint64_t type, uint64_t value)
{
	ASSERT(layout->aux_count < AUX_MAX);
	layout->aux[layout->aux_count++] = (struct aux_entry){type, value};
}

static void make_aux(struct layout *layout, const struct exec_plan *plan)
{
	const struct lcred *cred = plan->new_cred;

	add_aux(layout, LINUX_AT_HWCAP, arch_user_hwcap());
	add_aux(layout, LINUX_AT_PAGESZ, PAGE_SIZE);
	add_aux(layout, LINUX_AT_CLKTCK, CLOCK_TICKS);
	add_aux(layout, LINUX_AT_PHDR, plan->program_headers);
	add_aux(layout, LINUX_AT_PHENT, ELF_PROGRAM_HEADER_SIZE);
	add_aux(layout, LINUX_AT_PHNUM, plan->program_header_count);
	add_aux(layout, LINUX_AT_BASE, plan->interpreter_base);
	add_aux(layout, LINUX_AT_FLAGS, 0);
	add_aux(layout, LINUX_AT_ENTRY, plan->program_entry);
	add_aux(layout, LINUX_AT_UID, cred->uid[LCRED_REAL]);
	add_aux(layout, LINUX_AT_EUID, cred->uid[LCRED_EFFECTIVE]);
	add_aux(layout, LINUX_AT_GID, cred->gid[LCRED_REAL]);
	add_aux(layout, LINUX_AT_EGID, cred->gid[LCRED_EFFECTIVE]);
	add_aux(layout, LINUX_AT_SECURE, plan->is_secure);
	add_aux(layout, LINUX_AT_RANDOM, layout->random);
	add_aux(layout, LINUX_AT_HWCAP2, arch_user_hwcap2());
	add_aux(layout, LINUX_AT_EXECFN, layout->path);
	add_aux(layout, LINUX_AT_PLATFORM, layout->platform);
	add_aux(layout, LINUX_AT_MINSIGSTKSZ, SIGNAL_FRAME_BASE + arch_user_vector_size());
	add_aux(layout, LINUX_AT_NULL, 0);
}

static void place(struct layout *layout, const struct exec_plan *plan)
{
	const struct exec_strings *strings = plan->strings;

	layout->arg_count = plan->arg_count;
	layout->env_count = strings->count - plan->arg_count;
	if (plan->is_script && layout->arg_count > 0) {
		layout->skipped = first_string_len(strings);
		layout->arg_count--;
	}
	layout->path = plan->stack_top - sizeof(uint64_t) - (strlen(plan->path) + 1);
	layout->strings = layout->path - (strings->len - layout->skipped);
	layout->prefix = layout->strings - plan->prefix.len;
	layout->random = ALIGN_DOWN(layout->prefix - RANDOM_LEN, 16);
	layout->platform = layout->random - sizeof(PLATFORM);
	make_aux(layout, plan);
}

static int write_bytes(const struct exec_plan *plan, const struct layout *layout,
		       struct vmspace *space)
{
	uint8_t bytes[RANDOM_LEN];
	int err;

	random_bytes(bytes, sizeof(bytes));
	err = vm_write(space, layout->path, plan->path, strlen(plan->path) + 1);
	if (!err)
		err = exec_strings_write(plan->strings, layout->skipped, space, layout->strings);
	if (!err)
		err = exec_strings_write(&plan->prefix, 0, space, layout->prefix);
	if (!err)
		err = vm_write(space, layout->random, bytes, sizeof(bytes));
	if (!err)
		err = vm_write(space, layout->platform, PLATFORM, sizeof(PLATFORM));
	return err;
}

static int write_vectors(struct exec_plan *plan, const struct layout *layout, struct writer *writer)
{
	uint64_t at = 0;

	put(writer, plan->prefix.count + layout->arg_count);
	(void)put_pointers(writer, &plan->prefix, &at, layout->prefix, plan->prefix.count);
	at = layout->skipped;
	plan->args_start = layout->prefix;
	plan->args_end =
		put_pointers(writer, plan->strings, &at, layout->strings, layout->arg_count);
	put(writer, 0);
	plan->env_start = plan->args_end;
	plan->env_end =
		put_pointers(writer, plan->strings, &at, plan->env_start, layout->env_count);
	put(writer, 0);
	for (uint32_t i = 0; i < layout->aux_count; i++) {
		put(writer, layout->aux[i].type);
		put(writer, layout->aux[i].value);
	}
	flush(writer);
	return writer->err;
}

int exec_build_stack(struct exec_plan *plan, struct vmspace *space)
{
	struct layout layout = {0};
	struct writer writer = {.space = space};
	uint64_t words;
	int err;

	place(&layout, plan);
	words = 3 + plan->prefix.count + layout.arg_count + layout.env_count +
		2ul * layout.aux_count;
	plan->sp = ALIGN_DOWN(layout.platform - words * sizeof(uint64_t), 16);
	err = write_bytes(plan, &layout, space);
	if (err)
		return err == -ENOMEM ? -ENOMEM : -E2BIG;
	writer.addr = plan->sp;
	err = write_vectors(plan, &layout, &writer);
	if (err)
		return err == -ENOMEM ? -ENOMEM : -E2BIG;
	return 0;
}
