/* Start: a Linux program in a new process that no other has made. */
#ifndef COMPAT_LINUX_PROCESS_START_H
#define COMPAT_LINUX_PROCESS_START_H

#include "kernel/lib/compiler.h"

struct job;
struct lprocess;
struct process;

struct linux_program {
	struct job *job;
	const char *path;	 /* as linux_exec_opener finds it */
	const char *const *argv; /* both end with NULL */
	const char *const *envp;
	/* Before it runs: descriptors, directories. May be NULL. */
	int (*prepare)(struct lprocess *lp, void *ctx);
	void *ctx;
};

/*
 * It runs with root's credentials, as process 1 if it is the first. On success the
 * caller owns one reference to *out. Errors as execve(2) and process_create().
 */
MUST_CHECK int linux_start(const struct linux_program *program, struct process **out);

#endif
