/*
 * Radix maps.
 *
 * A number is a row of 6-bit digits, digit n - 1 being the slot taken in a node of
 * level n. What a slot of level 1 holds is the pointer itself, and so is the root
 * when there are no levels. A node knows which of its slots hold something; one
 * that holds nothing is given back at once, and the tree is never higher than its
 * largest number needs, so the map costs what is in it.
 */
#include "kernel/lib/radix.h"

#include <stdbool.h>

#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define DIGIT_BITS 6
#define SLOTS 64
#define LEVELS_MAX 11 /* 66 bits */

struct radix_node {
	uint64_t used;
	void *slots[SLOTS];
};

/* The nodes from the root down to a number, by level. */
struct path {
	struct radix_node *nodes[LEVELS_MAX + 1];
};

static unsigned int digit(uint64_t index, unsigned int level)
{
	return (index >> ((level - 1) * DIGIT_BITS % 64)) % SLOTS;
}

/* Whether the number has a place in a tree of so many levels. */
static bool fits(uint64_t index, unsigned int levels)
{
	return levels * DIGIT_BITS >= 64 || index >> (levels * DIGIT_BITS) == 0;
}

size_t radix_node_size(void)
{
	return sizeof(struct radix_node);
}

static struct radix_node *node_create(struct radix *map)
{
	struct radix_node *node = map->memory->alloc(map->ctx, sizeof(*node));

	if (node)
		memset(node, 0, sizeof(*node));
	return node;
}

static void node_free(struct radix *map, struct radix_node *node)
{
	map->memory->free(map->ctx, node, sizeof(*node));
}

static void slot_fill(struct radix_node *node, unsigned int slot, void *what)
{
	node->slots[slot] = what;
	node->used |= BIT(slot);
}

static void slot_empty(struct radix_node *node, unsigned int slot)
{
	node->slots[slot] = NULL;
	node->used &= ~BIT(slot);
}

void radix_init(struct radix *map, const struct radix_memory *memory, void *ctx)
{
	map->root = NULL;
	map->levels = 0;
	map->count = 0;
	map->memory = memory;
	map->ctx = ctx;
}

/* Takes nodes that lead to the lowest numbers only off the top. */
static void lower(struct radix *map)
{
	struct radix_node *node = map->root;

	while (map->levels > 0 && node->used == BIT(0)) {
		map->root = node->slots[0];
		map->levels--;
		node_free(map, node);
		node = map->root;
	}
}

/* Gives back the nodes on the way to index that hold nothing, from level on up. */
static void prune(struct radix *map, struct path *path, uint64_t index, unsigned int level)
{
	while (level <= map->levels && path->nodes[level]->used == 0) {
		node_free(map, path->nodes[level]);
		level++;
		if (level > map->levels)
			map->root = NULL;
		else
			slot_empty(path->nodes[level], digit(index, level));
	}
	if (map->root)
		lower(map);
	else
		map->levels = 0;
}

/* Goes down to the first node without nodes below it, frees that, and on from there. */
void radix_fini(struct radix *map)
{
	struct path path;
	unsigned int level = map->levels;

	path.nodes[level] = map->root;
	while (map->levels > 0) {
		struct radix_node *node = path.nodes[level];

		if (level > 1 && node->used != 0) {
			unsigned int slot = bits_first(node->used);

			path.nodes[level - 1] = node->slots[slot];
			slot_empty(node, slot);
			level--;
			continue;
		}
		node_free(map, node);
		if (level == map->levels)
			break;
		level++;
	}
	radix_init(map, map->memory, map->ctx);
}

/* A node above the root: 0 or -ENOMEM. */
static int raise(struct radix *map)
{
	struct radix_node *node = node_create(map);

	if (!node)
		return -ENOMEM;
	slot_fill(node, 0, map->root);
	map->root = node;
	return 0;
}

/* Makes the tree as high as the number needs. */
static int grow(struct radix *map, uint64_t index)
{
	while (!fits(index, map->levels)) {
		/* An empty map is as high as one likes. */
		if (map->root && raise(map)) {
			lower(map);
			return -ENOMEM;
		}
		map->levels++;
	}
	return 0;
}

