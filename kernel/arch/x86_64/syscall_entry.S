/*
 * System calls by SYSCALL (Intel SDM vol. 2B, SYSCALL and SYSRET; AMD64 vol. 2 6.1).
 *
 * The processor saves rip in rcx and rflags in r11, loads cs and ss, masks flags
 * (interrupts, single-step, direction, alignment check: see user.c) and keeps the
 * user's stack pointer and GS base. Until SWAPGS and the switch of stacks only
 * what has an interrupt stack of its own can come in: NMI, machine check, double
 * fault and debug traps, and those do not trust GS (entry.S).
 *
 * The way out. SYSRET takes rip from rcx and flags from r11, so it can restore
 * every register but those two, which a system call may change. A frame that was
 * made elsewhere (a signal's return, a debugger) needs IRET, and trap_syscall says
 * so. IRET also serves a return address that is not canonical: SYSRET would
 * fault with the user's stack pointer already loaded (Intel), in kernel mode.
 */
#include "kernel/arch/x86_64/frame.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"

	.section .text.entry, "ax"
	.balign 64
	.globl	syscall_entry
	.type	syscall_entry, @function
syscall_entry:
	swapgs
	movq	%rsp, %gs:syscall_user_rsp
	movq	%gs:cpu_tss + TSS_RSP0, %rsp
	pushq	$SEL_USER_DATA
	pushq	%gs:syscall_user_rsp
	pushq	%r11
	pushq	$SEL_USER_CODE
	pushq	%rcx
	pushq	$0
	pushq	$VECTOR_SYSCALL
	PUSH_REGISTERS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	sti
	call	trap_syscall
	testb	%al, %al
	jz	syscall_return_iret

	POP_REGISTERS_FOR_SYSRET
	movq	FRAME_TAIL_RIP(%rsp), %rcx
	movq	FRAME_TAIL_RFLAGS(%rsp), %r11
	movq	FRAME_TAIL_RSP(%rsp), %rsp
	swapgs
	.globl	syscall_sysret
syscall_sysret:
	sysretq

syscall_return_iret:
	swapgs
	POP_REGISTERS
	addq	$16, %rsp
	iretq
	.size	syscall_entry, . - syscall_entry

/*
 * SYSCALL from 32-bit code, on processors that have it (AMD64 vol. 2 6.1.1): there is
 * no such system call. Nothing of the kernel is needed to say so.
 */
	.globl	syscall_entry_compat
	.type	syscall_entry_compat, @function
	.balign 16
syscall_entry_compat:
	movl	$-38, %eax	/* -ENOSYS */
	sysretl
	.size	syscall_entry_compat, . - syscall_entry_compat

/*
 * NORETURN void user_enter(struct trap_frame *top, const struct trap_frame *from)
 *
 * from may lie just below top, even overlap it: the copy goes from the highest
 * word down.
 */
	.globl	user_enter
	.type	user_enter, @function
user_enter:
	movl	$(FRAME_SIZE / 8), %ecx
1:	movq	-8(%rsi, %rcx, 8), %rax
	movq	%rax, -8(%rdi, %rcx, 8)
	decl	%ecx
	jnz	1b
	movq	%rdi, %rsp
	jmp	syscall_return_iret
	.size	user_enter, . - user_enter

	.section .note.GNU-stack, "", @progbits
