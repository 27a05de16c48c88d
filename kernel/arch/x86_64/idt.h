/* IDT: one table for all CPUs. */
#ifndef KERNEL_ARCH_X86_64_IDT_H
#define KERNEL_ARCH_X86_64_IDT_H

/* Fills the table; boot CPU, once. */
void idt_init(void);

/* Each CPU, after gdt_init_cpu(). */
void idt_load(void);

#endif
