/* Capabilities: operations within one space. Between spaces: transfer.c. */
#include "kernel/cap/cap.h"

#include "kernel/cap/audit.h"
#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"

void cap_init(struct cap *cap, struct kobject *object, struct grant *grant, uint32_t rights,
	      uint32_t flags)
{
	cap->object = object;
	cap->grant = grant;
	cap->rights = rights & object->type->valid_rights;
	cap->flags = flags;
	cap_hold(cap);
}

void cap_hold(const struct cap *cap)
{
	kobject_get(cap->object);
	grant_get(cap->grant);
}

void cap_drop(struct cap *cap)
{
	struct cap old = *cap;

	*cap = (struct cap){0};
	if (!old.object)
		return;
	kobject_put(old.object);
	grant_put(old.grant);
}

void cap_derive(const struct cap_ref *ref, struct kobject *object, uint32_t rights, struct cap *out)
{
	cap_init(out, object, ref->grant, rights & ref->rights, 0);
}

int cap_mint(struct cspace *cs, uint32_t slot, uint32_t mask, const char *origin, uint64_t badge,
	     uint32_t *slot_out)
{
	struct grant *child;
	struct cap cap;
	int err;

	err = cspace_peek(cs, slot, RIGHT_MINT, &cap);
	if (err)
		return err;
	err = grant_mint(cap.grant, cs->account, origin, badge, &child);
	if (err)
		goto out_drop;
	/* The child has its own reference on the parent. */
	grant_put(cap.grant);
	cap.grant = child;
	cap.rights &= mask;
	cap.flags = CAP_OWNS_GRANT;
	err = cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, slot_out);
	if (err)
		goto out_drop;
	return 0;

out_drop:
	cap_drop(&cap);
	return err;
}

int cap_copy(struct cspace *cs, uint32_t slot, uint32_t mask, uint32_t from,
	     enum cap_on_exec on_exec, uint32_t *slot_out)
{
	struct cap cap;
	int err;

	err = cspace_peek_alive(cs, slot, RIGHT_DUPLICATE, &cap);
	if (err)
		return err;
	cap.rights &= mask;
	err = cspace_insert(cs, &cap, from, on_exec, slot_out);
	if (err)
		cap_drop(&cap);
	return err;
}

int cap_copy_at(struct cspace *cs, uint32_t slot, uint32_t mask, uint32_t to,
		enum cap_on_exec on_exec)
{
	struct cap cap, old;
	int err;

	err = cspace_peek_alive(cs, slot, RIGHT_DUPLICATE, &cap);
	if (err)
		return err;
	if (slot == to) {
		cap_drop(&cap);
		return 0;
	}
	cap.rights &= mask;
	err = cspace_replace(cs, &cap, to, on_exec, &old);
	cap_drop(err ? &cap : &old);
	return err;
}

int cap_revoke(struct cspace *cs, uint32_t slot, enum revoke_scope scope)
{
	struct cap cap;
	int err;

	err = cspace_peek(cs, slot, RIGHT_REVOKE, &cap);
	if (err)
		return err;
	if (cap.flags & CAP_OWNS_GRANT)
		grant_revoke(cap.grant, scope);
	else
		err = -EPERM;
	cap_drop(&cap);
	return err;
}

int cap_get_info(struct cspace *cs, uint32_t slot, struct cap_info *out)
{
	enum cap_on_exec on_exec;
	struct grant_info grant;
	struct cap cap;
	int err;

	err = cspace_peek(cs, slot, 0, &cap);
	if (err)
		return err;
	if (cspace_get_on_exec(cs, slot, &on_exec))
		on_exec = CAP_KEEP_ON_EXEC; /* closed meanwhile by another user */
	grant_get_info(cap.grant, &grant);
	*out = (struct cap_info){
		.type = cap.object->type->id,
		.is_dead = grant.is_dead,
		.owns_grant = cap.flags & CAP_OWNS_GRANT,
		.closes_on_exec = on_exec == CAP_CLOSE_ON_EXEC,
		.rights = cap.rights,
		.grant_id = grant.id,
		.parent_id = grant.parent_id,
		.badge = grant.badge,
		.object_id = audit_object_id(cap.object),
	};
	cap_drop(&cap);
	return 0;
}
