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
#define FLAG_TAIL_CLUSTER 0x8u
#define FLAGS_KNOWN 0xbu

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
 * Blocks of the heads before index i whose data begin in this pack's range. Every
 * one has one block, unless a follower says otherwise.
 */
static int pack_blocks_before(const struct pack *pack, int32_t i, bool is_big, uint32_t *out)
{
	uint32_t blocks = 0, type, value;

	while (--i >= 0) {
		value = pack_value(pack, i, &type);
		if (type != INDEX_FOLLOWER) {
			blocks++;
			continue;
		}
		if (is_big && value & BLOCK_COUNT_MARK) {
			/* It takes its head along. */
			blocks += value & ~BLOCK_COUNT_MARK;
			i--;
			continue;
		}
		if (value & BLOCK_COUNT_MARK || value == 0 || (is_big && value == 1))
			return -EUCLEAN;
		/* To its head, or the follower with the count; the next turn is there. */
		i -= (int32_t)value - (is_big ? 2 : 1);
		/* Without large clusters, the head may be in an earlier pack: */
		if (!is_big && i < 1)
			blocks += i == 1;
	}
	*out = blocks;
	return 0;
}

/* The distance of a follower: the last of a pack has another number in its place. */
static int pack_distance(const struct pack *pack, int32_t i, uint32_t value, uint32_t *out)
{
	uint32_t before, type;

	if (i + 1 != pack->count) {
		*out = value;
		return 0;
	}
	before = pack_value(pack, i - 1, &type);
	if (type != INDEX_FOLLOWER)
		before = 0;
	else if (before & BLOCK_COUNT_MARK)
		before = 1;
	*out = before + 1;
	return 0;
}

