#include "kernel/core/selftest.h"

#include "kernel/fs/erofs/erofs.h"
#include "kernel/fs/erofs/mount.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/super.h"
#include "kernel/vm/filecache.h"
#include "kernel/vm/vmobj.h"

/*
 * An image made by hand: block 1 has the inodes, 2 the root directory, 3 the plain
 * file, 4 the compressed one, which is one letter over and over.
 */
#define BLOCKS 5u
#define BLOCK 4096ul
#define IMAGE_LEN (BLOCKS * BLOCK)
#define META BLOCK
#define ROOT_NID 1u
#define PLAIN_NID 4u
#define LZ4_NID 8u
#define LINK_NID 16u
#define LZ4_SIZE (3 * BLOCK)

static const char plain_text[] = "in a block of its own";
static const char link_text[] = "plain";

static void put(uint8_t *image, size_t at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++, value >>= 8)
		image[at + i] = (uint8_t)value;
}

static size_t inode_at(uint32_t nid)
{
	return META + (size_t)nid * 32;
}

static void put_inode(uint8_t *image, uint32_t nid, enum erofs_layout layout, uint32_t mode,
		      uint32_t size)
{
	put(image, inode_at(nid), (uint64_t)layout << 1, 2);
	put(image, inode_at(nid) + 4, mode, 2);
	put(image, inode_at(nid) + 6, 1, 2);
	put(image, inode_at(nid) + 8, size, 4);
}

static void put_root(uint8_t *image)
{
	static const char names[] = "...linklz4plain";
	static const uint8_t nids[] = {ROOT_NID, ROOT_NID, LINK_NID, LZ4_NID, PLAIN_NID};
	static const uint8_t name_at[] = {0, 1, 3, 7, 10};
	size_t block = 2 * BLOCK;
	size_t head = sizeof(nids) * 12;

	for (size_t i = 0; i < sizeof(nids); i++) {
		put(image, block + i * 12, nids[i], 8);
		put(image, block + i * 12 + 8, head + name_at[i], 2);
		put(image, block + i * 12 + 10, i < 2 ? 2 : 1, 1);
	}
	memcpy(image + block + head, names, sizeof(names) - 1);
	put_inode(image, ROOT_NID, EROFS_FLAT_PLAIN, 0040755, (uint32_t)(head + sizeof(names) - 1));
	put(image, inode_at(ROOT_NID) + 16, 2, 4);
}

/* A letter, and a match of the rest; one head and two followers. */
static void put_compressed(uint8_t *image)
{
	size_t index = inode_at(LZ4_NID) + 32 + 16;
	size_t at = 4 * BLOCK;
	size_t rest = LZ4_SIZE - 1 - 4 - 15;

	put_inode(image, LZ4_NID, EROFS_COMPRESSED_FULL, 0100644, LZ4_SIZE);
	put(image, index, 1, 4);
	put(image, index + 4, 4, 4);
	for (size_t i = 1; i < 3; i++) {
		put(image, index + i * 8, 2, 4);
		put(image, index + i * 8 + 4, i, 4);
	}
	put(image, at, 0x0001411f, 5);
	at += 5 - 1;
	for (; rest >= 255; rest -= 255)
		image[at++] = 255;
	image[at] = (uint8_t)rest;
}

static uint8_t *make_image(void)
{
	uint8_t *image = kmem_zalloc(IMAGE_LEN);

	if (!image)
		return NULL;
	put(image, 1024, EROFS_MAGIC, 4);
	put(image, 1024 + 12, EROFS_BLOCK_SHIFT, 1);
	put(image, 1024 + 14, ROOT_NID, 2);
	put(image, 1024 + 36, BLOCKS, 4);
	put(image, 1024 + 40, 1, 4);
	put_root(image);
	put_compressed(image);
	put_inode(image, PLAIN_NID, EROFS_FLAT_PLAIN, 0100644, sizeof(plain_text) - 1);
	put(image, inode_at(PLAIN_NID) + 16, 3, 4);
	memcpy(image + 3 * BLOCK, plain_text, sizeof(plain_text) - 1);
	put_inode(image, LINK_NID, EROFS_FLAT_INLINE, 0120777, sizeof(link_text) - 1);
	memcpy(image + inode_at(LINK_NID) + 32, link_text, sizeof(link_text) - 1);
	return image;
}

/* The inode of a name in the root, with a reference, or NULL. */
static struct inode *find(struct super *super, const char *text)
{
	struct vfs_name name = {.text = text, .len = (uint32_t)strlen(text)};
	struct dentry *dentry;
	struct inode *inode;

