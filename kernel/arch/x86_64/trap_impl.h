/* Between entry.S, uaccess.S and the C side of traps. */
#ifndef KERNEL_ARCH_X86_64_TRAP_IMPL_H
#define KERNEL_ARCH_X86_64_TRAP_IMPL_H

struct trap_frame;

/* Called by entry.S on the kernel stack with interrupts off, for every trap. */
void trap_dispatch(struct trap_frame *frame);

/*
 * Replaces STAC and CLAC by NOPs when the processor has no SMAP. Boot CPU, once,
 * while the kernel's text is still writable and before any trap.
 */
void uaccess_init(void);

#endif
