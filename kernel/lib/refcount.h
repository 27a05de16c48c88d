/*
 * Reference count: how many owners an object has.
 *
 * A count that would overflow, or that is taken from or given to an object
 * already dead, saturates: it stays at a huge value for good, so the object is
 * leaked rather than freed under somebody's feet. The functions that meet such
 * a count return false; it is always a kernel bug, and the caller asserts.
 *
 *	0			dead, its storage is being released
 *	1 .. REFCOUNT_MAX	alive
 *	above			saturated
 *
 * Saturation is a second store after the first change, so a few owners more
 * may come and go between the two: the distance from REFCOUNT_MAX to the wrap
 * around is far larger than the number of CPUs.
 */
#ifndef KERNEL_LIB_REFCOUNT_H
#define KERNEL_LIB_REFCOUNT_H

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"

#define REFCOUNT_MAX 0x7fffffffu
#define REFCOUNT_SATURATED 0xc0000000u

struct refcount {
	struct atomic32 count;
};

#define REFCOUNT_INIT                                                                              \
	{                                                                                          \
		.count = ATOMIC_INIT(1)                                                            \
	}

/* One owner: the caller. */
static inline void refcount_init(struct refcount *ref)
{
	atomic32_store(&ref->count, 1);
}

/* The count as it was a moment ago; for reports and for tests. */
static inline uint32_t refcount_read(const struct refcount *ref)
{
	return atomic32_load(&ref->count);
}

static inline bool refcount_is_saturated(const struct refcount *ref)
{
	return refcount_read(ref) > REFCOUNT_MAX;
}

/*
 * Adds an owner to an object that the caller already owns. Returns false, and
 * saturates, when the object was dead or the count overflows: a kernel bug.
 */
MUST_CHECK bool refcount_get(struct refcount *ref);

/*
 * Adds an owner unless the object is dead, for a look-up that finds it by a
 * weak pointer. Returns false when it is dead, which is no bug.
 */
MUST_CHECK bool refcount_get_unless_zero(struct refcount *ref);

/*
 * Removes the caller's ownership. Returns true for the last one: the caller
 * then destroys the object, and sees all that other owners wrote to it. A dead
 * object saturates, which refcount_is_saturated() shows: a kernel bug.
 */
MUST_CHECK bool refcount_put(struct refcount *ref);

#endif
