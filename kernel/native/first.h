/* The first process: the one that everything else gets its authority from. */
#ifndef KERNEL_NATIVE_FIRST_H
#define KERNEL_NATIVE_FIRST_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

struct vmobj;

#define FIRST_MAX_MODULES 48u

/* A file that the loader brought. */
struct first_module {
	const char *name;
	struct vmobj *object; /* borrowed */
};

struct first_process {
	uint32_t image;	 /* which of the modules is the program */
	const char *run; /* what the command line says it shall run, "" for nothing */
	struct first_module *modules;
	uint32_t module_count; /* at most FIRST_MAX_MODULES */
};

/*
 * Starts it in the root job, with every authority there is. It finds the modules as
 * memory objects in slots 0, 1, ..., and as arguments strings with their NULs: its
 * name, `run`, "--", and for each module its name. 0, or what spawn_process() said.
 */
MUST_CHECK int native_start_first(const struct first_process *first);

#endif
