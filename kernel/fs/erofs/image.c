#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

#define SUPER_OFFSET 1024u
#define SUPER_LEN 128u
#define MAGIC 0xe0f5e1e2u
#define COMPAT_CHECKSUM 1u

/* Where fields of the super block are. */
enum {
	SB_MAGIC = 0,
	SB_CHECKSUM = 4,
	SB_COMPAT = 8,
	SB_BLOCK_SHIFT = 12,
	SB_EXTRA_SLOTS = 13,
	SB_ROOT_NID = 14,
	SB_INODES = 16,
	SB_BUILD_TIME = 24,
	SB_BUILD_TIME_NS = 32,
	SB_BLOCKS = 36,
	SB_META_BLOCK = 40,
	SB_XATTR_BLOCK = 44,
	SB_UUID = 48,
	SB_LABEL = 64,
	SB_FEATURES = 80,
	SB_ALGORITHMS = 84,
	SB_DIR_BLOCK_SHIFT = 90,
};

int erofs_fetch(const struct erofs_image *image, uint64_t offset, void *buf, size_t len)
{
	struct erofs_source *source = image->source;

	if (!range_fits(offset, len, source->size))
		return -EUCLEAN;
	if (!source->memory)
		return len ? source->read(source, offset, buf, len) : 0;
	memcpy(buf, source->memory + offset, len);
	return 0;
}

int erofs_view_open(const struct erofs_image *image, uint64_t offset, size_t len,
		    struct erofs_view *out)
{
	struct erofs_view view = {.len = len};
	int err;

	if (!range_fits(offset, len, image->source->size))
		return -EUCLEAN;
	if (image->source->memory) {
		view.data = image->source->memory + offset;
		*out = view;
		return 0;
	}
	view.copy = kmem_alloc(len);
	if (!view.copy)
		return -ENOMEM;
	err = erofs_fetch(image, offset, view.copy, len);
	if (err) {
		kmem_free(view.copy, len);
		return err;
	}
	view.data = view.copy;
	*out = view;
	return 0;
}

void erofs_view_close(struct erofs_view *view)
{
	kmem_free(view->copy, view->len);
}

/*
 * The sum goes over the rest of the first block, its own field taken as zero, and
 * is stored without the inversion at the end that is usual with CRC-32C.
 */
static int check_sum(const struct erofs_image *image, const uint8_t *super)
{
	static const uint8_t zero[4];
	struct erofs_view rest;
	uint32_t sum;
	int err;

	err = erofs_view_open(image, SUPER_OFFSET + SUPER_LEN,
			      EROFS_BLOCK_SIZE - SUPER_OFFSET - SUPER_LEN, &rest);
	if (err)
		return err;
	sum = crc32c(0, super, SB_CHECKSUM);
	sum = crc32c(sum, zero, sizeof(zero));
	sum = crc32c(sum, super + SB_COMPAT, SUPER_LEN - SB_COMPAT);
	sum = crc32c(sum, rest.data, rest.len);
	erofs_view_close(&rest);
	return ~sum == le32_load(super + SB_CHECKSUM) ? 0 : -EUCLEAN;
}

/*
 * With large clusters, descriptions of the algorithms in use follow the super
 * block, each with its length before it; LZ4 (bit 0) is the first. Without, the
 * field of algorithms is something else.
 */
static int load_algorithms(struct erofs_image *image, const uint8_t *super)
{
	uint64_t at = SUPER_OFFSET + SUPER_LEN + super[SB_EXTRA_SLOTS] * 16u;
	uint32_t algorithms = le16_load(super + SB_ALGORITHMS);
	uint8_t lz4[6];
	int err;

	image->max_cluster_blocks = 1;
	if (!(image->features & EROFS_FEATURE_BIG_CLUSTER) || algorithms == 0)
		return 0;
	if (algorithms != 1)
		return -EOPNOTSUPP;
	err = erofs_fetch(image, at, lz4, sizeof(lz4));
	if (err)
		return err;
	/* Length, largest distance of a match, largest cluster. */
	if (le16_load(lz4) < sizeof(lz4) - 2)
		return -EUCLEAN;
	image->max_cluster_blocks = MAX(le16_load(lz4 + 4), 1);
	return image->max_cluster_blocks > EROFS_CLUSTER_MAX / EROFS_BLOCK_SIZE ? -EUCLEAN : 0;
}

static void load_numbers(struct erofs_image *image, const uint8_t *super)
{
	image->features = le32_load(super + SB_FEATURES);
	image->meta_offset = (uint64_t)le32_load(super + SB_META_BLOCK) << EROFS_BLOCK_SHIFT;
	image->xattr_offset = (uint64_t)le32_load(super + SB_XATTR_BLOCK) << EROFS_BLOCK_SHIFT;
	image->root_nid = le16_load(super + SB_ROOT_NID);
	image->inode_count = le64_load(super + SB_INODES);
	image->block_count = le32_load(super + SB_BLOCKS);
	image->build_time = (int64_t)le64_load(super + SB_BUILD_TIME);
	image->build_time_ns = le32_load(super + SB_BUILD_TIME_NS);
	memcpy(image->uuid, super + SB_UUID, sizeof(image->uuid));
	memcpy(image->label, super + SB_LABEL, sizeof(image->label) - 1);
}

int erofs_image_open(struct erofs_image *image, struct erofs_source *source)
{
	uint8_t super[SUPER_LEN];
	struct erofs_inode root;
	int err;

	memset(image, 0, sizeof(*image));
	image->source = source;
	if (source->size < SUPER_OFFSET + SUPER_LEN)
		return -EINVAL;
	err = erofs_fetch(image, SUPER_OFFSET, super, sizeof(super));
	if (err)
		return err;
	if (le32_load(super + SB_MAGIC) != MAGIC)
		return -EINVAL;
	if (super[SB_BLOCK_SHIFT] != EROFS_BLOCK_SHIFT || super[SB_DIR_BLOCK_SHIFT] != 0)
		return -EOPNOTSUPP;
	load_numbers(image, super);
	if (image->features & ~EROFS_FEATURES_KNOWN)
		return -EOPNOTSUPP;
	if (image->block_count == 0 || image->block_count > source->size >> EROFS_BLOCK_SHIFT)
		return -EUCLEAN;
	if (le32_load(super + SB_COMPAT) & COMPAT_CHECKSUM) {
		err = check_sum(image, super);
		if (err)
			return err;
	}
	err = load_algorithms(image, super);
	if (err)
		return err;
	err = erofs_inode_load(image, image->root_nid, &root);
	if (err)
		return err;
	return erofs_is_dir(&root) ? 0 : -EUCLEAN;
}
