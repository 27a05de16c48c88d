/* Self-tests of page tables, protection bits and the user-access gate. */
#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/selftest.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"

#define USER_ADDR 0x400000ul
#define PTE_ADDR 0x000ffffffffff000ull
#define PTE_NX (1ull << 63)

/* Leaves of a table that are writable and executable, tables below included. */
static uint64_t count_wx(paddr_t table, uint32_t level, uint32_t first)
{
	const uint64_t *entries = paddr_to_vaddr(table);
	uint64_t count = 0;

	for (uint32_t i = first; i < 512; i++) {
		uint64_t entry = entries[i];

		if (!(entry & PTE_PRESENT))
			continue;
		if (level > 0 && !(entry & PTE_LARGE))
			count += count_wx(entry & PTE_ADDR, level - 1, 0);
		else if ((entry & PTE_WRITE) && !(entry & PTE_NX))
			count++;
	}
	return count;
}

SELFTEST(no_wx, "mmu.wx", "no page of the kernel is both writable and executable")
{
	SELFTEST_CHECK_EQ(count_wx(arch_mmu_kernel_root(), 3, 256), 0);
}

SELFTEST(low_half_is_empty, "mmu.low", "the loader's mapping of low memory is gone")
{
	struct mmu_mapping mapping;

	SELFTEST_CHECK_EQ(arch_mmu_query(arch_mmu_kernel_root(), 0x100000, &mapping), -ENOENT);
	SELFTEST_CHECK_EQ(arch_mmu_query(arch_mmu_kernel_root(), 0, &mapping), -ENOENT);
}

SELFTEST(text_is_read_only, "mmu.text", "text and constants cannot be written, by any alias")
{
	vaddr_t text = (vaddr_t)&arch_mmu_map;
	vaddr_t constant = (vaddr_t)&selftest_no_wx;
	uint8_t byte;

	SELFTEST_CHECK_EQ(arch_probe_read(text, &byte), 0);
	SELFTEST_CHECK_EQ(arch_probe_write(text), -EFAULT);
	SELFTEST_CHECK_EQ(arch_probe_write(text - ARCH_KERNEL_BASE + ARCH_DIRECT_MAP_BASE),
			  -EFAULT);
	SELFTEST_CHECK_EQ(arch_probe_write(constant), -EFAULT);
	SELFTEST_CHECK_EQ(arch_probe_write((vaddr_t)&byte), 0);
}

SELFTEST(null_faults, "mmu.null", "address zero and addresses that are not canonical fault")
{
	uint8_t byte;

	SELFTEST_CHECK_EQ(arch_probe_read(0, &byte), -EFAULT);
	SELFTEST_CHECK_EQ(arch_probe_read(0x8000000000000000, &byte), -EFAULT);
	SELFTEST_CHECK_EQ(arch_probe_write(UINT64_MAX - 7), -EFAULT);
}

