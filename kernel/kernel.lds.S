/*
 * Layout of the kernel image. Preprocessed at build time.
 *
 * The image is linked at the top 2 GiB of the address space and loaded at
 * 1 MiB. Each group of sections that gets its own protection starts and ends
 * on a page, between a pair of symbols:
 *
 *	__kernel_start
 *	__text_start ... __text_end			execute, read
 *	__rodata_start ... __rodata_end			read
 *	__data_start ... __data_end			read, write
 *	    __after_boot_const_start ... _end		read once boot is over
 *	__init_start ... __init_end			freed after boot
 *	    __init_text_start ... __init_text_end	execute, read
 *	    __init_data_start ... __init_data_end	read, write
 *	__bss_start ... __bss_end			read, write, zero
 *	    __percpu_start ... __percpu_end		the boot CPU's per-CPU data
 *	__kernel_end
 *
 * ENTRY is the virtual address of the entry: GRUB looks it up in the segments
 * by virtual address and translates it. QEMU follows the PVH note instead.
 *
 * A section that is not named here fails the link (--orphan-handling=error),
 * for the linker would put it where its protection is a matter of luck.
 */
#define KERNEL_OFFSET 0xffffffff80000000
#define KERNEL_LOAD 0x100000
#define PAGE 4096
#define LMA(section) AT(ADDR(section) - KERNEL_OFFSET)

/* A gathered table of entries: KEPT although nothing refers to them by name. */
#define TABLE(name, section)                                                                       \
	. = ALIGN(16);                                                                             \
	__##name##_start = .;                                                                      \
	KEEP(*(section))                                                                           \
	__##name##_end = .;

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(boot_mb2_entry)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	init PT_LOAD FLAGS(5);
	bss PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
	stack PT_GNU_STACK FLAGS(6);
}

SECTIONS
{
	. = KERNEL_OFFSET + KERNEL_LOAD;
	__kernel_start = .;
	__text_start = .;

	/* The loaders look for these in the first pages of the file. */
	.mb2 : LMA(.mb2) {
		KEEP(*(.mb2))
	} :text
	.note.pvh : LMA(.note.pvh) ALIGN(4) {
		KEEP(*(.note.pvh .note.Xen))
	} :text :note

	.text : LMA(.text) ALIGN(16) {
		*(.text.entry)
		*(.text .text.*)
		. = ALIGN(PAGE);
	} :text
	__text_end = .;

	__rodata_start = .;
	.rodata : LMA(.rodata) ALIGN(PAGE) {
		*(.rodata .rodata.*)
		TABLE(boot_params, .boot_params)
		TABLE(selftests, .selftests)
		TABLE(extable, .extable)
		TABLE(smap_sites, .smap_sites)
	} :rodata
	.ksym : LMA(.ksym) ALIGN(16) {
		KEEP(*(.ksym))
		. = ALIGN(PAGE);
	} :rodata
	__rodata_end = .;

	__data_start = .;
	.data.after_boot_const : LMA(.data.after_boot_const) ALIGN(PAGE) {
		__after_boot_const_start = .;
		*(.data.after_boot_const)
		. = ALIGN(PAGE);
		__after_boot_const_end = .;
	} :data
	.data : LMA(.data) ALIGN(PAGE) {
		*(.data .data.*)
		. = ALIGN(PAGE);
	} :data
	__data_end = .;

	__init_start = .;
	.init.text : LMA(.init.text) ALIGN(PAGE) {
		__init_text_start = .;
		*(.init.text .init.text.*)
		. = ALIGN(PAGE);
		__init_text_end = .;
	} :init
	.init.data : LMA(.init.data) ALIGN(PAGE) {
		__init_data_start = .;
		*(.init.data .init.data.* .init.rodata .init.rodata.*)
		. = ALIGN(PAGE);
	} :bss
	.init.bss : LMA(.init.bss) ALIGN(PAGE) {
		*(.bss.init)
		. = ALIGN(PAGE);
		__init_data_end = .;
	} :bss
	__init_end = .;

	.bss : LMA(.bss) ALIGN(PAGE) {
		__bss_start = .;
		__percpu_start = .;
		KEEP(*(.bss.percpu))
		. = ALIGN(64);
		__percpu_end = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE);
		__bss_end = .;
	} :bss
	__kernel_end = .;

	/* For debuggers; not loaded. */
	.comment 0 : { *(.comment) } :NONE
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_macro 0 : { *(.debug_macro) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/* What position-independent code would need. There must be none of it. */
	.got : { *(.got .igot .rela.got) }
	.got.plt : { *(.got.plt .igot.plt) }
	.plt : { *(.plt .iplt .rela.*) }

	/DISCARD/ : {
		*(.eh_frame .eh_frame_hdr)
		*(.note.GNU-stack .note.gnu.property .note.gnu.build-id)
		*(.llvm_addrsig)
	}
}

ASSERT(SIZEOF(.got) + SIZEOF(.plt) == 0, "position-independent code in the kernel")
ASSERT(__kernel_end - __kernel_start < 64 * 1024 * 1024, "the kernel image is over 64 MiB")
