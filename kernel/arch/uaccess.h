/*
 * User access: the one gate through which the kernel touches user memory.
 *
 * The range must have been checked against the user half (kernel/mm/user.c
 * does). A fault that the fault handler cannot resolve ends the copy early.
 */
#ifndef KERNEL_ARCH_UACCESS_H
#define KERNEL_ARCH_UACCESS_H

#include <stddef.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Each returns the number of bytes NOT copied or cleared. */
MUST_CHECK size_t arch_copy_from_user(void *dst, vaddr_t src, size_t len);
MUST_CHECK size_t arch_copy_to_user(vaddr_t dst, const void *src, size_t len);
MUST_CHECK size_t arch_clear_user(vaddr_t dst, size_t len);

/*
 * One aligned 32-bit word: 0 or -EFAULT. cmpxchg stores new if the word equals
 * expected; *old_out is what was there.
 */
MUST_CHECK int arch_load_user_u32(vaddr_t src, uint32_t *out);
MUST_CHECK int arch_cmpxchg_user_u32(vaddr_t addr, uint32_t expected, uint32_t new,
				     uint32_t *old_out);

/*
 * Probes: whether this CPU could read or write the byte at any address, kernel
 * or user, with the gate shut. 0 or -EFAULT; a write stores what is there. For
 * debuggers and self-tests only.
 */
MUST_CHECK int arch_probe_read(vaddr_t addr, uint8_t *out);
MUST_CHECK int arch_probe_write(vaddr_t addr);

#endif
