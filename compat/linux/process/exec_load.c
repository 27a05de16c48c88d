/*
 * Loading: scripts, programs, interpreters, the stack, and where they lie.
 *
 *	program		ELF_EXEC where it says; ELF_DYN above DYN_BASE, by chance
 *	brk		behind the program, by chance
 *	mappings	downwards from below the stack, by chance; the interpreter first
 *	stack		at the top, by chance
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exec.h"
#include "compat/linux/uapi/fcntl.h"
#include "compat/linux/uapi/stat.h"
#include "kernel/arch/target.h"
#include "kernel/core/assert.h"
#include "kernel/core/random.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/load.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

#define DYN_BASE 0x555555554000ul
#define DYN_SPREAD GIB(256)
#define BRK_SPREAD MIB(32)
#define STACK_SPREAD GIB(16)
#define MAPPINGS_SPREAD GIB(1024)
/* Between the stack's end and the highest mapping at least: room for it to grow. */
#define STACK_GAP_MIN MIB(128)
#define STACK_GAP_MAX (VM_USER_END / 6 * 5)
#define STACK_FIRST_LEN KIB(136)
#define STACK_MAX GIB(64)

/* execve(2): a script's first line is looked at as far as here. */
#define SCRIPT_LINE_MAX 256u
/* Scripts whose interpreters are scripts. */
#define SCRIPT_DEPTH_MAX 5u

static uint64_t random_offset(const struct exec_plan *plan, uint64_t spread)
{
	return plan->is_randomized ? random_below(spread / PAGE_SIZE) * PAGE_SIZE : 0;
}

static void close_program(struct exec_plan *plan)
{
	if (plan->program.object)
		plan->opener->close(&plan->program);
	plan->program.object = NULL;
}

/* --- Scripts --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the line into interpreter and argument (or NULL): false when there is none. */
static bool split_line(char *line, char **interpreter, char **argument)
{
	char *end = line + strlen(line);
	char *at = line;

	while (end > line && is_blank(end[-1]))
		*--end = '\0';
	while (is_blank(*at))
		at++;
	*interpreter = at;
	while (*at && !is_blank(*at))
		at++;
	*argument = NULL;
	if (*at) {
		*at++ = '\0';
		while (is_blank(*at))
			at++;
		*argument = at;
	}
	return **interpreter != '\0';
}

/* The line without "#!": 0, or -ENOEXEC when the file is no script. */
static int read_script_line(const struct exec_file *file, char *line)
{
	size_t len = MIN(file->len, (uint64_t)SCRIPT_LINE_MAX - 1);
	char *newline;
	int err;

	if (len < 2)
		return -ENOEXEC;
	err = vmobj_read(file->object, 0, line, len);
	if (err)
		return err;
	line[len] = '\0';
	if (line[0] != '#' || line[1] != '!')
		return -ENOEXEC;
	newline = memchr(line, '\n', len);
	/* An interpreter's name that is cut off is another name. */
	if (!newline && len == SCRIPT_LINE_MAX - 1 && !memchr(line + 2, ' ', len - 2) &&
	    !memchr(line + 2, '\t', len - 2))
		return -ENOEXEC;
	if (newline)
		*newline = '\0';
	return 0;
}

/* Puts what the script asks for before the arguments. */
static int make_prefix(struct exec_plan *plan, const char *interpreter, const char *argument,
		       const char *script)
{
	struct exec_strings *old = kmem_alloc(sizeof(*old));
	uint64_t at = 0;
	int err;

	if (!old)
		return -ENOMEM;
	*old = plan->prefix;
	exec_strings_init(&plan->prefix, old->account, EXEC_STRING_MAX);
	err = exec_strings_add(&plan->prefix, interpreter);
	if (!err && argument)
		err = exec_strings_add(&plan->prefix, argument);
	if (!err)
		err = exec_strings_add(&plan->prefix, script);
	/* Of an outer script: its first string was the name of this one. */
	while (at < old->len && exec_strings_byte(old, at) != 0)
		at++;
	for (at++; !err && at < old->len;) {
		const char *text = (const char *)&old->chunks[0][at];

		err = exec_strings_add(&plan->prefix, text);
		at += strlen(text) + 1;
	}
	exec_strings_fini(old);
	kmem_free(old, sizeof(*old));
	return err;
}