/* The node in a slot, made if there is none; NULL without memory. */
static struct radix_node *make_below(struct radix *map, struct radix_node *node, unsigned int slot)
{
	struct radix_node *below = node->slots[slot];

	if (below)
		return below;
	below = node_create(map);
	if (below)
		slot_fill(node, slot, below);
	return below;
}

/*
 * The path to a number, with nodes made where there are none. On -ENOMEM those
 * made are given back.
 */
static int make_path(struct radix *map, uint64_t index, struct path *path)
{
	if (!map->root) {
		map->root = node_create(map);
		if (!map->root) {
			map->levels = 0;
			return -ENOMEM;
		}
	}
	path->nodes[map->levels] = map->root;
	for (unsigned int level = map->levels; level > 1; level--) {
		path->nodes[level - 1] = make_below(map, path->nodes[level], digit(index, level));
		if (!path->nodes[level - 1]) {
			prune(map, path, index, level);
			return -ENOMEM;
		}
	}
	return 0;
}

int radix_insert(struct radix *map, uint64_t index, void *ptr)
{
	struct path path;
	unsigned int slot;
	int err = grow(map, index);

	if (err)
		return err;
	if (map->levels == 0) {
		if (map->root)
			return -EEXIST;
		map->root = ptr;
		map->count++;
		return 0;
	}
	err = make_path(map, index, &path);
	if (err)
		return err;
	slot = digit(index, 1);
	if (path.nodes[1]->slots[slot])
		return -EEXIST;
	slot_fill(path.nodes[1], slot, ptr);
	map->count++;
	return 0;
}

void *radix_find(const struct radix *map, uint64_t index)
{
	void *at = map->root;

	if (!fits(index, map->levels))
		return NULL;
	for (unsigned int level = map->levels; level > 0 && at; level--)
		at = ((struct radix_node *)at)->slots[digit(index, level)];
	return at;
}

void *radix_remove(struct radix *map, uint64_t index)
{
	struct path path;
	void *at = map->root;

	if (!fits(index, map->levels))
		return NULL;
	for (unsigned int level = map->levels; level > 0 && at; level--) {
		path.nodes[level] = at;
		at = path.nodes[level]->slots[digit(index, level)];
	}
	if (!at)
		return NULL;
	map->count--;
	if (map->levels == 0) {
		map->root = NULL;
		return at;
	}
	slot_empty(path.nodes[1], digit(index, 1));
	prune(map, &path, index, 1);
	return at;
}

/*
 * The least number behind what the node of this level covers around index, and the
 * level of the lowest node on the path that covers it too; 0: there is none.
 */
static unsigned int step_behind(const struct radix *map, uint64_t *index, unsigned int level)
{
	unsigned int shift = level * DIGIT_BITS;

	if (level == map->levels)
		return 0;
	level++;
	*index = ((*index >> shift) + 1) << shift;
	/* A digit that became 0 was carried into the node above. */
	while (digit(*index, level) == 0) {
		if (level == map->levels)
			return 0;
		level++;
	}
	return level;
}

/* Index with the digit of a level raised to slot, and those below it 0. */
static uint64_t with_digit(uint64_t index, unsigned int level, unsigned int slot)
{
	unsigned int shift = (level - 1) * DIGIT_BITS;

	return ((index >> shift & ~(uint64_t)(SLOTS - 1)) | slot) << shift;
}

/*
 * Down along the digits of *index as long as there are nodes; where the slot is
 * empty, on to the next one that is not, and from there always the first.
 */
void *radix_next(const struct radix *map, uint64_t *index)
{
	struct path path;
	unsigned int level = map->levels;
	uint64_t want = *index;

	if (!map->root || !fits(want, level))
		return NULL;
	if (level == 0)
		return map->root;
	path.nodes[level] = map->root;
	while (level > 0) {
		unsigned int slot = digit(want, level);
		uint64_t left = path.nodes[level]->used & ~bits_low(slot);

		if (left == 0) {
			level = step_behind(map, &want, level);
			continue;
		}
		if (bits_first(left) != slot)
			want = with_digit(want, level, bits_first(left));
		if (level == 1) {
			*index = want;
			return path.nodes[1]->slots[bits_first(left)];
		}
		path.nodes[level - 1] = path.nodes[level]->slots[bits_first(left)];
		level--;
	}
	return NULL;
}
