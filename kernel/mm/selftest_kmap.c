/* Self-tests of kernel mappings, stacks and user access. */
#include "kernel/arch/mmu.h"
#include "kernel/core/selftest.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/user.h"

static bool is_mapped(vaddr_t va)
{
	struct mmu_mapping mapping;

	return arch_mmu_query(arch_mmu_kernel_root(), va, &mapping) == 0;
}

SELFTEST(test_kmap, "mm.kmap", "mapped pages work, have guards, and are gone when freed")
{
	struct meminfo before, after;
	uint64_t *ptr;

	meminfo_read(&before);
	for (uint32_t round = 0; round < 100; round++) {
		uint32_t words = 3 * PAGE_SIZE / sizeof(*ptr);

		ptr = kmap_alloc_pages(3 * PAGE_SIZE - 1, KMAP_ZERO);
		SELFTEST_REQUIRE(ptr);
		SELFTEST_CHECK(ptr[0] == 0 && ptr[words - 1] == 0);
		for (uint32_t i = 0; i < words; i += 64)
			ptr[i] = i + round;
		for (uint32_t i = 0; i < words; i += 64)
			SELFTEST_CHECK_EQ(ptr[i], i + round);
		SELFTEST_CHECK(!is_mapped((vaddr_t)ptr - 1));
		SELFTEST_CHECK(!is_mapped((vaddr_t)ptr + 3 * PAGE_SIZE));
		kmap_free(ptr);
		SELFTEST_CHECK(!is_mapped((vaddr_t)ptr));
	}
	meminfo_read(&after);
	SELFTEST_CHECK_EQ(after.used[MEM_USE_KMAP], before.used[MEM_USE_KMAP]);
	SELFTEST_CHECK_EQ(after.other, before.other);
}

SELFTEST(test_kmap_device, "mm.kmap.device", "physical memory shows through a second mapping")
{
	struct page *page = page_alloc(1, 0);
	volatile void *window;
	volatile uint32_t *word;
	uint32_t *direct;

	SELFTEST_REQUIRE(page);
	direct = (uint32_t *)page_vaddr(page) + 1023;
	direct[0] = 1;
	direct[1] = 2;
	SELFTEST_REQUIRE(kmap_device(page_to_paddr(page) + 4092, 8, MMU_WRITE, &window) == 0);
	word = window;
	SELFTEST_CHECK_EQ(word[0], 1);
	SELFTEST_CHECK_EQ(word[1], 2);
	word[1] = 3;
	SELFTEST_CHECK_EQ(READ_ONCE(direct[1]), 3);
	kmap_unmap(window);
	page_free(page, 1);
	SELFTEST_CHECK_EQ(kmap_device(0, 0, MMU_WRITE, &window), -EINVAL);
	SELFTEST_CHECK_EQ(kmap_device(UINT64_MAX, 2, MMU_WRITE, &window), -EINVAL);
}

SELFTEST(test_stack, "mm.stack", "a stack has unmapped memory below, known as its guard")
{
	vaddr_t tops[40];
	uint32_t count = 0;

	while (count < ARRAY_SIZE(tops) && kstack_alloc(&tops[count]) == 0)
		count++;
	SELFTEST_CHECK_EQ(count, ARRAY_SIZE(tops));
	for (uint32_t i = 0; i < count; i++) {
		vaddr_t base = tops[i] - KSTACK_SIZE;

		memset((void *)base, 0x11, KSTACK_SIZE);
		SELFTEST_CHECK(!is_mapped(base - 1) && kstack_is_guard(base - 1));
		SELFTEST_CHECK(is_mapped(base) && !kstack_is_guard(base));
		SELFTEST_CHECK(!is_mapped(tops[i]));
		SELFTEST_CHECK_EQ(kstack_base(tops[i] - 8), base);
	}
	/* The stack that this runs on is one of them, but for the boot's. */
	SELFTEST_CHECK(!kstack_is_guard((vaddr_t)&count));
	for (uint32_t i = 0; i < count; i++)
		kstack_free(tops[i]);
	kstack_reap_this_cpu();
}

#define USER_VA 0x10000000ul

SELFTEST(test_user, "mm.user", "user memory is copied, or -EFAULT where there is none")
{
	struct user_ptr ptr = user_ptr(USER_VA);
	struct page *page = page_alloc(0, PAGE_ALLOC_ZERO);
	char buf[32] = "user memory";
	uint32_t word = 0;

	SELFTEST_REQUIRE(page);
	SELFTEST_REQUIRE(arch_mmu_map(arch_mmu_kernel_root(), USER_VA, page_to_paddr(page),
				      PAGE_SIZE, MMU_READ | MMU_WRITE | MMU_USER) == 0);
	SELFTEST_CHECK_EQ(copy_to_user(ptr, buf, sizeof(buf)), 0);
	memset(buf, 0, sizeof(buf));
	SELFTEST_CHECK_EQ(copy_from_user(buf, ptr, sizeof(buf)), 0);
	SELFTEST_CHECK(strcmp(buf, "user memory") == 0);
	SELFTEST_CHECK_EQ(strncpy_from_user(buf, ptr, sizeof(buf)), 11);
	SELFTEST_CHECK_EQ(strncpy_from_user(buf, ptr, 5), -ENAMETOOLONG);
	SELFTEST_CHECK_EQ(clear_user(ptr, PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(load_user_u32(ptr, &word), 0);
	SELFTEST_CHECK_EQ(cmpxchg_user_u32(ptr, 0, 7, &word), 0);
	SELFTEST_CHECK_EQ(*(uint32_t *)page_vaddr(page), 7);

	/* Half in the page, half beyond it; nowhere; and in the kernel. */
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(USER_VA + PAGE_SIZE - 8), buf, 16), -EFAULT);
	SELFTEST_CHECK_EQ(copy_from_user(buf, user_ptr(USER_VA + PAGE_SIZE - 8), 16), -EFAULT);
	SELFTEST_CHECK_EQ(clear_user(user_ptr(USER_VA + PAGE_SIZE - 8), 16), -EFAULT);
	SELFTEST_CHECK_EQ(strncpy_from_user(buf, user_ptr(16), sizeof(buf)), -EFAULT);
	SELFTEST_CHECK_EQ(copy_from_user(buf, user_ptr((vaddr_t)page_vaddr(page)), 8), -EFAULT);
	SELFTEST_CHECK_EQ(load_user_u32(user_ptr(USER_VA + PAGE_SIZE), &word), -EFAULT);
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(ARCH_USER_END), buf, 0), 0);

	SELFTEST_CHECK_EQ(arch_mmu_unmap(arch_mmu_kernel_root(), USER_VA, PAGE_SIZE), 0);
	arch_tlb_flush_kernel(USER_VA, PAGE_SIZE);
	SELFTEST_CHECK_EQ(copy_from_user(buf, ptr, 1), -EFAULT);
	page_free(page, 0);
}
