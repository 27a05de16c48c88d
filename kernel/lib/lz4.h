/*
 * LZ4 blocks, decoded (the format is that of lz4_Block_format.md of the LZ4
 * project). Pure: the bytes may be anything, no access leaves either buffer.
 */
#ifndef KERNEL_LIB_LZ4_H
#define KERNEL_LIB_LZ4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* As far back as a match reaches, and a byte more. */
#define LZ4_WINDOW_SIZE 65536u

/* A block on its way through a window, for those that are too large to hold. */
struct lz4_stream {
	const uint8_t *at; /* in the block */
	const uint8_t *end;
	uint8_t *window;   /* the last bytes that came out; a ring */
	uint64_t produced; /* bytes that came out */
	size_t literals;   /* of this sequence, that are still to come */
	size_t match;	   /* the same */
	size_t step;	   /* how far back to copy from: a multiple of the match's distance */
	size_t reach;	   /* how far back the pattern of the match goes by now */
	bool has_match;	   /* whether a match follows the literals */
};

/* src and the window, LZ4_WINDOW_SIZE bytes, stay the caller's and must live as long. */
void lz4_stream_start(struct lz4_stream *stream, const void *src, size_t src_len, void *window);

/*
 * The next len bytes, to dst, or nowhere if that is NULL. 0, or -EINVAL when the
 * block is malformed or ends before; then the stream is of no more use.
 */
MUST_CHECK int lz4_stream_read(struct lz4_stream *stream, void *dst, size_t len);

#endif
