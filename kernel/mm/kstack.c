/*
 * Kernel stacks.
 *
 *	free -> this CPU's few -> idle list of all CPUs -> unmapped, pages freed
 *	alloc <- this CPU's few <- idle list <- new pages in a free slot
 *
 * A thread that ends usually leaves its stack to the next one that starts, with
 * no page table touched. kstack_free may be called with interrupts off (a thread
 * is buried by the one that runs next), where nothing can be unmapped: then the
 * stack waits in the idle list, linked through its own topmost words.
 *
 * A slot that was unmapped is "stale" until all CPUs have flushed its old
 * translation; that happens for all stale slots at once, when no other is left.
 *
 * Lock order: kmap lock -> kstack lock -> pages.
 */
#include "kernel/mm/kstack.h"

#include "kernel/core/assert.h"
#include "kernel/core/preempt.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap_impl.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"

#define CPU_STACKS 4u
#define IDLE_STACKS 32u
#define STACK_ORDER 2u
#define STACK_PAGES (1u << STACK_ORDER)

static_assert(PAGE_SIZE << STACK_ORDER == KSTACK_SIZE, "a stack is one block of pages");

struct stack_cache {
	uint32_t count;
	vaddr_t top[CPU_STACKS];
};

/* At the top of a stack in the idle list. */
struct idle_stack {
	struct idle_stack *next;
};

static DEFINE_PER_CPU(struct stack_cache, stack_cache);

static struct spinlock kstack_lock = SPINLOCK_INIT(LOCK_KSTACK);
static uint64_t taken[BITMAP_WORDS(KSTACK_SLOTS)] GUARDED_BY(&kstack_lock); /* stale too */
static uint64_t stale[BITMAP_WORDS(KSTACK_SLOTS)] GUARDED_BY(&kstack_lock);
static size_t next_slot GUARDED_BY(&kstack_lock);
static struct idle_stack *idle GUARDED_BY(&kstack_lock);
static uint32_t idle_count GUARDED_BY(&kstack_lock);

static vaddr_t slot_top(size_t slot)
{
	return KSTACK_AREA_BASE + (slot + 1) * KSTACK_SLOT_SIZE;
}

static size_t slot_of(vaddr_t vaddr)
{
	return (vaddr - KSTACK_AREA_BASE) / KSTACK_SLOT_SIZE;
}

static bool is_in_area(vaddr_t vaddr)
{
	return vaddr >= KSTACK_AREA_BASE && vaddr < KSTACK_AREA_END;
}

bool kstack_is_guard(vaddr_t vaddr)
{
	return is_in_area(vaddr) &&
	       ((vaddr - KSTACK_AREA_BASE) & (KSTACK_SLOT_SIZE - 1)) < KSTACK_SIZE;
}

vaddr_t kstack_base(vaddr_t vaddr)
{
	if (!is_in_area(vaddr) || kstack_is_guard(vaddr))
		return 0;
	return ALIGN_DOWN(vaddr, KSTACK_SIZE);
}

static vaddr_t pop_cached(void)
{
	irqflags_t flags = arch_irq_save();
	struct stack_cache *cache = this_cpu_ptr(stack_cache);
	vaddr_t top = cache->count ? cache->top[--cache->count] : 0;

	arch_irq_restore(flags);
	return top;
}

static bool push_cached(vaddr_t top)
{
	irqflags_t flags = arch_irq_save();
	struct stack_cache *cache = this_cpu_ptr(stack_cache);
	bool has_room = cache->count < CPU_STACKS;

	if (has_room)
		cache->top[cache->count++] = top;
	arch_irq_restore(flags);
	return has_room;
}

static vaddr_t pop_idle(uint32_t leave)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);
	struct idle_stack *stack = NULL;

	if (idle_count > leave) {
		stack = idle;
		idle = stack->next;
		idle_count--;
	}
	spin_unlock_irqrestore(&kstack_lock, flags);
	return stack ? (vaddr_t)(stack + 1) : 0;
}

static void push_idle(vaddr_t top)
{
	struct idle_stack *stack = (struct idle_stack *)top - 1;
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);

	stack->next = idle;
	idle = stack;
	idle_count++;
	spin_unlock_irqrestore(&kstack_lock, flags);
}

