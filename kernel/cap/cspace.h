/*
 * Capability space: numbered slots for capabilities. The Linux descriptor table
 * is one.
 *
 * New capabilities go to the lowest free slot. Threads that live in the space
 * are its users (cspace_add_user()); as long as there is one alone, its look-ups
 * take no lock and no reference: they borrow the slot's. The rules that make
 * this safe:
 *
 *	- only a user removes or replaces capabilities; others may add and read
 *	- a user does not change the slot of a cap_ref it borrowed; cap_ref_hold()
 *	  first when it has to
 *	- a user that holds a borrowed cap_ref adds no second user
 */
#ifndef KERNEL_CAP_CSPACE_H
#define KERNEL_CAP_CSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/cap/registry.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/sched/thread.h"

struct mem_account;
struct cspace_node;

#define CSPACE_MAX 1048576u /* slots of the largest space */
#define CSPACE_LEAF 64u	    /* slots of one piece of memory */

struct cspace_leaf {
	struct cap caps[CSPACE_LEAF];
	uint64_t used;		/* bit n: slot n holds a capability or is reserved */
	uint64_t close_on_exec; /* bit n */
};

/*
 * Public for the look-up, which reads first and sole_user without the lock;
 * everything else is kernel/cap's.
 */
struct cspace {
	/* The one user thread, once it has looked something up; NULL: it shares. */
	const struct thread *sole_user; /* atomic, written under lock */
	struct cspace_leaf first;	/* slots 0 to 63: written under lock */

	struct spinlock lock;
	struct cspace_node *top GUARDED_BY(&lock); /* of nodes of leaves; NULL until slot 64 */
	uint32_t users GUARDED_BY(&lock);
	uint32_t count GUARDED_BY(&lock); /* slots in use or reserved */
	uint32_t limit GUARDED_BY(&lock); /* new capabilities go below it */

	struct mem_account *account; /* const: pays for slots and minted grants */
	uint64_t owner;		     /* const: of the process, for reports */
	struct registered reg;
};

/*
 * An empty space without users. limit: slots, at most CSPACE_MAX. account pays,
 * NULL: nobody. owner is a number for audit. On success the caller owns one
 * reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int cspace_create(struct mem_account *account, uint32_t limit, uint64_t owner,
			     struct cspace **out);
void cspace_get(struct cspace *cs);
/* The last put closes everything, in steps that can be preempted. Sleeps. */
void cspace_put(struct cspace *cs);

/*
 * A thread begins, or has ceased, to live in the space. add: by one of its users,
 * or before there is any. remove: by the thread itself.
 */
void cspace_add_user(struct cspace *cs);
void cspace_remove_user(struct cspace *cs);

/* Capabilities at or above a lowered limit stay. -EINVAL above CSPACE_MAX. */
MUST_CHECK int cspace_set_limit(struct cspace *cs, uint32_t limit);
uint32_t cspace_limit(struct cspace *cs);

/* Slots in use, or reserved. */
uint32_t cspace_count(struct cspace *cs);

/* --- Use --- */

/* What cspace_lookup() does when its short way ends. */
MUST_CHECK int cspace_lookup_slow(struct cspace *cs, uint32_t slot, uint32_t needed,
				  struct cap_ref *out);

/* The short way found that the grant is dead: takes the use back. -EIO. */
int cspace_lookup_dead(struct thread *self);

/*
 * Begins the use of slot's capability by the running thread, a user of the space:
 *
 *	0		to be ended by cap_ref_put()
 *	-EBADF		an empty slot, or no slot
 *	-EACCES		a right of needed is missing
 *	-EIO		revoked
 *
 * Inline, for it is in the way of every system call: 24 instructions when the
 * space has one user, the slot is one of the first 64, and needed is constant and
 * not 0. The store and the load at the end are one half of a handshake; the other
 * half is in revoke.c.
 */
MUST_CHECK static ALWAYS_INLINE int cspace_lookup(struct cspace *cs, uint32_t slot, uint32_t needed,
						  struct cap_ref *out)
{
	struct thread *self = thread_current();
	const struct cap *cap;
	struct grant *grant;

