/*
 * Where the other CPUs start: copied to a page below 1 MiB.
 *
 * A start-up interrupt begins execution in real mode at the page (Intel SDM
 * volume 3A, 8.4.3). Protected mode is skipped: with the tables of long mode
 * prepared, paging and protection are switched on together, and the next jump
 * goes to 64-bit code. smp.c maps the page one to one meanwhile and fills the
 * block of arguments at the end; see struct ap_boot_args there.
 */
#include "kernel/arch/x86_64/regs.h"

#define OFFSET(symbol) (symbol - ap_boot_start)
#define AP_CODE64 0x08

	.section .rodata, "a"
	.balign 16
	.globl	ap_boot_start
ap_boot_start:
	.code16
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	OFFSET(ap_gdt_pointer)

	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	OFFSET(ap_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	xorl	%edx, %edx
	movl	$(EFER_SCE | EFER_LME | EFER_NXE), %eax
	wrmsr
	/* The caches, which INIT leaves off, come on with this too. */
	movl	$(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE), %eax
	movl	%eax, %cr0
	ljmpl	*OFFSET(ap_far_pointer)

	.code64
ap_long_mode:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movq	ap_stack_top(%rip), %rsp
	movl	ap_percpu_offset(%rip), %eax
	movl	ap_percpu_offset + 4(%rip), %edx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	movq	ap_entry(%rip), %rax
	/* The end of the stack for an unwinder; the call below is never returned from. */
	xorl	%ebp, %ebp
	pushq	%rbp
	pushq	%rbp
	call	*%rax
1:	cli
	hlt
	jmp	1b

	.balign 8
ap_gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.globl	ap_boot_args
ap_boot_args:
ap_gdt_pointer:
	.word	ap_gdt_pointer - ap_gdt - 1
	.long	OFFSET(ap_gdt)		/* smp.c adds the page */
	.word	0
ap_far_pointer:
	.long	OFFSET(ap_long_mode)	/* the same */
	.word	AP_CODE64
	.word	0
ap_cr3:
	.quad	0
ap_stack_top:
	.quad	0
ap_percpu_offset:
	.quad	0
ap_entry:
	.quad	0
	.globl	ap_boot_end
ap_boot_end:

	.section .note.GNU-stack, "", @progbits
