#include "kernel/cap/audit.h"

#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/random.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"

/* Drawn on first use; never 0 afterwards. */
static struct atomic64 id_key;

/* One key for all: whoever comes second takes the first one's. */
static uint64_t get_key(void)
{
	uint64_t key = atomic64_load(&id_key);
	uint64_t drawn;

	if (key)
		return key;
	drawn = random_u64() | 1;
	return atomic64_cmpxchg(&id_key, &key, drawn) ? drawn : key;
}

uint64_t audit_object_id(const struct kobject *object)
{
	struct siphash_key key = {.k0 = get_key(), .k1 = 0};
	uintptr_t addr = (uintptr_t)object;

	return siphash(&key, &addr, sizeof(addr));
}

void audit_begin(struct audit_cursor *cursor)
{
	*cursor = (struct audit_cursor){.kind = AUDIT_GRANT};
}

static int next_grant(struct audit_cursor *cursor, struct audit_entry *out)
{
	cursor->grant = grant_next(cursor->grant);
	if (!cursor->grant)
		return -ENOENT;
	*out = (struct audit_entry){.kind = AUDIT_GRANT};
	grant_get_info(cursor->grant, &out->grant);
	return 0;
}

/* Takes over cap's references. */
static void describe(struct cap *cap, enum audit_kind kind, uint64_t owner, uint32_t slot,
		     struct audit_entry *out)
{
	*out = (struct audit_entry){
		.kind = kind,
		.slot = slot,
		.owner = owner,
		.object_id = audit_object_id(cap->object),
		.rights = cap->rights,
		.type = cap->object->type->id,
		.owns_grant = cap->flags & CAP_OWNS_GRANT,
	};
	grant_get_info(cap->grant, &out->grant);
	cap_drop(cap);
}

static int next_in_space(struct audit_cursor *cursor, struct audit_entry *out)
{
	struct cap cap;

	while (!cursor->space || cspace_find(cursor->space, &cursor->slot, &cap)) {
		cursor->space = cspace_next(cursor->space);
		cursor->slot = 0;
		if (!cursor->space)
			return -ENOENT;
	}
	describe(&cap, AUDIT_SPACE, cursor->space->owner, cursor->slot, out);
	cursor->slot++;
	return 0;
}

static int next_in_authority(struct audit_cursor *cursor, struct audit_entry *out)
{
	struct cap cap;

	for (;;) {
		if (!cursor->authority || cursor->slot == AUTHORITY_COUNT) {
			cursor->authority = authority_next(cursor->authority);
			cursor->slot = 0;
			if (!cursor->authority)
				return -ENOENT;
		}
		if (authority_peek(cursor->authority, cursor->slot, &cap) == 0)
			break;
		cursor->slot++;
	}
	describe(&cap, AUDIT_AUTHORITY, authority_owner(cursor->authority), cursor->slot, out);
	cursor->slot++;
	return 0;
}

int audit_next(struct audit_cursor *cursor, struct audit_entry *out)
{
	if (cursor->kind == AUDIT_GRANT) {
		if (next_grant(cursor, out) == 0)
			return 0;
		cursor->kind = AUDIT_SPACE;
	}
	if (cursor->kind == AUDIT_SPACE) {
		if (next_in_space(cursor, out) == 0)
			return 0;
		cursor->kind = AUDIT_AUTHORITY;
		cursor->slot = 0;
	}
	if (cursor->kind == AUDIT_AUTHORITY) {
		if (next_in_authority(cursor, out) == 0)
			return 0;
		cursor->kind = AUDIT_END;
	}
	return -ENOENT;
}

void audit_end(struct audit_cursor *cursor)
{
	if (cursor->grant)
		grant_put(cursor->grant);
	if (cursor->space)
		cspace_put(cursor->space);
	if (cursor->authority)
		authority_put(cursor->authority);
	audit_begin(cursor);
	cursor->kind = AUDIT_END;
}
