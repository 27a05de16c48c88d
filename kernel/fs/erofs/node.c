/*
 * Inodes of a mounted image. Each is made once, however many names it has: the super's
 * table finds it by its number. A damaged image may give a directory several names, or
 * make it its own descendant; names then form a tree all the same, since each name has
 * one parent, and nothing is ever renamed.
 *
 * The cache of a file holds the volume and a copy of what is known of the file, but
 * neither inode nor super: it is still there when it is mapped and they are gone.
 */
#include "kernel/fs/erofs/mount_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cached.h"
#include "kernel/vfs/file.h"
#include "kernel/vm/filecache.h"

#define SECTORS_PER_BLOCK (EROFS_BLOCK_SIZE / 512u)
/* Positions 0 and 1 of a directory are the vfs's: "." and "..". */
#define FIRST_POSITION 2u

struct node {
	struct inode inode; /* must be first */
	struct erofs_inode disk;
	char *link; /* of disk.size + 1 bytes, or NULL */
};

struct node_cache {
	struct filecache cache; /* must be first */
	struct erofs_volume *volume;
	struct erofs_inode disk;
};

static const struct inode_ops dir_ops, other_ops;
static const struct file_ops dir_file_ops, file_ops;

static struct node *node_of(struct inode *inode)
{
	return container_of(inode, struct node, inode);
}

/* --- Regular files --- */

static int read_page(struct filecache *cache, uint64_t index, void *mem)
{
	struct node_cache *nc = container_of(cache, struct node_cache, cache);
	uint64_t offset = index << PAGE_SHIFT;
	size_t len;

	if (offset >= nc->disk.size)
		return -ENXIO;
	len = (size_t)MIN(nc->disk.size - offset, PAGE_SIZE);
	memset((char *)mem + len, 0, PAGE_SIZE - len);
	return erofs_volume_read(nc->volume, &nc->disk, offset, mem, len);
}

static void cache_destroy(struct filecache *cache)
{
	struct node_cache *nc = container_of(cache, struct node_cache, cache);
	struct erofs_volume *volume = nc->volume;

	kmem_free_charged(volume->account, nc, sizeof(*nc));
	erofs_volume_put(volume);
}

static const struct filecache_ops cache_ops = {
	.read_page = read_page,
	.destroy = cache_destroy,
};

static int cache_create(struct node *node)
{
	struct erofs_volume *volume = erofs_volume_of(&node->inode);
	struct node_cache *nc;

	if (node->disk.size > VMOBJ_MAX_SIZE)
		return -EUCLEAN;
	nc = kmem_zalloc_charged(volume->account, sizeof(*nc));
	if (!nc)
		return -ENOMEM;
	erofs_volume_get(volume);
	nc->volume = volume;
	nc->disk = node->disk;
	filecache_init(&nc->cache, &cache_ops, volume->account, node->disk.size);
	node->inode.cache = &nc->cache;
	return 0;
}

/* --- Directories --- */

static int lookup(struct inode *dir, const struct vfs_name *name, struct inode **out)
{
	struct erofs_volume *volume = erofs_volume_of(dir);
	uint64_t nid;
	int err;

	err = erofs_dir_lookup(&volume->image, &node_of(dir)->disk, name->text, name->len, &nid);
	return err ? err : erofs_node_get(dir->super, nid, out);
}

static uint32_t mode_of_type(enum erofs_type type)
{
	static const uint32_t modes[EROFS_TYPE_COUNT] = {
		[EROFS_TYPE_REG] = MODE_REGULAR,  [EROFS_TYPE_DIR] = MODE_DIR,
		[EROFS_TYPE_CHR] = MODE_CHAR,	  [EROFS_TYPE_BLK] = MODE_BLOCK,
		[EROFS_TYPE_FIFO] = MODE_FIFO,	  [EROFS_TYPE_SOCK] = MODE_SOCKET,
		[EROFS_TYPE_LINK] = MODE_SYMLINK,
	};

	return modes[type];
}

static bool is_dot(const struct erofs_dirent *entry)
{
	return entry->name[0] == '.' &&
	       (entry->name_len == 1 || (entry->name_len == 2 && entry->name[1] == '.'));
}

static int readdir(struct inode *dir, uint64_t *pos, struct dir_sink *sink)
{
	struct erofs_volume *volume = erofs_volume_of(dir);
	uint64_t position = *pos - FIRST_POSITION;
	struct erofs_dirent entry;
	struct dir_entry out;
	int err;

	while (true) {
		err = erofs_dir_next(&volume->image, &node_of(dir)->disk, &position, &entry);
		if (err)
			return err == -ENOENT ? 0 : err;
		out = (struct dir_entry){
			.name = entry.name,
			.len = entry.name_len,
			.ino = entry.nid,
			.mode = mode_of_type(entry.type),
			.next = position + FIRST_POSITION,
		};
		if (!is_dot(&entry) && !sink->emit(sink, &out))
			return 0;
		*pos = out.next;
	}
}

