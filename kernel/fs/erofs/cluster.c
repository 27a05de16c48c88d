/*
 * Where the pieces of a compressed file are.
 *
 * The file is cut into clusters of 4 KiB. Each has an index, which says that a
 * piece begins in the cluster, and at which byte (a head), or that none does (a
 * follower), with the distance to the head. A piece goes on to where the next one
 * begins. Its bytes are stored plain in one block, or compressed in one or more.
 *
 *	cluster     0       1       2       3
 *	index     head 0  follow  head 9  head 5
 *	piece     |---------------|-------|-----...
 *		                  ^ byte 9 of cluster 2
 *
 * Indexes are stored in two forms. Full ones have 8 bytes each. Compact ones come in
 * packs of 2 or 16, of 14 or 16 bits each, with one block number at the end of the
 * pack: the block of a head is that number plus the blocks of the heads before it in
 * the pack. So the packs of a large file are small, and any index is found in one step.
 * Packs of 16 are aligned to their 32 bytes; before the first such boundary and
 * behind the last one that is full, packs have 2.
 *
 * How many blocks the cluster of a head has is in the index of the first follower,
 * in place of its distance, which is 1.
 */
#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/lz4.h"

#define CLUSTER_SHIFT EROFS_BLOCK_SHIFT
#define CLUSTER_SIZE (1u << CLUSTER_SHIFT)
#define HEADER_LEN 8u
#define FULL_INDEX_LEN 8u
/* Full indexes are this far behind the header. */
#define FULL_GAP 8u

#define FLAG_PACKS_OF_16 0x1u
#define FLAG_BIG_CLUSTER 0x2u
/* The same for the other compressed type of head, which is not used. */
#define FLAG_BIG_CLUSTER_2 0x4u
#define FLAG_TAIL_CLUSTER 0x8u
#define FLAGS_KNOWN 0xfu

#define SMALL_PACK_LEN 8u
#define LARGE_PACK_LEN 32u
#define LARGE_PACK_COUNT 16u

/* In a follower's distance: this is a number of blocks. */
#define BLOCK_COUNT_MARK 0x800u
#define VALUE_BITS 12
#define VALUE_MASK 0xfffu
#define TYPE_MASK 3u

/* As many clusters as a piece may touch. */
#define MAX_CLUSTERS (EROFS_EXTENT_MAX / CLUSTER_SIZE + 1)

enum index_type {
	INDEX_PLAIN = 0,
	INDEX_LZ4 = 1,
	INDEX_FOLLOWER = 2,
};

struct index {
	uint32_t type;
	uint32_t begin;	      /* head: byte of the cluster */
	uint64_t block;	      /* head: first block of its data */
	uint32_t distance;    /* follower: clusters back, towards the head */
	uint32_t block_count; /* follower: of the head's data; 0 if it does not say */
	uint64_t end;	      /* in the image, of the index or its pack */
};

/* A pack of compact indexes. */
struct pack {
	uint8_t bytes[LARGE_PACK_LEN];
	uint32_t len;
	int32_t count;
};

static bool has_big_clusters(const struct erofs_inode *inode)
{
	return inode->cluster_flags & FLAG_BIG_CLUSTER;
}

static int load_full(const struct erofs_image *image, const struct erofs_inode *inode,
		     uint64_t number, struct index *out)
{
	uint64_t at = inode->data_offset + number * FULL_INDEX_LEN;
	uint8_t raw[FULL_INDEX_LEN];
	uint32_t word;
	int err;

	err = erofs_fetch(image, at, raw, sizeof(raw));
	if (err)
		return err;
	out->end = at + sizeof(raw);
	word = le16_load(raw);
	out->type = word & TYPE_MASK;
	if (word & ~TYPE_MASK)
		return -EOPNOTSUPP;
	if (out->type != INDEX_FOLLOWER) {
		out->begin = le16_load(raw + 2);
		out->block = le32_load(raw + 4);
		return 0;
	}
	word = le16_load(raw + 4);
	out->distance = word & BLOCK_COUNT_MARK ? 1 : word;
	out->block_count = word & BLOCK_COUNT_MARK ? word & ~BLOCK_COUNT_MARK : 0;
	return 0;
}