/* The program is a script: its interpreter takes its place. -ENOEXEC: it is none. */
static int enter_script(struct exec_plan *plan, char *name)
{
	char line[SCRIPT_LINE_MAX];
	char *interpreter;
	char *argument;
	int err;

	err = read_script_line(&plan->program, line);
	if (err)
		return err;
	if (!split_line(line + 2, &interpreter, &argument))
		return -ENOEXEC;
	/* Opened by a descriptor: the interpreter could not open it. */
	if (*name == '\0')
		return -ENOENT;
	err = make_prefix(plan, interpreter, argument, name);
	if (err)
		return err;
	plan->is_script = true;
	close_program(plan);
	(void)strlcpy(name, interpreter, ELF_MAX_INTERPRETER);
	return plan->opener->open(plan->lt, LINUX_AT_FDCWD, interpreter, 0, &plan->program);
}

/* Opens the file and follows "#!" until something else comes. name is scratch. */
static int open_program(struct exec_plan *plan, char *name)
{
	int err;

	if (strlcpy(name, plan->path, ELF_MAX_INTERPRETER) >= ELF_MAX_INTERPRETER)
		return -ENAMETOOLONG;
	err = plan->opener->open(plan->lt, plan->dirfd, plan->path, plan->open_flags,
				 &plan->program);
	for (uint32_t depth = 0; !err; depth++) {
		err = enter_script(plan, name);
		if (!err && depth == SCRIPT_DEPTH_MAX)
			return -ELOOP;
	}
	return err == -ENOEXEC && plan->program.object ? 0 : err;
}

/* --- Credentials --- */

static int make_cred(struct exec_plan *plan)
{
	const struct exec_file *file = &plan->program;
	const struct lcred *old = plan->cred;
	struct lcred *cred;
	bool is_set_id = false;
	int err;

	err = lcred_copy(old, old->group_count, &cred);
	if (err)
		return err;
	if (plan->may_set_id && (file->mode & LINUX_S_ISUID)) {
		cred->uid[LCRED_EFFECTIVE] = file->uid;
		is_set_id = true;
	}
	if (plan->may_set_id && (file->mode & LINUX_S_ISGID) && (file->mode & 010)) {
		cred->gid[LCRED_EFFECTIVE] = file->gid;
		is_set_id = true;
	}
	lcred_exec(cred, is_set_id);
	plan->is_secure = cred->uid[LCRED_EFFECTIVE] != cred->uid[LCRED_REAL] ||
			  cred->gid[LCRED_EFFECTIVE] != cred->gid[LCRED_REAL];
	plan->new_cred = cred;
	return 0;
}

/* --- The stack --- */

static int map_stack(struct exec_plan *plan, struct vmspace *space, bool is_exec)
{
	uint64_t strings = plan->strings->len + plan->prefix.len +
			   (plan->strings->count + plan->prefix.count) * sizeof(uint64_t);
	uint64_t gap = MIN(MAX(plan->stack_limit, STACK_GAP_MIN), STACK_GAP_MAX);
	struct vm_map_request request = {
		.len = ALIGN_UP(STACK_FIRST_LEN + strings, PAGE_SIZE),
		.place = VM_PLACE_FIXED_NEW,
		.prot = VM_READ | VM_WRITE | (is_exec ? VM_EXEC : 0),
		.max_prot = VM_PROT_ALL,
		.flags = VM_MAP_STACK | VM_MAP_GROWS_DOWN,
	};
	vaddr_t addr;
	int err;

	plan->stack_top = VM_USER_END - PAGE_SIZE - random_offset(plan, STACK_SPREAD);
	request.addr = plan->stack_top - request.len;
	request.stack_max = MAX(MIN(plan->stack_limit, STACK_MAX), request.len);
	err = vmspace_map(space, &request, &addr);
	if (err)
		return err;
	gap += STACK_SPREAD + random_offset(plan, MAPPINGS_SPREAD);
	vmspace_set_top(space, ALIGN_DOWN(VM_USER_END - MIN(gap, STACK_GAP_MAX), PAGE_SIZE));
	return 0;
}

/* --- Programs --- */

static struct load_image image_of(const struct exec_file *file)
{
	return (struct load_image){.object = file->object, .grant = file->grant, .len = file->len};
}

static int map_at(struct vmspace *space, const struct exec_file *file, const struct elf_plan *elf,
		  uint64_t bias)
{
	struct load_image image = image_of(file);

	if (!range_fits(bias, elf->end, VM_USER_END))
		return -ENOMEM;
	return load_map_plan(space, &image, elf, bias);
}

