/*
 * Boot: from what GRUB or QEMU leaves to 64-bit C.
 *
 * Both entries arrive in 32-bit protected mode, flat segments, paging off,
 * interrupts off (Multiboot2 specification 3.3; Xen PVH boot ABI). They differ
 * in the registers only:
 *
 *	boot_mb2_entry		eax = magic, ebx = multiboot2 information
 *	boot_pvh_entry		ebx = struct hvm_start_info
 *
 * The code here runs at its physical address until long mode is on; SYM()
 * turns a link address into that. It makes page tables that map the first
 * 4 GiB three times: one to one (dropped by paging.c), in the direct map, and,
 * the first 2 GiB, where the kernel is linked.
 */
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"

#define SYM(symbol) (symbol - ARCH_KERNEL_BASE)

#define MB2_HEADER_MAGIC 0xe85250d6
#define MB2_LOADER_MAGIC 0x36d76289
#define MB2_ARCH_I386 0
#define MB2_TAG_END 0
#define MB2_TAG_INFO_REQUEST 1
#define MB2_TAG_FRAMEBUFFER 5
#define MB2_TAG_MODULE_ALIGN 6
#define MB2_TAG_OPTIONAL 1
#define PVH_LOADER_MAGIC 0x336ec578
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define BOOT_STACK_SIZE 16384

	.section .mb2, "a"
	.balign 8
mb2_header:
	.long	MB2_HEADER_MAGIC
	.long	MB2_ARCH_I386
	.long	mb2_header_end - mb2_header
	.long	-(MB2_HEADER_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))
	/* We can do without a framebuffer, but would like one of this depth. */
	.balign 8
	.short	MB2_TAG_FRAMEBUFFER, MB2_TAG_OPTIONAL
	.long	20
	.long	1024, 768, 32
	.balign 8
	.short	MB2_TAG_MODULE_ALIGN, 0
	.long	8
	.balign 8
	.short	MB2_TAG_END, 0
	.long	8
mb2_header_end:

	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	SYM(boot_pvh_entry)

	.section .text.entry, "ax"
	.code32
	.globl	boot_mb2_entry
	.type	boot_mb2_entry, @function
boot_mb2_entry:
	cld
	movl	%eax, %edi
	movl	%ebx, %esi
	jmp	boot_common
	.size	boot_mb2_entry, . - boot_mb2_entry

	.type	boot_pvh_entry, @function
boot_pvh_entry:
	cld
	movl	$PVH_LOADER_MAGIC, %edi
	movl	%ebx, %esi

/* edi = magic, esi = information: the arguments of arch_boot_entry. */
boot_common:
	movl	$SYM(boot_stack_top), %esp

	/* The kernel's clock starts here. */
	rdtsc
	movl	%eax, SYM(boot_entry_tsc)
	movl	%edx, SYM(boot_entry_tsc) + 4

	call	boot_check_long_mode
	call	boot_fill_tables

	movl	$(CR4_PAE | CR4_PGE), %eax
	movl	%eax, %cr4
	movl	$SYM(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	movl	$(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE), %eax
	movl	%eax, %cr0

	lgdt	SYM(boot_gdt_pointer)
	ljmp	$SEL_KERNEL_CODE, $SYM(boot_long_mode)

/* Long mode and NX, or a letter on the serial port and a halt. */
boot_check_long_mode:
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	boot_no_long_mode
	movl	$0x80000001, %eax
	cpuid
	andl	$0x20100000, %edx	/* LM and NX */
	cmpl	$0x20100000, %edx
	jne	boot_no_long_mode
	ret

boot_no_long_mode:
	movl	$SYM(boot_no_long_mode_text), %esi
	movw	$0x3f8, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	cli
	hlt
	jmp	2b

/* Four page directories of 2 MiB leaves, and the tables that lead to them. */
boot_fill_tables:
	movl	$SYM(boot_pd), %ebx
	movl	$(PTE_PRESENT | PTE_WRITE | PTE_LARGE), %eax
	movl	$2048, %ecx
1:	movl	%eax, (%ebx)
	addl	$0x200000, %eax
	addl	$8, %ebx
	decl	%ecx
	jnz	1b

	movl	$(SYM(boot_pd) + PTE_PRESENT + PTE_WRITE), %eax
	movl	$SYM(boot_pdpt_low), %ebx
	movl	$4, %ecx
1:	movl	%eax, (%ebx)
	addl	$4096, %eax
	addl	$8, %ebx
	decl	%ecx
	jnz	1b

	movl	$(SYM(boot_pd) + PTE_PRESENT + PTE_WRITE), %eax
	movl	%eax, SYM(boot_pdpt_kernel) + 510 * 8
	addl	$4096, %eax
	movl	%eax, SYM(boot_pdpt_kernel) + 511 * 8

	movl	$(SYM(boot_pdpt_low) + PTE_PRESENT + PTE_WRITE), %eax
	movl	%eax, SYM(boot_pml4)
	movl	%eax, SYM(boot_pml4) + 256 * 8
	movl	$(SYM(boot_pdpt_kernel) + PTE_PRESENT + PTE_WRITE), %eax
	movl	%eax, SYM(boot_pml4) + 511 * 8
	ret

	.code64
boot_long_mode:
	movq	$boot_high, %rax
	jmp	*%rax
boot_high:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	/* A GS base of zero reaches the boot CPU's own copy of per-CPU data. */
	xorl	%edx, %edx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	movq	$boot_stack_top, %rsp
	/* The upper halves of rdi and rsi are undefined after the mode switch. */
	movl	%edi, %edi
	movl	%esi, %esi
	xorl	%ebp, %ebp
	pushq	%rbp
	call	arch_boot_entry
1:	cli
	hlt
	jmp	1b

	.section .rodata, "a"
boot_no_long_mode_text:
	.asciz	"ThemeliOS needs a 64-bit x86 processor with NX.\r\n"
	.balign 8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
boot_gdt_end:
boot_gdt_pointer:
	.word	boot_gdt_end - boot_gdt - 1
	.quad	SYM(boot_gdt)

	.section .data, "aw"
	.balign 8
	.globl	boot_entry_tsc
boot_entry_tsc:
	.quad	0

	.section .bss, "aw", @nobits
	.balign 4096
boot_pml4:
	.skip	4096
boot_pdpt_low:
	.skip	4096
boot_pdpt_kernel:
	.skip	4096
boot_pd:
	.skip	4 * 4096
	/* Unmapped once the kernel has its own tables (kernel_map.c). */
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	4096
	.skip	BOOT_STACK_SIZE
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