/* --- Attributes --- */

static ssize_t getxattr(struct inode *inode, const char *name, void *buf, size_t size)
{
	size_t len = 0;
	int err;

	err = erofs_xattr_get(&erofs_volume_of(inode)->image, &node_of(inode)->disk, name, buf,
			      buf ? size : 0, &len);
	return err ? err : (ssize_t)len;
}

static ssize_t listxattr(struct inode *inode, char *buf, size_t size)
{
	struct erofs_xattr_walk walk = {0};
	struct erofs_xattr xattr;
	size_t total = 0, len;
	int err;

	while (true) {
		err = erofs_xattr_next(&erofs_volume_of(inode)->image, &node_of(inode)->disk, &walk,
				       &xattr);
		if (err)
			return err == -ENODATA ? (ssize_t)total : err;
		len = strlen(xattr.name) + 1;
		if (buf && len > size - total)
			return -ERANGE;
		if (buf)
			memcpy(buf + total, xattr.name, len);
		total += len;
	}
}

static const struct inode_ops dir_ops = {
	.lookup = lookup,
	.readdir = readdir,
	.getxattr = getxattr,
	.listxattr = listxattr,
};

static const struct inode_ops other_ops = {
	.getxattr = getxattr,
	.listxattr = listxattr,
};

static const struct file_ops dir_file_ops = {0};

static const struct file_ops file_ops = {
	.read = cached_read,
};

/* --- Inodes --- */

static int read_link(struct node *node)
{
	struct erofs_volume *volume = erofs_volume_of(&node->inode);
	size_t len = (size_t)node->disk.size;
	char *link = kmem_zalloc_charged(volume->account, len + 1);
	int err;

	if (!link)
		return -ENOMEM;
	err = erofs_volume_read(volume, &node->disk, 0, link, len);
	if (!err && strlen(link) != len)
		err = -EUCLEAN;
	if (err) {
		kmem_free_charged(volume->account, link, len + 1);
		return err;
	}
	node->link = link;
	node->inode.symlink = link;
	return 0;
}

/* In nanoseconds; what cannot be is the beginning of time. */
static int64_t time_of(const struct erofs_inode *disk)
{
	int64_t time;

	if (disk->mtime_ns >= NSEC_PER_SEC || mul_overflows(disk->mtime, NSEC_PER_SEC, &time) ||
	    add_overflows(time, disk->mtime_ns, &time))
		return 0;
	return time;
}

static int fill(struct node *node)
{
	struct inode *inode = &node->inode;
	const struct erofs_inode *disk = &node->disk;

	inode->ops = &other_ops;
	inode->uid = disk->uid;
	inode->gid = disk->gid;
	inode->nlink = disk->link_count;
	inode->rdev = dev_make(disk->device_major, disk->device_minor);
	inode->size = disk->size;
	inode->blocks = disk->stored_blocks * SECTORS_PER_BLOCK;
	inode->mtime = time_of(disk);
	inode->atime = inode->mtime;
	inode->ctime = inode->mtime;
	inode->btime = inode->mtime;
	switch (disk->mode & MODE_TYPE) {
	case MODE_DIR:
		inode->ops = &dir_ops;
		inode->file_ops = &dir_file_ops;
		return 0;
	case MODE_REGULAR:
		inode->file_ops = &file_ops;
		return cache_create(node);
	case MODE_SYMLINK:
		return read_link(node);
	default:
		return 0;
	}
}

void erofs_node_destroy(struct inode *inode)
{
	struct mem_account *account = inode->super->account;
	struct node *node = node_of(inode);

	inode_fini(inode);
	if (inode->cache)
		filecache_put(inode->cache);
	if (node->link)
		kmem_free_charged(account, node->link, (size_t)node->disk.size + 1);
	kmem_free_charged(account, node, sizeof(*node));
}

static int node_create(struct super *super, const struct erofs_inode *disk, struct inode **out)
{
	struct node *node = kmem_zalloc_charged(super->account, sizeof(*node));
	int err;

	if (!node)
		return -ENOMEM;
	node->disk = *disk;
	inode_init(&node->inode, super, disk->nid, disk->mode);
	err = fill(node);
	if (!err)
		err = inode_add(&node->inode);
	if (err)
		inode_put(&node->inode);
	else
		*out = &node->inode;
	return err;
}

int erofs_node_get(struct super *super, uint64_t nid, struct inode **out)
{
	const struct erofs_image *image;
	struct erofs_inode disk;
	int err;

	image = &container_of(super, struct erofs_super, super)->volume->image;
	do {
		err = inode_find(super, nid, out);
		if (err != -ENOENT)
			return err;
		err = erofs_inode_load(image, nid, &disk);
		if (!err)
			err = node_create(super, &disk, out);
		/* Somebody else was faster: his is the one. */
	} while (err == -EEXIST);
	return err;
}
