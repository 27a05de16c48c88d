/* Fault: the deliberate faults that need the processor's own ways. */
#ifndef KERNEL_ARCH_FAULT_H
#define KERNEL_ARCH_FAULT_H

#include "kernel/lib/types.h"

/*
 * Makes the processor unable to deliver an exception because the stack cannot
 * be used. Ends in a panic.
 */
void arch_fault_double(void);

/*
 * Lets user mode execute an instruction that shows where the kernel's tables
 * lie. page is a user page's address, executable; its frame is written to
 * through frame_vaddr. Ends in a panic, or returns when the processor has
 * nothing against it (then it is told so by a breakpoint of the user code).
 */
void arch_fault_user_peek(vaddr_t page, void *frame_vaddr);

#endif
