/*
 * Uses every function of the EROFS decoder on everything that an image reaches, for
 * tests that only care that nothing breaks. Bounded by a budget, since an image may
 * contain itself.
 */
#ifndef TESTS_UNIT_FS_EROFS_WALK_H
#define TESTS_UNIT_FS_EROFS_WALK_H

#include <stdlib.h>
#include <string.h>

#include "kernel/fs/erofs/erofs.h"
#include "kernel/lib/errno.h"

#define EROFS_WALK_DEPTH 8

struct erofs_walk {
	const struct erofs_image *image;
	struct erofs_scratch scratch;
	uint64_t inode_budget;
	uint64_t byte_budget;
	const char *problem; /* a broken promise; NULL: none */
};

static inline void erofs_walk_result(struct erofs_walk *walk, int err)
{
	if (err && err != -EUCLEAN && err != -EOPNOTSUPP && err != -ENOMEM && err != -EIO)
		walk->problem = "an error that is not promised";
}

static inline uint64_t erofs_walk_spend(struct erofs_walk *walk, uint64_t bytes)
{
	bytes = bytes < walk->byte_budget ? bytes : walk->byte_budget;
	walk->byte_budget -= bytes;
	return bytes;
}

/* Each piece of the file, and some bytes at its beginning and end. */
static inline void erofs_walk_data(struct erofs_walk *walk, const struct erofs_inode *inode)
{
	struct erofs_extent extent;
	uint8_t byte[2];
	uint64_t at = 0;
	uint8_t *whole;
	size_t len;
	int err;

	for (; at < inode->size && walk->byte_budget; at = extent.start + extent.len) {
		err = erofs_map(walk->image, inode, at, &extent);
		erofs_walk_result(walk, err);
		if (err)
			return;
		if (extent.start > at || extent.len == 0 || extent.len > inode->size ||
		    extent.start + extent.len <= at || extent.start + extent.len > inode->size)
			walk->problem = "a piece that does not hold its offset";
		if (extent.kind != EROFS_EXTENT_HOLE &&
		    (extent.data > walk->image->source->size ||
		     extent.data_len > walk->image->source->size - extent.data))
			walk->problem = "a piece outside the image";
		if (walk->problem)
			return;
		erofs_walk_spend(walk, 64);
		erofs_walk_result(walk,
				  erofs_read(walk->image, inode, at, byte, 1, &walk->scratch));
		at = extent.start + extent.len - 1;
		erofs_walk_result(walk,
				  erofs_read(walk->image, inode, at, byte, 1, &walk->scratch));
	}
	len = (size_t)erofs_walk_spend(walk, inode->size < 65536 ? inode->size : 65536);
	whole = malloc(len + 1);
	erofs_walk_result(walk, erofs_read(walk->image, inode, 0, whole, len, &walk->scratch));
	free(whole);
	if (erofs_read(walk->image, inode, inode->size, byte, 1, &walk->scratch) != -EINVAL)
		walk->problem = "a read beyond the end";
}

static inline void erofs_walk_xattrs(struct erofs_walk *walk, const struct erofs_inode *inode)
{
	struct erofs_xattr_walk at = {0};
	struct erofs_xattr xattr;
	uint8_t value[256];
	size_t len;
	int err;

	while (erofs_walk_spend(walk, 64)) {
		err = erofs_xattr_next(walk->image, inode, &at, &xattr);
		if (err == -ENODATA)
			return;
		erofs_walk_result(walk, err);
		if (err)
			return;
		err = erofs_xattr_get(walk->image, inode, xattr.name, value, sizeof(value), &len);
		if (err != -ERANGE)
			erofs_walk_result(walk, err);
	}
}

static inline void erofs_walk_inode(struct erofs_walk *walk, uint64_t nid, uint32_t depth);

static inline void erofs_walk_dir(struct erofs_walk *walk, const struct erofs_inode *dir,
				  uint32_t depth)
{
	struct erofs_dirent entry;
	uint64_t position = 0, nid;
	int err;

	while (erofs_walk_spend(walk, 64)) {
		err = erofs_dir_next(walk->image, dir, &position, &entry);
		if (err == -ENOENT)
			return;
		erofs_walk_result(walk, err);
		if (err)
			return;
		if (strlen(entry.name) != entry.name_len || strchr(entry.name, '/'))
			walk->problem = "a name that is none";
		err = erofs_dir_lookup(walk->image, dir, entry.name, entry.name_len, &nid);
		/* Where names are not sorted, they are not found. */
		if (err != -ENOENT)
			erofs_walk_result(walk, err);
		if (strcmp(entry.name, ".") != 0 && strcmp(entry.name, "..") != 0)
			erofs_walk_inode(walk, entry.nid, depth + 1);
	}
}

static inline void erofs_walk_inode(struct erofs_walk *walk, uint64_t nid, uint32_t depth)
{
	struct erofs_inode inode;
	int err;

	if (walk->inode_budget == 0 || depth > EROFS_WALK_DEPTH || walk->problem)
		return;
	walk->inode_budget--;
	err = erofs_inode_load(walk->image, nid, &inode);
	erofs_walk_result(walk, err);
	if (err)
		return;
	erofs_walk_data(walk, &inode);
	erofs_walk_xattrs(walk, &inode);
	if ((inode.mode & 0170000) == 0040000)
		erofs_walk_dir(walk, &inode, depth);
}

/* NULL, or which promise was broken. */
static inline const char *erofs_walk_image(struct erofs_source *source, uint64_t inode_budget,
					   uint64_t byte_budget)
{
	struct erofs_image image;
	struct erofs_walk walk = {
		.image = &image, .inode_budget = inode_budget, .byte_budget = byte_budget};
	int err = erofs_image_open(&image, source);

	if (err == -EINVAL)
		return NULL;
	erofs_walk_result(&walk, err);
	if (!err)
		erofs_walk_inode(&walk, image.root_nid, 0);
	erofs_scratch_fini(&walk.scratch);
	return walk.problem;
}

#endif
