/* Native calls on capabilities as such. */
#include "kernel/cap/audit.h"
#include "kernel/cap/cap.h"
#include "kernel/lib/string.h"
#include "kernel/native/native_impl.h"
#include "kernel/task/job.h"

/* Entries of cap_list between two looks at whether the process is to end. */
#define LIST_MAX_COUNT 65536u

static_assert(NATIVE_ORIGIN_LEN == GRANT_ORIGIN_LEN, "native_abi.h");
static_assert(NATIVE_AUDIT_GRANT == AUDIT_GRANT && NATIVE_AUDIT_SPACE == AUDIT_SPACE &&
		      NATIVE_AUDIT_AUTHORITY == AUDIT_AUTHORITY,
	      "native_abi.h");
static_assert(sizeof(struct native_cap_info) == 48, "native_abi.h");
static_assert(sizeof(struct native_audit) == 88, "native_abi.h");

int64_t native_cap_mint(struct uthread *ut, uint32_t cap, uint32_t rights, uint64_t badge)
{
	uint32_t slot;
	int err = cap_mint(native_caps(ut), cap, rights, ut->process->name, badge, &slot);

	return err ? err : (int64_t)slot;
}

int64_t native_cap_copy(struct uthread *ut, uint32_t cap, uint32_t rights)
{
	uint32_t slot;
	int err = cap_copy(native_caps(ut), cap, rights, 0, CAP_KEEP_ON_EXEC, &slot);

	return err ? err : (int64_t)slot;
}

int64_t native_cap_close(struct uthread *ut, uint32_t cap)
{
	return cspace_close(native_caps(ut), cap);
}

int64_t native_cap_revoke(struct uthread *ut, uint32_t cap, uint32_t scope)
{
	switch (scope) {
	case NATIVE_REVOKE_SELF:
		return cap_revoke(native_caps(ut), cap, REVOKE_SELF);
	case NATIVE_REVOKE_DESCENDANTS:
		return cap_revoke(native_caps(ut), cap, REVOKE_DESCENDANTS);
	default:
		return -EINVAL;
	}
}

int64_t native_cap_info(struct uthread *ut, uint32_t cap, struct user_ptr info)
{
	struct cap_info from;
	struct native_cap_info to;
	int err = cap_get_info(native_caps(ut), cap, &from);

	if (err)
		return err;
	memset(&to, 0, sizeof(to));
	to.type = from.type;
	to.rights = from.rights;
	to.grant_id = from.grant_id;
	to.parent_id = from.parent_id;
	to.object_id = from.object_id;
	to.badge = from.badge;
	to.is_dead = from.is_dead;
	to.owns_grant = from.owns_grant;
	to.closes_on_exec = from.closes_on_exec;
	return copy_to_user(info, &to, sizeof(to));
}

int64_t native_cap_next(struct uthread *ut, uint32_t from)
{
	struct cap cap;
	uint32_t slot = from;
	int err = cspace_find(native_caps(ut), &slot, &cap);

	if (err)
		return err;
	cap_drop(&cap);
	return slot;
}

/* Only who may look into the job of all jobs sees everything. */
static int check_may_list(struct uthread *ut, uint32_t job)
{
	struct cap_ref ref;
	int err = cspace_lookup(native_caps(ut), job, RIGHT_INSPECT, &ref);

	if (err)
		return err;
	if (job_from_kobject(ref.object) != job_root())
		err = -EPERM;
	cap_ref_put(&ref);
	return err;
}

static int put_entry(struct user_ptr to, const struct audit_entry *from)
{
	struct native_audit entry;

	memset(&entry, 0, sizeof(entry));
	entry.kind = from->kind;
	entry.slot = from->slot;
	entry.owner = from->owner;
	entry.object_id = from->object_id;
	entry.type = from->type;
	entry.rights = from->rights;
	entry.grant_id = from->grant.id;
	entry.parent_id = from->grant.parent_id;
	entry.badge = from->grant.badge;
	entry.depth = from->grant.depth;
	entry.is_dead = from->grant.is_dead;
	entry.owns_grant = from->owns_grant;
	memcpy(entry.origin, from->grant.origin, sizeof(entry.origin));
	return copy_to_user(to, &entry, sizeof(entry));
}

int64_t native_cap_list(struct uthread *ut, uint32_t job, uint64_t first, struct user_ptr entries,
			uint32_t count)
{
	struct audit_cursor cursor;
	struct audit_entry entry;
	uint32_t written = 0;
	int err;

	err = check_may_list(ut, job);
	if (err)
		return err;
	count = MIN(count, LIST_MAX_COUNT);
	audit_begin(&cursor);
	for (uint64_t i = 0; written < count; i++) {
		err = audit_next(&cursor, &entry);
		if (err)
			break;
		if (thread_pending_interrupts(thread_current()) & THREAD_INTERRUPT_KILL)
			err = -EINTR;
		else if (i >= first)
			err = put_entry(
				user_ptr_add(entries, written * sizeof(struct native_audit)),
				&entry);
		if (err)
			break;
		written += i >= first;
	}
	audit_end(&cursor);
	return err && err != -ENOENT ? err : (int64_t)written;
}

int64_t native_auth_copy(struct uthread *ut, uint32_t authority, uint32_t rights)
{
	struct cap_ref ref;
	struct cap cap;
	uint32_t slot;
	int err;

	err = authority_lookup(ut->process->authority, authority, RIGHT_DUPLICATE, &ref);
	if (err)
		return err;
	cap_derive(&ref, ref.object, rights, &cap);
	cap_ref_put(&ref);
	err = cspace_insert(native_caps(ut), &cap, 0, CAP_KEEP_ON_EXEC, &slot);
	if (err) {
		cap_drop(&cap);
		return err;
	}
	return slot;
}

int64_t native_auth_drop(struct uthread *ut, uint32_t authority)
{
	return authority_replace(ut->process->authority, authority, NULL);
}
