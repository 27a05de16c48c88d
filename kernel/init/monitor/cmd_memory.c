/* Commands about memory. */
#include "kernel/arch/mmu.h"
#include "kernel/dev/console.h"
#include "kernel/init/monitor/command.h"
#include "kernel/lib/parse.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define PEEK_DEFAULT_WORDS 8
#define PEEK_MAX_WORDS 512
#define WORDS_PER_LINE 2

static void print_pages(const char *what, uint64_t pages)
{
	console_print("%-24s %12lu KiB\n", what, pages << (PAGE_SHIFT - 10));
}

void command_mem(int argc UNUSED, char *const argv[] UNUSED)
{
	uint64_t blocks[PAGE_MAX_ORDER + 1];
	struct meminfo info;

	meminfo_read(&info);
	print_pages("total", info.total);
	print_pages("free", info.free);
	print_pages("  not yet taken into use", info.deferred);
	print_pages("  in per-CPU lists", info.cached);
	print_pages("reserved at boot", info.reserved);
	print_pages("slabs", info.used[MEM_USE_SLAB]);
	print_pages("page tables", info.used[MEM_USE_TABLE]);
	print_pages("kernel stacks", info.used[MEM_USE_STACK]);
	print_pages("kernel mappings", info.used[MEM_USE_KMAP]);
	print_pages("other", info.other);
	console_print("%-24s %12lu KiB\n", "mapped address space", kmap_used_bytes() >> 10);

	page_free_blocks(blocks);
	console_print("free blocks by size:\n");
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
		console_print("  %5lu KiB %10lu\n", PAGE_SIZE << order >> 10, blocks[order]);
}

void command_slabs(int argc UNUSED, char *const argv[] UNUSED)
{
	struct kmem_cache_stats stats;

	console_print("%-20s %7s %9s %9s %7s %9s %7s\n", "CACHE", "SIZE", "USED", "ROOM", "SLABS",
		      "KIB", "FAILED");
	for (uint32_t i = 0; kmem_cache_get_stats(i, &stats) == 0; i++)
		console_print("%-20s %7u %9lu %9lu %7u %9lu %7lu\n", stats.name, stats.object_size,
			      stats.used_count, stats.object_count, stats.slab_count,
			      (uint64_t)stats.slab_count * stats.slab_pages << (PAGE_SHIFT - 10),
			      stats.fail_count);
}

/*
 * Reading a device register may change the device, so only ordinary memory is
 * shown. The mapping may go away between this look and the read that follows;
 * then the kernel faults. A debugger is a sharp tool.
 */
static bool is_readable(vaddr_t addr)
{
	struct mmu_mapping mapping;

	if (arch_mmu_query(arch_mmu_kernel_root(), addr, &mapping))
		return false;
	return (mapping.prot & (MMU_DEVICE | MMU_WRITE_COMBINE | MMU_USER)) == 0;
}

static bool peek_word(vaddr_t addr)
{
	if (!is_readable(addr)) {
		console_print("\n%016lx: not mapped, or not memory\n", addr);
		return false;
	}
	console_print(" %016lx", *(const volatile uint64_t *)addr);
	return true;
}

void command_peek(int argc, char *const argv[])
{
	uint64_t words = PEEK_DEFAULT_WORDS;
	uint64_t addr;

	/* An address is hexadecimal with or without 0x, as it is printed everywhere. */
	if (str_to_u64(argv[1], 16, NULL, &addr) ||
	    (argc > 2 && str_to_u64(argv[2], 0, NULL, &words)) || words > PEEK_MAX_WORDS) {
		console_print("a hexadecimal address, and at most %d words\n", PEEK_MAX_WORDS);
		return;
	}
	addr = ALIGN_DOWN(addr, sizeof(uint64_t));
	for (uint64_t i = 0; i < words; i++) {
		if (i % WORDS_PER_LINE == 0)
			console_print("%s%016lx:", i ? "\n" : "", addr);
		if (!peek_word(addr))
			return;
		addr += sizeof(uint64_t);
	}
	console_print("\n");
}
