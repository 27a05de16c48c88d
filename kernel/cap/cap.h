/*
 * Capability: {object, grant, rights}, the only way to reach an object.
 *
 * Capabilities lie in slots of capability spaces (cspace.h) and of authorities
 * (authority.h). Whoever wants to use one looks it up and gets a cap_ref, from
 * which on until cap_ref_put() the thread counts as using it: a revocation waits
 * for the put, and wakes the thread if it sleeps.
 *
 *	err = cspace_lookup(cs, slot, RIGHT_READ, &ref);
 *	if (err)
 *		return err;
 *	err = event_take(container_of(ref.object, ...), ...);
 *	err = cap_use_result(&ref, err);
 *	cap_ref_put(&ref);
 */
#ifndef KERNEL_CAP_CAP_H
#define KERNEL_CAP_CAP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/grant.h"
#include "kernel/cap/kobject.h"
#include "kernel/cap/rights.h"
#include "kernel/lib/compiler.h"

struct cspace;
struct thread;

enum cap_flag {
	/*
	 * The grant was made for this very capability (or the one it is a copy of),
	 * by mint or as a root. Without it the grant is somebody's of which this is a
	 * part, a file of a directory, and REVOKE has no effect on it.
	 */
	CAP_OWNS_GRANT = 1u << 0,
};

/* In a slot, or on its way to one: then it owns its two references. */
struct cap {
	struct kobject *object; /* a reference; NULL: an empty slot */
	struct grant *grant;	/* a reference */
	uint32_t rights;	/* of object->type->valid_rights */
	uint32_t flags;		/* enum cap_flag */
};

/*
 * Fills cap with references of its own to both; rights that mean nothing for the
 * type are dropped. For whoever makes an object: grant is that of the authority
 * it was made under, flags 0.
 */
void cap_init(struct cap *cap, struct kobject *object, struct grant *grant, uint32_t rights,
	      uint32_t flags);

/* Two more references, for a copy of the struct. */
void cap_hold(const struct cap *cap);

/* Drops both references and empties cap. No spinlock may be held. */
void cap_drop(struct cap *cap);

/* --- Use --- */

/* A use of a capability by the running thread, from look-up to cap_ref_put(). */
struct cap_ref {
	struct kobject *object;
	struct grant *grant;
	uint32_t rights;
	uint16_t active;      /* which of the thread's active_grants is this use's */
	uint16_t is_borrowed; /* 1: the references are the slot's */
};

/*
 * Begins the use of a capability that is in no space: it takes references of its
 * own. 0, -EACCES when a needed right is missing, -EIO when revoked. A thread has
 * two uses at a time at most: a third is a kernel bug.
 */
MUST_CHECK int cap_use(const struct cap *cap, uint32_t needed, struct cap_ref *out);

/*
 * Ends the use: nothing that belongs to the object may be touched any more,
 * unless a reference was taken. By the thread that began it; no spinlock may be
 * held.
 */
void cap_ref_put(struct cap_ref *ref);

/* Gives a borrowed use references of its own: the slot may change from then on. */
void cap_ref_hold(struct cap_ref *ref);

/* A capability with the same grant as ref, references of its own, and no flags:
 * for an object opened through ref. rights are cut down to ref's. */
void cap_derive(const struct cap_ref *ref, struct kobject *object, uint32_t rights,
		struct cap *out);

/*
 * What an operation on ref ended with, told apart: -EIO when it was interrupted
 * because the capability was revoked, else err. -EINTR without a signal or kill
 * pending is a false alarm from a revocation that had seen the thread a moment
 * before, already cleared: the caller begins the operation anew.
 */
int cap_use_result(const struct cap_ref *ref, int err);

/*
 * On the way out of a system call: there must be no use left (a kernel bug
 * otherwise), and a late interruption by a revocation is cleared.
 */
void cap_thread_check_idle(void);

/*
 * For a thread that is ended in the middle of one: its uses are over. References
 * that uses owned are lost; of a borrowed use there are none.
 */
void cap_thread_drop_uses(void);

/* --- Operations on slots of a space, by one of its user threads --- */

/*
 * Each takes rights that cap must have, and gives a capability with the rights
 * of the old one that are in mask. All return:
 *
 *	-EBADF		the slot is empty or no slot
 *	-EACCES		the right that the operation needs is missing
 *	-EIO		the capability is revoked
 *	-EMFILE		no free slot below the space's limit
 *	-ENOMEM
 *
 * A new capability is in the lowest free slot, and closes on exec if told so.
 */
enum cap_on_exec {
	CAP_KEEP_ON_EXEC,
	CAP_CLOSE_ON_EXEC,
};

/* A child grant of slot's, under which the new capability is: needs MINT. */
MUST_CHECK int cap_mint(struct cspace *cs, uint32_t slot, uint32_t mask, const char *origin,
			uint64_t badge, uint32_t *slot_out);

/* The same grant: needs DUPLICATE. The first free slot at or after from. */
MUST_CHECK int cap_copy(struct cspace *cs, uint32_t slot, uint32_t mask, uint32_t from,
			enum cap_on_exec on_exec, uint32_t *slot_out);

/*
 * The same into slot to, closing what was there; nothing happens when the two
 * are the same. -EBADF also when to is not below the limit, -EBUSY when it is
 * reserved.
 */
MUST_CHECK int cap_copy_at(struct cspace *cs, uint32_t slot, uint32_t mask, uint32_t to,
			   enum cap_on_exec on_exec);

/*
 * Revokes: needs REVOKE. -EPERM when the grant is not the capability's own (see
 * CAP_OWNS_GRANT): mint one first. An already revoked one gives 0. The slot keeps
 * its dead capability until it is closed. Sleeps; the caller holds no cap_ref.
 */
MUST_CHECK int cap_revoke(struct cspace *cs, uint32_t slot, enum revoke_scope scope);

struct cap_info {
	uint8_t type; /* enum kobject_type_id */
	bool is_dead;
	bool owns_grant;
	bool closes_on_exec;
	uint32_t rights;
	uint64_t grant_id;
	uint64_t parent_id; /* of the grant, 0: a root */
	uint64_t badge;
	uint64_t object_id; /* equal for capabilities to one object; no address */
};

/* 0 or -EBADF. Needs no right: a space may know what it holds. */
MUST_CHECK int cap_get_info(struct cspace *cs, uint32_t slot, struct cap_info *out);

/* --- Between spaces (transfer.c) --- */

enum cap_transfer_mode {
	CAP_TRANSFER_COPY,
	CAP_TRANSFER_MOVE, /* the sender's slot is empty afterwards */
};

/*
 * Takes a capability out, for a message: needs TRANSFER. On success *out owns
 * its references, and is delivered by cap_import() or dropped by cap_drop().
 */
MUST_CHECK int cap_export(struct cspace *cs, uint32_t slot, uint32_t mask,
			  enum cap_transfer_mode mode, struct cap *out);

/*
 * Puts count capabilities (up to CAP_IMPORT_MAX) into the lowest free slots, all
 * or none: 0, -EMFILE or -ENOMEM. Takes over their references, on success only.
 */
#define CAP_IMPORT_MAX 253u
MUST_CHECK int cap_import(struct cspace *cs, struct cap *caps, uint32_t count,
			  enum cap_on_exec on_exec, uint32_t *slots_out);

/* Both at once, from one space to another; they may be the same. */
MUST_CHECK int cap_transfer(struct cspace *from, uint32_t slot, uint32_t mask,
			    enum cap_transfer_mode mode, struct cspace *to, uint32_t *slot_out);

#endif
