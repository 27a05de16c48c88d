/*
 * Memory accounts.
 *
 * A charge goes from the account up to the root and takes its bytes in each by
 * compare and exchange, so that no count passes its limit even for a moment. When
 * one refuses, those below give back what they took. Meanwhile another charge may
 * be refused that would have found room a moment later; that only happens next to
 * a limit that is refusing anyway.
 *
 * There are no per-CPU reserves: they would make either the limits or the counts
 * inexact, and a level costs about a dozen instructions.
 *
 * The peak is looked at where the count goes down: that is where it was highest.
 *
 * Lifetime: `own` is what is charged to this very account, plus OWN_REFERENCED
 * while refs is not 0. Every change of it is one atomic operation, so exactly one
 * of them, the last put or the last uncharge, brings it to 0, and frees.
 */
#include "kernel/mm/account.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define OWN_REFERENCED (1ull << 62)

static struct atomic64 account_count;

int mem_account_create(struct mem_account *parent, struct mem_account **out)
{
	struct mem_account *account = kmem_zalloc_charged(parent, sizeof(*account));

	if (!account)
		return -ENOMEM;
	if (parent)
		mem_account_get(parent);
	account->parent = parent;
	account->max = MEM_UNLIMITED;
	account->high = MEM_UNLIMITED;
	atomic64_store(&account->own, OWN_REFERENCED);
	atomic64_store(&account->refs, 1);
	atomic64_inc(&account_count);
	*out = account;
	return 0;
}

void mem_account_get(struct mem_account *account)
{
	uint64_t refs = atomic64_inc_return(&account->refs);

	ASSERT(refs > 1);
}

/* Whether this drop leaves nothing that keeps the account. */
static bool drop_own(struct mem_account *account, uint64_t amount)
{
	/* Full order: whoever frees sees all that others did to the account. */
	uint64_t left = atomic64_sub_return(&account->own, amount);

	ASSERT(left <= OWN_REFERENCED + INT64_MAX / 2);
	return left == 0;
}

/* Frees an account that nothing keeps, and then perhaps those above. */
static void destroy(struct mem_account *account)
{
	while (account) {
		struct mem_account *parent = account->parent;

		ASSERT(atomic64_load(&account->used) == 0);
		kmem_free_charged(parent, account, sizeof(*account));
		atomic64_dec(&account_count);
		if (!parent || atomic64_dec_return(&parent->refs) > 0 ||
		    !drop_own(parent, OWN_REFERENCED))
			return;
		account = parent;
	}
}

void mem_account_put(struct mem_account *account)
{
	if (atomic64_dec_return(&account->refs) > 0)
		return;
	if (drop_own(account, OWN_REFERENCED))
		destroy(account);
}

void mem_account_set_max(struct mem_account *account, uint64_t max)
{
	WRITE_ONCE(account->max, MIN(max, (uint64_t)MEM_UNLIMITED));
}

void mem_account_set_high(struct mem_account *account, uint64_t high)
{
	WRITE_ONCE(account->high, MIN(high, (uint64_t)MEM_UNLIMITED));
}

void mem_account_get_stats(const struct mem_account *account, struct mem_account_stats *out)
{
	out->used = atomic64_load(&account->used);
	out->own = atomic64_load(&account->own) & ~OWN_REFERENCED;
	out->kernel = atomic64_load(&account->kernel);
	out->peak = MAX(atomic64_load(&account->peak), out->used);
	out->max = READ_ONCE(account->max);
	out->high = READ_ONCE(account->high);
	out->fail_count = atomic64_load(&account->fail_count);
	out->high_count = atomic64_load(&account->high_count);
}

void mem_account_reset_peak(struct mem_account *account)
{
	atomic64_store(&account->peak, 0);
}

struct mem_account *mem_account_limiting(struct mem_account *account, uint64_t bytes)
{
	for (; account; account = account->parent) {
		uint64_t max = READ_ONCE(account->max);

		if (bytes > max || mem_account_used(account) > max - bytes)
			return account;
	}
	return NULL;
}

struct mem_account *mem_account_above_high(struct mem_account *account)
{
	while (account && mem_account_used(account) <= READ_ONCE(account->high))
		account = account->parent;
	return account;
}

