/*
 * User memory: the checked way to it. A user address is a struct user_ptr, so
 * that nobody dereferences it by mistake.
 *
 * All of them may sleep in a page fault: no spinlock may be held.
 */
#ifndef KERNEL_MM_USER_H
#define KERNEL_MM_USER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct user_ptr {
	vaddr_t addr;
};

static inline struct user_ptr user_ptr(vaddr_t addr)
{
	return (struct user_ptr){.addr = addr};
}

static inline struct user_ptr user_ptr_add(struct user_ptr ptr, uint64_t offset)
{
	return (struct user_ptr){.addr = ptr.addr + offset};
}

static inline bool user_ptr_is_null(struct user_ptr ptr)
{
	return ptr.addr == 0;
}

/* Whether all len bytes lie in the user half. Says nothing of what is mapped. */
bool user_range_ok(struct user_ptr ptr, size_t len);

/*
 * 0, or -EFAULT when not all len bytes could be copied; then any part of the
 * destination may have been written. A length of 0 always succeeds.
 */
MUST_CHECK int copy_from_user(void *dst, struct user_ptr src, size_t len);
MUST_CHECK int copy_to_user(struct user_ptr dst, const void *src, size_t len);
MUST_CHECK int clear_user(struct user_ptr dst, size_t len);

/*
 * Copies a string with its NUL into dst: its length without the NUL, -EFAULT,
 * or -ENAMETOOLONG when there is no NUL in the first size bytes (dst then holds
 * size bytes that are not terminated). size at least 1.
 */
MUST_CHECK ssize_t strncpy_from_user(char *dst, struct user_ptr src, size_t size);

/* One aligned word: 0 or -EFAULT, also for an address that is not aligned. */
MUST_CHECK int load_user_u32(struct user_ptr src, uint32_t *out);
MUST_CHECK int cmpxchg_user_u32(struct user_ptr addr, uint32_t expected, uint32_t new,
				uint32_t *old_out);

#endif