	if (UNLIKELY(slot >= CSPACE_LEAF || READ_ONCE(cs->sole_user) != self ||
		     self->active_grants[0] || needed == 0))
		return cspace_lookup_slow(cs, slot, needed, out);
	cap = &cs->first.caps[slot];
	HIDE_VALUE(cap); /* or gcc computes it twice */
	/* An empty slot has no rights. Pairs with the release in fill_slot(). */
	out->rights = load_acquire(&cap->rights);
	if (UNLIKELY(needed & ~out->rights))
		return cspace_lookup_slow(cs, slot, needed, out);
	grant = cap->grant;
	out->object = cap->object;
	out->grant = grant;
	out->active = 0;
	out->is_borrowed = 1;
	store_release(&self->active_grants[0], grant);
	COMPILER_BARRIER();
	if (UNLIKELY(grant_is_dead(grant)))
		return cspace_lookup_dead(self);
	return 0;
}

/* cap_ref_put(), inline as far as it is about a borrowed use that nobody revokes. */
static ALWAYS_INLINE void cspace_lookup_end(struct cap_ref *ref)
{
	struct thread *self = thread_current();

	if (LIKELY(ref->is_borrowed)) {
		store_release(&self->active_grants[ref->active], NULL);
		COMPILER_BARRIER(); /* as in use_end() */
		if (LIKELY(!(thread_pending_interrupts(self) & THREAD_INTERRUPT_REVOKE)))
			return;
	}
	cap_ref_put(ref);
}

/*
 * A copy of slot's capability with references of its own, by any thread: 0,
 * -EBADF, or -EACCES. Says nothing about whether it is revoked.
 */
MUST_CHECK int cspace_peek(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap *out);

/* --- Filling and emptying slots --- */

/*
 * Puts cap into the first free slot at or after from: 0, -EMFILE or -ENOMEM.
 * Takes over cap's references, on success only.
 */
MUST_CHECK int cspace_insert(struct cspace *cs, const struct cap *cap, uint32_t from,
			     enum cap_on_exec on_exec, uint32_t *slot_out);

/*
 * The same into a given slot; what was there goes to *old (an empty cap if
 * nothing was), for the caller to drop. -EBADF: at or above the limit, -EBUSY:
 * reserved, -ENOMEM.
 */
MUST_CHECK int cspace_replace(struct cspace *cs, const struct cap *cap, uint32_t slot,
			      enum cap_on_exec on_exec, struct cap *old);

/*
 * In two steps, for whoever must know that there is a slot before it makes the
 * object: a reserved slot looks empty, until it is installed or cancelled.
 * cspace_install() takes over cap's references and cannot fail.
 */
MUST_CHECK int cspace_reserve(struct cspace *cs, uint32_t from, enum cap_on_exec on_exec,
			      uint32_t *slot_out);
void cspace_install(struct cspace *cs, uint32_t slot, const struct cap *cap);
void cspace_cancel(struct cspace *cs, uint32_t slot);

/* Empties a slot; its capability goes to *out, for the caller to drop. 0 or -EBADF. */
MUST_CHECK int cspace_remove(struct cspace *cs, uint32_t slot, struct cap *out);

/* The same, dropped at once: close(2). Sleeps if the object does. 0 or -EBADF. */
MUST_CHECK int cspace_close(struct cspace *cs, uint32_t slot);

/* Closes what is in first..last, both included; last may be anything. close_range(2). */
void cspace_close_range(struct cspace *cs, uint32_t first, uint32_t last);

/* Closes what is to be closed on exec. */
void cspace_close_on_exec(struct cspace *cs);

/* 0 or -EBADF. */
MUST_CHECK int cspace_set_on_exec(struct cspace *cs, uint32_t slot, enum cap_on_exec on_exec);
MUST_CHECK int cspace_get_on_exec(struct cspace *cs, uint32_t slot, enum cap_on_exec *out);

enum cspace_clone_what {
	CSPACE_CLONE_ALL,  /* fork */
	CSPACE_CLONE_KEPT, /* without what closes on exec */
};

/*
 * A new space with the same capabilities in the same slots, reserved slots left
 * out. 0 or -ENOMEM. Other users may change the old one meanwhile: each slot is
 * copied as it is at some moment.
 */
MUST_CHECK int cspace_clone(struct cspace *from, struct mem_account *account, uint64_t owner,
			    enum cspace_clone_what what, struct cspace **out);

/* --- Iteration, by any thread --- */

/*
 * The first capability at or after *slot: 0, with its slot in *slot and a copy
 * with references of its own in *out; -ENOENT when there is none.
 */
MUST_CHECK int cspace_find(struct cspace *cs, uint32_t *slot, struct cap *out);

/*
 * Goes through all spaces, oldest first: the first for NULL, else the one after
 * prev, whose reference it drops. The caller owns a reference to the result; NULL
 * at the end.
 */
struct cspace *cspace_next(struct cspace *prev);

/* Spaces that exist. */
uint64_t cspace_total(void);

#endif
