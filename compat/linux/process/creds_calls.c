/*
 * getuid(2) to setgroups(2): the calls on user and group ids. As on Linux each changes
 * the calling thread only; it is the C library that tells all threads.
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define KEEP UINT32_MAX

/* The capabilities that go with the file system user id being 0. */
#define FS_CAPS                                                                                    \
	(BIT(LINUX_CAP_CHOWN) | BIT(LINUX_CAP_DAC_OVERRIDE) | BIT(LINUX_CAP_DAC_READ_SEARCH) |     \
	 BIT(LINUX_CAP_FOWNER) | BIT(LINUX_CAP_FSETID) | BIT(LINUX_CAP_LINUX_IMMUTABLE) |          \
	 BIT(LINUX_CAP_MKNOD) | BIT(LINUX_CAP_MAC_OVERRIDE))

/* --- Reading --- */

int64_t linux_getuid(struct lthread *lt)
{
	return lt->cred->uid[LCRED_REAL];
}

int64_t linux_geteuid(struct lthread *lt)
{
	return lt->cred->uid[LCRED_EFFECTIVE];
}

int64_t linux_getgid(struct lthread *lt)
{
	return lt->cred->gid[LCRED_REAL];
}

int64_t linux_getegid(struct lthread *lt)
{
	return lt->cred->gid[LCRED_EFFECTIVE];
}

static int64_t store_three(const uint32_t *ids, struct user_ptr real, struct user_ptr effective,
			   struct user_ptr saved)
{
	int err = copy_to_user(real, &ids[LCRED_REAL], sizeof(uint32_t));

	if (!err)
		err = copy_to_user(effective, &ids[LCRED_EFFECTIVE], sizeof(uint32_t));
	if (!err)
		err = copy_to_user(saved, &ids[LCRED_SAVED], sizeof(uint32_t));
	return err;
}

int64_t linux_getresuid(struct lthread *lt, struct user_ptr ruid, struct user_ptr euid,
			struct user_ptr suid)
{
	return store_three(lt->cred->uid, ruid, euid, suid);
}

int64_t linux_getresgid(struct lthread *lt, struct user_ptr rgid, struct user_ptr egid,
			struct user_ptr sgid)
{
	return store_three(lt->cred->gid, rgid, egid, sgid);
}

/* --- Changing --- */

/* capabilities(7), "Effect of user ID changes on capabilities". */
static void fix_caps(const struct lcred *old, struct lcred *new)
{
	bool had_root = old->uid[LCRED_REAL] == 0 || old->uid[LCRED_EFFECTIVE] == 0 ||
			old->uid[LCRED_SAVED] == 0;
	bool has_root = new->uid[LCRED_REAL] == 0 || new->uid[LCRED_EFFECTIVE] == 0 ||
			new->uid[LCRED_SAVED] == 0;

	if (old->secure_bits & LCRED_SECBIT_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		new->ambient = 0;
		if (!(old->secure_bits & LCRED_SECBIT_KEEP_CAPS)) {
			new->permitted = 0;
			new->effective = 0;
		}
	}
	if (old->uid[LCRED_EFFECTIVE] == 0 && new->uid[LCRED_EFFECTIVE] != 0)
		new->effective = 0;
	if (old->uid[LCRED_EFFECTIVE] != 0 && new->uid[LCRED_EFFECTIVE] == 0)
		new->effective = new->permitted;
}

