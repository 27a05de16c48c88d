/*
 * Capability spaces.
 *
 * A slot is empty, reserved (in use, but without an object: it looks empty), or
 * holds a capability, which owns a reference to its object and to its grant.
 * Everything that changes slots does so under the space's lock and returns what
 * fell out of them, to be dropped after it: dropping can sleep.
 *
 * The sole user of a space looks slots up without the lock. Nobody but itself
 * takes capabilities out meanwhile, so what it finds stays until it changes it.
 * Others may add: they fill a slot's object and rights last, with release.
 *
 * Being sole is claimed by the thread itself, on its first look-up that takes the
 * lock and finds one user; it is given up by whoever adds a second user, that is
 * by the thread itself, which then looks nothing up. So sole_user changes only
 * while its thread is not in a look-up.
 *
 * Lock order: no two spaces; a space -> grants (references are taken), memory.
 */
#include "kernel/cap/cspace.h"

#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"

static struct registry spaces = REGISTRY_INIT(spaces);

int cspace_create(struct mem_account *account, uint32_t limit, uint64_t owner, struct cspace **out)
{
	struct cspace *cs = kmem_zalloc_charged(account, sizeof(*cs));

	if (!cs)
		return -ENOMEM;
	spin_lock_init(&cs->lock, LOCK_CSPACE);
	cs->limit = MIN(limit, CSPACE_MAX);
	cs->account = account;
	cs->owner = owner;
	registry_add(&spaces, &cs->reg);
	*out = cs;
	return 0;
}

void cspace_get(struct cspace *cs)
{
	registered_get(&cs->reg);
}

void cspace_put(struct cspace *cs)
{
	if (!registered_put(&cs->reg))
		return;
	cspace_close_range(cs, 0, CSPACE_MAX - 1);
	registry_remove(&spaces, &cs->reg);
	table_free(cs);
	kmem_free_charged(cs->account, cs, sizeof(*cs));
}

void cspace_add_user(struct cspace *cs)
{
	spin_lock(&cs->lock);
	cs->users++;
	store_release(&cs->sole_user, NULL);
	spin_unlock(&cs->lock);
}

void cspace_remove_user(struct cspace *cs)
{
	spin_lock(&cs->lock);
	ASSERT(cs->users > 0);
	cs->users--;
	store_release(&cs->sole_user, NULL);
	spin_unlock(&cs->lock);
}

int cspace_set_limit(struct cspace *cs, uint32_t limit)
{
	if (limit > CSPACE_MAX)
		return -EINVAL;
	spin_lock(&cs->lock);
	cs->limit = limit;
	spin_unlock(&cs->lock);
	return 0;
}

uint32_t cspace_limit(struct cspace *cs)
{
	uint32_t limit;

	spin_lock(&cs->lock);
	limit = cs->limit;
	spin_unlock(&cs->lock);
	return limit;
}

uint32_t cspace_count(struct cspace *cs)
{
	uint32_t count;

	spin_lock(&cs->lock);
	count = cs->count;
	spin_unlock(&cs->lock);
	return count;
}

/* --- Looking up --- */

static int check_slot(const struct cspace_leaf *leaf, uint32_t slot, uint32_t needed)
{
	const struct cap *cap;

	if (!leaf)
		return -EBADF;
	cap = &leaf->caps[slot % CSPACE_LEAF];
	/* Pairs with the release in fill_slot(). */
	if (!load_acquire(&cap->object))
		return -EBADF;
	return needed & ~cap->rights ? -EACCES : 0;
}

int cspace_lookup_slow(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap_ref *out)
{
	struct thread *self = thread_current();
	const struct cspace_leaf *leaf;
	struct cap cap;
	int err;

	if (READ_ONCE(cs->sole_user) == self) {
		leaf = table_leaf_unlocked(cs, slot);
		err = check_slot(leaf, slot, needed);
		if (err)
			return err;
		return use_begin(self, &leaf->caps[slot % CSPACE_LEAF], USE_BORROWS, out);
	}

	spin_lock(&cs->lock);
	if (cs->users == 1)
		store_release(&cs->sole_user, self);
	leaf = table_leaf_locked(cs, slot);
	err = check_slot(leaf, slot, needed);
	if (!err) {
		cap = leaf->caps[slot % CSPACE_LEAF];
		cap_hold(&cap);
	}
	spin_unlock(&cs->lock);
	if (err)
		return err;
	err = use_begin(self, &cap, USE_OWNS, out);
	if (err)
		cap_drop(&cap);
	return err;
}

