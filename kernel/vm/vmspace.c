/*
 * Address spaces: their life, whose they are, and what they look like.
 *
 * Which CPU runs on which tables is the scheduler's to decide and the arch's to
 * know. A space whose last user is gone may still be loaded on CPUs that have run
 * nothing but kernel threads since; they are told to leave it before the tables go.
 */
#include "kernel/vm/vmspace.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/vm_impl.h"

static struct atomic32 space_count;

int vm_init(void)
{
	int err = tables_init();

	if (!err)
		err = mapping_init_cache();
	if (!err)
		err = vmobj_init_cache();
	return err;
}

int vmspace_create(struct mem_account *account, struct vmspace **out)
{
	struct vmspace *space = kmem_zalloc_charged(account, sizeof(*space));
	int err;

	if (!space)
		return -ENOMEM;
	err = arch_mmu_space_init(&space->mmu, account);
	if (err) {
		kmem_free_charged(account, space, sizeof(*space));
		return err;
	}
	rwlock_init(&space->lock, LOCK_VMSPACE);
	area_tree_init(&space->areas, VM_USER_START);
	space->top = VM_USER_END;
	spin_lock_init(&space->tables_lock, LOCK_VM_TABLES);
	refcount_init(&space->refs);
	space->account = account;
	if (account)
		mem_account_get(account);
	atomic32_inc(&space_count);
	*out = space;
	return 0;
}

void vmspace_get(struct vmspace *space)
{
	bool is_alive = refcount_get(&space->refs);

	ASSERT(is_alive);
}

/* On a CPU that may have the tables loaded, interrupts off. */
static void unload_here(void *arg)
{
	struct vmspace *space = arg;

	if (arch_mmu_unload(&space->mmu))
		sched_set_mmu_root(0);
}

static void unload_everywhere(struct vmspace *space)
{
	uint64_t cpus[MMU_CPU_WORDS];
	irqflags_t flags;
	uint64_t any = 0;

	preempt_disable();
	flags = arch_irq_save();
	unload_here(space);
	arch_irq_restore(flags);
	for (uint32_t i = 0; i < MMU_CPU_WORDS; i++) {
		cpus[i] = atomic64_load(&space->mmu.cpus[i]);
		any |= cpus[i];
	}
	if (any)
		smp_call_mask(cpus, unload_here, space);
	preempt_enable();
}

static void remove_all(struct vmspace *space)
{
	struct area *area;

	rwlock_write_lock(&space->lock);
	while ((area = area_first(&space->areas))) {
		tables_zap(space, area->start, area->end, ZAP_ALL);
		mapping_remove(space, mapping_of(area));
	}
	rwlock_write_unlock(&space->lock);
}

void vmspace_put(struct vmspace *space)
{
	struct mem_account *account = space->account;

	if (!refcount_put(&space->refs))
		return;
	/* First, so that no page needs a flush. */
	unload_everywhere(space);
	remove_all(space);
	arch_mmu_space_fini(&space->mmu);
	kmem_free_charged(account, space, sizeof(*space));
	if (account)
		mem_account_put(account);
	atomic32_dec(&space_count);
}

struct mem_account *vmspace_account(const struct vmspace *space)
{
	return space->account;
}

void vmspace_set_top(struct vmspace *space, vaddr_t top)
{
	rwlock_write_lock(&space->lock);
	space->top = MIN(ALIGN_DOWN(top, PAGE_SIZE), (vaddr_t)VM_USER_END);
	rwlock_write_unlock(&space->lock);
}

static void load_thread(struct thread *thread)
{
	arch_mmu_load(&thread->vmspace->mmu);
}

void vmspace_set_thread(struct thread *thread, struct vmspace *space)
{
	struct vmspace *old = thread->vmspace;
	irqflags_t flags;

	if (space)
		vmspace_get(space);
	flags = arch_irq_save();
	thread->vmspace = space;
	thread->mmu_root = space ? space->mmu.root : 0;
	thread->mmu_load = load_thread;
	if (space && thread == thread_current()) {
		arch_mmu_load(&space->mmu);
		sched_set_mmu_root(space->mmu.root);
	}
	arch_irq_restore(flags);
	if (old)
		vmspace_put(old);
}

int vmspace_query(struct vmspace *space, vaddr_t addr, struct vm_mapping_info *out)
{
	struct vm_mapping *map;

	rwlock_read_lock(&space->lock);
	map = mapping_find(space, addr);
	if (map) {
		out->start = map->area.start;
		out->end = map->area.end;
		out->prot = map->prot;
		out->max_prot = map->max_prot;
		out->flags = map->flags | (READ_ONCE(map->is_revoked) ? VM_MAP_REVOKED : 0);
		out->offset = map->offset;
		out->object = map->object;
		if (map->object)
			vmobj_get(map->object);
	}
	rwlock_read_unlock(&space->lock);
	return map ? 0 : -ENOENT;
}

/* Whether the page is in the tables, or in the object that is mapped there. */
static bool is_resident(struct vmspace *space, const struct vm_mapping *map, vaddr_t va)
	REQUIRES_SHARED(&space->lock)
{
	struct mmu_entry *slot = arch_mmu_entry_find(&space->mmu, va, NULL);
	struct page *page;

	if (slot && mmu_entry_has_page(mmu_entry_read(slot)))
		return true;
	if (!map->object ||
	    vmobj_find_page(map->object, (map->offset + (va - map->area.start)) >> PAGE_SHIFT,
			    &page))
		return false;
	page_put(page);
	return true;
}

int vmspace_resident(struct vmspace *space, vaddr_t addr, uint64_t len, uint8_t *present_out)
{
	struct vm_mapping *map;
	int err = vm_check_range(addr, len);

	if (err)
		return err;
	rwlock_read_lock(&space->lock);
	for (uint64_t done = 0; done < len && !err; done += PAGE_SIZE) {
		map = mapping_find(space, addr + done);
		if (!map || map->area.start > addr + done)
			err = -ENOMEM;
		else
			present_out[done >> PAGE_SHIFT] = is_resident(space, map, addr + done);
	}
	rwlock_read_unlock(&space->lock);
	return err;
}

void vmspace_get_stats(struct vmspace *space, struct vmspace_stats *out)
{
	rwlock_read_lock(&space->lock);
	out->mapping_count = space->mapping_count;
	out->mapped_pages = space->mapped_bytes >> PAGE_SHIFT;
	out->locked_pages = space->locked_bytes >> PAGE_SHIFT;
	out->stack_pages = space->stack_bytes >> PAGE_SHIFT;
	rwlock_read_unlock(&space->lock);
	spin_lock(&space->tables_lock);
	out->anon_pages = space->anon_pages;
	out->object_pages = space->object_pages;
	out->peak_pages = space->peak_pages;
	out->table_pages = space->mmu.tables.count;
	spin_unlock(&space->tables_lock);
	out->faults = atomic64_load(&space->faults);
}

uint32_t vmspace_count(void)
{
	return atomic32_load(&space_count);
}
