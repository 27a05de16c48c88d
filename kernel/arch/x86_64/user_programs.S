/*
 * Programs for the self-tests of user mode (kernel/arch/user_test.h). They run where
 * they are copied to, one page of code, with a stack.
 */
#include "kernel/arch/user_test.h"

	.section .rodata, "a"

	.macro	PROGRAM name
	.balign	16
	.globl	user_program_\name
user_program_\name:
	.endm

	.macro	PROGRAM_END name
	.globl	user_program_\name\()_end
user_program_\name\()_end:
	.endm

	.macro	CALL number
	movl	$\number, %eax
	syscall
	.endm

	.macro	REPORT index, value
	movq	\value, %rsi
	movl	$\index, %edi
	CALL	USER_TEST_REPORT
	.endm

	.macro	ARG index
	movl	$\index, %edi
	CALL	USER_TEST_ARG
	.endm

	.macro	EXIT code
	movl	$\code, %edi
	CALL	USER_TEST_EXIT
	ud2
	.endm

/* ARG 0 null calls; reports the cycles that all of them took together. */
	PROGRAM	null_loop
	ARG	0
	movq	%rax, %rbx
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, %r12
1:	CALL	USER_TEST_NULL
	addq	%rax, %r13
	decq	%rbx
	jnz	1b
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	subq	%r12, %rax
	REPORT	0, %rax
	REPORT	1, %r13
	EXIT	0
	PROGRAM_END null_loop

/*
 * Whether a call leaves all registers alone but rax, rcx, r11, and flags too:
 * reports how many it found changed. And what it found in a vector register when it
 * began, which is zero for a new program.
 */
	PROGRAM	registers
	movq	%xmm7, %rbx
	movq	%xmm0, %rax
	orq	%rax, %rbx
	REPORT	2, %rbx
	movl	$0x1111, %ebx
	movl	$0x2222, %ebp
	movl	$0x3333, %r12d
	movl	$0x4444, %r13d
	movl	$0x5555, %r14d
	movl	$0x6666, %r15d
	movl	$0x7777, %edi
	movl	$0x8888, %esi
	movl	$0x9999, %edx
	movl	$0xaaaa, %r8d
	movl	$0xbbbb, %r9d
	movl	$0xcccc, %r10d
	std
	stc
	CALL	USER_TEST_NULL
1:	pushfq
	cld
	popq	%rcx
	andl	$0x401, %ecx
	pushq	$0
	.macro	EXPECT reg, value
	cmpq	$\value, \reg
	je	2f
	incq	(%rsp)
2:
	.endm
	EXPECT	%rcx, 0x401
	EXPECT	%rbx, 0x1111
	EXPECT	%rbp, 0x2222
	EXPECT	%r12, 0x3333
	EXPECT	%r13, 0x4444
	EXPECT	%r14, 0x5555
	EXPECT	%r15, 0x6666
	EXPECT	%rdi, 0x7777
	EXPECT	%rsi, 0x8888
	EXPECT	%rdx, 0x9999
	EXPECT	%r8, 0xaaaa
	EXPECT	%r9, 0xbbbb
	EXPECT	%r10, 0xcccc
	popq	%rbx
	/* rcx is where it returned to. */
	CALL	USER_TEST_NULL
3:	leaq	3b(%rip), %rax
	cmpq	%rax, %rcx
	je	4f
	incq	%rbx
4:	REPORT	0, %rbx
	EXIT	0
	PROGRAM_END registers

/*
 * Steps through calls with TF set: reports the flags that it finds after one, and
 * exits. Each step is an exception that the personality counts.
 */
	PROGRAM	single_step
	pushfq
	orq	$0x100, (%rsp)
	popfq
	nop
	CALL	USER_TEST_NULL
	nop
	CALL	USER_TEST_NULL
	pushfq
	popq	%rbx
	pushfq
	andq	$~0x100, (%rsp)
	popfq
	nop
	REPORT	0, %rbx
	EXIT	0
	PROGRAM_END single_step

/*
 * ARG 0 rounds; ARG 1 a base for GS, ARG 2 for FS. Calls and exceptions, and after each
 * the bases must be what they were: reports how often not.
 */
	PROGRAM	bases
	ARG	0
	movq	%rax, %rbx
	ARG	1
	movq	%rax, %r12
	ARG	2
	movq	%rax, %r13
	xorl	%r14d, %r14d
	wrgsbase %r12
	wrfsbase %r13
	.macro	CHECK_BASES
	rdgsbase %rax
	cmpq	%rax, %r12
	je	2f
	incq	%r14
2:	rdfsbase %rax
	cmpq	%rax, %r13
	je	3f
	incq	%r14
3:
	.endm
1:	CALL	USER_TEST_NULL
	CHECK_BASES
	leaq	4f(%rip), %rdi
	CALL	USER_TEST_RESUME
	int3
4:	CHECK_BASES
	leaq	5f(%rip), %rdi
	CALL	USER_TEST_RESUME
	movq	0, %rax
5:	CHECK_BASES
	CALL	USER_TEST_YIELD
	CHECK_BASES
	decq	%rbx
	jnz	1b
	REPORT	0, %r14
	EXIT	0
	PROGRAM_END bases

/*
 * ARG 0 rounds; ARG 1 a pattern that it keeps in all vector registers while others run:
 * reports how often one was not what it was.
 */
	PROGRAM	vectors
	ARG	0
	movq	%rax, %rbx
	ARG	1
	movq	%rax, %r12
	xorl	%r14d, %r14d
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	leaq	\n(%r12), %rax
	movq	%rax, %xmm\n
	.endr