int cspace_peek(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap *out)
{
	const struct cspace_leaf *leaf;
	int err;

	spin_lock(&cs->lock);
	leaf = table_leaf_locked(cs, slot);
	err = check_slot(leaf, slot, needed);
	if (!err) {
		*out = leaf->caps[slot % CSPACE_LEAF];
		cap_hold(out);
	}
	spin_unlock(&cs->lock);
	return err;
}

int cspace_peek_alive(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap *out)
{
	int err = cspace_peek(cs, slot, needed, out);

	if (!err && grant_is_dead(out->grant)) {
		cap_drop(out);
		err = -EIO;
	}
	return err;
}

/* --- Filling and emptying --- */

static void set_on_exec(struct cspace_leaf *leaf, uint32_t slot, enum cap_on_exec on_exec)
{
	if (on_exec == CAP_CLOSE_ON_EXEC)
		leaf->close_on_exec |= BIT(slot % CSPACE_LEAF);
	else
		leaf->close_on_exec &= ~BIT(slot % CSPACE_LEAF);
}

static void fill_slot(struct cap *slot, const struct cap *cap)
{
	ASSERT(!(cap->rights & ~cap->object->type->valid_rights));
	slot->grant = cap->grant;
	slot->flags = cap->flags;
	/* Each pairs with an acquire of a look-up of the sole user, the rights with the short one. */
	store_release(&slot->object, cap->object);
	store_release(&slot->rights, cap->rights);
}

/* The slot's capability goes to *out with its references. */
static void empty_slot(struct cap *slot, struct cap *out)
{
	*out = *slot;
	*slot = (struct cap){0};
}

/* Who takes capabilities out: a user, or anybody when there is none. */
static void assert_may_empty_locked(const struct cspace *cs) REQUIRES(&cs->lock);

static void assert_may_empty_locked(const struct cspace *cs)
{
	ASSERT(!cs->sole_user || cs->sole_user == thread_current());
}

static int reserve_locked(struct cspace *cs, uint32_t from, enum cap_on_exec on_exec,
			  uint32_t *slot_out) REQUIRES(&cs->lock);

static int reserve_locked(struct cspace *cs, uint32_t from, enum cap_on_exec on_exec,
			  uint32_t *slot_out)
{
	uint32_t slot = table_free_slot_locked(cs, from);
	int err;

	if (slot >= cs->limit)
		return -EMFILE;
	err = table_grow_locked(cs, slot);
	if (err)
		return err;
	table_mark_used_locked(cs, slot);
	set_on_exec(table_leaf_locked(cs, slot), slot, on_exec);
	*slot_out = slot;
	return 0;
}

int cspace_reserve(struct cspace *cs, uint32_t from, enum cap_on_exec on_exec, uint32_t *slot_out)
{
	int err;

	spin_lock(&cs->lock);
	err = reserve_locked(cs, from, on_exec, slot_out);
	spin_unlock(&cs->lock);
	return err;
}

void cspace_install(struct cspace *cs, uint32_t slot, const struct cap *cap)
{
	struct cspace_leaf *leaf;

	spin_lock(&cs->lock);
	leaf = table_leaf_locked(cs, slot);
	ASSERT(leaf && (leaf->used & BIT(slot % CSPACE_LEAF)) && !leaf_cap(leaf, slot)->object);
	fill_slot(leaf_cap(leaf, slot), cap);
	spin_unlock(&cs->lock);
}

void cspace_cancel(struct cspace *cs, uint32_t slot)
{
	struct cspace_leaf *leaf;

	spin_lock(&cs->lock);
	leaf = table_leaf_locked(cs, slot);
	ASSERT(leaf && !leaf_cap(leaf, slot)->object);
	table_mark_free_locked(cs, slot);
	spin_unlock(&cs->lock);
}

int cspace_insert(struct cspace *cs, const struct cap *cap, uint32_t from, enum cap_on_exec on_exec,
		  uint32_t *slot_out)
{
	uint32_t slot;
	int err;

	spin_lock(&cs->lock);
	err = reserve_locked(cs, from, on_exec, &slot);
	if (!err) {
		fill_slot(leaf_cap(table_leaf_locked(cs, slot), slot), cap);
		*slot_out = slot;
	}
	spin_unlock(&cs->lock);
	return err;
}

