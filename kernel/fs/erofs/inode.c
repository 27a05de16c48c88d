#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

#define NID_SHIFT 5
#define COMPACT_LEN 32u
#define EXTENDED_LEN 64u
#define XATTR_HEADER_LEN 12u

/* The first field: which of two forms the inode has, and how its data lie. */
#define FORMAT_EXTENDED 1u
#define FORMAT_LAYOUT_SHIFT 1
#define FORMAT_LAYOUT_MASK 7u
#define FORMAT_KNOWN 0xfu

#define CHUNK_SHIFT_MASK 0x1fu
#define CHUNK_INDEXES 0x20u
#define CHUNK_KNOWN 0x3fu

/* Where fields are; first those that both forms have in the same place. */
enum {
	INODE_FORMAT = 0,
	INODE_XATTR_COUNT = 2,
	INODE_MODE = 4,
	INODE_UNION = 16,

	COMPACT_LINKS = 6,
	COMPACT_SIZE = 8,
	COMPACT_UID = 24,
	COMPACT_GID = 26,

	EXTENDED_SIZE = 8,
	EXTENDED_UID = 24,
	EXTENDED_GID = 28,
	EXTENDED_MTIME = 32,
	EXTENDED_MTIME_NS = 40,
	EXTENDED_LINKS = 44,
};

static void load_compact(const struct erofs_image *image, const uint8_t *raw,
			 struct erofs_inode *inode)
{
	inode->size = le32_load(raw + COMPACT_SIZE);
	inode->link_count = le16_load(raw + COMPACT_LINKS);
	inode->uid = le16_load(raw + COMPACT_UID);
	inode->gid = le16_load(raw + COMPACT_GID);
	inode->mtime = image->build_time;
	inode->mtime_ns = image->build_time_ns;
}

static void load_extended(const uint8_t *raw, struct erofs_inode *inode)
{
	inode->size = le64_load(raw + EXTENDED_SIZE);
	inode->link_count = le32_load(raw + EXTENDED_LINKS);
	inode->uid = le32_load(raw + EXTENDED_UID);
	inode->gid = le32_load(raw + EXTENDED_GID);
	inode->mtime = (int64_t)le64_load(raw + EXTENDED_MTIME);
	inode->mtime_ns = le32_load(raw + EXTENDED_MTIME_NS);
}

/* Blocks in a row, but for the end of the file, which may lie beside the inode. */
static int init_flat(const struct erofs_image *image, struct erofs_inode *inode, uint32_t block)
{
	uint64_t blocks = erofs_block_count_of(inode->size);
	uint64_t stored = blocks;

	inode->data_offset = (uint64_t)block << EROFS_BLOCK_SHIFT;
	if (inode->layout == EROFS_FLAT_INLINE && blocks > 0) {
		uint64_t tail_len = inode->size - ((blocks - 1) << EROFS_BLOCK_SHIFT);

		stored--;
		/* It does not reach into the next block. */
		if (tail_len > EROFS_BLOCK_SIZE - inode->meta_end % EROFS_BLOCK_SIZE ||
		    !range_fits(inode->meta_end, tail_len, image->source->size))
			return -EUCLEAN;
	}
	inode->stored_blocks = stored;
	if (stored && !range_fits(inode->data_offset, MIN(stored << EROFS_BLOCK_SHIFT, inode->size),
				  image->source->size))
		return -EUCLEAN;
	return 0;
}

static int init_chunked(const struct erofs_image *image, struct erofs_inode *inode, uint32_t format)
{
	uint32_t unit;
	uint64_t count;

	if (format & ~CHUNK_KNOWN)
		return -EOPNOTSUPP;
	inode->chunk_shift = EROFS_BLOCK_SHIFT + (format & CHUNK_SHIFT_MASK);
	inode->has_chunk_indexes = format & CHUNK_INDEXES;
	unit = inode->has_chunk_indexes ? 8 : 4;
	inode->data_offset = ALIGN_UP(inode->meta_end, unit);
	if (inode->size == 0)
		return 0;
	count = ((inode->size - 1) >> inode->chunk_shift) + 1;
	/* Sizes end at 2^63, so this does not wrap. */
	if (!range_fits(inode->data_offset, count * unit, image->source->size))
		return -EUCLEAN;
	inode->stored_blocks = erofs_block_count_of(inode->size);
	return 0;
}

/* As Linux stores a device number in 32 bits: the minor's upper part is on top. */
static void init_device(struct erofs_inode *inode, uint32_t number)
{
	inode->device_major = number >> 8 & 0xfff;
	inode->device_minor = (number & 0xff) | (number >> 12 & 0xfff00);
	inode->size = 0;
}

static int init_data(const struct erofs_image *image, struct erofs_inode *inode, uint32_t number)
{
	switch (inode->mode & EROFS_MODE_TYPE) {
	case EROFS_MODE_CHR:
	case EROFS_MODE_BLK:
	case EROFS_MODE_FIFO:
	case EROFS_MODE_SOCK:
		init_device(inode, number);
		return 0;
	case EROFS_MODE_LINK:
		if (inode->size == 0 || inode->size >= EROFS_LINK_MAX)
			return -EUCLEAN;
		break;
	case EROFS_MODE_DIR:
		if (erofs_is_compressed(inode) || inode->size == 0)
			return -EUCLEAN;
		break;
	case EROFS_MODE_REG:
		break;
	default:
		return -EUCLEAN;
	}

	if (erofs_is_compressed(inode)) {
		inode->stored_blocks = number;
		return erofs_cluster_init(image, inode);
	}
	return inode->layout == EROFS_CHUNKED ? init_chunked(image, inode, number)
					      : init_flat(image, inode, number);
}

int erofs_inode_load(const struct erofs_image *image, uint64_t nid, struct erofs_inode *out)
{
	struct erofs_inode inode = {.nid = nid};
	uint8_t raw[EXTENDED_LEN];
	uint32_t format, xattr_count, len;
	uint64_t at;
	int err;

	if (shl_overflows(nid, NID_SHIFT, &at) || add_overflows(at, image->meta_offset, &at))
		return -EUCLEAN;
	err = erofs_fetch(image, at, raw, COMPACT_LEN);
	if (err)
		return err;
	format = le16_load(raw + INODE_FORMAT);
	if (format & ~FORMAT_KNOWN)
		return -EOPNOTSUPP;
	inode.layout = format >> FORMAT_LAYOUT_SHIFT & FORMAT_LAYOUT_MASK;
	if (inode.layout >= EROFS_LAYOUT_COUNT)
		return -EOPNOTSUPP;
	len = format & FORMAT_EXTENDED ? EXTENDED_LEN : COMPACT_LEN;
	if (len == EXTENDED_LEN) {
		err = erofs_fetch(image, at + COMPACT_LEN, raw + COMPACT_LEN, len - COMPACT_LEN);
		if (err)
			return err;
		load_extended(raw, &inode);
	} else {
		load_compact(image, raw, &inode);
	}
	if (inode.size > INT64_MAX)
		return -EUCLEAN;

	inode.mode = le16_load(raw + INODE_MODE);
	xattr_count = le16_load(raw + INODE_XATTR_COUNT);
	inode.xattr_offset = at + len;
	inode.xattr_len = xattr_count ? XATTR_HEADER_LEN + (xattr_count - 1) * 4 : 0;
	inode.meta_end = inode.xattr_offset + inode.xattr_len;
	if (inode.meta_end > image->source->size)
		return -EUCLEAN;
	err = init_data(image, &inode, le32_load(raw + INODE_UNION));
	if (err)
		return err;
	*out = inode;
	return 0;
}
