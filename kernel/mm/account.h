/*
 * Memory account: a budget of memory, and who uses it up.
 *
 * Accounts form a tree. What is charged to an account counts in it and in all
 * above it, and a charge succeeds only when each of them has room: the count
 * never exceeds a limit that was not lowered meanwhile, not even for a moment.
 * A count is one word, so reading it is exact and takes no lock.
 *
 * An account lives as long as somebody holds a reference or anything is charged
 * to it: whoever frees memory late does no harm. Charges are in bytes; pages
 * are what user programs and files use, kernel memory (objects, page tables) is
 * counted apart as well.
 *
 * Everything here may be called in any context but NMI, never sleeps, and takes
 * locks of memory ranks only. A NULL account means nobody's budget: nothing is
 * counted.
 */
#ifndef KERNEL_MM_ACCOUNT_H
#define KERNEL_MM_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct page;

/* As a limit: none. */
#define MEM_UNLIMITED INT64_MAX

struct mem_account {
	struct mem_account *parent; /* const; NULL at the root */
	struct atomic64 used;	    /* bytes charged here and below */
	uint64_t max;		    /* hard limit; READ_ONCE, WRITE_ONCE */
	uint64_t high;		    /* soft limit */
	struct atomic64 own;	/* charged to this one itself, and a mark while it is referenced */
	struct atomic64 kernel; /* the part of own that is kernel memory */
	struct atomic64 refs;
	struct atomic64 peak;	    /* the most that used was before it went down */
	struct atomic64 fail_count; /* charges that this account's hard limit refused */
	struct atomic64 high_count; /* charges that brought used above the soft limit */
	void *owner;		    /* of the layer above, which sees to its lifetime */
};

struct mem_account_stats {
	uint64_t used;	 /* bytes, here and below */
	uint64_t own;	 /* bytes, charged to this account itself */
	uint64_t kernel; /* bytes, the part of own that is kernel memory */
	uint64_t peak;
	uint64_t max;
	uint64_t high;
	uint64_t fail_count;
	uint64_t high_count;
};

/*
 * An account without limits under parent (NULL: a root), of which it holds a
 * reference. On success the caller owns one reference to *out. 0 or -ENOMEM.
 * The account itself is charged to the parent.
 */
MUST_CHECK int mem_account_create(struct mem_account *parent, struct mem_account **out);
void mem_account_get(struct mem_account *account);
void mem_account_put(struct mem_account *account);

/*
 * Limits in bytes, MEM_UNLIMITED for none. A limit may be set below what is
 * used: nothing is taken away, and charges fail until there is room again.
 */
void mem_account_set_max(struct mem_account *account, uint64_t max);
void mem_account_set_high(struct mem_account *account, uint64_t high);

/* Bytes charged to this account and below. */
static inline uint64_t mem_account_used(const struct mem_account *account)
{
	return atomic64_load(&account->used);
}

void mem_account_get_stats(const struct mem_account *account, struct mem_account_stats *out);

/* Makes the peak what is used now. */
void mem_account_reset_peak(struct mem_account *account);

/*
 * The nearest account, this one or above, whose hard limit leaves no room for
 * so many bytes more; NULL when all have room by now. Borrowed: valid as long as
 * the caller's reference to account. For deciding who has to give way.
 */
struct mem_account *mem_account_limiting(struct mem_account *account, uint64_t bytes);

/* The same for the soft limits, exceeded already. */
struct mem_account *mem_account_above_high(struct mem_account *account);

/* 0, or -ENOMEM: then nothing is charged. */
MUST_CHECK int mem_charge(struct mem_account *account, uint64_t pages);
void mem_uncharge(struct mem_account *account, uint64_t pages);

/* The same for kernel memory, in bytes. */
MUST_CHECK int mem_charge_kernel(struct mem_account *account, uint64_t bytes);
void mem_uncharge_kernel(struct mem_account *account, uint64_t bytes);

/*
 * A single page with one reference, charged to the account until its last
 * page_put(), whoever does that: 0 or -ENOMEM. page->owner is the account;
 * flags are page_alloc()'s.
 */
MUST_CHECK int page_alloc_charged(struct mem_account *account, uint32_t flags, struct page **out);

/* For page.c: the last reference to a charged page is gone. */
void page_uncharge(struct page *page);

/*
 * kmem_zalloc() and kmem_free() for an object that is charged to the account as
 * kernel memory; NULL without memory or room.
 */
MUST_CHECK void *kmem_zalloc_charged(struct mem_account *account, size_t size);
void kmem_free_charged(struct mem_account *account, void *ptr, size_t size);

/* Accounts that exist, for leak tests. */
uint64_t mem_account_count(void);

#endif
