/*
 * Exec: from a file, arguments and environment to an address space that is ready to
 * run. All that can fail is done in a new space, before the process that execs
 * gives anything up.
 */
#ifndef COMPAT_LINUX_PROCESS_EXEC_H
#define COMPAT_LINUX_PROCESS_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/user.h"

struct grant;
struct lcred;
struct linux_rlimit;
struct lprocess;
struct lthread;
struct mem_account;
struct vmobj;
struct vmspace;

/* --- Files --- */

/* An open program. Whoever opened it fills it; the members are its references. */
struct exec_file {
	struct vmobj *object; /* the bytes of the file */
	struct grant *grant;  /* its revocation ends the mappings; or NULL */
	uint64_t len;
	uint32_t mode; /* set-id bits as far as they count: not on nosuid mounts */
	uint32_t uid;
	uint32_t gid;
	void *owner; /* for close */
};

/*
 * How programs are found. open checks that path names a regular file that the
 * thread may execute: 0 and *out, or what execve(2) is to say. dirfd and flags as
 * for execveat(2); AT_FDCWD and 0 for interpreters.
 */
struct exec_opener {
	int (*open)(struct lthread *lt, int32_t dirfd, const char *path, uint32_t flags,
		    struct exec_file *out);
	void (*close)(struct exec_file *file);
};

/* --- Argument strings (exec_strings.c) --- */

/* MAX_ARG_STRLEN of execve(2), with the NUL. */
#define EXEC_STRING_MAX (128ul * 1024)
#define EXEC_CHUNK_SIZE (16ul * 1024)
#define EXEC_STRINGS_MAX (6ul << 20)
#define EXEC_CHUNKS_MAX (EXEC_STRINGS_MAX / EXEC_CHUNK_SIZE)

/* Strings with their NULs, one behind the other, charged to the account. */
struct exec_strings {
	struct mem_account *account; /* borrowed */
	uint64_t max;		     /* of len plus a pointer for each; at most EXEC_STRINGS_MAX */
	uint64_t len;
	uint32_t count;
	uint8_t *chunks[EXEC_CHUNKS_MAX];
};

void exec_strings_init(struct exec_strings *strings, struct mem_account *account, uint64_t max);
void exec_strings_fini(struct exec_strings *strings);

/* Each: 0, -E2BIG, -ENOMEM, and -EFAULT for a program's memory. */
MUST_CHECK int exec_strings_add(struct exec_strings *strings, const char *text);
MUST_CHECK int exec_strings_add_user(struct exec_strings *strings, struct user_ptr text);
/* All of an array that ends with a null pointer; a null array is an empty one. */
MUST_CHECK int exec_strings_add_array(struct exec_strings *strings, struct user_ptr array);

/* The byte at an offset below len. */
static inline uint8_t exec_strings_byte(const struct exec_strings *strings, uint64_t at)
{
	return strings->chunks[at / EXEC_CHUNK_SIZE][at % EXEC_CHUNK_SIZE];
}

/* Writes bytes [from, len) to a space. Errors as vm_write(). */
MUST_CHECK int exec_strings_write(const struct exec_strings *strings, uint64_t from,
				  struct vmspace *space, vaddr_t addr);

/* --- The whole --- */

struct exec_plan {
	/* What is wanted. */
	struct lthread *lt; /* on whose behalf files are opened */
	const struct exec_opener *opener;
	int32_t dirfd;
	uint32_t open_flags;
	const char *path;
	struct exec_strings *strings; /* arguments, then environment */
	uint32_t arg_count;
	const struct lcred *cred; /* of the caller */
	uint64_t stack_limit;	  /* RLIMIT_STACK */
	bool is_randomized;
	bool may_set_id;

	/* What comes of it. */
	struct exec_file program; /* the one that runs: open until exec_plan_close() */
	struct lcred *new_cred;	  /* a reference */
	bool is_secure;		  /* it gained something: AT_SECURE */
	vaddr_t entry;
	vaddr_t sp;
	vaddr_t brk;
	vaddr_t stack_top;
	vaddr_t args_start, args_end, env_start, env_end;

	/* Between the two. */
	struct exec_strings prefix; /* of a script: interpreter, argument, path */
	bool is_script;
	vaddr_t program_entry, program_headers, interpreter_base;
	uint32_t program_header_count;
};

/* Loads everything into an empty space. 0, or what execve(2) is to say. */
MUST_CHECK int exec_plan_load(struct exec_plan *plan, struct vmspace *space);

/* Gives up what exec_plan_load() left in plan; also after an error. */
void exec_plan_close(struct exec_plan *plan);

/* The stack's contents (stack.c). */
MUST_CHECK int exec_build_stack(struct exec_plan *plan, struct vmspace *space);

/* Of a first process that is not running yet: what an exec notes of a plan. */
void exec_note_plan(struct lprocess *lp, const struct exec_plan *plan);

/* The last component of a path. */
const char *exec_base_name(const char *path);

/* How execve(2) finds programs: in compat/linux/personality.c. */
extern const struct exec_opener *const linux_exec_opener;

#endif
