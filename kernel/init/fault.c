/*
 * Deliberate faults. The kernel must end in a panic that says what happened;
 * tests/guest/faults.sh holds it to that. A fault that does not happen is a
 * panic of another text.
 */
#include "kernel/init/fault.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/fault.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/user_test.h"
#include "kernel/core/assert.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/task/commit_bug.h"

#define USER_ADDR 0x400000ul

struct fault {
	const char *name;
	void (*commit)(void);
};

/* The sanitizer would see it coming. */
NO_SANITIZE static void fault_null_read(void)
{
	READ_ONCE(*(volatile uint32_t *)0); /* NOLINT(clang-analyzer-core.NullDereference) */
}

static volatile uint32_t recursion_limit = UINT32_MAX;

/* The volatile array keeps the compiler from turning this into a loop. */
NOINLINE static uint32_t recurse(uint32_t depth)
{
	volatile uint8_t space[256];

	space[0] = (uint8_t)depth;
	if (depth == recursion_limit)
		return 0;
	return recurse(depth + 1) + space[0];
}

static void fault_stack_overflow(void)
{
	recurse(0);
}

static void fault_write_text(void)
{
	WRITE_ONCE(*(volatile uint8_t *)(uintptr_t)&fault_run_requested, 0xcc);
}

static void fault_execute_data(void)
{
	static uint8_t code[] = {0xc3};

	((void (*)(void))(uintptr_t)code)();
}

/* A user page that is mapped and readable, to anyone but the kernel. */
static struct page *map_user_page(uint32_t prot)
{
	struct page *page = page_alloc(0, PAGE_ALLOC_ZERO);
	paddr_t root = arch_mmu_kernel_root();

	if (!page || arch_mmu_map(root, USER_ADDR, page_to_paddr(page), PAGE_SIZE, prot))
		panic("fault: no memory for a user page");
	return page;
}

static void fault_user_access(void)
{
	map_user_page(MMU_USER | MMU_WRITE);
	READ_ONCE(*(volatile uint32_t *)USER_ADDR);
}

static void fault_user_execute(void)
{
	map_user_page(MMU_USER | MMU_EXEC);
	((void (*)(void))USER_ADDR)();
}

static void fault_user_peek(void)
{
	struct page *page = map_user_page(MMU_USER | MMU_EXEC);

	arch_fault_user_peek(USER_ADDR, page_vaddr(page));
}

static void fault_assert(void)
{
	ASSERT(strlen("deliberate") == 0);
}

static void fault_lock_order(void)
{
	static struct spinlock outer = SPINLOCK_INIT(LOCK_SELFTEST_OUTER);
	static struct spinlock inner = SPINLOCK_INIT(LOCK_SELFTEST_INNER);

	spin_lock(&inner);
	spin_lock(&outer);
	spin_unlock(&outer);
	spin_unlock(&inner);
}

static void fault_undefined(void)
{
	volatile int large = 0x7fffffff;

	large = large + 1;
}

/* For a program, but with a lock held: that cannot be contained. */
static void fault_bug_locked(void)
{
	task_commit_bug(USER_TEST_BUG_LOCKED);
}

static const struct fault faults[] = {
	{"null-read", fault_null_read},	    {"stack-overflow", fault_stack_overflow},
	{"write-text", fault_write_text},   {"execute-data", fault_execute_data},
	{"user-access", fault_user_access}, {"user-execute", fault_user_execute},
	{"user-peek", fault_user_peek},	    {"double-fault", arch_fault_double},
	{"assert", fault_assert},	    {"bug-locked", fault_bug_locked},
	{"lock-order", fault_lock_order}, /* seen by debug builds only */
	{"undefined", fault_undefined},	  /* the same */
};

static const struct fault *requested AFTER_BOOT_CONST;

static int set_requested(const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(value, faults[i].name) == 0) {
			requested = &faults[i];
			return 0;
		}
	}
	return -EINVAL;
}

BOOT_PARAM(fault, "fault", set_requested,
	   "commit a fault after boot, to see it reported: null-read, stack-overflow, write-text, "
	   "execute-data, user-access, user-execute, user-peek, double-fault, assert, bug-locked, "
	   "lock-order, undefined");

void fault_run_requested(void)
{
	if (!requested)
		return;
	requested->commit();
	panic("fault: %s went unnoticed", requested->name);
}
