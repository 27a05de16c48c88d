/* What switch.S gives to thread.c. */
#ifndef KERNEL_ARCH_X86_64_THREAD_IMPL_H
#define KERNEL_ARCH_X86_64_THREAD_IMPL_H

#include "kernel/lib/types.h"

/* Saves the registers a function must keep and the stack, and loads the other's. */
void switch_stack(vaddr_t *save_sp, vaddr_t load_sp);

/* The return address of a thread that never ran. */
void thread_first_return(void);

#endif