/* One level: whether it had room. */
static ALWAYS_INLINE bool take(struct mem_account *account, uint64_t bytes)
{
	uint64_t used = atomic64_load(&account->used);
	uint64_t new;

	do {
		uint64_t max = READ_ONCE(account->max);

		/* used may be above a max that was lowered. */
		if (UNLIKELY(bytes > max || used > max - bytes)) {
			atomic64_inc(&account->fail_count);
			return false;
		}
		new = used + bytes;
	} while (!atomic64_cmpxchg_relaxed(&account->used, &used, new));

	if (UNLIKELY(new > READ_ONCE(account->high) && used <= READ_ONCE(account->high)))
		atomic64_inc(&account->high_count);
	return true;
}

static ALWAYS_INLINE int charge(struct mem_account *account, uint64_t bytes)
{
	for (struct mem_account *at = account; at; at = at->parent) {
		if (LIKELY(take(at, bytes)))
			continue;
		for (struct mem_account *back = account; back != at; back = back->parent)
			atomic64_sub(&back->used, bytes);
		return -ENOMEM;
	}
	atomic64_add(&account->own, bytes);
	return 0;
}

static NOINLINE void raise_peak(struct mem_account *account, uint64_t used)
{
	uint64_t peak = atomic64_load(&account->peak);

	while (used > peak && !atomic64_cmpxchg_relaxed(&account->peak, &peak, used))
		;
}

static ALWAYS_INLINE void give_back(struct mem_account *account, uint64_t bytes)
{
	uint64_t used = __atomic_fetch_sub(&account->used.value, bytes, __ATOMIC_RELAXED);

	if (UNLIKELY(used > atomic64_load(&account->peak)))
		raise_peak(account, used);
}

static ALWAYS_INLINE void uncharge(struct mem_account *account, uint64_t bytes)
{
	for (struct mem_account *at = account; at; at = at->parent)
		give_back(at, bytes);
	/* The bytes in own have kept the account until here. */
	if (UNLIKELY(drop_own(account, bytes)))
		destroy(account);
}

int mem_charge(struct mem_account *account, uint64_t pages)
{
	if (!account)
		return 0;
	if (UNLIKELY(pages > MEM_UNLIMITED >> PAGE_SHIFT))
		return -ENOMEM;
	return charge(account, pages << PAGE_SHIFT);
}

void mem_uncharge(struct mem_account *account, uint64_t pages)
{
	if (account && pages > 0)
		uncharge(account, pages << PAGE_SHIFT);
}

int mem_charge_kernel(struct mem_account *account, uint64_t bytes)
{
	int err;

	if (!account)
		return 0;
	err = charge(account, bytes);
	if (!err)
		atomic64_add(&account->kernel, bytes);
	return err;
}

void mem_uncharge_kernel(struct mem_account *account, uint64_t bytes)
{
	if (!account || bytes == 0)
		return;
	atomic64_sub(&account->kernel, bytes);
	uncharge(account, bytes);
}

int page_alloc_charged(struct mem_account *account, uint32_t flags, struct page **out)
{
	struct page *page;

	if (mem_charge(account, 1))
		return -ENOMEM;
	page = page_alloc(0, flags);
	if (UNLIKELY(!page)) {
		mem_uncharge(account, 1);
		return -ENOMEM;
	}
	page->flags = PAGE_FLAG_CHARGED;
	page->owner = account;
	*out = page;
	return 0;
}

void page_uncharge(struct page *page)
{
	page->flags &= (uint16_t)~PAGE_FLAG_CHARGED;
	mem_uncharge(page->owner, 1ull << page->order);
}

void *kmem_zalloc_charged(struct mem_account *account, size_t size)
{
	void *ptr;

	if (mem_charge_kernel(account, size))
		return NULL;
	ptr = kmem_zalloc(size);
	if (!ptr)
		mem_uncharge_kernel(account, size);
	return ptr;
}

void kmem_free_charged(struct mem_account *account, void *ptr, size_t size)
{
	if (!ptr)
		return;
	kmem_free(ptr, size);
	mem_uncharge_kernel(account, size);
}

uint64_t mem_account_count(void)
{
	return atomic64_load(&account_count);
}