	name.hash = name_hash(name.text, name.len);
	if (dentry_lookup(super->root, &name, &dentry))
		return NULL;
	inode = dentry_inode(dentry);
	if (inode)
		inode_get(inode);
	dentry_put(dentry);
	return inode;
}

/* A whole file of at most LZ4_SIZE bytes: how many it has. */
static int64_t read_all(struct inode *inode, uint8_t *buf)
{
	struct file *file;
	ssize_t len;

	if (!inode || file_create(inode, NULL, inode->file_ops, OPEN_READ, NULL, &file))
		return -1;
	len = file_read_kernel(file, buf, LZ4_SIZE, 0);
	file_put(file);
	return len;
}

static void check_files(struct super *super, uint8_t *buf)
{
	struct inode *plain = find(super, "plain");
	struct inode *lz4 = find(super, "lz4");
	struct inode *link = find(super, "link");
	size_t wrong = 0;

	SELFTEST_CHECK_EQ(read_all(plain, buf), sizeof(plain_text) - 1);
	SELFTEST_CHECK(memcmp(buf, plain_text, sizeof(plain_text) - 1) == 0);
	SELFTEST_CHECK_EQ(read_all(lz4, buf), LZ4_SIZE);
	for (size_t i = 0; i < LZ4_SIZE; i++)
		wrong += buf[i] != 'A';
	SELFTEST_CHECK_EQ(wrong, 0);
	SELFTEST_CHECK(link && link->symlink && strcmp(link->symlink, link_text) == 0);
	SELFTEST_CHECK(!find(super, "no such"));
	if (plain)
		inode_put(plain);
	if (lz4)
		inode_put(lz4);
	if (link)
		inode_put(link);
}

SELFTEST(files_of_an_image, "erofs.files",
	 "files of an image are found by name and read, plain and compressed; nothing leaks")
{
	uint64_t supers = super_count(), inodes = inode_count();
	uint8_t *image = make_image();
	uint8_t *buf = kmem_alloc(LZ4_SIZE);
	struct super *super;
	int err;

	SELFTEST_REQUIRE(image && buf);
	err = erofs_create(image, IMAGE_LEN, NULL, &super);
	SELFTEST_CHECK_EQ(err, 0);
	if (!err) {
		check_files(super, buf);
		SELFTEST_CHECK_EQ(super_begin_write(super), -EROFS);
		super_put(super);
	}
	SELFTEST_CHECK_EQ(super_count(), supers);
	SELFTEST_CHECK_EQ(inode_count(), inodes);
	kmem_free(buf, LZ4_SIZE);
	kmem_free(image, IMAGE_LEN);
}

SELFTEST(pages_outlive_the_mount, "erofs.pages",
	 "a mapped file of an image is there when its mount is gone")
{
	uint64_t used;
	uint8_t *image = make_image();
	struct vmobj *object = NULL;
	struct super *super;
	struct inode *inode;
	uint8_t byte = 0;

	SELFTEST_REQUIRE(image);
	used = kmem_used_count();
	SELFTEST_REQUIRE(erofs_create(image, IMAGE_LEN, NULL, &super) == 0);
	inode = find(super, "lz4");
	if (inode) {
		object = filecache_object(inode->cache);
		vmobj_get(object);
		inode_put(inode);
	}
	super_put(super);
	SELFTEST_REQUIRE(object);
	SELFTEST_CHECK_EQ(vmobj_read(object, LZ4_SIZE - 1, &byte, 1), 0);
	SELFTEST_CHECK_EQ(byte, 'A');
	SELFTEST_CHECK_EQ(vmobj_read(object, LZ4_SIZE, &byte, 1), -ENXIO);
	vmobj_put(object);
	SELFTEST_CHECK_EQ(kmem_used_count(), used);
	kmem_free(image, IMAGE_LEN);
}

SELFTEST(broken_image_is_refused, "erofs.broken",
	 "an image that is cut or has a broken root is refused and leaves nothing")
{
	uint8_t *image = make_image();
	struct super *super;
	uint64_t used;

	SELFTEST_REQUIRE(image);
	used = kmem_used_count();
	SELFTEST_CHECK_EQ(erofs_create(image, IMAGE_LEN - 1, NULL, &super), -EUCLEAN);
	SELFTEST_CHECK_EQ(erofs_create(image, 10, NULL, &super), -EINVAL);
	put_inode(image, ROOT_NID, EROFS_FLAT_PLAIN, 0100644, 10);
	SELFTEST_CHECK_EQ(erofs_create(image, IMAGE_LEN, NULL, &super), -EUCLEAN);
	SELFTEST_CHECK_EQ(kmem_used_count(), used);
	kmem_free(image, IMAGE_LEN);
}
