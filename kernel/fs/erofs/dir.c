/*
 * A directory is a file of blocks. A block begins with its entries, 12 bytes each,
 * and their names follow, in the same order and without gaps; the first entry's
 * name offset thus says how many there are. Entries are sorted by the bytes of
 * their names, over the whole directory, so a name is found by bisection: first the
 * block, by the first name of each, then the entry.
 */
#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

#define ENTRY_LEN 12u

enum {
	ENTRY_NID = 0,
	ENTRY_NAME = 8,
	ENTRY_TYPE = 10,
};

struct dir_block {
	struct erofs_view view;
	uint32_t count;
};

struct dir_name {
	const char *bytes;
	uint32_t len;
};

static int block_open(const struct erofs_image *image, const struct erofs_inode *dir,
		      uint64_t number, struct dir_block *out)
{
	uint64_t start = number << EROFS_BLOCK_SHIFT;
	struct erofs_extent extent;
	struct dir_block block;
	uint32_t first_name;
	uint64_t len;
	int err;

	err = erofs_map(image, dir, start, &extent);
	if (err)
		return err;
	/* Pieces of what is not compressed begin and end at blocks. */
	len = MIN(EROFS_BLOCK_SIZE, dir->size - start);
	if (extent.kind != EROFS_EXTENT_PLAIN || len < ENTRY_LEN)
		return -EUCLEAN;
	err = erofs_view_open(image, extent.data + (start - extent.start), (size_t)len,
			      &block.view);
	if (err)
		return err;
	first_name = le16_load(block.view.data + ENTRY_NAME);
	block.count = first_name / ENTRY_LEN;
	if (block.count == 0 || first_name % ENTRY_LEN != 0 || first_name >= len) {
		erofs_view_close(&block.view);
		return -EUCLEAN;
	}
	*out = block;
	return 0;
}

static void block_close(struct dir_block *block)
{
	erofs_view_close(&block->view);
}

static const uint8_t *entry_at(const struct dir_block *block, uint32_t i)
{
	return block->view.data + (size_t)i * ENTRY_LEN;
}

static int entry_name(const struct dir_block *block, uint32_t i, struct dir_name *out)
{
	uint32_t at = le16_load(entry_at(block, i) + ENTRY_NAME);
	uint32_t end = (uint32_t)block->view.len;
	uint32_t len;

	if (i + 1 < block->count)
		end = le16_load(entry_at(block, i + 1) + ENTRY_NAME);
	if (at < block->count * ENTRY_LEN || at >= end || end > block->view.len)
		return -EUCLEAN;
	out->bytes = (const char *)block->view.data + at;
	/* Behind the last name there may be zeros. */
	len = (uint32_t)strnlen(out->bytes, end - at);
	if (len == 0 || len > EROFS_NAME_MAX || (i + 1 < block->count && len != end - at) ||
	    memchr(out->bytes, '/', len))
		return -EUCLEAN;
	out->len = len;
	return 0;
}

static int compare_names(const struct dir_name *a, const struct dir_name *b)
{
	int order = memcmp(a->bytes, b->bytes, MIN(a->len, b->len));

	if (order)
		return order;
	return a->len == b->len ? 0 : a->len < b->len ? -1 : 1;
}

/* The last block whose first name is not behind the wanted one, opened. */
static int find_block(const struct erofs_image *image, const struct erofs_inode *dir,
		      const struct dir_name *wanted, struct dir_block *out)
{
	uint64_t low = 0, high = erofs_block_count_of(dir->size);
	struct dir_block block;
	struct dir_name name;
	int err;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		err = block_open(image, dir, middle, &block);
		if (err)
			return err;
		err = entry_name(&block, 0, &name);
		if (!err && compare_names(&name, wanted) <= 0)
			low = middle;
		else
			high = middle;
		block_close(&block);
		if (err)
			return err;
	}
	return block_open(image, dir, low, out);
}

static int find_entry(const struct dir_block *block, const struct dir_name *wanted, uint64_t *nid)
{
	uint32_t low = 0, high = block->count;
	struct dir_name name;
	int order, err;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		err = entry_name(block, middle, &name);
		if (err)
			return err;
		order = compare_names(wanted, &name);
		if (order == 0) {
			*nid = le64_load(entry_at(block, middle) + ENTRY_NID);
			return 0;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -ENOENT;
}

int erofs_dir_lookup(const struct erofs_image *image, const struct erofs_inode *dir,
		     const char *name, size_t len, uint64_t *nid)
{
	struct dir_name wanted = {.bytes = name, .len = (uint32_t)len};
	struct dir_block block;
	int err;

	if (!erofs_is_dir(dir))
		return -ENOTDIR;
	if (len == 0 || len > EROFS_NAME_MAX)
		return -ENOENT;
	err = find_block(image, dir, &wanted, &block);
	if (err)
		return err;
	err = find_entry(&block, &wanted, nid);
	block_close(&block);
	return err;
}

static int copy_entry(const struct dir_block *block, uint32_t i, struct erofs_dirent *out)
{
	const uint8_t *entry = entry_at(block, i);
	struct dir_name name;
	int err;

	err = entry_name(block, i, &name);
	if (err)
		return err;
	out->nid = le64_load(entry + ENTRY_NID);
	out->type = entry[ENTRY_TYPE] < EROFS_TYPE_COUNT ? entry[ENTRY_TYPE] : EROFS_TYPE_UNKNOWN;
	out->name_len = name.len;
	memcpy(out->name, name.bytes, name.len);
	out->name[name.len] = '\0';
	return 0;
}

/* A position is the block, and the place of the entry in the block. */
int erofs_dir_next(const struct erofs_image *image, const struct erofs_inode *dir,
		   uint64_t *position, struct erofs_dirent *out)
{
	uint64_t number = *position >> EROFS_BLOCK_SHIFT;
	uint32_t i = (uint32_t)(*position % EROFS_BLOCK_SIZE);
	struct dir_block block;
	int err;

	if (!erofs_is_dir(dir))
		return -ENOTDIR;
	do {
		if (number >= erofs_block_count_of(dir->size))
			return -ENOENT;
		err = block_open(image, dir, number, &block);
		if (err)
			return err;
		if (i < block.count)
			break;
		block_close(&block);
		number++;
		i = 0;
	} while (true);
	err = copy_entry(&block, i, out);
	block_close(&block);
	if (!err)
		*position = number << EROFS_BLOCK_SHIFT | (i + 1);
	return err;
}
