/*
 * User access: copies that may fault.
 *
 * Each instruction that touches user memory has an entry in the exception
 * table; the trap code jumps to its second address when a fault on a user
 * address cannot be resolved (or, for a probe, on any). The fast loops fall back to the byte loop, which
 * faults again at the exact byte, so the count of what is left is exact.
 *
 * STAC and CLAC open and close the gate that SMAP keeps shut.
 */
.macro GATE_OPEN
1:	stac
	.pushsection .smap_sites, "a"
	.quad	1b
	.popsection
.endm

.macro GATE_CLOSE
1:	clac
	.pushsection .smap_sites, "a"
	.quad	1b
	.popsection
.endm

/* As enum extable_kind in trap.c. */
#define EXTABLE_USER 0
#define EXTABLE_PROBE 1

/* The next instruction may fault on user memory; then go on at \fixup. */
.macro MAY_FAULT fixup, kind=EXTABLE_USER
	.pushsection .extable, "a"
	.quad	9f, \fixup, \kind
	.popsection
9:
.endm

	.text

/* size_t arch_copy_*_user(dst rdi, src rsi, len rdx): bytes not copied */
	.globl	arch_copy_from_user, arch_copy_to_user
	.type	arch_copy_from_user, @function
	.type	arch_copy_to_user, @function
arch_copy_from_user:
arch_copy_to_user:
	GATE_OPEN
	cmpq	$32, %rdx
	jb	.Lwords
.Lblocks:
	MAY_FAULT .Lbytes
	movq	(%rsi), %rax
	MAY_FAULT .Lbytes
	movq	8(%rsi), %rcx
	MAY_FAULT .Lbytes
	movq	16(%rsi), %r8
	MAY_FAULT .Lbytes
	movq	24(%rsi), %r9
	MAY_FAULT .Lbytes
	movq	%rax, (%rdi)
	MAY_FAULT .Lbytes
	movq	%rcx, 8(%rdi)
	MAY_FAULT .Lbytes
	movq	%r8, 16(%rdi)
	MAY_FAULT .Lbytes
	movq	%r9, 24(%rdi)
	addq	$32, %rsi
	addq	$32, %rdi
	subq	$32, %rdx
	cmpq	$32, %rdx
	jae	.Lblocks
.Lwords:
	cmpq	$8, %rdx
	jb	.Lbytes
	MAY_FAULT .Lbytes
	movq	(%rsi), %rax
	MAY_FAULT .Lbytes
	movq	%rax, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	subq	$8, %rdx
	jmp	.Lwords
.Lbytes:
	testq	%rdx, %rdx
	jz	.Lcopy_done
	MAY_FAULT .Lcopy_done
	movb	(%rsi), %al
	MAY_FAULT .Lcopy_done
	movb	%al, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rdx
	jmp	.Lbytes
.Lcopy_done:
	GATE_CLOSE
	movq	%rdx, %rax
	ret
	.size	arch_copy_from_user, . - arch_copy_from_user
	.size	arch_copy_to_user, . - arch_copy_to_user

/* size_t arch_clear_user(dst rdi, len rsi): bytes not cleared */
	.globl	arch_clear_user
	.type	arch_clear_user, @function
arch_clear_user:
	GATE_OPEN
	xorl	%eax, %eax
.Lclear_words:
	cmpq	$8, %rsi
	jb	.Lclear_bytes
	MAY_FAULT .Lclear_bytes
	movq	%rax, (%rdi)
	addq	$8, %rdi
	subq	$8, %rsi
	jmp	.Lclear_words
.Lclear_bytes:
	testq	%rsi, %rsi
	jz	.Lclear_done
	MAY_FAULT .Lclear_done
	movb	%al, (%rdi)
	incq	%rdi
	decq	%rsi
	jmp	.Lclear_bytes
.Lclear_done:
	GATE_CLOSE
	movq	%rsi, %rax
	ret
	.size	arch_clear_user, . - arch_clear_user

/* int arch_load_user_u32(src rdi, *out rsi) */
	.globl	arch_load_user_u32
	.type	arch_load_user_u32, @function
arch_load_user_u32:
	GATE_OPEN
	MAY_FAULT .Luser_fault
	movl	(%rdi), %eax
	GATE_CLOSE
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
	.size	arch_load_user_u32, . - arch_load_user_u32

/* int arch_cmpxchg_user_u32(addr rdi, expected esi, new edx, *old_out rcx) */
	.globl	arch_cmpxchg_user_u32
	.type	arch_cmpxchg_user_u32, @function
arch_cmpxchg_user_u32:
	movl	%esi, %eax
	GATE_OPEN
	MAY_FAULT .Luser_fault
	lock cmpxchgl %edx, (%rdi)
	GATE_CLOSE
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret
	.size	arch_cmpxchg_user_u32, . - arch_cmpxchg_user_u32

/* int arch_probe_read(addr rdi, uint8_t *out rsi) */
	.globl	arch_probe_read
	.type	arch_probe_read, @function
arch_probe_read:
	MAY_FAULT .Lprobe_fault, EXTABLE_PROBE
	movb	(%rdi), %al
	movb	%al, (%rsi)
	xorl	%eax, %eax
	ret
	.size	arch_probe_read, . - arch_probe_read

/* int arch_probe_write(addr rdi): stores what is there already */
	.globl	arch_probe_write
	.type	arch_probe_write, @function
arch_probe_write:
	MAY_FAULT .Lprobe_fault, EXTABLE_PROBE
	lock orb $0, (%rdi)
	xorl	%eax, %eax
	ret
	.size	arch_probe_write, . - arch_probe_write

.Lprobe_fault:
	movl	$-14, %eax	/* -EFAULT */
	ret

.Luser_fault:
	GATE_CLOSE
	movl	$-14, %eax	/* -EFAULT */
	ret

	.section .note.GNU-stack, "", @progbits
