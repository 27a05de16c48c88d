/* Thread: the processor's part of a thread, and the switch from one to another. */
#ifndef KERNEL_ARCH_THREAD_H
#define KERNEL_ARCH_THREAD_H

#include "kernel/arch/target.h"
#include "kernel/lib/types.h"

/*
 * Prepares a thread that, when first switched to, calls entry(arg) on the stack
 * that ends at stack_top (16-byte aligned), with interrupts off. entry must
 * not return.
 */
void arch_thread_init(struct arch_thread *at, vaddr_t stack_top, void (*entry)(void *arg),
		      void *arg);

/*
 * Saves the callee-saved state into prev, loads next's. Returns when some CPU
 * switches back to prev. Interrupts are off before and after.
 */
void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next);

/*
 * Frame pointer and program counter of a thread that is not running, to start
 * an unwind from.
 */
void arch_thread_saved_frame(const struct arch_thread *at, vaddr_t *fp, vaddr_t *pc);

/*
 * Gives the thread a floating-point and vector state (all user threads have
 * one). Returns 0 or -ENOMEM. Freed by arch_thread_fini.
 */
MUST_CHECK int arch_thread_fpu_init(struct arch_thread *at);
void arch_thread_fini(struct arch_thread *at);

#endif
