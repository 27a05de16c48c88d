/* What the files of kernel/cap tell each other. */
#ifndef KERNEL_CAP_CAP_IMPL_H
#define KERNEL_CAP_CAP_IMPL_H

#include "kernel/cap/cap.h"
#include "kernel/cap/cspace.h"
#include "kernel/cap/grant.h"
#include "kernel/lib/compiler.h"

/* --- use.c --- */

enum use_references {
	USE_BORROWS, /* the slot keeps the references, and the use has none */
	USE_OWNS,    /* those of cap become the use's, on success only */
};

/* Begins a use of cap by self, the running thread, whose rights are checked: 0 or -EIO. */
MUST_CHECK int use_begin(struct thread *self, const struct cap *cap, enum use_references how,
			 struct cap_ref *out);

/*
 * Second half of a revocation: every grant of the scope is dead. Returns when no
 * thread uses a dead grant. Sleeps; the running thread uses none.
 */
void use_wait_revoked(void);

/* Frees a grant that left its tree, once no revocation looks at it. */
void use_free_grant(struct grant *grant);

/* Sleeps until *running is 0; whoever makes it 0 calls use_announce() afterwards. */
void use_wait_zero(const uint32_t *running);
void use_announce(void);

/* --- grant.c --- */

/* The id given last: grants made from now on have greater ones. */
uint64_t grant_last_id(void);

/* --- cspace.c --- */

/* cspace_peek() that gives -EIO for a revoked capability. */
MUST_CHECK int cspace_peek_alive(struct cspace *cs, uint32_t slot, uint32_t needed,
				 struct cap *out);

/* The same and cspace_remove() at once. */
MUST_CHECK int cspace_take(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap *out);

/* --- cspace_table.c: slots by number --- */

struct cspace_leaf *table_leaf_locked(struct cspace *cs, uint32_t slot) REQUIRES(&cs->lock);

/* The same without the lock, for the sole user. NULL when there is none. */
const struct cspace_leaf *table_leaf_unlocked(struct cspace *cs, uint32_t slot);

/* Makes the leaf that slot lies in: 0 or -ENOMEM. */
MUST_CHECK int table_grow_locked(struct cspace *cs, uint32_t slot) REQUIRES(&cs->lock);

/* The first slot at or after from that is not in use, CSPACE_MAX when there is none. */
uint32_t table_free_slot_locked(struct cspace *cs, uint32_t from) REQUIRES(&cs->lock);

/* For a slot whose leaf is there. */
void table_mark_used_locked(struct cspace *cs, uint32_t slot) REQUIRES(&cs->lock);
void table_mark_free_locked(struct cspace *cs, uint32_t slot) REQUIRES(&cs->lock);

enum table_find {
	TABLE_FIND_CAP,		  /* any capability */
	TABLE_FIND_CLOSE_ON_EXEC, /* one that closes on exec */
};

/*
 * Looks at a bounded number of slots from *slot on. True: the search is over, with
 * the slot found, or CSPACE_MAX. False: to be continued at *slot.
 */
MUST_CHECK bool table_find_locked(struct cspace *cs, enum table_find what, uint32_t *slot)
	REQUIRES(&cs->lock);

/* Gives the memory of all leaves back; no slot is in use and nobody looks. */
void table_free(struct cspace *cs);

static inline struct cap *leaf_cap(struct cspace_leaf *leaf, uint32_t slot)
{
	return &leaf->caps[slot % CSPACE_LEAF];
}

#endif