/* A place for a position independent image among the mappings: found by taking and leaving it. */
static int find_bias(struct vmspace *space, const struct elf_plan *elf, uint64_t *out)
{
	struct vm_map_request request = {.len = elf->end - elf->start + 2 * elf->align,
					 .place = VM_PLACE_ANYWHERE,
					 .max_prot = VM_READ};
	vaddr_t addr;
	int err = vmspace_map(space, &request, &addr);

	if (err)
		return err;
	*out = ALIGN_UP(addr, elf->align) - ALIGN_DOWN(elf->start, elf->align);
	return vmspace_unmap(space, addr, request.len);
}

static int load_interpreter(struct exec_plan *plan, struct vmspace *space, struct elf_plan *elf,
			    const char *path)
{
	struct exec_file file;
	struct load_image image;
	uint64_t bias = 0;
	int err;

	err = plan->opener->open(plan->lt, LINUX_AT_FDCWD, path, 0, &file);
	if (err)
		return err;
	image = image_of(&file);
	err = load_read_plan(&image, elf);
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	if (!err && elf->type == ELF_DYN)
		err = find_bias(space, elf, &bias);
	if (!err)
		err = map_at(space, &file, elf, bias);
	plan->opener->close(&file);
	plan->interpreter_base = bias;
	plan->entry = elf->entry + bias;
	return err;
}

/* The name in the file, which ends with a NUL as the plan has been checked to. */
static int read_interpreter_name(const struct exec_plan *plan, const struct elf_plan *elf,
				 char *name)
{
	int err = vmobj_read(plan->program.object, elf->interp_offset, name, elf->interp_len);

	if (err)
		return err;
	return name[elf->interp_len - 1] == '\0' ? 0 : -ENOEXEC;
}

static int load_program_file(struct exec_plan *plan, struct vmspace *space,
			     const struct elf_plan *elf)
{
	uint64_t bias = 0;
	int err;

	if (elf->type == ELF_DYN)
		bias = ALIGN_UP(DYN_BASE + random_offset(plan, DYN_SPREAD), elf->align);
	err = map_at(space, &plan->program, elf, bias);
	if (err)
		return err;
	plan->program_entry = elf->entry + bias;
	plan->entry = plan->program_entry;
	plan->program_headers = elf->table_vaddr ? elf->table_vaddr + bias : 0;
	plan->program_header_count = elf->table_count;
	plan->brk = ALIGN_UP(elf->end + bias, PAGE_SIZE) + random_offset(plan, BRK_SPREAD);
	return 0;
}

/* elf and name are scratch, too large for a kernel stack. */
static int load_all(struct exec_plan *plan, struct vmspace *space, struct elf_plan *elf, char *name)
{
	struct load_image image;
	bool has_interpreter;
	int err;

	err = open_program(plan, name);
	if (err)
		return err;
	image = image_of(&plan->program);
	err = load_read_plan(&image, elf);
	if (!err)
		err = make_cred(plan);
	if (err)
		return err;
	has_interpreter = elf->interp_len > 0;
	if (has_interpreter)
		err = read_interpreter_name(plan, elf, name);
	if (!err)
		err = map_stack(plan, space, elf->stack == ELF_STACK_EXEC);
	if (!err)
		err = load_program_file(plan, space, elf);
	if (!err && has_interpreter)
		err = load_interpreter(plan, space, elf, name);
	return err;
}

int exec_plan_load(struct exec_plan *plan, struct vmspace *space)
{
	struct elf_plan *elf = kmem_alloc(sizeof(*elf));
	char *name = kmem_alloc(ELF_MAX_INTERPRETER);
	int err = -ENOMEM;

	exec_strings_init(&plan->prefix, plan->strings->account, EXEC_STRING_MAX);
	if (elf && name)
		err = load_all(plan, space, elf, name);
	if (!err)
		err = exec_build_stack(plan, space);
	kmem_free(name, ELF_MAX_INTERPRETER);
	kmem_free(elf, sizeof(*elf));
	return err == -EEXIST ? -ENOMEM : err;
}

void exec_plan_close(struct exec_plan *plan)
{
	close_program(plan);
	exec_strings_fini(&plan->prefix);
	if (plan->new_cred)
		lcred_put(plan->new_cred);
	plan->new_cred = NULL;
}
