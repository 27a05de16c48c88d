/*
 * Id maps.
 *
 * The leaves are at level 0. A number is a row of 6-bit digits, digit n being
 * the slot taken at level n. In an inner node a slot is used when it has a
 * child, full when that child is full; in a leaf the two are the same. A node
 * that holds nothing is given back, except the root; the tree never gets lower.
 */
#include "kernel/lib/idmap.h"

#include <stdbool.h>

#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define DIGIT_BITS 6
#define SLOTS 64
#define LEVELS_MAX 4

struct idmap_node {
	uint64_t used;
	uint64_t full;
	void *slots[SLOTS];
};

/* What a search looks for. */
enum want {
	WANT_USED,
	WANT_FREE,
};

static unsigned int digit(uint32_t id, unsigned int level)
{
	return (id >> (level * DIGIT_BITS)) % SLOTS;
}

/* The first number that has no place in the tree. */
static uint32_t reach(const struct idmap *map)
{
	return map->levels ? 1u << (map->levels * DIGIT_BITS) : 0;
}

static struct idmap_node *node_create(struct idmap *map)
{
	struct idmap_node *node = map->memory->alloc(map->ctx, sizeof(*node));

	if (node)
		memset(node, 0, sizeof(*node));
	return node;
}

static void node_free(struct idmap *map, struct idmap_node *node)
{
	map->memory->free(map->ctx, node, sizeof(*node));
}

static void slot_fill(struct idmap_node *node, unsigned int slot, void *what)
{
	node->slots[slot] = what;
	node->used |= BIT(slot);
}

static void slot_empty(struct idmap_node *node, unsigned int slot)
{
	node->slots[slot] = NULL;
	node->used &= ~BIT(slot);
	node->full &= ~BIT(slot);
}

void idmap_init(struct idmap *map, uint32_t limit, const struct idmap_memory *memory, void *ctx)
{
	map->root = NULL;
	map->levels = 0;
	map->limit = MIN(limit, IDMAP_MAX);
	map->count = 0;
	map->memory = memory;
	map->ctx = ctx;
}

/* Down to the first child, free a node that has none, and from there go on. */
void idmap_fini(struct idmap *map)
{
	struct idmap_node *path[LEVELS_MAX];
	unsigned int depth = 0;

	if (map->root)
		path[depth++] = map->root;
	while (depth) {
		struct idmap_node *node = path[depth - 1];

		if (depth < map->levels && node->used) {
			unsigned int slot = bits_first(node->used);

			path[depth++] = node->slots[slot];
			slot_empty(node, slot);
			continue;
		}
		node_free(map, node);
		depth--;
	}
	idmap_init(map, map->limit, map->memory, map->ctx);
}

/*
 * The slot of the wanted kind that is the first not before number *at; *at moves
 * there. With none in this node *at moves behind the node, and SLOTS results.
 */
static unsigned int choose_slot(const struct idmap_node *node, unsigned int level, enum want want,
				uint32_t *at)
{
	unsigned int shift = level * DIGIT_BITS;
	uint32_t above = *at >> shift >> DIGIT_BITS;
	unsigned int start = digit(*at, level);
	uint64_t fit = (want == WANT_USED ? node->used : ~node->full) & ~bits_low(start);
	unsigned int slot;

	if (!fit) {
		*at = (above + 1) << shift << DIGIT_BITS;
		return SLOTS;
	}
	slot = bits_first(fit);
	if (slot != start)
		*at = (above << DIGIT_BITS | slot) << shift;
	return slot;
}

/*
 * One way down from the root. Returns true when *at is of the wanted kind;
 * false when *at moved to where to try again.
 */
static bool descend(const struct idmap *map, enum want want, uint32_t *at)
{
	const struct idmap_node *node = map->root;

	for (unsigned int level = map->levels - 1;; level--) {
		unsigned int slot = choose_slot(node, level, want, at);

		if (slot == SLOTS)
			return false;
		if (level == 0 || !node->slots[slot])
			return true;
		node = node->slots[slot];
	}
}

/*
 * The first number of the wanted kind from `from` on, or one that the tree does
 * not reach. A failed way down leaves zeros in the digits below the one that it
 * advances, so each further way gets at least one level higher.
 */
static uint32_t search(const struct idmap *map, uint32_t from, enum want want)
{
	while (from < reach(map) && !descend(map, want, &from))
		;
	return from;
}

