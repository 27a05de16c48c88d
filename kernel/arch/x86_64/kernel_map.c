/*
 * Kernel map: the kernel's own page tables, made once at boot.
 *
 * Nothing is ever both writable and executable. That holds across aliases too:
 * where the direct map shows the image's text and constants, it shows them
 * read-only.
 */
#include "kernel/arch/boot.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/trap_impl.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/panic.h"
#include "kernel/mm/page.h"

/* Entry 1 is write-combining, the others as after reset (Intel SDM 12.12.4). */
#define PAT_VALUE 0x0007040600070106ull

#define FIRST_MIB MIB(1)

extern char __kernel_start[], __kernel_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[];
extern char __after_boot_const_start[], __after_boot_const_end[];
extern char __init_text_start[], __init_text_end[];
extern char __init_data_start[], __init_data_end[];
extern char __init_start[], __init_end[];
extern char __bss_start[], __bss_end[];
extern char boot_stack_guard[PAGE_SIZE];

static paddr_t image_paddr(const char *symbol)
{
	return (paddr_t)symbol - ARCH_KERNEL_BASE;
}

static void must(int err, const char *what)
{
	if (err)
		panic("cannot map %s: error %d", what, err);
}

static void map_image_part(paddr_t root, const char *start, const char *end, uint32_t prot)
{
	if (start == end)
		return;
	must(arch_mmu_map(root, (vaddr_t)start, image_paddr(start), (uint64_t)(end - start),
			  prot | MMU_GLOBAL),
	     "the kernel image");
}

static void map_image(paddr_t root)
{
	map_image_part(root, __text_start, __text_end, MMU_EXEC);
	map_image_part(root, __rodata_start, __rodata_end, MMU_READ);
	map_image_part(root, __data_start, __data_end, MMU_WRITE);
	map_image_part(root, __init_text_start, __init_text_end, MMU_EXEC);
	map_image_part(root, __init_data_start, __init_data_end, MMU_WRITE);
	map_image_part(root, __bss_start, boot_stack_guard, MMU_WRITE);
	map_image_part(root, boot_stack_guard + PAGE_SIZE, __bss_end, MMU_WRITE);
}

bool paging_is_boot_stack_guard(vaddr_t addr)
{
	return ALIGN_DOWN(addr, PAGE_SIZE) == (vaddr_t)boot_stack_guard;
}

static void map_direct(paddr_t root, paddr_t start, uint64_t len)
{
	must(arch_mmu_map(root, ARCH_DIRECT_MAP_BASE + start, start, len, MMU_WRITE | MMU_GLOBAL),
	     "physical memory");
}

/*
 * Memory, and what firmware keeps in memory, but not reserved space above 4 GiB:
 * that is address space of devices, and can be vast.
 */
static bool belongs_in_direct_map(const struct boot_region *region)
{
	if (region->type == BOOT_REGION_BAD)
		return false;
	return region->type != BOOT_REGION_RESERVED || region->start < GIB(4);
}

/* Adjoining regions are mapped in one go, so that large leaves can span them. */
static void map_all_memory(paddr_t root, const struct boot_info *info)
{
	paddr_t start = 0;
	paddr_t end = FIRST_MIB;

	for (uint32_t i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];
		paddr_t region_end = region->start + region->len;

		if (!belongs_in_direct_map(region) || region_end <= end)
			continue;
		if (region_end > ARCH_DIRECT_MAP_END - ARCH_DIRECT_MAP_BASE)
			break;
		if (region->start > end) {
			map_direct(root, start, end - start);
			start = region->start;
		}
		end = region_end;
	}
	map_direct(root, start, end - start);
}

/* The aliases of the read-only parts of the image lose their writability. */
static void protect_alias(paddr_t root, const char *start, const char *end)
{
	must(arch_mmu_protect(root, ARCH_DIRECT_MAP_BASE + image_paddr(start),
			      (uint64_t)(end - start), MMU_READ | MMU_GLOBAL),
	     "the image's alias");
}

void paging_init_cpu(void)
{
	write_msr(MSR_PAT, PAT_VALUE);
}

void arch_mmu_init(const struct boot_info *info)
{
	paddr_t root;

	must(page_table_alloc(&root), "the root");
	must(paging_fill_root(root, ARCH_DIRECT_MAP_BASE, ARCH_DIRECT_MAP_BASE + 1), "tables");
	must(paging_fill_root(root, ARCH_KMAP_BASE, ARCH_KMAP_END), "tables");
	must(paging_fill_root(root, ARCH_VMEMMAP_BASE, ARCH_VMEMMAP_END), "tables");
	map_image(root);
	map_all_memory(root, info);
	protect_alias(root, __text_start, __rodata_end);

	/* While the loader's mapping is still on, text can be written. */
	uaccess_init();
	paging_init_cpu();
	paging_set_kernel_root(root);
	write_cr3(root);
}

void arch_mmu_seal(paddr_t *init_start_out, uint64_t *init_len_out)
{
	paddr_t root = arch_mmu_kernel_root();
	uint64_t const_len = (uint64_t)(__after_boot_const_end - __after_boot_const_start);
	uint64_t init_len = (uint64_t)(__init_end - __init_start);

	if (const_len > 0) {
		must(arch_mmu_protect(root, (vaddr_t)__after_boot_const_start, const_len,
				      MMU_READ | MMU_GLOBAL),
		     "constants");
		protect_alias(root, __after_boot_const_start, __after_boot_const_end);
	}
	if (init_len > 0)
		must(arch_mmu_unmap(root, (vaddr_t)__init_start, init_len), "init sections");
	arch_tlb_flush_kernel((vaddr_t)__kernel_start, (uint64_t)(__kernel_end - __kernel_start));
	arch_tlb_flush_kernel(ARCH_DIRECT_MAP_BASE + image_paddr(__after_boot_const_start),
			      const_len);
	*init_start_out = image_paddr(__init_start);
	*init_len_out = init_len;
}
