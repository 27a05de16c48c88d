/*
 * Directories and inodes.
 *
 * A directory is two trees of the same entries: by name, and by cookie, the number that
 * readdir goes by. Cookies only grow, so that one who reads a directory while others
 * change it sees each entry that stays exactly once.
 *
 * An entry has a reference to its inode; nothing refers to a directory from below.
 */
#include "kernel/core/assert.h"
#include "kernel/fs/tmpfs/tmpfs_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cached.h"
#include "kernel/vfs/file.h"
#include "kernel/vm/filecache.h"

/* What one entry adds to a directory's size, to show something that grows. */
#define ENTRY_SIZE 20u
#define FIRST_COOKIE 2u /* after "." and ".." */

static struct mem_account *account_of(const struct inode *inode)
{
	return inode->super->account;
}

/* --- Inodes --- */

static int charge_inode(struct tmpfs_budget *budget)
{
	uint64_t max = READ_ONCE(budget->max_inodes);
	uint64_t used = atomic64_load(&budget->inodes);

	do {
		if (used >= max)
			return -ENOSPC;
	} while (!atomic64_cmpxchg_relaxed(&budget->inodes, &used, used + 1));
	return 0;
}

static int init_symlink(struct tmpfs_inode *ti, const char *target)
{
	size_t len = strlen(target);
	char *text = kmem_zalloc_charged(account_of(&ti->inode), len + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, target, len + 1);
	ti->inode.symlink = text;
	ti->inode.size = len;
	return 0;
}

/* What depends on the type. */
static int init_kind(struct tmpfs_inode *ti, const struct inode_spec *spec)
{
	struct inode *inode = &ti->inode;

	inode->ops = &tmpfs_other_ops;
	switch (spec->mode & MODE_TYPE) {
	case MODE_DIR:
		inode->ops = &tmpfs_dir_ops;
		inode->file_ops = &tmpfs_dir_file_ops;
		inode->nlink = 2;
		return 0;
	case MODE_REGULAR:
		inode->ops = &tmpfs_file_inode_ops;
		inode->file_ops = &tmpfs_file_ops;
		return tmpfs_file_init(ti, tmpfs_of(inode->super)->budget);
	case MODE_SYMLINK:
		return init_symlink(ti, spec->symlink);
	default:
		inode->rdev = spec->rdev;
		return 0;
	}
}

int tmpfs_new_inode(struct super *super, const struct inode_spec *spec, struct inode **out)
{
	struct tmpfs_super *ts = tmpfs_of(super);
	struct tmpfs_inode *ti;
	int err = charge_inode(ts->budget);

	if (err)
		return err;
	ti = kmem_zalloc_charged(super->account, sizeof(*ti));
	if (!ti) {
		atomic64_dec(&ts->budget->inodes);
		return -ENOMEM;
	}
	inode_init(&ti->inode, super, atomic64_inc_return(&ts->last_ino), spec->mode);
	ti->inode.uid = spec->uid;
	ti->inode.gid = spec->gid;
	xattr_store_init(&ti->xattrs);
	rb_init(&ti->names, NULL);
	rb_init(&ti->cookies, NULL);
	ti->last_cookie = FIRST_COOKIE - 1;
	err = init_kind(ti, spec);
	if (err) {
		inode_put(&ti->inode);
		return err;
	}
	*out = &ti->inode;
	return 0;
}

void tmpfs_destroy_inode(struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_inode_of(inode);
	struct tmpfs_budget *budget = tmpfs_of(inode->super)->budget;
	struct mem_account *account = account_of(inode);

	ASSERT(rb_is_empty(&ti->names));
	inode_fini(inode);
	if (inode->cache)
		filecache_put(inode->cache);
	if (inode->symlink)
		kmem_free_charged(account, drop_const(inode->symlink), inode->size + 1);
	xattr_store_fini(&ti->xattrs, account);
	kmem_free_charged(account, ti, sizeof(*ti));
	atomic64_dec(&budget->inodes);
}

/* --- Entries --- */

static int compare(const struct tmpfs_entry *entry, const struct vfs_name *name)
{
	if (entry->hash != name->hash)
		return entry->hash < name->hash ? -1 : 1;
	if (entry->len != name->len)
		return entry->len < name->len ? -1 : 1;
	return memcmp(entry->name, name->text, name->len);
}

static struct tmpfs_entry *entry_find(struct tmpfs_inode *dir, const struct vfs_name *name)
{
	struct rb_node *node = dir->names.top;

	while (node) {
		struct tmpfs_entry *entry = rb_entry(node, struct tmpfs_entry, by_name);
		int order = compare(entry, name);

		if (order == 0)
			return entry;
		node = order > 0 ? node->left : node->right;
	}
	return NULL;
}

static bool cookie_less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct tmpfs_entry, by_cookie)->cookie <
	       rb_entry(b, struct tmpfs_entry, by_cookie)->cookie;
}

