/*
 * What the parts of the decoder share: where numbers lie in the image (the kernel's
 * documentation of the format, filesystems/erofs.rst), and ways to get at bytes.
 */
#ifndef KERNEL_FS_EROFS_EROFS_IMPL_H
#define KERNEL_FS_EROFS_EROFS_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/fs/erofs/erofs.h"
#include "kernel/lib/compiler.h"

/* Features that a reader must know. Two of them share their bit with another. */
#define EROFS_FEATURE_FRONT_PADDING 0x01u /* compressed data end with their cluster */
#define EROFS_FEATURE_BIG_CLUSTER 0x02u	  /* or descriptions of algorithms */
#define EROFS_FEATURE_CHUNKS 0x04u
#define EROFS_FEATURE_TAIL_CLUSTER 0x10u
#define EROFS_FEATURES_KNOWN 0x17u

/* No block: a hole in a file of chunks. */
#define EROFS_NO_BLOCK UINT32_MAX

/* Types in a mode. */
#define EROFS_MODE_TYPE 0170000u
#define EROFS_MODE_FIFO 0010000u
#define EROFS_MODE_CHR 0020000u
#define EROFS_MODE_DIR 0040000u
#define EROFS_MODE_BLK 0060000u
#define EROFS_MODE_REG 0100000u
#define EROFS_MODE_LINK 0120000u
#define EROFS_MODE_SOCK 0140000u

/* Bytes of the image: where they are, or a copy of them. */
struct erofs_view {
	const uint8_t *data;
	uint8_t *copy; /* NULL: in place */
	size_t len;
};

/* Copies bytes of the image; -EUCLEAN when they do not lie in it. */
MUST_CHECK int erofs_fetch(const struct erofs_image *image, uint64_t offset, void *buf, size_t len);

/* The same without a copy where that is possible; len is 1 to EROFS_CLUSTER_MAX. */
MUST_CHECK int erofs_view_open(const struct erofs_image *image, uint64_t offset, size_t len,
			       struct erofs_view *out);
void erofs_view_close(struct erofs_view *view);

static inline uint64_t erofs_block_count_of(uint64_t size)
{
	return (size >> EROFS_BLOCK_SHIFT) + ((size & (EROFS_BLOCK_SIZE - 1)) != 0);
}

static inline bool erofs_is_dir(const struct erofs_inode *inode)
{
	return (inode->mode & EROFS_MODE_TYPE) == EROFS_MODE_DIR;
}

static inline bool erofs_is_compressed(const struct erofs_inode *inode)
{
	return inode->layout == EROFS_COMPRESSED_FULL || inode->layout == EROFS_COMPRESSED_COMPACT;
}

/* Completes and checks an inode whose data are compressed. */
MUST_CHECK int erofs_cluster_init(const struct erofs_image *image, struct erofs_inode *inode);

/* erofs_map for such an inode; offset is below its size. */
MUST_CHECK int erofs_cluster_map(const struct erofs_image *image, const struct erofs_inode *inode,
				 uint64_t offset, struct erofs_extent *out);

#endif
