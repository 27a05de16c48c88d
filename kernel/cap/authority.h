/*
 * Authority: the capabilities that a process holds without a number, in named
 * slots. A table of its own for each process, or shared by those that were told
 * to share it.
 */
#ifndef KERNEL_CAP_AUTHORITY_H
#define KERNEL_CAP_AUTHORITY_H

#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/lib/compiler.h"

struct authority;
struct mem_account;

/* AUTHORITY_ROOT, AUTHORITY_CWD, ...: from authority.def. */
enum authority_slot {
#define AUTHORITY(name, text) AUTHORITY_##name,
#include "kernel/cap/authority.def"
#undef AUTHORITY
	AUTHORITY_COUNT,
};

/* The name in authority.def; "?" for a number that is no slot. */
const char *authority_slot_name(uint32_t slot);

/*
 * An empty one: its holder can do nothing but compute. owner is a number for
 * audit. On success the caller owns one reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int authority_create(struct mem_account *account, uint64_t owner,
				struct authority **out);

/* A new one with the same capabilities. 0 or -ENOMEM. */
MUST_CHECK int authority_clone(struct authority *from, struct mem_account *account, uint64_t owner,
			       struct authority **out);

void authority_get(struct authority *auth);
/* The last put drops all. No spinlock may be held. */
void authority_put(struct authority *auth);

/*
 * Begins a use, as cspace_lookup(), by any thread: 0, -EPERM for an empty slot or
 * no slot, -EACCES when a right of needed is missing, -EIO when revoked.
 */
MUST_CHECK int authority_lookup(struct authority *auth, uint32_t slot, uint32_t needed,
				struct cap_ref *out);

/* A copy with references of its own: 0 or -EPERM. Also when it is revoked. */
MUST_CHECK int authority_peek(struct authority *auth, uint32_t slot, struct cap *out);

/*
 * Puts a capability into a slot, in place of what was there; takes over its
 * references. NULL empties the slot. 0, or -EINVAL for a number that is no slot.
 * Sleeps if an object that goes away does.
 */
MUST_CHECK int authority_replace(struct authority *auth, uint32_t slot, const struct cap *cap);

/* Takes rights away that are not in mask. 0, or -EPERM for an empty slot or no slot. */
MUST_CHECK int authority_restrict(struct authority *auth, uint32_t slot, uint32_t mask);

/* Empties every slot whose bit (1 << slot) is not in keep. */
void authority_keep_only(struct authority *auth, uint32_t keep);

/* For audit: as cspace_next(). */
struct authority *authority_next(struct authority *prev);
uint64_t authority_owner(const struct authority *auth);
uint64_t authority_total(void);

#endif
