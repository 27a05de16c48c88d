/*
 * Thread switch: the registers that a C function must keep, and the stack.
 *
 * A thread that does not run has on its stack, from arch_thread.sp upwards:
 *
 *	r15 r14 r13 r12 rbx rbp		struct switch_frame in thread.c
 *	return address
 *
 * Flags are not kept: interrupts are off on both sides, and the direction and
 * alignment-check flags are clear in kernel code.
 */
	.text

/* void switch_stack(vaddr_t *save_sp, vaddr_t load_sp) */
	.globl	switch_stack
	.type	switch_stack, @function
	.balign 16
switch_stack:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	switch_stack, . - switch_stack

/*
 * Where a new thread first returns to: r12 = entry, r13 = its argument, rbp = 0.
 * The pushed zero is the return address that an unwinder finds above the last
 * frame; with it the stack is aligned as at any call.
 */
	.globl	thread_first_return
	.type	thread_first_return, @function
	.balign 16
thread_first_return:
	movq	%r13, %rdi
	xorl	%ebp, %ebp
	call	*%r12
	ud2
	.size	thread_first_return, . - thread_first_return

	.section .note.GNU-stack, "", @progbits