/* A slot that no CPU remembers anything of; KSTACK_SLOTS when there is none. */
static size_t take_slot(void)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);
	size_t slot = bitmap_next_zero(taken, KSTACK_SLOTS, next_slot);

	if (slot == KSTACK_SLOTS)
		slot = bitmap_next_zero(taken, KSTACK_SLOTS, 0);
	if (slot < KSTACK_SLOTS) {
		bitmap_set(taken, slot);
		next_slot = slot + 1;
	}
	spin_unlock_irqrestore(&kstack_lock, flags);
	return slot;
}

static void release_slot(size_t slot)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);

	bitmap_set(stale, slot);
	spin_unlock_irqrestore(&kstack_lock, flags);
}

/*
 * A slot that becomes stale while the flush runs may be missed by it. So the set
 * that the flush covers is taken out first and freed when it is over.
 */
static void flush_stale(void)
{
	static uint64_t flushing[BITMAP_WORDS(KSTACK_SLOTS)];
	static struct spinlock flush_lock = SPINLOCK_INIT(LOCK_KMAP);

	spin_lock(&flush_lock);
	for (size_t i = 0; i < ARRAY_SIZE(flushing); i++) {
		irqflags_t flags = spin_lock_irqsave(&kstack_lock);

		flushing[i] = stale[i];
		stale[i] = 0;
		spin_unlock_irqrestore(&kstack_lock, flags);
	}
	arch_tlb_flush_kernel(KSTACK_AREA_BASE, KSTACK_AREA_END - KSTACK_AREA_BASE);
	for (size_t i = 0; i < ARRAY_SIZE(flushing); i++) {
		irqflags_t flags = spin_lock_irqsave(&kstack_lock);

		taken[i] &= ~flushing[i];
		spin_unlock_irqrestore(&kstack_lock, flags);
	}
	spin_unlock(&flush_lock);
}

/* New pages, mapped in the slot: 0 or -ENOMEM. */
static int map_stack(vaddr_t top)
{
	struct page *page = page_alloc(STACK_ORDER, 0);
	int err;

	if (!page)
		return -ENOMEM;
	err = arch_mmu_map(arch_mmu_kernel_root(), top - KSTACK_SIZE, page_to_paddr(page),
			   KSTACK_SIZE, MMU_READ | MMU_WRITE | MMU_GLOBAL);
	if (err)
		page_free(page, STACK_ORDER);
	else
		mem_use_add(MEM_USE_STACK, STACK_PAGES);
	return err;
}

static void unmap_stack(vaddr_t top)
{
	paddr_t root = arch_mmu_kernel_root();
	struct mmu_mapping mapping;
	int err = arch_mmu_query(root, top - KSTACK_SIZE, &mapping);

	ASSERT(err == 0);
	err = arch_mmu_unmap(root, top - KSTACK_SIZE, KSTACK_SIZE);
	ASSERT(err == 0);
	mem_use_add(MEM_USE_STACK, -(int64_t)STACK_PAGES);
	page_free(paddr_to_page(mapping.paddr), STACK_ORDER);
	release_slot(slot_of(top - 1));
}

int kstack_alloc(vaddr_t *top_out)
{
	vaddr_t top;
	size_t slot;
	int err;

	if (mm_should_fail())
		return -ENOMEM;
	top = pop_cached();
	if (!top)
		top = pop_idle(0);
	if (top) {
		*top_out = top;
		return 0;
	}

	slot = take_slot();
	if (slot == KSTACK_SLOTS) {
		flush_stale();
		slot = take_slot();
	}
	if (slot == KSTACK_SLOTS)
		return -ENOMEM;
	err = map_stack(slot_top(slot));
	if (err) {
		release_slot(slot);
		return err;
	}
	*top_out = slot_top(slot);
	return 0;
}

static void unmap_idle(uint32_t leave)
{
	vaddr_t top;

	while ((top = pop_idle(leave)))
		unmap_stack(top);
}

void kstack_free(vaddr_t top)
{
	ASSERT(is_in_area(top - 1) && IS_ALIGNED(top - KSTACK_AREA_BASE, KSTACK_SLOT_SIZE));
	if (push_cached(top))
		return;
	push_idle(top);
	if (preempt_can_sleep())
		unmap_idle(IDLE_STACKS);
}

void kstack_reap_this_cpu(void)
{
	vaddr_t top;

	while ((top = pop_cached()))
		unmap_stack(top);
	unmap_idle(0);
}
