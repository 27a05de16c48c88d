/*
 * themelios.strace=NAME: the system calls of a program and its children in the
 * kernel's log, with arguments as their types in syscalls.tbl tell.
 */
#ifndef COMPAT_LINUX_SYSCALL_TRACE_H
#define COMPAT_LINUX_SYSCALL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame;

/* "?" for a number without a name. */
const char *linux_syscall_name(uint64_t number);

/* For exec: whether the program of this name, its last path component, is to be traced. */
bool linux_trace_wants(const char *name);

/*
 * Writes "name(arguments)" to buf, cut to fit and terminated; strings are read from
 * user memory. May sleep. Returns the length.
 */
size_t linux_trace_format(uint64_t number, const struct trap_frame *frame, char *buf, size_t size);

/* A line of the log when a call begins, for it may not come back, and one when it ends. */
void linux_trace_enter(int32_t tid, uint64_t number, const struct trap_frame *frame);
void linux_trace_leave(int32_t tid, uint64_t number, int64_t result);

#endif
