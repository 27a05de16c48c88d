/*
 * Entry: from a trap to C and back.
 *
 * Each vector has an entry of 16 bytes that pushes its number (and a zero where
 * the processor pushes no error code) and joins trap_common, or trap_ist for the
 * vectors that arrive on a stack of their own.
 *
 * GS. In the kernel the GS base is this CPU's per-CPU offset; in user mode it is
 * the program's, and the kernel's waits in MSR_KERNEL_GS_BASE. An ordinary trap
 * knows from the saved CS whose base is loaded. An NMI, a machine check, a
 * double fault or a debug trap (after MOV SS before SYSCALL, for one) can come
 * from kernel code before its SWAPGS, so those save whatever base is loaded, load
 * the one that is written above their stack (gdt.c), and put the old one back.
 */
#include "kernel/arch/x86_64/frame.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"

/*
 * Calls trap_dispatch for a trap in kernel code, under a frame record (frame
 * pointer, return address) that lets a backtrace go on into that code.
 */
.macro DISPATCH_FROM_KERNEL
	movq	%rsp, %rdi
	pushq	FRAME_RIP(%rsp)
	pushq	FRAME_RBP + 8(%rsp)
	movq	%rsp, %rbp
	call	trap_dispatch
	addq	$16, %rsp
.endm

.macro DISPATCH_FROM_USER
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	trap_dispatch
.endm

	.section .text.entry, "ax"
	.balign 16
	.globl	trap_entries
	.type	trap_entries, @function
trap_entries:
	vector = 0
	.rept	256
	.balign 16
	.if	vector == TRAP_DF || (vector >= TRAP_TS && vector <= TRAP_PF) || vector == TRAP_AC || vector == TRAP_CP || vector == 29 || vector == 30
	.else
	pushq	$0
	.endif
	pushq	$vector
	.if	vector == TRAP_NMI || vector == TRAP_DF || vector == TRAP_MC || vector == TRAP_DB
	jmp	trap_ist
	.else
	jmp	trap_common
	.endif
	vector = vector + 1
	.endr
	.size	trap_entries, . - trap_entries

	.type	trap_common, @function
trap_common:
	PUSH_REGISTERS
	cld
	CLEAR_AC
	testb	$3, FRAME_CS(%rsp)
	jnz	trap_from_user
	DISPATCH_FROM_KERNEL
	POP_REGISTERS
	addq	$16, %rsp
	iretq

trap_from_user:
	swapgs
	DISPATCH_FROM_USER
trap_return_to_user:
	swapgs
	POP_REGISTERS
	addq	$16, %rsp
	iretq
	.size	trap_common, . - trap_common

	.type	trap_ist, @function
trap_ist:
	PUSH_REGISTERS
	cld
	CLEAR_AC
	/* From user mode nothing is unusual but the stack: move to the thread's. */
	testb	$3, FRAME_CS(%rsp)
	jnz	trap_ist_from_user

	movl	$MSR_GS_BASE, %ecx
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, %rbx
	movl	FRAME_SIZE(%rsp), %eax
	movl	FRAME_SIZE + 4(%rsp), %edx
	wrmsr
	DISPATCH_FROM_KERNEL
	movl	%ebx, %eax
	movq	%rbx, %rdx
	shrq	$32, %rdx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	POP_REGISTERS
	addq	$16, %rsp
	iretq

trap_ist_from_user:
	swapgs
	movq	%gs:cpu_tss + TSS_RSP0, %rdi
	subq	$FRAME_SIZE, %rdi
	movq	%rsp, %rsi
	movl	$(FRAME_SIZE / 8), %ecx
	movq	%rdi, %rsp
	rep movsq
	DISPATCH_FROM_USER
	jmp	trap_return_to_user
	.size	trap_ist, . - trap_ist

	.section .note.GNU-stack, "", @progbits