/* Every step on a tree of its own, which no CPU has loaded. */
SELFTEST(map_and_split, "mmu.map", "mapping picks large leaves, and unmapping splits them")
{
	struct mmu_mapping mapping;
	paddr_t root;
	vaddr_t va = GIB(64);

	SELFTEST_REQUIRE(page_table_alloc(&root) == 0);
	SELFTEST_CHECK_EQ(arch_mmu_map(root, va, MIB(2), MIB(4), MMU_WRITE), 0);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + 0x1234, &mapping), 0);
	SELFTEST_CHECK_EQ(mapping.page_size, MIB(2));
	SELFTEST_CHECK_EQ(mapping.paddr, MIB(2) + 0x1234);
	SELFTEST_CHECK_EQ(mapping.prot, MMU_READ | MMU_WRITE);
	SELFTEST_CHECK_EQ(arch_mmu_map(root, va + PAGE_SIZE, 0, PAGE_SIZE, 0), -EEXIST);
	SELFTEST_CHECK_EQ(arch_mmu_map(root, va, 0, PAGE_SIZE, MMU_WRITE | MMU_EXEC), -EINVAL);

	SELFTEST_CHECK_EQ(arch_mmu_unmap(root, va + PAGE_SIZE, PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + PAGE_SIZE, &mapping), -ENOENT);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va, &mapping), 0);
	SELFTEST_CHECK_EQ(mapping.page_size, PAGE_SIZE);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + 2 * PAGE_SIZE, &mapping), 0);
	SELFTEST_CHECK_EQ(mapping.paddr, MIB(2) + 2 * PAGE_SIZE);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + MIB(2), &mapping), 0);
	SELFTEST_CHECK_EQ(mapping.page_size, MIB(2));

	SELFTEST_CHECK_EQ(arch_mmu_protect(root, va + MIB(3), PAGE_SIZE, MMU_EXEC), 0);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + MIB(3), &mapping), 0);
	SELFTEST_CHECK_EQ(mapping.prot, MMU_READ | MMU_EXEC);
	SELFTEST_CHECK_EQ(mapping.paddr, MIB(5));
	SELFTEST_CHECK_EQ(arch_mmu_unmap(root, va, MIB(4)), 0);
	SELFTEST_CHECK_EQ(arch_mmu_query(root, va + MIB(3), &mapping), -ENOENT);
	arch_mmu_free_root(root);
}

SELFTEST(user_gate, "mmu.uaccess",
	 "user copies stop at the exact byte that is not mapped, and only they reach user pages")
{
	static uint8_t buf[3 * 64];
	struct page *page = page_alloc(0, PAGE_ALLOC_ZERO);
	paddr_t root = arch_mmu_kernel_root();
	vaddr_t end = USER_ADDR + PAGE_SIZE;
	uint32_t word = 0;
	uint8_t byte;

	SELFTEST_REQUIRE(page);
	SELFTEST_REQUIRE(arch_mmu_map(root, USER_ADDR, page_to_paddr(page), PAGE_SIZE,
				      MMU_USER | MMU_WRITE) == 0);
	memset(buf, 0x5a, sizeof(buf));
	for (size_t before = 0; before <= 64; before++) {
		SELFTEST_CHECK_EQ(arch_copy_to_user(end - before, buf, 64), 64 - before);
		SELFTEST_CHECK_EQ(arch_copy_from_user(buf, end - before, 64), 64 - before);
		SELFTEST_CHECK_EQ(arch_clear_user(end - before, 64), 64 - before);
	}
	SELFTEST_CHECK_EQ(arch_copy_to_user(USER_ADDR, "abcd", 4), 0);
	SELFTEST_CHECK_EQ(arch_load_user_u32(USER_ADDR, &word), 0);
	SELFTEST_CHECK_EQ(word, 0x64636261);
	SELFTEST_CHECK_EQ(arch_cmpxchg_user_u32(USER_ADDR, 0x64636261, 7, &word), 0);
	SELFTEST_CHECK_EQ(arch_load_user_u32(USER_ADDR, &word), 0);
	SELFTEST_CHECK_EQ(word, 7);
	SELFTEST_CHECK_EQ(arch_load_user_u32(end, &word), -EFAULT);
	SELFTEST_CHECK_EQ(arch_cmpxchg_user_u32(end, 0, 1, &word), -EFAULT);
	if (cpu_features.has_smap) {
		SELFTEST_CHECK_EQ(arch_probe_read(USER_ADDR, &byte), -EFAULT);
		SELFTEST_CHECK_EQ(arch_probe_write(USER_ADDR), -EFAULT);
	}
	SELFTEST_CHECK_EQ(arch_mmu_unmap(root, USER_ADDR, PAGE_SIZE), 0);
	arch_tlb_flush_local(USER_ADDR, PAGE_SIZE);
	SELFTEST_CHECK_EQ(arch_load_user_u32(USER_ADDR, &word), -EFAULT);
	page_free(page, 0);
	arch_mmu_free_user_half(root);
}
