/*
 * struct trap_frame for assembler: offsets (checked in trap.c) and the pushes
 * and pops that make and unmake it.
 */
#ifndef KERNEL_ARCH_X86_64_FRAME_H
#define KERNEL_ARCH_X86_64_FRAME_H

#define FRAME_SIZE 176
#define FRAME_RBP 32
#define FRAME_RIP 136
#define FRAME_CS 144

/* trap_frame.vector of a system call: no vector of the processor's. */
#define VECTOR_SYSCALL 256
/* The same of one that SYSRET cannot restore. */
#define VECTOR_CHANGED 257

/* Of struct tss. */
#define TSS_RSP0 4

#ifdef __ASSEMBLER__
/* clang-format off */

/* CLAC is unknown to processors without SMAP: uaccess_init() turns it into a NOP. */
.macro CLEAR_AC
1:	clac
	.pushsection .smap_sites, "a"
	.quad	1b
	.popsection
.endm

.macro PUSH_REGISTERS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro POP_CALLEE_SAVED
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
.endm

.macro POP_REGISTERS
	POP_CALLEE_SAVED
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

/*
 * All but rcx and r11, which SYSRET needs; rsp then points at the vector and the
 * rest of the frame has these offsets.
 */
#define FRAME_TAIL_RIP 16
#define FRAME_TAIL_RFLAGS 32
#define FRAME_TAIL_RSP 40

.macro POP_REGISTERS_FOR_SYSRET
	POP_CALLEE_SAVED
	addq	$8, %rsp
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

/* clang-format on */
#endif
#endif