static size_t entry_size(uint32_t len)
{
	return sizeof(struct tmpfs_entry) + len;
}

static struct tmpfs_entry *entry_alloc(const struct inode *dir, const struct vfs_name *name)
{
	struct tmpfs_entry *entry = kmem_zalloc_charged(account_of(dir), entry_size(name->len));

	if (!entry)
		return NULL;
	entry->hash = name->hash;
	entry->len = name->len;
	memcpy(entry->name, name->text, name->len);
	return entry;
}

static void entry_free(const struct inode *dir, struct tmpfs_entry *entry)
{
	kmem_free_charged(account_of(dir), entry, entry_size(entry->len));
}

/* Takes over a reference to inode. A subdirectory's ".." is a link to its parent. */
static void entry_add(struct inode *dir, struct tmpfs_entry *entry, struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_inode_of(dir);
	struct rb_node **link = &ti->names.top;
	struct rb_node *parent = NULL;
	struct vfs_name name = {entry->name, entry->len, entry->hash};

	entry->inode = inode;
	while (*link) {
		parent = *link;
		link = compare(rb_entry(parent, struct tmpfs_entry, by_name), &name) > 0
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert_at(&ti->names, &entry->by_name, parent, link);
	entry->cookie = ++ti->last_cookie;
	rb_insert(&ti->cookies, &entry->by_cookie, cookie_less);
	ti->entry_count++;
	WRITE_ONCE(dir->size, ti->entry_count * ENTRY_SIZE);
	if (inode_is_dir(inode))
		WRITE_ONCE(dir->nlink, dir->nlink + 1);
}

/* Gives back the reference to the inode. */
static struct inode *entry_remove(struct inode *dir, struct tmpfs_entry *entry)
{
	struct tmpfs_inode *ti = tmpfs_inode_of(dir);
	struct inode *inode = entry->inode;

	rb_erase(&ti->names, &entry->by_name);
	rb_erase(&ti->cookies, &entry->by_cookie);
	ti->entry_count--;
	WRITE_ONCE(dir->size, ti->entry_count * ENTRY_SIZE);
	if (inode_is_dir(inode))
		WRITE_ONCE(dir->nlink, dir->nlink - 1);
	entry_free(dir, entry);
	return inode;
}

void tmpfs_empty(struct inode *top)
{
	struct tmpfs_inode *doomed = tmpfs_inode_of(top);

	inode_get(top);
	while (doomed) {
		struct tmpfs_inode *dir = doomed;
		struct rb_node *first = rb_first(&dir->cookies);
		struct inode *inode;

		if (!first) {
			doomed = dir->doomed;
			inode_put(&dir->inode);
			continue;
		}
		inode = entry_remove(&dir->inode, rb_entry(first, struct tmpfs_entry, by_cookie));
		/* A directory has its turn first; a list, for they may be nested deeply. */
		if (inode_is_dir(inode)) {
			tmpfs_inode_of(inode)->doomed = doomed;
			doomed = tmpfs_inode_of(inode);
		} else {
			inode_put(inode);
		}
	}
}

/* --- Operations --- */

static int dir_lookup(struct inode *dir, const struct vfs_name *name, struct inode **out)
{
	struct tmpfs_entry *entry = entry_find(tmpfs_inode_of(dir), name);

	if (!entry)
		return -ENOENT;
	inode_get(entry->inode);
	*out = entry->inode;
	return 0;
}

static int dir_create(struct inode *dir, const struct vfs_name *name, const struct inode_spec *spec,
		      struct inode **out)
{
	struct tmpfs_entry *entry = entry_alloc(dir, name);
	struct inode *inode;
	int err;

	if (!entry)
		return -ENOMEM;
	err = tmpfs_new_inode(dir->super, spec, &inode);
	if (err) {
		entry_free(dir, entry);
		return err;
	}
	inode_get(inode);
	entry_add(dir, entry, inode);
	*out = inode;
	return 0;
}

static int dir_tmpfile(struct inode *dir, const struct inode_spec *spec, struct inode **out)
{
	int err = tmpfs_new_inode(dir->super, spec, out);

	if (!err)
		(*out)->nlink = 0;
	return err;
}

static int dir_link(struct inode *dir, const struct vfs_name *name, struct inode *inode)
{
	struct tmpfs_entry *entry = entry_alloc(dir, name);

	if (!entry)
		return -ENOMEM;
	inode_get(inode);
	WRITE_ONCE(inode->nlink, inode->nlink + 1);
	entry_add(dir, entry, inode);
	return 0;
}

/* The name goes; the file has one link less, a directory none. */
static int drop_name(struct inode *dir, const struct vfs_name *name)
{
	struct tmpfs_entry *entry = entry_find(tmpfs_inode_of(dir), name);
	struct inode *inode;

	ASSERT(entry);
	inode = entry_remove(dir, entry);
	WRITE_ONCE(inode->nlink, inode_is_dir(inode) ? 0 : inode->nlink - 1);
	inode_put(inode); /* not the last: the vfs has one */
	return 0;
}

static int dir_unlink(struct inode *dir, const struct vfs_name *name, struct inode *inode UNUSED)
{
	return drop_name(dir, name);
}

static int dir_rmdir(struct inode *dir, const struct vfs_name *name, struct inode *inode)
{
	if (!rb_is_empty(&tmpfs_inode_of(inode)->names))
		return -ENOTEMPTY;
	return drop_name(dir, name);
}

/* Makes two names change what they mean; a parent's links go with a directory. */
static int exchange(const struct inode_rename *what)
{
	struct tmpfs_entry *a = entry_find(tmpfs_inode_of(what->old_dir), what->old_name);
	struct tmpfs_entry *b = entry_find(tmpfs_inode_of(what->new_dir), what->new_name);
	uint32_t a_is_dir = inode_is_dir(what->inode);
	uint32_t b_is_dir = inode_is_dir(what->target);

	ASSERT(a && b);
	a->inode = what->target;
	b->inode = what->inode;
	WRITE_ONCE(what->old_dir->nlink, what->old_dir->nlink + b_is_dir - a_is_dir);
	WRITE_ONCE(what->new_dir->nlink, what->new_dir->nlink + a_is_dir - b_is_dir);
	return 0;
}

static int dir_rename(const struct inode_rename *what)
{
	struct tmpfs_entry *old = entry_find(tmpfs_inode_of(what->old_dir), what->old_name);
	struct tmpfs_entry *new;

	if (what->flags & RENAME_EXCHANGE)
		return exchange(what);
	ASSERT(old);
	if (what->target && inode_is_dir(what->target) &&
	    !rb_is_empty(&tmpfs_inode_of(what->target)->names))
		return -ENOTEMPTY;
	new = entry_alloc(what->new_dir, what->new_name);
	if (!new)
		return -ENOMEM;
	if (what->target)
		(void)drop_name(what->new_dir, what->new_name);
	entry_add(what->new_dir, new, entry_remove(what->old_dir, old));
	return 0;
}

/* The first entry with at least that cookie, or NULL. */
static struct tmpfs_entry *entry_from(struct tmpfs_inode *dir, uint64_t cookie)
{
	struct rb_node *node = dir->cookies.top;
	struct tmpfs_entry *found = NULL;

	while (node) {
		struct tmpfs_entry *entry = rb_entry(node, struct tmpfs_entry, by_cookie);

		if (entry->cookie >= cookie) {
			found = entry;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

static int dir_readdir(struct inode *dir, uint64_t *pos, struct dir_sink *sink)
{
	struct tmpfs_entry *entry;

	while ((entry = entry_from(tmpfs_inode_of(dir), *pos))) {
		struct dir_entry out = {
			.name = entry->name,
			.len = entry->len,
			.ino = entry->inode->ino,
			.mode = entry->inode->mode,
			.next = entry->cookie + 1,
		};

		if (!sink->emit(sink, &out))
			break;
		*pos = out.next;
	}
	return 0;
}

/* --- Attributes --- */

static int get_attr(struct inode *inode, struct inode_stat *stat)
{
	if (inode->cache)
		stat->blocks = vmobj_page_count(filecache_object(inode->cache)) * (PAGE_SIZE / 512);
	return 0;
}

static ssize_t get_xattr(struct inode *inode, const char *name, void *buf, size_t size)
{
	return xattr_store_get(&tmpfs_inode_of(inode)->xattrs, name, buf, size);
}

static ssize_t list_xattr(struct inode *inode, char *buf, size_t size)
{
	return xattr_store_list(&tmpfs_inode_of(inode)->xattrs, buf, size);
}

static int set_xattr(struct inode *inode, const char *name, const void *value, size_t size,
		     uint32_t flags)
{
	return xattr_store_set(&tmpfs_inode_of(inode)->xattrs, account_of(inode), name, value, size,
			       flags);
}

const struct inode_ops tmpfs_dir_ops = {
	.lookup = dir_lookup,
	.create = dir_create,
	.link = dir_link,
	.unlink = dir_unlink,
	.rmdir = dir_rmdir,
	.rename = dir_rename,
	.tmpfile = dir_tmpfile,
	.readdir = dir_readdir,
	.getxattr = get_xattr,
	.listxattr = list_xattr,
	.setxattr = set_xattr,
};

const struct inode_ops tmpfs_file_inode_ops = {
	.getattr = get_attr,
	.truncate = cached_truncate,
	.getxattr = get_xattr,
	.listxattr = list_xattr,
	.setxattr = set_xattr,
};

const struct inode_ops tmpfs_other_ops = {
	.getxattr = get_xattr,
	.listxattr = list_xattr,
	.setxattr = set_xattr,
};

const struct file_ops tmpfs_dir_file_ops = {0};
