#include "kernel/lib/refcount.h"

static void refcount_saturate(struct refcount *ref)
{
	atomic32_store(&ref->count, REFCOUNT_SATURATED);
}

bool refcount_get(struct refcount *ref)
{
	/* No order needed: the caller's own reference keeps the object alive. */
	uint32_t old = __atomic_fetch_add(&ref->count.value, 1, __ATOMIC_RELAXED);

	if (LIKELY(old != 0 && old < REFCOUNT_MAX))
		return true;
	refcount_saturate(ref);
	return false;
}

bool refcount_get_unless_zero(struct refcount *ref)
{
	uint32_t old = atomic32_load(&ref->count);

	do {
		if (old == 0)
			return false;
		/* Saturated: alive for ever, and nobody counts any more. */
		if (UNLIKELY(old >= REFCOUNT_MAX)) {
			refcount_saturate(ref);
			return true;
		}
		/* Acquire: pairs with the release of whoever published the object. */
	} while (!atomic32_cmpxchg_acquire(&ref->count, &old, old + 1));
	return true;
}

bool refcount_put(struct refcount *ref)
{
	/* Release: pairs with the fence of the last owner, below. */
	uint32_t old = __atomic_fetch_sub(&ref->count.value, 1, __ATOMIC_RELEASE);

	if (old == 1) {
		/* Pairs with the release of every other owner, above. */
		atomic_fence_acquire();
		return true;
	}
	if (UNLIKELY(old == 0 || old > REFCOUNT_MAX))
		refcount_saturate(ref);
	return false;
}