static bool is_one_of(const uint32_t *ids, uint32_t id, uint32_t up_to)
{
	for (uint32_t i = 0; i <= up_to; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

/* New ids, KEEP for those that stay; the caller has checked that they are allowed. */
static int set_ids(struct lthread *lt, const uint32_t *ids, enum lcred_kind kind)
{
	struct lcred *new;
	uint32_t *to;
	bool is_changed;
	int err;

	err = lcred_copy(lt->cred, lt->cred->group_count, &new);
	if (err)
		return err;
	to = kind == LCRED_USER ? new->uid : new->gid;
	for (uint32_t i = 0; i < LCRED_ID_COUNT; i++) {
		if (ids[i] != KEEP)
			to[i] = ids[i];
	}
	if (kind == LCRED_USER)
		fix_caps(lt->cred, new);
	is_changed = new->uid[LCRED_EFFECTIVE] != lt->cred->uid[LCRED_EFFECTIVE] ||
		     new->gid[LCRED_EFFECTIVE] != lt->cred->gid[LCRED_EFFECTIVE];
	if (is_changed) {
		atomic32_store(&lt->process->dumpable, 0);
		lt->parent_death_signal = 0;
	}
	lthread_set_cred(lt, new);
	return 0;
}

static const uint32_t *ids_of(const struct lthread *lt, enum lcred_kind kind)
{
	return kind == LCRED_USER ? lt->cred->uid : lt->cred->gid;
}

static bool may_set_any(const struct lthread *lt, enum lcred_kind kind)
{
	return lcred_has_cap(lt->cred, kind == LCRED_USER ? LINUX_CAP_SETUID : LINUX_CAP_SETGID);
}

static int64_t set_one(struct lthread *lt, uint32_t id, enum lcred_kind kind)
{
	const uint32_t *now = ids_of(lt, kind);
	uint32_t ids[LCRED_ID_COUNT] = {KEEP, id, KEEP, id};

	if (id == KEEP)
		return -EINVAL;
	if (may_set_any(lt, kind)) {
		ids[LCRED_REAL] = id;
		ids[LCRED_SAVED] = id;
	} else if (id != now[LCRED_REAL] && id != now[LCRED_SAVED]) {
		return -EPERM;
	}
	return set_ids(lt, ids, kind);
}

static int64_t set_two(struct lthread *lt, uint32_t real, uint32_t effective, enum lcred_kind kind)
{
	const uint32_t *now = ids_of(lt, kind);
	uint32_t ids[LCRED_ID_COUNT] = {real, effective, KEEP, KEEP};
	uint32_t new_effective = effective == KEEP ? now[LCRED_EFFECTIVE] : effective;

	if (!may_set_any(lt, kind)) {
		if (real != KEEP && !is_one_of(now, real, LCRED_EFFECTIVE))
			return -EPERM;
		if (effective != KEEP && !is_one_of(now, effective, LCRED_SAVED))
			return -EPERM;
	}
	if (real != KEEP || (effective != KEEP && effective != now[LCRED_REAL]))
		ids[LCRED_SAVED] = new_effective;
	ids[LCRED_FS] = new_effective;
	return set_ids(lt, ids, kind);
}

static int64_t set_three(struct lthread *lt, const uint32_t *three, enum lcred_kind kind)
{
	const uint32_t *now = ids_of(lt, kind);
	uint32_t ids[LCRED_ID_COUNT] = {three[0], three[1], three[2], KEEP};

	for (uint32_t i = 0; i < 3 && !may_set_any(lt, kind); i++) {
		if (three[i] != KEEP && !is_one_of(now, three[i], LCRED_SAVED))
			return -EPERM;
	}
	ids[LCRED_FS] = three[1] == KEEP ? now[LCRED_EFFECTIVE] : three[1];
	return set_ids(lt, ids, kind);
}

int64_t linux_setuid(struct lthread *lt, uint32_t uid)
{
	return set_one(lt, uid, LCRED_USER);
}

int64_t linux_setgid(struct lthread *lt, uint32_t gid)
{
	return set_one(lt, gid, LCRED_GROUP);
}

int64_t linux_setreuid(struct lthread *lt, uint32_t ruid, uint32_t euid)
{
	return set_two(lt, ruid, euid, LCRED_USER);
}

int64_t linux_setregid(struct lthread *lt, uint32_t rgid, uint32_t egid)
{
	return set_two(lt, rgid, egid, LCRED_GROUP);
}

int64_t linux_setresuid(struct lthread *lt, uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const uint32_t ids[] = {ruid, euid, suid};

	return set_three(lt, ids, LCRED_USER);
}

int64_t linux_setresgid(struct lthread *lt, uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const uint32_t ids[] = {rgid, egid, sgid};

	return set_three(lt, ids, LCRED_GROUP);
}

/* The old one is the result, whether or not it was changed. */
int64_t linux_setfsuid(struct lthread *lt, uint32_t uid)
{
	uint32_t old = lt->cred->uid[LCRED_FS];
	struct lcred *new;

	if (uid == KEEP || uid == old ||
	    (!may_set_any(lt, LCRED_USER) && !is_one_of(lt->cred->uid, uid, LCRED_FS)) ||
	    lcred_copy(lt->cred, lt->cred->group_count, &new))
		return old;
	new->uid[LCRED_FS] = uid;
	if (old == 0)
		new->effective &= ~FS_CAPS;
	else if (uid == 0)
		new->effective |= new->permitted &FS_CAPS;
	lthread_set_cred(lt, new);
	return old;
}

int64_t linux_setfsgid(struct lthread *lt, uint32_t gid)
{
	uint32_t ids[LCRED_ID_COUNT] = {KEEP, KEEP, KEEP, gid};
	uint32_t old = lt->cred->gid[LCRED_FS];

	if (gid != KEEP &&
	    (may_set_any(lt, LCRED_GROUP) || is_one_of(lt->cred->gid, gid, LCRED_FS)))
		(void)!set_ids(lt, ids, LCRED_GROUP);
	return old;
}

/* --- Groups --- */

int64_t linux_getgroups(struct lthread *lt, int32_t count, struct user_ptr groups)
{
	const struct lcred *cred = lt->cred;
	int err;

	if (count < 0)
		return -EINVAL;
	if (count == 0)
		return cred->group_count;
	if ((uint32_t)count < cred->group_count)
		return -EINVAL;
	err = copy_to_user(groups, cred->groups, cred->group_count * sizeof(uint32_t));
	return err ? err : (int64_t)cred->group_count;
}

int64_t linux_setgroups(struct lthread *lt, int32_t count, struct user_ptr groups)
{
	struct lcred *new;
	int err;

	if (!lcred_has_cap(lt->cred, LINUX_CAP_SETGID))
		return -EPERM;
	if (count < 0 || (uint32_t)count > LCRED_GROUPS_MAX)
		return -EINVAL;
	err = lcred_copy(lt->cred, (uint32_t)count, &new);
	if (err)
		return err;
	err = copy_from_user(new->groups, groups, (uint32_t)count * sizeof(uint32_t));
	if (err)
		lcred_put(new);
	else
		lthread_set_cred(lt, new);
	return err;
}

/* --- Capabilities --- */

/* 0 with the number of words of data, or -EINVAL after telling the version we have. */
static int read_header(struct user_ptr user_header, struct linux_cap_user_header *header,
		       uint32_t *words_out)
{
	const uint32_t preferred = LINUX_CAP_VERSION_3;
	int err = copy_from_user(header, user_header, sizeof(*header));

	if (err)
		return err;
	switch (header->version) {
	case LINUX_CAP_VERSION_1:
		*words_out = 1;
		return 0;
	case LINUX_CAP_VERSION_2:
	case LINUX_CAP_VERSION_3:
		*words_out = 2;
		return 0;
	default:
		err = copy_to_user(user_header, &preferred, sizeof(preferred));
		return err ? err : -EINVAL;
	}
}

int64_t linux_capget(struct lthread *lt, struct user_ptr user_header, struct user_ptr data)
{
	struct linux_cap_user_header header;
	struct linux_cap_user_data words[2];
	struct lthread *target = lt;
	struct lcred *cred;
	uint32_t count;
	int err;

	err = read_header(user_header, &header, &count);
	if (err)
		return err == -EINVAL && user_ptr_is_null(data) ? 0 : err;
	if (header.pid < 0)
		return -EINVAL;
	if (header.pid == 0)
		uthread_get(lt->ut);
	else
		target = lthread_lookup(header.pid);
	if (!target)
		return -ESRCH;
	cred = lthread_cred(target);
	lthread_put(target);
	for (uint32_t i = 0; i < 2; i++) {
		words[i].effective = (uint32_t)(cred->effective >> 32 * i);
		words[i].permitted = (uint32_t)(cred->permitted >> 32 * i);
		words[i].inheritable = (uint32_t)(cred->inheritable >> 32 * i);
	}
	lcred_put(cred);
	return user_ptr_is_null(data) ? 0 : copy_to_user(data, words, count * sizeof(words[0]));
}

/* capset(2)'s rules. */
static int check_sets(const struct lcred *old, uint64_t effective, uint64_t permitted,
		      uint64_t inheritable)
{
	uint64_t may_inherit = old->inheritable | old->permitted;

	if (!lcred_has_cap(old, LINUX_CAP_SETPCAP) && (inheritable & ~may_inherit))
		return -EPERM;
	if (inheritable & ~(old->inheritable | old->bounding))
		return -EPERM;
	if ((permitted & ~old->permitted) || (effective & ~permitted))
		return -EPERM;
	return 0;
}

int64_t linux_capset(struct lthread *lt, struct user_ptr user_header, struct user_ptr data)
{
	struct linux_cap_user_header header;
	struct linux_cap_user_data words[2] = {{0}};
	uint64_t effective, permitted, inheritable;
	struct lcred *new;
	uint32_t count;
	int err;

	err = read_header(user_header, &header, &count);
	if (err)
		return err;
	if (header.pid != 0 && header.pid != lt->tid)
		return -EPERM;
	err = copy_from_user(words, data, count * sizeof(words[0]));
	if (err)
		return err;
	effective = (words[0].effective | (uint64_t)words[1].effective << 32) & LCRED_CAPS_ALL;
	permitted = (words[0].permitted | (uint64_t)words[1].permitted << 32) & LCRED_CAPS_ALL;
	inheritable =
		(words[0].inheritable | (uint64_t)words[1].inheritable << 32) & LCRED_CAPS_ALL;
	err = check_sets(lt->cred, effective, permitted, inheritable);
	if (!err)
		err = lcred_copy(lt->cred, lt->cred->group_count, &new);
	if (err)
		return err;
	new->effective = effective;
	new->permitted = permitted;
	new->inheritable = inheritable;
	new->ambient &= permitted &inheritable;
	lthread_set_cred(lt, new);
	return 0;
}
