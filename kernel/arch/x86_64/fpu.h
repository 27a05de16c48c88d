/* FPU: floating-point and vector state of user threads. */
#ifndef KERNEL_ARCH_X86_64_FPU_H
#define KERNEL_ARCH_X86_64_FPU_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct arch_thread;

/* Each CPU once, through cpu_init_control_registers(): enables the state we save. */
void fpu_init_cpu(void);

/* Boot CPU, once, after the slab allocator works. */
void fpu_init(void);

/* Both for a thread with state, interrupts off, on the CPU the thread leaves or enters. */
void fpu_save(struct arch_thread *at);
void fpu_restore(struct arch_thread *at);

/* The running thread's state becomes what it was at first. Interrupts off. */
void fpu_reset(struct arch_thread *self);

/* The state of a thread that does not run becomes what from's was when last saved. */
void fpu_copy(struct arch_thread *to, const struct arch_thread *from);

/* The state components in use (XCR0), and the bytes that all of them take. */
uint64_t fpu_components(void);
size_t fpu_state_size(void);

#endif
