/* A deliberate bug of the kernel's on behalf of a program, for kernel/init/fault.c. */
#ifndef KERNEL_TASK_COMMIT_BUG_H
#define KERNEL_TASK_COMMIT_BUG_H

#include <stdint.h>

/*
 * Starts a program, in a job of its own, for which the kernel meets a bug of a kind
 * (USER_TEST_BUG_... in kernel/arch/user_test.h), and waits for its end.
 */
void task_commit_bug(uint64_t kind);

#endif
