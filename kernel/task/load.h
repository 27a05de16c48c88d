/*
 * Load: a program from a memory object into an address space.
 *
 * The object is the file: its pages are mapped private, so they are shared by all
 * that run it until they are written to.
 */
#ifndef KERNEL_TASK_LOAD_H
#define KERNEL_TASK_LOAD_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/task/elf.h"

struct grant;
struct vmobj;
struct vmspace;

#define LOAD_STACK_SIZE MIB(1)

struct load_image {
	struct vmobj *object;
	struct grant *grant; /* its revocation ends the mappings; or NULL */
	uint64_t len;	     /* of the file in the object */
};

/* Reads and checks the headers: 0, -ENOEXEC, or what vmobj_read() says. */
MUST_CHECK int load_read_plan(const struct load_image *image, struct elf_plan *out);

/*
 * Maps all segments with bias added to their addresses, at which nothing may be
 * mapped yet. 0, -EEXIST, -ENOMEM or what reading the object says; then the
 * address space is half filled and fit for nothing but its end.
 */
MUST_CHECK int load_map_plan(struct vmspace *space, const struct load_image *image,
			     const struct elf_plan *plan, uint64_t bias);

/* Where a program begins. */
struct load_result {
	vaddr_t entry;
	vaddr_t stack_top; /* end of the stack, 16-byte aligned */
	vaddr_t base;	   /* the load bias */
};

/*
 * All of it for a program that needs no interpreter (-ENOEXEC when it names one):
 * a position independent one goes where address randomisation says, and it gets a
 * stack of LOAD_STACK_SIZE.
 */
MUST_CHECK int load_program(struct vmspace *space, const struct load_image *image,
			    struct load_result *out);

#endif
