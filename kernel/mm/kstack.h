/*
 * Kernel stacks: 16 KiB each, with unmapped pages below.
 */
#ifndef KERNEL_MM_KSTACK_H
#define KERNEL_MM_KSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define KSTACK_SIZE 0x4000ul

/*
 * A stack: 0 or -ENOMEM. *top_out is its end, aligned to a page; the stack is
 * [top - KSTACK_SIZE, top), not zeroed. Thread context with interrupts on (any,
 * while only the boot CPU runs).
 */
MUST_CHECK int kstack_alloc(vaddr_t *top_out);

/* Any context but NMI. The caller must not be running on it. */
void kstack_free(vaddr_t top);

/* Whether vaddr lies in the unmapped pages below a stack. Any context. */
bool kstack_is_guard(vaddr_t vaddr);

/* The stack that holds vaddr (guard excluded): its lowest address, or 0. Any context. */
vaddr_t kstack_base(vaddr_t vaddr);

/* Frees the stacks that this CPU keeps for reuse, and those waiting to be unmapped. */
void kstack_reap_this_cpu(void);

#endif
