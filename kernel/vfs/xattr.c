#include "kernel/vfs/xattr.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/mount.h"

static bool has_prefix(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] != '\0';
}

static int check_name(const char *name)
{
	size_t len = strnlen(name, XATTR_NAME_MAX + 1);

	if (len == 0 || len > XATTR_NAME_MAX)
		return -ERANGE;
	if (has_prefix(name, "user.") || has_prefix(name, "trusted.") ||
	    has_prefix(name, "security."))
		return 0;
	return -EOPNOTSUPP;
}

/* user. attributes are data of the file; only files and directories have any. */
static int check_user(struct inode *inode, const struct vfs_cred *cred, uint32_t access)
{
	uint32_t mode = READ_ONCE(inode->mode);

	if (!inode_is_regular(inode) && !inode_is_dir(inode))
		return access == ACCESS_WRITE ? -EPERM : -ENODATA;
	if (access == ACCESS_WRITE && inode_is_dir(inode) && (mode & MODE_STICKY) &&
	    !cred_owns(cred, inode))
		return -EPERM;
	return inode_access(inode, cred, access);
}

static int check(struct inode *inode, const struct vfs_cred *cred, const char *name,
		 uint32_t access)
{
	int err = check_name(name);

	if (err)
		return err;
	if (has_prefix(name, "user."))
		return check_user(inode, cred, access);
	if (has_prefix(name, "trusted."))
		return cred_has(cred, VFS_CAP_ADMIN) ? 0
						     : (access == ACCESS_WRITE ? -EPERM : -ENODATA);
	if (access == ACCESS_READ)
		return 0;
	return cred_has(cred, VFS_CAP_ADMIN | VFS_CAP_SETFCAP) ? 0 : -EPERM;
}

ssize_t xattr_get(const struct path *path, const struct vfs_cred *cred, const char *name, void *buf,
		  size_t size)
{
	struct inode *inode = path_inode(path);
	ssize_t len = check(inode, cred, name, ACCESS_READ);

	if (len)
		return len;
	if (!inode->ops->getxattr)
		return -EOPNOTSUPP;
	rwlock_read_lock(&inode->lock);
	len = inode->ops->getxattr(inode, name, size ? buf : NULL, size);
	rwlock_read_unlock(&inode->lock);
	return len;
}

/* Takes trusted. names out of a list, for those who may not know of them. */
static size_t hide_trusted(char *buf, size_t len)
{
	size_t kept = 0;

	for (size_t at = 0; at < len;) {
		size_t one = strlen(buf + at) + 1;

		if (!has_prefix(buf + at, "trusted.")) {
			memmove(buf + kept, buf + at, one);
			kept += one;
		}
		at += one;
	}
	return kept;
}

ssize_t xattr_list(const struct path *path, const struct vfs_cred *cred, char *buf, size_t size)
{
	struct inode *inode = path_inode(path);
	ssize_t len;

	if (!inode->ops->listxattr)
		return -EOPNOTSUPP;
	rwlock_read_lock(&inode->lock);
	len = inode->ops->listxattr(inode, size ? buf : NULL, size);
	rwlock_read_unlock(&inode->lock);
	if (len > 0 && size && !cred_has(cred, VFS_CAP_ADMIN))
		len = (ssize_t)hide_trusted(buf, (size_t)len);
	return len;
}

static int change(const struct path *path, const struct vfs_cred *cred, const char *name,
		  const void *value, size_t size, uint32_t flags)
{
	struct inode *inode = path_inode(path);
	int err = check(inode, cred, name, ACCESS_WRITE);

	if (err)
		return err;
	if (!inode->ops->setxattr)
		return -EOPNOTSUPP;
	err = mount_begin_write(path->mount);
	if (err)
		return err;
	rwlock_write_lock(&inode->lock);
	err = inode->ops->setxattr(inode, name, value, size, flags);
	if (!err)
		inode_touch(inode, INODE_CTIME);
	rwlock_write_unlock(&inode->lock);
	mount_end_write(path->mount);
	return err;
}

int xattr_set(const struct path *path, const struct vfs_cred *cred, const char *name,
	      const void *value, size_t size, uint32_t flags)
{
	if (flags & ~(uint32_t)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (size > XATTR_VALUE_MAX)
		return -E2BIG;
	return change(path, cred, name, value ? value : "", size, flags);
}

int xattr_remove(const struct path *path, const struct vfs_cred *cred, const char *name)
{
	return change(path, cred, name, NULL, 0, XATTR_REPLACE);
}

/* --- Attributes in memory --- */

struct xattr {
	struct list_node node;
	size_t name_len;
	size_t size;
	char data[]; /* the name with its NUL, then the value */
};

static size_t storage(const struct xattr *attr)
{
	return sizeof(*attr) + attr->name_len + 1 + attr->size;
}

static char *value_of(struct xattr *attr)
{
	return attr->data + attr->name_len + 1;
}

void xattr_store_init(struct xattr_store *store)
{
	list_init(&store->attrs);
	store->bytes = 0;
}

static void drop(struct xattr_store *store, struct mem_account *account, struct xattr *attr)
{
	list_remove(&attr->node);
	store->bytes -= storage(attr);
	kmem_free_charged(account, attr, storage(attr));
}

void xattr_store_fini(struct xattr_store *store, struct mem_account *account)
{
	list_for_each_safe (node, &store->attrs)
		drop(store, account, list_entry(node, struct xattr, node));
}

static struct xattr *find(const struct xattr_store *store, const char *name)
{
	list_for_each (node, &store->attrs) {
		struct xattr *attr = list_entry(node, struct xattr, node);

		if (strcmp(attr->data, name) == 0)
			return attr;
	}
	return NULL;
}

ssize_t xattr_store_get(const struct xattr_store *store, const char *name, void *buf, size_t size)
{
	struct xattr *attr = find(store, name);

	if (!attr)
		return -ENODATA;
	if (!buf)
		return (ssize_t)attr->size;
	if (attr->size > size)
		return -ERANGE;
	memcpy(buf, value_of(attr), attr->size);
	return (ssize_t)attr->size;
}

ssize_t xattr_store_list(const struct xattr_store *store, char *buf, size_t size)
{
	size_t len = 0;

	list_for_each (node, &store->attrs) {
		const struct xattr *attr = list_entry(node, struct xattr, node);
		size_t one = attr->name_len + 1;

		if (buf && one > size - len)
			return -ERANGE;
		if (buf)
			memcpy(buf + len, attr->data, one);
		len += one;
	}
	return (ssize_t)len;
}

int xattr_store_set(struct xattr_store *store, struct mem_account *account, const char *name,
		    const void *value, size_t size, uint32_t flags)
{
	struct xattr *old = find(store, name);
	size_t name_len = strlen(name);
	size_t bytes = sizeof(struct xattr) + name_len + 1 + size;
	struct xattr *attr;

	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (value) {
		if (bytes > XATTR_STORE_MAX - store->bytes)
			return -ENOSPC;
		attr = kmem_zalloc_charged(account, bytes);
		if (!attr)
			return -ENOMEM;
		attr->name_len = name_len;
		attr->size = size;
		memcpy(attr->data, name, name_len);
		memcpy(value_of(attr), value, size);
		list_push_back(&store->attrs, &attr->node);
		store->bytes += bytes;
	}
	if (old)
		drop(store, account, old);
	return 0;
}
