/*
 * Grants: the tree of derivation.
 *
 * Shape of the tree and liveness are guarded by one lock for each tree, which
 * lies in its root. A child holds a reference on its parent, so the root, and the
 * lock, is there as long as anything below it. parent and root never change; what
 * changes is who is in whose list of children:
 *
 *	minted			in the parent's list
 *	last reference gone	leaves the list, then is freed
 *	revoked, all below	leaves the list when everything below it has
 *	it done			(revoke.c), and stays for whoever refers to it
 *
 * So a dead grant outside its parent's list is done with, and one inside may
 * still have something alive below.
 *
 * Putting the last reference of a grant drops its reference on the parent, which
 * may be the parent's last, and so on up a chain that user programs made as long
 * as they liked: grant_put() is a loop, with the lock taken anew for each.
 *
 * Lock order: tree -> list of all grants, memory.
 */
#include "kernel/cap/grant.h"

#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"

static struct registry grants = REGISTRY_INIT(grants);

static struct grant *alloc_grant(struct mem_account *account, const char *origin)
{
	struct grant *grant = kmem_zalloc_charged(account, sizeof(*grant));

	if (!grant)
		return NULL;
	grant->account = account;
	list_init(&grant->children);
	list_init(&grant->sibling);
	list_init(&grant->dependents);
	spin_lock_init(&grant->lock, LOCK_GRANT);
	(void)strlcpy(grant->origin, origin, sizeof(grant->origin));
	return grant;
}

int grant_create_root(struct mem_account *account, const char *origin, struct grant **out)
{
	struct grant *grant = alloc_grant(account, origin);

	if (!grant)
		return -ENOMEM;
	grant->root = grant;
	registry_add(&grants, &grant->reg);
	*out = grant;
	return 0;
}

int grant_mint(struct grant *parent, struct mem_account *account, const char *origin,
	       uint64_t badge, struct grant **out)
{
	struct grant *root = parent->root;
	struct grant *child;

	if (grant_is_dead(parent))
		return -EIO;
	child = alloc_grant(account, origin);
	if (!child)
		return -ENOMEM;
	child->parent = parent;
	child->root = root;
	child->depth = parent->depth + 1;
	child->badge = badge;

	spin_lock(&root->lock);
	if (parent->is_dead) {
		spin_unlock(&root->lock);
		kmem_free_charged(account, child, sizeof(*child));
		return -EIO;
	}
	grant_get(parent);
	/* With the tree locked, so that children are in the order of their ids. */
	registry_add(&grants, &child->reg);
	list_push_back(&parent->children, &child->sibling);
	spin_unlock(&root->lock);
	*out = child;
	return 0;
}

void grant_get(struct grant *grant)
{
	registered_get(&grant->reg);
}

static void leave_tree(struct grant *grant)
{
	struct grant *root = grant->root;

	spin_lock(&root->lock);
	ASSERT(list_is_empty(&grant->children) && list_is_empty(&grant->dependents));
	list_remove(&grant->sibling);
	spin_unlock(&root->lock);
}

void grant_put(struct grant *grant)
{
	struct grant *parent;

	while (grant && registered_put(&grant->reg)) {
		parent = grant->parent;
		leave_tree(grant);
		registry_remove(&grants, &grant->reg);
		use_free_grant(grant);
		grant = parent;
	}
}

int grant_attach(struct grant *grant, struct grant_dependent *dep,
		 const struct grant_dependent_ops *ops)
{
	struct grant *root = grant->root;
	int err = -EIO;

	dep->ops = ops;
	dep->grant = grant;
	spin_lock(&root->lock);
	if (!grant->is_dead) {
		grant_get(grant);
		list_push_back(&grant->dependents, &dep->node);
		err = 0;
	}
	spin_unlock(&root->lock);
	return err;
}

bool grant_detach(struct grant_dependent *dep)
{
	struct grant *grant = dep->grant;
	struct grant *root = grant->root;
	bool is_in_time;

	spin_lock(&root->lock);
	is_in_time = list_is_linked(&dep->node);
	list_remove(&dep->node);
	spin_unlock(&root->lock);
	grant_put(grant);
	return is_in_time;
}

void grant_get_info(struct grant *grant, struct grant_info *out)
{
	out->id = grant->reg.id;
	out->parent_id = grant->parent ? grant->parent->reg.id : 0;
	out->badge = grant->badge;
	out->refs = refcount_read(&grant->reg.refs);
	out->depth = grant->depth;
	out->is_dead = grant_is_dead(grant);
	memcpy(out->origin, grant->origin, sizeof(out->origin));
}

struct grant *grant_next(struct grant *prev)
{
	struct registered *next = registry_next(&grants, prev ? &prev->reg : NULL);

	if (prev)
		grant_put(prev);
	return next ? container_of(next, struct grant, reg) : NULL;
}

uint64_t grant_count(void)
{
	return registry_count(&grants);
}

uint64_t grant_last_id(void)
{
	return registry_last_id(&grants);
}
