/*
 * Authority: a small table under a lock. Uses take references, for several
 * threads share it, and because one of them may replace a slot (chdir, setns)
 * while another is using what was in it.
 */
#include "kernel/cap/authority.h"

#include "kernel/cap/cap_impl.h"
#include "kernel/cap/registry.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"

struct authority {
	struct spinlock lock;
	struct cap caps[AUTHORITY_COUNT] GUARDED_BY(&lock);
	struct mem_account *account; /* const */
	uint64_t owner;		     /* const */
	struct registered reg;
};

static_assert(AUTHORITY_COUNT <= 32, "a set of slots fits into 32 bits");

static const char *const slot_names[] = {
#define AUTHORITY(name, text) #name,
#include "kernel/cap/authority.def"
#undef AUTHORITY
};

static struct registry authorities = REGISTRY_INIT(authorities);

const char *authority_slot_name(uint32_t slot)
{
	return slot < AUTHORITY_COUNT ? slot_names[slot] : "?";
}

int authority_create(struct mem_account *account, uint64_t owner, struct authority **out)
{
	struct authority *auth = kmem_zalloc_charged(account, sizeof(*auth));

	if (!auth)
		return -ENOMEM;
	spin_lock_init(&auth->lock, LOCK_AUTHORITY);
	auth->account = account;
	auth->owner = owner;
	registry_add(&authorities, &auth->reg);
	*out = auth;
	return 0;
}

int authority_clone(struct authority *from, struct mem_account *account, uint64_t owner,
		    struct authority **out)
{
	struct cap caps[AUTHORITY_COUNT];
	struct authority *to;
	int err;

	err = authority_create(account, owner, &to);
	if (err)
		return err;
	/* All at one moment. */
	spin_lock(&from->lock);
	for (uint32_t i = 0; i < AUTHORITY_COUNT; i++) {
		caps[i] = from->caps[i];
		if (caps[i].object)
			cap_hold(&caps[i]);
	}
	spin_unlock(&from->lock);
	spin_lock(&to->lock);
	for (uint32_t i = 0; i < AUTHORITY_COUNT; i++)
		to->caps[i] = caps[i];
	spin_unlock(&to->lock);
	*out = to;
	return 0;
}

void authority_get(struct authority *auth)
{
	registered_get(&auth->reg);
}

void authority_put(struct authority *auth)
{
	if (!registered_put(&auth->reg))
		return;
	authority_keep_only(auth, 0);
	registry_remove(&authorities, &auth->reg);
	kmem_free_charged(auth->account, auth, sizeof(*auth));
}

int authority_peek(struct authority *auth, uint32_t slot, struct cap *out)
{
	int err = -EPERM;

	if (slot >= AUTHORITY_COUNT)
		return err;
	spin_lock(&auth->lock);
	if (auth->caps[slot].object) {
		*out = auth->caps[slot];
		cap_hold(out);
		err = 0;
	}
	spin_unlock(&auth->lock);
	return err;
}

int authority_lookup(struct authority *auth, uint32_t slot, uint32_t needed, struct cap_ref *out)
{
	struct cap cap;
	int err;

	err = authority_peek(auth, slot, &cap);
	if (err)
		return err;
	err = -EACCES;
	if (!(needed & ~cap.rights))
		err = use_begin(thread_current(), &cap, USE_OWNS, out);
	if (err)
		cap_drop(&cap);
	return err;
}

static void replace(struct authority *auth, uint32_t slot, const struct cap *cap)
{
	struct cap old;

	spin_lock(&auth->lock);
	old = auth->caps[slot];
	auth->caps[slot] = cap ? *cap : (struct cap){0};
	spin_unlock(&auth->lock);
	cap_drop(&old);
}

int authority_replace(struct authority *auth, uint32_t slot, const struct cap *cap)
{
	if (slot >= AUTHORITY_COUNT)
		return -EINVAL;
	replace(auth, slot, cap);
	return 0;
}

int authority_restrict(struct authority *auth, uint32_t slot, uint32_t mask)
{
	int err = -EPERM;

	if (slot >= AUTHORITY_COUNT)
		return err;
	spin_lock(&auth->lock);
	if (auth->caps[slot].object) {
		auth->caps[slot].rights &= mask;
		err = 0;
	}
	spin_unlock(&auth->lock);
	return err;
}

void authority_keep_only(struct authority *auth, uint32_t keep)
{
	for (uint32_t slot = 0; slot < AUTHORITY_COUNT; slot++) {
		if (!(keep & BIT(slot)))
			replace(auth, slot, NULL);
	}
}

struct authority *authority_next(struct authority *prev)
{
	struct registered *next = registry_next(&authorities, prev ? &prev->reg : NULL);

	if (prev)
		authority_put(prev);
	return next ? container_of(next, struct authority, reg) : NULL;
}

uint64_t authority_owner(const struct authority *auth)
{
	return auth->owner;
}

uint64_t authority_total(void)
{
	return registry_count(&authorities);
}