static uint32_t pack_value(const struct pack *pack, int32_t i, uint32_t *type)
{
	uint32_t bits = (pack->len - 4) * 8 / (uint32_t)pack->count;
	uint32_t at = bits * (uint32_t)i;
	uint32_t word = le32_load(pack->bytes + at / 8) >> at % 8;

	*type = word >> VALUE_BITS & TYPE_MASK;
	return word & VALUE_MASK;
}

/*
 * The block of the head at index i, from the pack's number, when every piece has
 * one block: the number is that of the last head before the pack.
 */
static uint32_t small_blocks_before(const struct pack *pack, int32_t i)
{
	uint32_t blocks = 1, type, value;

	while (i > 0) {
		i--;
		value = pack_value(pack, i, &type);
		if (type == INDEX_FOLLOWER)
			i -= (int32_t)value;
		if (i >= 0)
			blocks++;
	}
	return blocks;
}

/*
 * The same with large clusters: the number is that of the first piece whose count
 * of blocks, or whose head without a follower, is in the pack.
 */
static int big_blocks_before(const struct pack *pack, int32_t i, uint32_t *out)
{
	uint32_t blocks = 0, type, value;

	while (i > 0) {
		i--;
		value = pack_value(pack, i, &type);
		if (type != INDEX_FOLLOWER) {
			blocks++;
		} else if (value & BLOCK_COUNT_MARK) {
			blocks += value & ~BLOCK_COUNT_MARK;
			i--;
		} else if (value > 1) {
			/* The next turn is at the follower that has the count. */
			i -= (int32_t)value - 2;
		} else {
			return -EUCLEAN;
		}
	}
	*out = blocks;
	return 0;
}

/* The distance of a follower: the last of a pack has another number in its place. */
static uint32_t pack_distance(const struct pack *pack, int32_t i, uint32_t value)
{
	uint32_t type;

	if (i + 1 != pack->count)
		return value;
	value = pack_value(pack, i - 1, &type);
	if (type != INDEX_FOLLOWER)
		return 1;
	return value & BLOCK_COUNT_MARK ? 2 : value + 1;
}

static int decode_pack(const struct pack *pack, int32_t i, bool is_big, struct index *out)
{
	uint32_t value = pack_value(pack, i, &out->type);
	uint32_t blocks = 0;
	int err = 0;

	if (out->type == INDEX_FOLLOWER) {
		if (value & BLOCK_COUNT_MARK) {
			out->distance = 1;
			out->block_count = value & ~BLOCK_COUNT_MARK;
		} else {
			out->distance = pack_distance(pack, i, value);
		}
		return 0;
	}
	out->begin = value;
	if (is_big)
		err = big_blocks_before(pack, i, &blocks);
	else
		blocks = small_blocks_before(pack, i);
	out->block = (uint64_t)le32_load(pack->bytes + pack->len - 4) + blocks;
	return err;
}

/* Which pack index number is in: *at and the pack's form; returns its place there. */
static int32_t find_pack(const struct erofs_inode *inode, uint64_t number, uint64_t *at,
			 struct pack *pack)
{
	uint64_t total = erofs_block_count_of(inode->size);
	uint64_t base = inode->data_offset;
	/* As many indexes of 4 bytes as reach to the boundary, and then packs of 16. */
	uint64_t first = (LARGE_PACK_LEN - base % LARGE_PACK_LEN) / 4 % (LARGE_PACK_LEN / 4);
	uint64_t packed = 0;

	if (inode->cluster_flags & FLAG_PACKS_OF_16 && first < total)
		packed = ALIGN_DOWN(total - first, LARGE_PACK_COUNT);
	pack->len = SMALL_PACK_LEN;
	pack->count = 2;
	if (number >= first && number - first < packed) {
		number -= first;
		base += first * 4;
		pack->len = LARGE_PACK_LEN;
		pack->count = LARGE_PACK_COUNT;
	} else if (number >= first) {
		number -= first + packed;
		base += first * 4 + packed * 2;
	}
	*at = base + number / (uint32_t)pack->count * pack->len;
	return (int32_t)(number % (uint32_t)pack->count);
}

