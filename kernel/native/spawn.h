/* Spawn: a process from nothing but what it is given. */
#ifndef KERNEL_NATIVE_SPAWN_H
#define KERNEL_NATIVE_SPAWN_H

#include <stdint.h>

#include "kernel/cap/authority.h"
#include "kernel/cap/cap.h"
#include "kernel/lib/compiler.h"

struct job;
struct process;
struct vmobj;

/*
 * Everything a new process will be. The capabilities own their references; a spawn
 * takes them over, on success only, and empties them here.
 */
struct spawn {
	struct job *job;
	const char *name;
	struct vmobj *image;
	struct grant *image_grant; /* or NULL */
	uint64_t image_len;
	struct cap *caps; /* for slots 0, 1, ... */
	uint32_t cap_count;
	struct cap authority[AUTHORITY_COUNT]; /* empty where there is none */
	const void *args;		       /* copied to the top of the stack */
	uint32_t args_len;
};

/*
 * Makes the process and starts its first thread. On success the caller owns one
 * reference to *out. Errors of process_create(), load_program(), cap_import().
 */
MUST_CHECK int spawn_process(struct spawn *spawn, struct process **out);

/* Drops the capabilities that are left in it. */
void spawn_drop_caps(struct spawn *spawn);

#endif
