/*
 * Where a program begins: rdi = its argument strings, rsi = their length, rdx = how
 * many capabilities it was given (kernel/native/native_abi.h). Where a thread
 * begins: rdi = what native_thread_start() put at the top of its stack.
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	native_start
	ud2
	.size	_start, . - _start

	.globl	native_thread_entry
	.type	native_thread_entry, @function
native_thread_entry:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	native_thread_run
	ud2
	.size	native_thread_entry, . - native_thread_entry

	.section .note.GNU-stack, "", @progbits
