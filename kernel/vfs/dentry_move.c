/* Names that change, and the way up from a name. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/dentry_impl.h"
#include "kernel/vfs/super.h"

static int prepare_name(struct super *super, uint32_t len, char **out)
{
	*out = NULL;
	if (dentry_name_is_inline(len))
		return 0;
	*out = dentry_name_alloc(super, len);
	return *out ? 0 : -ENOMEM;
}

int dentry_move_prepare(const struct dentry *dentry, const struct dentry *target,
			struct dentry_move *move)
{
	int err = prepare_name(dentry->super, target->name_len, &move->name);

	if (err)
		return err;
	err = prepare_name(dentry->super, dentry->name_len, &move->other_name);
	if (err && move->name)
		dentry_name_free(dentry->super, move->name, target->name_len);
	return err;
}

void dentry_move_fini(const struct dentry *dentry, const struct dentry *target,
		      struct dentry_move *move)
{
	if (move->name)
		dentry_name_free(dentry->super, move->name, target->name_len);
	if (move->other_name)
		dentry_name_free(dentry->super, move->other_name, dentry->name_len);
}

/* A name on its way from one dentry to another. */
struct moving_name {
	char text[DENTRY_INLINE_NAME];
	const char *external;
	uint64_t hash;
	uint32_t len;
	struct dentry *parent;
};

static void name_save(const struct dentry *dentry, struct moving_name *out)
{
	out->external = dentry->name != dentry->inline_name ? dentry->name : NULL;
	memcpy(out->text, dentry->inline_name, sizeof(out->text));
	out->hash = dentry->name_hash;
	out->len = dentry->name_len;
	out->parent = dentry->parent;
}

/* Gives it a name; text is memory of its own if the name is not inline. */
static void name_set(struct dentry *dentry, const struct moving_name *name, const char *text)
{
	if (text) {
		dentry->name = text;
	} else {
		memcpy(dentry->inline_name, name->text, sizeof(name->text));
		dentry->name = dentry->inline_name;
	}
	dentry->name_hash = name->hash;
	dentry->name_len = name->len;
	dentry->parent = name->parent;
	list_remove(&dentry->sibling);
	list_push_back(&name->parent->children, &dentry->sibling);
}

void dentry_move(struct dentry *dentry, struct dentry *target, struct dentry_move *move)
{
	struct super *super = dentry->super;
	struct moving_name from, to;

	spin_lock(&super->lock);
	dentry_unhash(super, dentry);
	dentry_unhash(super, target);
	name_save(dentry, &from);
	name_save(target, &to);
	if (to.external)
		memcpy(move->name, to.external, to.len);
	name_set(dentry, &to, to.external ? move->name : NULL);
	atomic32_inc(&to.parent->refs);
	dentry_hash(super, dentry);
	spin_unlock(&super->lock);
	if (to.external)
		move->name = NULL;
	if (move->other_name) {
		dentry_name_free(super, move->other_name, from.len);
		move->other_name = NULL;
	}
	if (from.external)
		dentry_name_free(super, from.external, from.len);
	dentry_put(from.parent);
}

void dentry_exchange(struct dentry *a, struct dentry *b, struct dentry_move *move)
{
	struct super *super = a->super;
	struct moving_name name_a, name_b;

	spin_lock(&super->lock);
	dentry_unhash(super, a);
	dentry_unhash(super, b);
	name_save(a, &name_a);
	name_save(b, &name_b);
	/* The memory of the names goes with them, and so do the references to parents. */
	name_set(a, &name_b, name_b.external);
	name_set(b, &name_a, name_a.external);
	dentry_hash(super, a);
	dentry_hash(super, b);
	spin_unlock(&super->lock);
	if (move->name)
		dentry_name_free(super, move->name, name_b.len);
	if (move->other_name)
		dentry_name_free(super, move->other_name, name_a.len);
	move->name = NULL;
	move->other_name = NULL;
}

/* --- The tree --- */

struct dentry *dentry_get_parent(struct dentry *dentry)
{
	struct dentry *parent;

	spin_lock(&dentry->super->lock);
	parent = dentry->parent;
	atomic32_inc(&parent->refs);
	spin_unlock(&dentry->super->lock);
	return parent;
}

bool dentry_is_ancestor(const struct dentry *a, struct dentry *b)
{
	bool is_above;

	if (a->super != b->super)
		return false;
	dentry_get(b);
	while (b != a && !dentry_is_root(b)) {
		struct dentry *parent = dentry_get_parent(b);

		dentry_put(b);
		b = parent;
	}
	is_above = b == a;
	dentry_put(b);
	return is_above;
}

int dentry_prepend_name(struct dentry *dentry, char *buf, size_t *at, struct dentry **parent_out)
{
	int err = -ENAMETOOLONG;

	spin_lock(&dentry->super->lock);
	if (*at > dentry->name_len) {
		*at -= dentry->name_len;
		memcpy(buf + *at, dentry->name, dentry->name_len);
		buf[--*at] = '/';
		*parent_out = dentry->parent;
		atomic32_inc(&dentry->parent->refs);
		err = 0;
	}
	spin_unlock(&dentry->super->lock);
	return err;
}
