/*
 * LZ4 blocks, decoded (the format is that of lz4_Block_format.md of the LZ4
 * project). Pure: the bytes may be anything, no access leaves either buffer.
 */
#ifndef KERNEL_LIB_LZ4_H
#define KERNEL_LIB_LZ4_H

#include <stddef.h>

#include "kernel/lib/compiler.h"

/* No block expands to more than so many bytes for one of its own. */
#define LZ4_MAX_RATIO 255u

/*
 * Decodes the block at src until dst is full or the block ends; *produced is how
 * many bytes came out. A dst shorter than the block's contents gets their
 * beginning, and what follows in src is not looked at. src and dst do not overlap.
 * 0, or -EINVAL when src is not the beginning of a block; then dst holds anything.
 */
MUST_CHECK int lz4_decode(const void *src, size_t src_len, void *dst, size_t dst_len,
			  size_t *produced);

#endif
