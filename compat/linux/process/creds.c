/* Credentials as objects, and the rules of exec; the calls are in creds_calls.c. */
#include "compat/linux/process/creds.h"

#include "compat/linux/process/tree.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

static size_t size_of(uint32_t group_count)
{
	return sizeof(struct lcred) + group_count * sizeof(uint32_t);
}

static struct lcred *alloc(uint32_t group_count)
{
	struct lcred *cred = kmem_zalloc(size_of(group_count));

	if (!cred)
		return NULL;
	refcount_init(&cred->refs);
	cred->group_count = group_count;
	return cred;
}

int lcred_create_root(struct lcred **out)
{
	struct lcred *cred = alloc(0);

	if (!cred)
		return -ENOMEM;
	cred->permitted = LCRED_CAPS_ALL;
	cred->effective = LCRED_CAPS_ALL;
	cred->bounding = LCRED_CAPS_ALL;
	*out = cred;
	return 0;
}

int lcred_copy(const struct lcred *from, uint32_t group_count, struct lcred **out)
{
	struct lcred *cred = alloc(group_count);

	if (!cred)
		return -ENOMEM;
	memcpy(cred->uid, from->uid, sizeof(cred->uid));
	memcpy(cred->gid, from->gid, sizeof(cred->gid));
	cred->permitted = from->permitted;
	cred->effective = from->effective;
	cred->inheritable = from->inheritable;
	cred->bounding = from->bounding;
	cred->ambient = from->ambient;
	cred->secure_bits = from->secure_bits;
	memcpy(cred->groups, from->groups, MIN(group_count, from->group_count) * sizeof(uint32_t));
	*out = cred;
	return 0;
}

void lcred_get(struct lcred *cred)
{
	bool is_alive = refcount_get(&cred->refs);

	ASSERT(is_alive);
}

void lcred_put(struct lcred *cred)
{
	if (refcount_put(&cred->refs))
		kmem_free(cred, size_of(cred->group_count));
}

struct lcred *lthread_cred(struct lthread *lt)
{
	struct lcred *cred;

	spin_lock(&ltree_lock);
	cred = lt->cred;
	lcred_get(cred);
	spin_unlock(&ltree_lock);
	return cred;
}

void lthread_set_cred(struct lthread *lt, struct lcred *cred)
{
	struct lcred *old;

	spin_lock(&ltree_lock);
	old = lt->cred;
	lt->cred = cred;
	lt->process->uid = cred->uid[LCRED_REAL];
	spin_unlock(&ltree_lock);
	lcred_put(old);
}

/* capabilities(7), "Transformation of capabilities during execve()"; no file has any. */
void lcred_exec(struct lcred *cred, bool is_set_id)
{
	bool is_root = !(cred->secure_bits & LCRED_SECBIT_NOROOT);
	uint32_t euid = cred->uid[LCRED_EFFECTIVE];

	cred->uid[LCRED_SAVED] = euid;
	cred->uid[LCRED_FS] = euid;
	cred->gid[LCRED_SAVED] = cred->gid[LCRED_EFFECTIVE];
	cred->gid[LCRED_FS] = cred->gid[LCRED_EFFECTIVE];
	if (is_set_id)
		cred->ambient = 0;
	cred->permitted = cred->ambient;
	cred->effective = cred->ambient;
	if (is_root && (euid == 0 || cred->uid[LCRED_REAL] == 0))
		cred->permitted |= cred->inheritable | cred->bounding;
	if (is_root && euid == 0)
		cred->effective = cred->permitted;
	cred->secure_bits &= ~LCRED_SECBIT_KEEP_CAPS;
}