static int replace_locked(struct cspace *cs, const struct cap *cap, uint32_t slot, struct cap *old)
	REQUIRES(&cs->lock);

static int replace_locked(struct cspace *cs, const struct cap *cap, uint32_t slot, struct cap *old)
{
	struct cspace_leaf *leaf;

	if (slot >= cs->limit)
		return -EBADF;
	if (table_grow_locked(cs, slot))
		return -ENOMEM;
	leaf = table_leaf_locked(cs, slot);
	if (!(leaf->used & BIT(slot % CSPACE_LEAF))) {
		*old = (struct cap){0};
		table_mark_used_locked(cs, slot);
	} else if (leaf_cap(leaf, slot)->object) {
		assert_may_empty_locked(cs);
		empty_slot(leaf_cap(leaf, slot), old);
	} else {
		return -EBUSY;
	}
	fill_slot(leaf_cap(leaf, slot), cap);
	return 0;
}

int cspace_replace(struct cspace *cs, const struct cap *cap, uint32_t slot,
		   enum cap_on_exec on_exec, struct cap *old)
{
	int err;

	spin_lock(&cs->lock);
	err = replace_locked(cs, cap, slot, old);
	if (!err)
		set_on_exec(table_leaf_locked(cs, slot), slot, on_exec);
	spin_unlock(&cs->lock);
	return err;
}

static void remove_locked(struct cspace *cs, uint32_t slot, struct cap *out) REQUIRES(&cs->lock);

static void remove_locked(struct cspace *cs, uint32_t slot, struct cap *out)
{
	assert_may_empty_locked(cs);
	empty_slot(leaf_cap(table_leaf_locked(cs, slot), slot), out);
	table_mark_free_locked(cs, slot);
}

int cspace_remove(struct cspace *cs, uint32_t slot, struct cap *out)
{
	int err;

	spin_lock(&cs->lock);
	err = check_slot(table_leaf_locked(cs, slot), slot, 0);
	if (!err)
		remove_locked(cs, slot, out);
	spin_unlock(&cs->lock);
	return err;
}

int cspace_take(struct cspace *cs, uint32_t slot, uint32_t needed, struct cap *out)
{
	struct cspace_leaf *leaf;
	int err;

	spin_lock(&cs->lock);
	leaf = table_leaf_locked(cs, slot);
	err = check_slot(leaf, slot, needed);
	if (!err && grant_is_dead(leaf_cap(leaf, slot)->grant))
		err = -EIO;
	if (!err)
		remove_locked(cs, slot, out);
	spin_unlock(&cs->lock);
	return err;
}

int cspace_close(struct cspace *cs, uint32_t slot)
{
	struct cap cap;
	int err = cspace_remove(cs, slot, &cap);

	if (!err)
		cap_drop(&cap);
	return err;
}

/* Closes all of a kind in first..last, one at a time. */
static void close_all(struct cspace *cs, enum table_find what, uint32_t first, uint32_t last)
{
	uint32_t slot = first;
	struct cap cap;
	bool is_over;

	while (slot <= last) {
		cap = (struct cap){0};
		spin_lock(&cs->lock);
		is_over = table_find_locked(cs, what, &slot);
		if (is_over && slot <= last && slot < CSPACE_MAX)
			remove_locked(cs, slot, &cap);
		spin_unlock(&cs->lock);
		if (is_over && !cap.object)
			break;
		cap_drop(&cap);
	}
}

void cspace_close_range(struct cspace *cs, uint32_t first, uint32_t last)
{
	close_all(cs, TABLE_FIND_CAP, first, MIN(last, CSPACE_MAX - 1));
}

void cspace_close_on_exec(struct cspace *cs)
{
	close_all(cs, TABLE_FIND_CLOSE_ON_EXEC, 0, CSPACE_MAX - 1);
}

int cspace_set_on_exec(struct cspace *cs, uint32_t slot, enum cap_on_exec on_exec)
{
	int err;

	spin_lock(&cs->lock);
	err = check_slot(table_leaf_locked(cs, slot), slot, 0);
	if (!err)
		set_on_exec(table_leaf_locked(cs, slot), slot, on_exec);
	spin_unlock(&cs->lock);
	return err;
}

