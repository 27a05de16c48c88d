/*
 * Virtual memory layout of x86-64, four levels of page tables. Plain numbers:
 * assembler and the linker script include this too.
 *
 *	0x0000000000000000 - 0x00007ffffffff000	user
 *	0xffff800000000000 - 64 TiB		direct map of physical memory
 *	0xffffc80000000000 - 512 GiB		kmap: stacks, vmalloc, devices
 *	0xffffe00000000000 - 512 GiB		struct page of every frame
 *	0xffffffff80000000 - 2 GiB		kernel image
 */
#ifndef KERNEL_ARCH_X86_64_LAYOUT_H
#define KERNEL_ARCH_X86_64_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_ADDR(x) x
#else
#define LAYOUT_ADDR(x) x##ul
#endif

#define ARCH_USER_END LAYOUT_ADDR(0x00007ffffffff000)
#define ARCH_DIRECT_MAP_BASE LAYOUT_ADDR(0xffff800000000000)
#define ARCH_DIRECT_MAP_END LAYOUT_ADDR(0xffffc00000000000)
#define ARCH_KMAP_BASE LAYOUT_ADDR(0xffffc80000000000)
#define ARCH_KMAP_END LAYOUT_ADDR(0xffffc88000000000)
#define ARCH_VMEMMAP_BASE LAYOUT_ADDR(0xffffe00000000000)
#define ARCH_VMEMMAP_END LAYOUT_ADDR(0xffffe08000000000)
#define ARCH_KERNEL_BASE LAYOUT_ADDR(0xffffffff80000000)

/* Where the image is linked and loaded. */
#define ARCH_KERNEL_PHYS LAYOUT_ADDR(0x100000)
/*
 * What boot.S maps, in the direct map and one to one, before paging.c makes the
 * kernel's own tables. Loaders hand over nothing above it.
 */
#define ARCH_BOOT_MAPPED LAYOUT_ADDR(0x100000000)

/* Segment selectors; SYSCALL and SYSRET need this order (Intel SDM vol. 3A 5.8.8). */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_CODE32 0x1b
#define SEL_USER_DATA 0x23
#define SEL_USER_CODE 0x2b
#define SEL_TSS 0x30

#endif