/* Makes the tree reach id. */
static int grow(struct idmap *map, uint32_t id)
{
	if (!map->root) {
		map->root = node_create(map);
		if (!map->root)
			return -ENOMEM;
		map->levels = 1;
	}
	while (id >= reach(map)) {
		/* An empty node serves at any level. */
		if (map->root->used) {
			struct idmap_node *root = node_create(map);

			if (!root)
				return -ENOMEM;
			slot_fill(root, 0, map->root);
			if (map->root->full == UINT64_MAX)
				root->full = BIT(0);
			map->root = root;
		}
		map->levels++;
	}
	return 0;
}

/* Of the nodes on the way to id, those below path[level] hold nothing of it any
 * more: gives back what is empty and clears the full bits above. */
static void prune(struct idmap *map, struct idmap_node **path, unsigned int level, uint32_t id)
{
	for (; level + 1 < map->levels; level++) {
		struct idmap_node *parent = path[level + 1];

		if (path[level]->used) {
			parent->full &= ~BIT(digit(id, level + 1));
			continue;
		}
		slot_empty(parent, digit(id, level + 1));
		node_free(map, path[level]);
	}
}

/* The child of node on the way to id, created when it is missing; NULL: no memory. */
static struct idmap_node *get_child(struct idmap *map, struct idmap_node *node, unsigned int slot)
{
	if (!node->slots[slot]) {
		struct idmap_node *new = node_create(map);

		if (!new)
			return NULL;
		slot_fill(node, slot, new);
	}
	return node->slots[slot];
}

/* Fills path with the nodes on the way to id, creating them where missing. */
static int make_path(struct idmap *map, uint32_t id, struct idmap_node **path)
{
	unsigned int level = map->levels - 1;

	for (path[level] = map->root; level > 0; level--) {
		path[level - 1] = get_child(map, path[level], digit(id, level));
		if (!path[level - 1]) {
			prune(map, path, level, id);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The leaf of id, or NULL when the tree has none. With path not NULL, it gets
 * the nodes on the way. */
static struct idmap_node *find_leaf(const struct idmap *map, uint32_t id, struct idmap_node **path)
{
	struct idmap_node *node = map->root;

	if (id >= reach(map))
		return NULL;
	for (unsigned int level = map->levels - 1; node; level--) {
		if (path)
			path[level] = node;
		if (level == 0)
			return node;
		node = node->slots[digit(id, level)];
	}
	return NULL;
}

/* Maps a number that is free and below the limit. */
static int fill(struct idmap *map, uint32_t id, void *ptr)
{
	struct idmap_node *path[LEVELS_MAX];
	int err;

	err = grow(map, id);
	if (err)
		return err;
	err = make_path(map, id, path);
	if (err)
		return err;

	slot_fill(path[0], digit(id, 0), ptr);
	for (unsigned int level = 0; level < map->levels; level++) {
		path[level]->full |= BIT(digit(id, level));
		if (path[level]->full != UINT64_MAX)
			break;
	}
	map->count++;
	return 0;
}

int idmap_alloc(struct idmap *map, uint32_t min, void *ptr, uint32_t *out)
{
	uint32_t id;
	int err;

	if (min >= map->limit)
		return -ENOSPC;
	id = search(map, min, WANT_FREE);
	if (id >= map->limit)
		return -ENOSPC;
	err = fill(map, id, ptr);
	if (err)
		return err;
	*out = id;
	return 0;
}

int idmap_insert(struct idmap *map, uint32_t id, void *ptr)
{
	if (id >= map->limit)
		return -EINVAL;
	if (idmap_find(map, id))
		return -EEXIST;
	return fill(map, id, ptr);
}

void *idmap_find(const struct idmap *map, uint32_t id)
{
	struct idmap_node *leaf = find_leaf(map, id, NULL);

	return leaf ? leaf->slots[digit(id, 0)] : NULL;
}

void *idmap_replace(struct idmap *map, uint32_t id, void *ptr)
{
	struct idmap_node *leaf = find_leaf(map, id, NULL);
	void *old = leaf ? leaf->slots[digit(id, 0)] : NULL;

	if (old)
		leaf->slots[digit(id, 0)] = ptr;
	return old;
}

void *idmap_remove(struct idmap *map, uint32_t id)
{
	struct idmap_node *path[LEVELS_MAX];
	struct idmap_node *leaf = find_leaf(map, id, path);
	void *old = leaf ? leaf->slots[digit(id, 0)] : NULL;

	if (!old)
		return NULL;
	slot_empty(leaf, digit(id, 0));
	prune(map, path, 0, id);
	map->count--;
	return old;
}

void *idmap_next(const struct idmap *map, uint32_t *id)
{
	uint32_t found = search(map, *id, WANT_USED);

	if (found >= reach(map))
		return NULL;
	*id = found;
	return idmap_find(map, found);
}
