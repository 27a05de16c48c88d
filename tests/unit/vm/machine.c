#include "tests/unit/vm/machine.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/arch/mmu.h"
#include "kernel/cap/grant.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/rwlock.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vm_impl.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/mm/arena.h"

#define MEMORY_END 0x8000000ull
#define TLB_SIZE 64
#define TRIES 16

struct translation {
	vaddr_t va; /* 0: none */
	paddr_t paddr;
	bool is_writable;
};

static struct cpu {
	struct vmspace *space;
	struct mmu_space *mmu;
	struct translation tlb[TLB_SIZE];
} cpus[CPUS];

DEFINE_PER_CPU(struct thread *, thread_current_ptr);

void machine_create(void)
{
	static const uint64_t regions[] = {0x100000, MEMORY_END, 0, 0};

	arena_create(MEMORY_END, 1);
	arena_boot(regions);
	kmem_init();
	memset(cpus, 0, sizeof(cpus));
	if (vm_init())
		abort();
}

void machine_destroy(void)
{
	arena_destroy();
}

/* --- CPUs --- */

void machine_run(uint32_t cpu, struct vmspace *space)
{
	struct cpu *c = &cpus[cpu];

	if (c->space == space)
		return;
	if (c->mmu)
		atomic64_and(&c->mmu->cpus[0], ~(1ull << cpu));
	c->space = space;
	c->mmu = space ? &space->mmu : NULL;
	if (c->mmu)
		atomic64_or(&c->mmu->cpus[0], 1ull << cpu);
	memset(c->tlb, 0, sizeof(c->tlb));
}

void arch_mmu_load(struct mmu_space *mmu)
{
	(void)mmu;
	panic("nobody loads tables here");
}

bool arch_mmu_unload(struct mmu_space *mmu)
{
	bool was_loaded = false;

	for (uint32_t i = 0; i < CPUS; i++) {
		if (cpus[i].mmu == mmu) {
			machine_run(i, NULL);
			was_loaded = true;
		}
	}
	return was_loaded;
}

void arch_tlb_flush_user(struct mmu_space *mmu, vaddr_t start, vaddr_t end)
{
	for (uint32_t i = 0; i < CPUS; i++) {
		if (!(atomic64_load(&mmu->cpus[0]) >> i & 1))
			continue;
		for (uint32_t k = 0; k < TLB_SIZE; k++) {
			if (cpus[i].tlb[k].va >= start && cpus[i].tlb[k].va < end)
				cpus[i].tlb[k].va = 0;
		}
	}
}

void sched_set_mmu_root(paddr_t root)
{
	if (root != 0)
		panic("only unloading is expected");
}

static struct translation *slot_of(struct cpu *c, vaddr_t va)
{
	return &c->tlb[(va >> PAGE_SHIFT) % TLB_SIZE];
}

/* The frame for an access; NULL: it faults. A hit in the cache reads no tables. */
static void *translate(struct cpu *c, vaddr_t va, bool is_write)
{
	struct translation *t = slot_of(c, va);
	struct mmu_entry *slot;
	struct mmu_entry entry;

	if (t->va == va && (t->is_writable || !is_write))
		return paddr_to_vaddr(t->paddr);
	/* A fault makes the processor forget the entry, too. */
	t->va = 0;
	slot = arch_mmu_entry_find(c->mmu, va, NULL);
	if (!slot)
		return NULL;
	entry = mmu_entry_read(slot);
	if (!mmu_entry_is_present(entry) || (is_write && !mmu_entry_is_writable(entry)))
		return NULL;
	*t = (struct translation){
		.va = va,
		.paddr = mmu_entry_paddr(entry),
		.is_writable = mmu_entry_is_writable(entry),
	};
	return paddr_to_vaddr(t->paddr);
}

static int access_page(struct cpu *c, vaddr_t va, bool is_write, uint32_t **out)
{
	for (int i = 0; i < TRIES; i++) {
		int err;

		*out = translate(c, va, is_write);
		if (*out)
			return 0;
		err = vm_fault(c->space, va, FAULT_USER | (is_write ? FAULT_WRITE : 0));
		if (err)
			return err;
	}
	panic("the access to 0x%lx faults for ever", va);
}