1:	CALL	USER_TEST_YIELD
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	leaq	\n(%r12), %rax
	movq	%xmm\n, %rdx
	cmpq	%rax, %rdx
	je	2f
	incq	%r14
2:
	.endr
	decq	%rbx
	jnz	1b
	REPORT	0, %r14
	EXIT	0
	PROGRAM_END vectors

/* Exceptions of every kind, each to be reported and gone on from. */
	PROGRAM	faults
	.macro	ATTEMPT insn:vararg
	leaq	9f(%rip), %rdi
	CALL	USER_TEST_RESUME
	\insn
	ud2
9:
	.endm
	ATTEMPT	ud2
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$1, %eax
	leaq	9f(%rip), %rdi
	CALL	USER_TEST_RESUME
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	divl	%ecx
	ud2
9:	ATTEMPT	int3
	ATTEMPT	hlt
	ATTEMPT	cli
	ATTEMPT	movq	0, %rax
	ATTEMPT	movb	$0, user_program_faults(%rip)
	leaq	-64(%rsp), %r12
	ATTEMPT	jmp	*%r12
	movabsq	$0x800000000000, %r12
	ATTEMPT	movq	(%r12), %rax
	movabsq	$0xffff800000000000, %r12
	ATTEMPT	movq	(%r12), %rax
	ATTEMPT	jmp	*%r12
	ATTEMPT	int	$0x80
	ATTEMPT	int	$0x0e
	/* 32-bit code, whose segment the processor knows by convention only. */
	movabsq	$0x1b00400000, %rax
	pushq	%rax
	ATTEMPT	ljmpl	*(%rsp)
	EXIT	0
	PROGRAM_END faults

/* The kernel is to go on at ARG 0, which is no place for a program; then all is well. */
	PROGRAM	jump_away
	leaq	1f(%rip), %rdi
	CALL	USER_TEST_RESUME
	ARG	0
	movq	%rax, %rdi
	CALL	USER_TEST_JUMP
	ud2
1:	REPORT	0, $1
	EXIT	0
	PROGRAM_END jump_away

/* Maps ARG 0 bytes and writes to each page; reports how many it came to. */
	PROGRAM	touch
	ARG	0
	movq	%rax, %rbx
	movq	%rax, %rdi
	CALL	USER_TEST_MAP
	testq	%rax, %rax
	js	2f
	movq	%rax, %r12
	xorl	%r13d, %r13d
1:	movb	$1, (%r12)
	incq	%r13
	REPORT	0, %r13
	addq	$4096, %r12
	subq	$4096, %rbx
	jnz	1b
	ARG	1
	testq	%rax, %rax
	jz	3f
	movq	%rax, %rdi
	CALL	USER_TEST_SLEEP
3:	EXIT	0
2:	EXIT	1
	PROGRAM_END touch

/* Counts in a register and reports now and then, for ever. */
	PROGRAM	spin
	xorl	%r12d, %r12d
1:	movl	$20000, %ecx
2:	decl	%ecx
	jnz	2b
	incq	%r12
	REPORT	0, %r12
	jmp	1b
	PROGRAM_END spin

	PROGRAM	sleep
	REPORT	0, $1
1:	movabsq	$3600000000000, %rdi
	CALL	USER_TEST_SLEEP
	jmp	1b
	PROGRAM_END sleep

/* Makes ARG 0 threads like the program "sleep"; reports how many there came to be. */
	PROGRAM	threads
	ARG	0
	movq	%rax, %rbx
	xorl	%r12d, %r12d
1:	leaq	3f(%rip), %rdi
	leaq	-2048(%rsp), %rsi
	CALL	USER_TEST_THREAD
	testq	%rax, %rax
	jnz	2f
	incq	%r12
	decq	%rbx
	jnz	1b
2:	REPORT	1, %rax
	REPORT	0, %r12
	ARG	1
	testq	%rax, %rax
	jz	3f
	EXIT	7
3:	movabsq	$3600000000000, %rdi
	CALL	USER_TEST_SLEEP
	jmp	3b
	PROGRAM_END threads

	PROGRAM	bug
	REPORT	0, $1
	ARG	0
	movq	%rax, %rdi
	CALL	USER_TEST_BUG
	REPORT	0, $2
	EXIT	0
	PROGRAM_END bug

/* Makes processes as long as it can; then waits. Reports how many, and the error. */
	PROGRAM	spawn
	xorl	%r12d, %r12d
1:	CALL	USER_TEST_SPAWN
	testq	%rax, %rax
	jnz	2f
	incq	%r12
	REPORT	0, %r12
	jmp	1b
2:	REPORT	1, %rax
3:	movabsq	$3600000000000, %rdi
	CALL	USER_TEST_SLEEP
	jmp	3b
	PROGRAM_END spawn

/* Makes ARG 0 threads that sleep, or exec themselves if ARG 1 is set, then execs. */
	PROGRAM	exec
	ARG	0
	movq	%rax, %rbx
	leaq	1(%rax), %rax
	movq	%rax, %xmm7
	movq	%rax, %xmm0
	leaq	3f(%rip), %r12
	ARG	1
	testq	%rax, %rax
	jz	1f
	leaq	2f(%rip), %r12
1:	testq	%rbx, %rbx
	jz	2f
	movq	%r12, %rdi
	leaq	-2048(%rsp), %rsi
	CALL	USER_TEST_THREAD
	decq	%rbx
	jmp	1b
2:	CALL	USER_TEST_EXEC
	jmp	2b
3:	movabsq	$3600000000000, %rdi
	CALL	USER_TEST_SLEEP
	jmp	3b
	PROGRAM_END exec

	.section .note.GNU-stack, "", @progbits