static int load_compact(const struct erofs_image *image, const struct erofs_inode *inode,
			uint64_t number, struct index *out)
{
	struct pack pack;
	uint64_t at;
	int32_t i = find_pack(inode, number, &at, &pack);
	int err;

	err = erofs_fetch(image, at, pack.bytes, pack.len);
	if (err)
		return err;
	out->end = at + pack.len;
	return decode_pack(&pack, i, has_big_clusters(inode), out);
}

static int load_index(const struct erofs_image *image, const struct erofs_inode *inode,
		      uint64_t number, struct index *out)
{
	struct index index = {0};
	int err;

	if (inode->layout == EROFS_COMPRESSED_FULL)
		err = load_full(image, inode, number, &index);
	else
		err = load_compact(image, inode, number, &index);
	if (err)
		return err;
	if (index.type > INDEX_FOLLOWER || index.begin >= CLUSTER_SIZE)
		return -EUCLEAN;
	if (index.type == INDEX_FOLLOWER && (index.distance == 0 || index.distance > number))
		return -EUCLEAN;
	if (index.block_count && !has_big_clusters(inode))
		return -EUCLEAN;
	*out = index;
	return 0;
}

/* The head of the piece that the byte at offset is in: its number and index. */
static int find_head(const struct erofs_image *image, const struct erofs_inode *inode,
		     uint64_t offset, uint64_t *number, struct index *head)
{
	uint64_t first = offset >> CLUSTER_SHIFT;
	uint64_t at = first;
	uint64_t step;
	int err;

	err = load_index(image, inode, at, head);
	if (err)
		return err;
	if (head->type != INDEX_FOLLOWER && offset % CLUSTER_SIZE >= head->begin) {
		*number = at;
		return 0;
	}
	do {
		/* Of a head: the piece before it, which ends in the same cluster. */
		step = head->type == INDEX_FOLLOWER ? head->distance : 1;
		if (step > at || first - (at - step) > MAX_CLUSTERS)
			return -EUCLEAN;
		at -= step;
		err = load_index(image, inode, at, head);
		if (err)
			return err;
	} while (head->type == INDEX_FOLLOWER);
	*number = at;
	return 0;
}

/*
 * Where the piece of a head ends in the file, and how many blocks it has, for a
 * head that is not the last cluster beside the inode.
 */
static int find_end(const struct erofs_image *image, const struct erofs_inode *inode,
		    uint64_t number, uint64_t *end, uint32_t *block_count)
{
	uint64_t total = erofs_block_count_of(inode->size);
	uint64_t last = MIN(total, number + 1 + MAX_CLUSTERS);
	uint64_t at;
	struct index index;
	int err;

	*block_count = 1;
	for (at = number + 1; at < last; at++) {
		err = load_index(image, inode, at, &index);
		if (err)
			return err;
		if (index.type != INDEX_FOLLOWER) {
			*end = MIN(at << CLUSTER_SHIFT | index.begin, inode->size);
			return 0;
		}
		if (at == number + 1 && has_big_clusters(inode))
			*block_count = index.block_count;
	}
	if (at < total)
		return -EUCLEAN;
	*end = inode->size;
	return 0;
}

static bool is_tail(const struct erofs_inode *inode, const struct erofs_extent *extent)
{
	return inode->tail_len && extent->start == inode->tail_start;
}

