#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/lz4.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

/* The stored blocks of a flat file as one piece, and the end beside the inode. */
static void map_flat(const struct erofs_inode *inode, uint64_t offset, struct erofs_extent *out)
{
	uint64_t stored = inode->stored_blocks << EROFS_BLOCK_SHIFT;

	out->kind = EROFS_EXTENT_PLAIN;
	if (offset < stored) {
		out->start = 0;
		out->len = MIN(stored, inode->size);
		out->data = inode->data_offset;
	} else {
		out->start = stored;
		out->len = inode->size - stored;
		out->data = inode->meta_end;
	}
	out->data_len = out->len;
}

static int map_chunk(const struct erofs_image *image, const struct erofs_inode *inode,
		     uint64_t offset, struct erofs_extent *out)
{
	uint64_t number = offset >> inode->chunk_shift;
	uint32_t unit = inode->has_chunk_indexes ? 8 : 4;
	uint8_t raw[8];
	uint32_t block;
	int err;

	err = erofs_fetch(image, inode->data_offset + number * unit, raw, unit);
	if (err)
		return err;
	block = le32_load(raw + unit - 4);
	/* The device that has the chunk: 0 is the image itself. */
	if (inode->has_chunk_indexes && block != EROFS_NO_BLOCK && le16_load(raw + 2) != 0)
		return -EOPNOTSUPP;
	out->start = number << inode->chunk_shift;
	out->len = MIN(1ull << inode->chunk_shift, inode->size - out->start);
	out->kind = block == EROFS_NO_BLOCK ? EROFS_EXTENT_HOLE : EROFS_EXTENT_PLAIN;
	out->data = block == EROFS_NO_BLOCK ? 0 : (uint64_t)block << EROFS_BLOCK_SHIFT;
	out->data_len = block == EROFS_NO_BLOCK ? 0 : out->len;
	return range_fits(out->data, out->data_len, image->source->size) ? 0 : -EUCLEAN;
}

int erofs_map(const struct erofs_image *image, const struct erofs_inode *inode, uint64_t offset,
	      struct erofs_extent *out)
{
	if (offset >= inode->size)
		return -EINVAL;
	if (erofs_is_compressed(inode))
		return erofs_cluster_map(image, inode, offset, out);
	if (inode->layout == EROFS_CHUNKED)
		return map_chunk(image, inode, offset, out);
	map_flat(inode, offset, out);
	return 0;
}

/* Where the block begins in the cluster: no block begins with a zero byte. */
static size_t front_padding(const struct erofs_image *image, const struct erofs_view *view)
{
	size_t skip = 0;

	if (image->features & EROFS_FEATURE_FRONT_PADDING) {
		while (skip < view->len && view->data[skip] == 0)
			skip++;
	}
	return skip;
}

/* Decodes a whole piece to where the caller wants it. */
static int decode(const struct erofs_image *image, const struct erofs_extent *extent, void *buf)
{
	struct erofs_view view;
	size_t skip, produced;
	int err;

	err = erofs_view_open(image, extent->data, (size_t)extent->data_len, &view);
	if (err)
		return err;
	skip = front_padding(image, &view);
	err = lz4_decode(view.data + skip, view.len - skip, buf, (size_t)extent->len, &produced);
	erofs_view_close(&view);
	return err || produced != extent->len ? -EUCLEAN : 0;
}

static void scratch_drop(struct erofs_scratch *scratch)
{
	struct erofs_view view = {
		.data = scratch->data, .copy = scratch->copy, .len = scratch->data_len};

	erofs_view_close(&view);
	scratch->copy = NULL;
	scratch->is_valid = false;
}

void erofs_scratch_fini(struct erofs_scratch *scratch)
{
	scratch_drop(scratch);
	if (scratch->window)
		kmem_free(scratch->window, LZ4_WINDOW_SIZE);
	memset(scratch, 0, sizeof(*scratch));
}

/* scratch is at the beginning of the piece. */
static int scratch_start(const struct erofs_image *image, const struct erofs_inode *inode,
			 const struct erofs_extent *extent, struct erofs_scratch *scratch)
{
	struct erofs_view view;
	size_t skip;
	int err;

	scratch_drop(scratch);
	if (!scratch->window)
		scratch->window = kmem_alloc(LZ4_WINDOW_SIZE);
	if (!scratch->window)
		return -ENOMEM;
	err = erofs_view_open(image, extent->data, (size_t)extent->data_len, &view);
	if (err)
		return err;
	scratch->data = view.data;
	scratch->copy = view.copy;
	scratch->data_len = view.len;
	scratch->nid = inode->nid;
	scratch->start = extent->start;
	scratch->is_valid = true;
	skip = front_padding(image, &view);
	lz4_stream_start(&scratch->stream, view.data + skip, view.len - skip, scratch->window);
	return 0;
}

static int scratch_read(struct erofs_scratch *scratch, void *buf, size_t len)
{
	if (!lz4_stream_read(&scratch->stream, buf, len))
		return 0;
	scratch_drop(scratch);
	return -EUCLEAN;
}

/* scratch is at byte skip of the piece. */
static int scratch_seek(const struct erofs_image *image, const struct erofs_inode *inode,
			const struct erofs_extent *extent, uint64_t skip,
			struct erofs_scratch *scratch)
{
	int err;

	if (!scratch->is_valid || scratch->nid != inode->nid || scratch->start != extent->start ||
	    scratch->stream.produced > skip) {
		err = scratch_start(image, inode, extent, scratch);
		if (err)
			return err;
	}
	return scratch_read(scratch, NULL, (size_t)(skip - scratch->stream.produced));
}

int erofs_read(const struct erofs_image *image, const struct erofs_inode *inode, uint64_t offset,
	       void *buf, size_t len, struct erofs_scratch *scratch)
{
	struct erofs_extent extent;
	uint8_t *out = buf;
	uint64_t skip;
	size_t part;
	int err = 0;

	if (!range_fits(offset, len, inode->size))
		return -EINVAL;
	for (; len && !err; len -= part, out += part, offset += part) {
		err = erofs_map(image, inode, offset, &extent);
		if (err)
			return err;
		skip = offset - extent.start;
		part = (size_t)MIN(extent.len - skip, len);
		if (extent.kind == EROFS_EXTENT_HOLE) {
			memset(out, 0, part);
		} else if (extent.kind == EROFS_EXTENT_PLAIN) {
			err = erofs_fetch(image, extent.data + skip, out, part);
		} else if (part == extent.len) {
			err = decode(image, &extent, out);
		} else {
			err = scratch_seek(image, inode, &extent, skip, scratch);
			if (!err)
				err = scratch_read(scratch, out, part);
		}
	}
	return err;
}