int machine_read(uint32_t cpu, vaddr_t addr, uint32_t *out)
{
	uint32_t *word;
	int err = access_page(&cpus[cpu], addr, false, &word);

	if (!err)
		*out = *word;
	return err;
}

int machine_write(uint32_t cpu, vaddr_t addr, uint32_t value)
{
	uint32_t *word;
	int err = access_page(&cpus[cpu], addr, true, &word);

	if (err)
		return err;
	if (paddr_to_page(vaddr_to_paddr(word)) == paddr_to_page(vm_zero_page))
		panic("the page of zeros is written to");
	*word = value;
	return 0;
}

/* --- Grants --- */

struct fake_grant {
	struct grant grant; /* only its address is used */
	uint32_t refs;
	bool is_dead;
	struct list_node dependents;
};

uint32_t machine_attached;

static struct fake_grant *fake_of(struct grant *grant)
{
	return container_of(grant, struct fake_grant, grant);
}

struct grant *machine_grant_create(void)
{
	struct fake_grant *fake = calloc(1, sizeof(*fake));

	fake->refs = 1;
	list_init(&fake->dependents);
	return &fake->grant;
}

void grant_get(struct grant *grant)
{
	fake_of(grant)->refs++;
}

void grant_put(struct grant *grant)
{
	struct fake_grant *fake = fake_of(grant);

	if (--fake->refs > 0)
		return;
	if (!list_is_empty(&fake->dependents))
		panic("a grant goes with something attached");
	free(fake);
}

int grant_attach(struct grant *grant, struct grant_dependent *dep,
		 const struct grant_dependent_ops *ops)
{
	struct fake_grant *fake = fake_of(grant);

	if (fake->is_dead)
		return -EIO;
	dep->ops = ops;
	dep->grant = grant;
	fake->refs++;
	list_push_back(&fake->dependents, &dep->node);
	machine_attached++;
	return 0;
}

bool grant_detach(struct grant_dependent *dep)
{
	bool was_in_time = list_is_linked(&dep->node);

	list_remove(&dep->node);
	machine_attached--;
	grant_put(dep->grant);
	return was_in_time;
}

void machine_grant_revoke(struct grant *grant)
{
	struct fake_grant *fake = fake_of(grant);
	struct list_node *node;

	fake->is_dead = true;
	while ((node = list_pop_front(&fake->dependents))) {
		struct grant_dependent *dep = list_entry(node, struct grant_dependent, node);

		dep->ops->pin(dep);
		dep->ops->revoked(dep);
	}
}

/* --- Locks that sleep, for one thread: held once, in order --- */

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
	(void)rank;
	mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
	if (mutex->owner || fake_locks_held)
		panic("a mutex is taken twice, or with a spinlock held");
	mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
	if (!mutex->owner)
		panic("a mutex is not held");
	mutex->owner = 0;
}

void rwlock_init(struct rwlock *rw, enum lock_rank rank)
{
	(void)rank;
	rw->reader_count = 0;
	rw->writer = NULL;
}

void rwlock_read_lock(struct rwlock *rw)
{
	if (rw->writer || rw->reader_count || fake_locks_held)
		panic("a read-write lock is taken twice, or with a spinlock held");
	rw->reader_count++;
}

void rwlock_read_unlock(struct rwlock *rw)
{
	if (rw->reader_count != 1)
		panic("a read-write lock is not held");
	rw->reader_count--;
}

void rwlock_write_lock(struct rwlock *rw)
{
	if (rw->writer || rw->reader_count || fake_locks_held)
		panic("a read-write lock is taken twice, or with a spinlock held");
	rw->writer = (struct thread *)rw;
}

void rwlock_write_unlock(struct rwlock *rw)
{
	if (!rw->writer)
		panic("a read-write lock is not held");
	rw->writer = NULL;
}