int erofs_cluster_map(const struct erofs_image *image, const struct erofs_inode *inode,
		      uint64_t offset, struct erofs_extent *out)
{
	struct erofs_extent extent;
	struct index head;
	uint64_t number, end;
	uint32_t block_count;
	int err;

	err = find_head(image, inode, offset, &number, &head);
	if (err)
		return err;
	err = find_end(image, inode, number, &end, &block_count);
	if (err)
		return err;
	extent.start = number << CLUSTER_SHIFT | head.begin;
	if (offset < extent.start || offset >= end)
		return -EUCLEAN;
	extent.len = end - extent.start;
	extent.kind = head.type == INDEX_PLAIN ? EROFS_EXTENT_PLAIN : EROFS_EXTENT_LZ4;
	extent.data = head.block << EROFS_BLOCK_SHIFT;
	extent.data_len = EROFS_BLOCK_SIZE;
	if (is_tail(inode, &extent)) {
		extent.data = inode->tail_offset;
		extent.data_len = inode->tail_len;
	} else if (head.type == INDEX_LZ4) {
		extent.data_len = (uint64_t)block_count << EROFS_BLOCK_SHIFT;
	}

	if (extent.kind == EROFS_EXTENT_PLAIN && extent.len > extent.data_len)
		return -EUCLEAN;
	if (extent.len > EROFS_EXTENT_MAX || extent.len > extent.data_len * LZ4_MAX_RATIO)
		return -EUCLEAN;
	if (extent.data_len > (uint64_t)image->max_cluster_blocks << EROFS_BLOCK_SHIFT ||
	    !range_fits(extent.data, extent.data_len, image->source->size))
		return -EUCLEAN;
	*out = extent;
	return 0;
}

/* The last cluster of the file is behind the indexes. */
static int init_tail(const struct erofs_image *image, struct erofs_inode *inode, uint16_t len)
{
	struct index last;
	uint64_t number;
	int err;

	if (len == 0)
		return 0;
	err = load_index(image, inode, (inode->size - 1) >> CLUSTER_SHIFT, &last);
	if (err)
		return err;
	inode->tail_offset = last.end;
	if (len > EROFS_BLOCK_SIZE - inode->tail_offset % EROFS_BLOCK_SIZE)
		return -EUCLEAN;
	err = find_head(image, inode, inode->size - 1, &number, &last);
	if (err)
		return err;
	inode->tail_start = number << CLUSTER_SHIFT | last.begin;
	inode->tail_len = len;
	return 0;
}

static bool indexes_fit(const struct erofs_image *image, const struct erofs_inode *inode)
{
	uint64_t left = image->source->size - inode->data_offset;
	uint64_t count = erofs_block_count_of(inode->size);
	struct pack pack;
	uint64_t at;

	/* At least 2 bytes each; then the sums in find_pack do not wrap. */
	if (count > left / 2)
		return false;
	if (inode->layout == EROFS_COMPRESSED_FULL)
		return count <= left / FULL_INDEX_LEN;
	find_pack(inode, count - 1, &at, &pack);
	return range_fits(at, pack.len, image->source->size);
}

int erofs_cluster_init(const struct erofs_image *image, struct erofs_inode *inode)
{
	uint64_t at = ALIGN_UP(inode->meta_end, HEADER_LEN);
	uint8_t header[HEADER_LEN];
	int err;

	inode->data_offset = at + HEADER_LEN;
	if (inode->layout == EROFS_COMPRESSED_FULL)
		inode->data_offset += FULL_GAP;
	if (inode->size == 0)
		return 0;
	err = erofs_fetch(image, at, header, sizeof(header));
	if (err)
		return err;
	inode->cluster_flags = le16_load(header + 4);
	/* Images without these features leave the header of full indexes empty. */
	if (inode->layout == EROFS_COMPRESSED_FULL &&
	    !(image->features & (EROFS_FEATURE_BIG_CLUSTER | EROFS_FEATURE_TAIL_CLUSTER)))
		inode->cluster_flags = 0;
	else if (inode->cluster_flags & ~FLAGS_KNOWN || header[6] != 0 || header[7] != 0)
		/* An algorithm that is not LZ4, or clusters of another size. */
		return -EOPNOTSUPP;
	if (inode->data_offset > image->source->size || !indexes_fit(image, inode))
		return -EUCLEAN;
	if (!(inode->cluster_flags & FLAG_TAIL_CLUSTER))
		return 0;
	return init_tail(image, inode, le16_load(header + 2));
}