int cspace_get_on_exec(struct cspace *cs, uint32_t slot, enum cap_on_exec *out)
{
	struct cspace_leaf *leaf;
	int err;

	spin_lock(&cs->lock);
	leaf = table_leaf_locked(cs, slot);
	err = check_slot(leaf, slot, 0);
	if (!err)
		*out = leaf->close_on_exec & BIT(slot % CSPACE_LEAF) ? CAP_CLOSE_ON_EXEC
								     : CAP_KEEP_ON_EXEC;
	spin_unlock(&cs->lock);
	return err;
}

/* --- Copying and going through --- */

/*
 * Copies capabilities of the leaf that slot lies in, with references, and says
 * which, and which of them close on exec. Reserved slots stay behind.
 */
static uint64_t copy_leaf(struct cspace *from, uint32_t slot, enum cspace_clone_what what,
			  struct cap *caps, uint64_t *close_on_exec_out)
{
	const struct cspace_leaf *leaf;
	uint64_t copied = 0;

	spin_lock(&from->lock);
	leaf = table_leaf_locked(from, slot);
	for (uint32_t i = 0; i < CSPACE_LEAF; i++) {
		if (!leaf->caps[i].object ||
		    (what == CSPACE_CLONE_KEPT && (leaf->close_on_exec & BIT(i))))
			continue;
		caps[i] = leaf->caps[i];
		cap_hold(&caps[i]);
		copied |= BIT(i);
	}
	*close_on_exec_out = leaf->close_on_exec & copied;
	spin_unlock(&from->lock);
	return copied;
}

/* Nobody else fills slots of the new space; who goes through it sees those in use only. */
static int clone_leaf(struct cspace *from, uint32_t slot, enum cspace_clone_what what,
		      struct cspace *to)
{
	struct cspace_leaf *leaf;
	uint64_t close_on_exec;
	uint64_t copied;
	int err;

	spin_lock(&to->lock);
	err = table_grow_locked(to, slot);
	leaf = table_leaf_locked(to, slot);
	spin_unlock(&to->lock);
	if (err)
		return err;
	copied = copy_leaf(from, slot, what, leaf->caps, &close_on_exec);
	spin_lock(&to->lock);
	for (; copied; copied &= copied - 1)
		table_mark_used_locked(to, slot + bits_first(copied));
	leaf->close_on_exec = close_on_exec;
	spin_unlock(&to->lock);
	return 0;
}

int cspace_clone(struct cspace *from, struct mem_account *account, uint64_t owner,
		 enum cspace_clone_what what, struct cspace **out)
{
	uint32_t slot = 0;
	struct cspace *to;
	bool is_over;
	int err;

	err = cspace_create(account, cspace_limit(from), owner, &to);
	if (err)
		return err;
	while (slot < CSPACE_MAX) {
		spin_lock(&from->lock);
		is_over = table_find_locked(from, TABLE_FIND_CAP, &slot);
		spin_unlock(&from->lock);
		if (!is_over || slot == CSPACE_MAX)
			continue;
		slot = ALIGN_DOWN(slot, CSPACE_LEAF);
		err = clone_leaf(from, slot, what, to);
		if (err) {
			cspace_put(to);
			return err;
		}
		slot += CSPACE_LEAF;
	}
	*out = to;
	return 0;
}

int cspace_find(struct cspace *cs, uint32_t *slot, struct cap *out)
{
	uint32_t at = *slot;
	bool is_over = false;

	while (!is_over) {
		spin_lock(&cs->lock);
		is_over = table_find_locked(cs, TABLE_FIND_CAP, &at);
		if (is_over && at < CSPACE_MAX) {
			*out = *leaf_cap(table_leaf_locked(cs, at), at);
			cap_hold(out);
		}
		spin_unlock(&cs->lock);
	}
	if (at == CSPACE_MAX)
		return -ENOENT;
	*slot = at;
	return 0;
}

struct cspace *cspace_next(struct cspace *prev)
{
	struct registered *next = registry_next(&spaces, prev ? &prev->reg : NULL);

	if (prev)
		cspace_put(prev);
	return next ? container_of(next, struct cspace, reg) : NULL;
}

uint64_t cspace_total(void)
{
	return registry_count(&spaces);
}
