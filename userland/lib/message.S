/*
 * int64_t native_message_call(uint32_t number, uint64_t slot, uint64_t info,
 *			       int64_t deadline, struct native_buffer *buffer,
 *			       struct native_message *message)
 *
 * The registers of a message call, from a struct and back; see native_abi.h.
 */
	.text
	.globl	native_message_call
	.type	native_message_call, @function
native_message_call:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%r9
	movl	%edi, %eax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %r14
	movq	%r8, %r15
	movq	%r9, %r11
	movq	0(%r11), %rdx
	movq	8(%r11), %r10
	movq	16(%r11), %r8
	movq	24(%r11), %r9
	movq	32(%r11), %rbx
	movq	40(%r11), %rbp
	movq	48(%r11), %r12
	movq	56(%r11), %r13
	syscall
	popq	%rcx
	movq	%rdx, 0(%rcx)
	movq	%r10, 8(%rcx)
	movq	%r8, 16(%rcx)
	movq	%r9, 24(%rcx)
	movq	%rbx, 32(%rcx)
	movq	%rbp, 40(%rcx)
	movq	%r12, 48(%rcx)
	movq	%r13, 56(%rcx)
	movq	%rdi, 64(%rcx)
	movq	%rsi, 72(%rcx)
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	native_message_call, . - native_message_call

	.section .note.GNU-stack, "", @progbits
