/*
 * Slots by number: a tree of fixed height.
 *
 *	cs->first	slots 0 to 63, the only leaf that small programs need
 *	cs->top -> 128 middle nodes -> 128 leaves -> 64 slots: 1,048,576
 *
 * The first leaf lies in the space itself. Each node has a
 * bit for every child in which no slot is free, and each leaf a bit for every
 * slot in use, so the lowest free slot is found by three looks at bitmaps.
 *
 * Nodes and leaves come on first use and stay until the space goes, for the sole
 * user walks them without the lock. It sees a new one once the pointer to it is
 * stored, with release, after all that is in it.
 */
#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"

#define FANOUT 128u
#define MIDDLE_SLOTS (FANOUT * CSPACE_LEAF)
/* Leaves that a search looks at in one go. */
#define FIND_STEPS 64u

static_assert(FANOUT * MIDDLE_SLOTS == CSPACE_MAX, "two levels of nodes cover all slots");

struct cspace_node {
	void *children[FANOUT]; /* middle nodes in the top, leaves in those */
	uint64_t full[BITMAP_WORDS(FANOUT)];
};

/* Loads pair with the releases in table_grow_locked(). */
static struct cspace_leaf *walk(struct cspace *cs, struct cspace_node *top, uint32_t slot)
{
	struct cspace_node *middle;

	if (slot < CSPACE_LEAF)
		return &cs->first;
	if (!top || slot >= CSPACE_MAX)
		return NULL;
	middle = load_acquire(&top->children[slot / MIDDLE_SLOTS]);
	if (!middle)
		return NULL;
	return load_acquire(&middle->children[slot % MIDDLE_SLOTS / CSPACE_LEAF]);
}

struct cspace_leaf *table_leaf_locked(struct cspace *cs, uint32_t slot)
{
	return walk(cs, cs->top, slot);
}

/* The sole user reads top without the lock: that is the point. */
const struct cspace_leaf *table_leaf_unlocked(struct cspace *cs,
					      uint32_t slot) NO_THREAD_SAFETY_ANALYSIS
{
	return walk(cs, load_acquire(&cs->top), slot);
}

static struct cspace_node *middle_locked(struct cspace *cs, uint32_t slot) REQUIRES(&cs->lock);

static struct cspace_node *middle_locked(struct cspace *cs, uint32_t slot)
{
	return cs->top ? cs->top->children[slot / MIDDLE_SLOTS] : NULL;
}

/* A bit of a node, and of the top when that makes the middle node full, or not any more. */
static void set_full_locked(struct cspace *cs, uint32_t slot, bool is_full) REQUIRES(&cs->lock);

static void set_full_locked(struct cspace *cs, uint32_t slot, bool is_full)
{
	struct cspace_node *middle = middle_locked(cs, slot);
	size_t leaf = slot % MIDDLE_SLOTS / CSPACE_LEAF;

	if (!middle)
		return;
	if (!is_full) {
		bitmap_clear(middle->full, leaf);
		bitmap_clear(cs->top->full, slot / MIDDLE_SLOTS);
		return;
	}
	bitmap_set(middle->full, leaf);
	if (bitmap_next_zero(middle->full, FANOUT, 0) == FANOUT)
		bitmap_set(cs->top->full, slot / MIDDLE_SLOTS);
}

static int add_top_locked(struct cspace *cs) REQUIRES(&cs->lock);

static int add_top_locked(struct cspace *cs)
{
	struct cspace_node *top = kmem_zalloc_charged(cs->account, sizeof(*top));
	struct cspace_node *middle = kmem_zalloc_charged(cs->account, sizeof(*middle));

	if (!top || !middle) {
		kmem_free_charged(cs->account, top, sizeof(*top));
		kmem_free_charged(cs->account, middle, sizeof(*middle));
		return -ENOMEM;
	}
	top->children[0] = middle;
	store_release(&cs->top, top);
	set_full_locked(cs, 0, cs->first.used == UINT64_MAX);
	return 0;
}

int table_grow_locked(struct cspace *cs, uint32_t slot)
{
	struct cspace_node *middle;
	struct cspace_leaf *leaf;

	if (table_leaf_locked(cs, slot))
		return 0;
	if (!cs->top && add_top_locked(cs))
		return -ENOMEM;
	middle = middle_locked(cs, slot);
	if (!middle) {
		middle = kmem_zalloc_charged(cs->account, sizeof(*middle));
		if (!middle)
			return -ENOMEM;
		store_release(&cs->top->children[slot / MIDDLE_SLOTS], middle);
	}
	if (middle->children[slot % MIDDLE_SLOTS / CSPACE_LEAF])
		return 0;
	leaf = kmem_zalloc_charged(cs->account, sizeof(*leaf));
	if (!leaf)
		return -ENOMEM;
	store_release(&middle->children[slot % MIDDLE_SLOTS / CSPACE_LEAF], leaf);
	return 0;
}

/* The first slot from `from` on in a leaf that is not full; its leaf may not exist. */
static uint32_t next_open_leaf_locked(struct cspace *cs, uint32_t from) REQUIRES(&cs->lock);

static uint32_t next_open_leaf_locked(struct cspace *cs, uint32_t from)
{
	uint32_t middle_no = from / MIDDLE_SLOTS;
	uint32_t leaf_no = from % MIDDLE_SLOTS / CSPACE_LEAF;
	struct cspace_node *middle = middle_locked(cs, from);

	if (!middle)
		return from;
	leaf_no = (uint32_t)bitmap_next_zero(middle->full, FANOUT, leaf_no);
	if (leaf_no < FANOUT)
		return MAX(from, middle_no * MIDDLE_SLOTS + leaf_no * CSPACE_LEAF);
	middle_no = (uint32_t)bitmap_next_zero(cs->top->full, FANOUT, middle_no + 1);
	if (middle_no == FANOUT)
		return CSPACE_MAX;
	middle = cs->top->children[middle_no];
	leaf_no = middle ? (uint32_t)bitmap_next_zero(middle->full, FANOUT, 0) : 0;
	return middle_no * MIDDLE_SLOTS + leaf_no * CSPACE_LEAF;
}

uint32_t table_free_slot_locked(struct cspace *cs, uint32_t from)
{
	const struct cspace_leaf *leaf;
	uint64_t free_bits;

	while (from < CSPACE_MAX) {
		leaf = table_leaf_locked(cs, from);
		if (!leaf)
			return from;
		free_bits = ~leaf->used & ~bits_low(from % CSPACE_LEAF);
		if (free_bits)
			return ALIGN_DOWN(from, CSPACE_LEAF) + bits_first(free_bits);
		from = ALIGN_DOWN(from, CSPACE_LEAF) + CSPACE_LEAF;
		if (from < CSPACE_MAX)
			from = next_open_leaf_locked(cs, from);
	}
	return CSPACE_MAX;
}

void table_mark_used_locked(struct cspace *cs, uint32_t slot)
{
	struct cspace_leaf *leaf = table_leaf_locked(cs, slot);

	ASSERT(!(leaf->used & BIT(slot % CSPACE_LEAF)));
	leaf->used |= BIT(slot % CSPACE_LEAF);
	if (leaf->used == UINT64_MAX)
		set_full_locked(cs, slot, true);
	cs->count++;
}

void table_mark_free_locked(struct cspace *cs, uint32_t slot)
{
	struct cspace_leaf *leaf = table_leaf_locked(cs, slot);

	ASSERT(leaf->used & BIT(slot % CSPACE_LEAF));
	if (leaf->used == UINT64_MAX)
		set_full_locked(cs, slot, false);
	leaf->used &= ~BIT(slot % CSPACE_LEAF);
	leaf->close_on_exec &= ~BIT(slot % CSPACE_LEAF);
	cs->count--;
}

/* In one leaf, from slot on. CSPACE_LEAF: none. */
static uint32_t find_in_leaf(const struct cspace_leaf *leaf, enum table_find what, uint32_t from)
{
	uint64_t bits = leaf->used & ~bits_low(from);

	if (what == TABLE_FIND_CLOSE_ON_EXEC)
		bits &= leaf->close_on_exec;
	for (; bits; bits &= bits - 1) {
		if (leaf->caps[bits_first(bits)].object)
			return bits_first(bits);
	}
	return CSPACE_LEAF;
}

bool table_find_locked(struct cspace *cs, enum table_find what, uint32_t *slot)
{
	const struct cspace_leaf *leaf;
	uint32_t from = *slot;
	uint32_t found;

	for (uint32_t step = 0; step < FIND_STEPS; step++) {
		/* Nothing beyond the first leaf without a tree, or where a node is missing. */
		if (from >= CSPACE_MAX || (from >= CSPACE_LEAF && !cs->top)) {
			*slot = CSPACE_MAX;
			return true;
		}
		if (from >= CSPACE_LEAF && !middle_locked(cs, from)) {
			from = ALIGN_DOWN(from, MIDDLE_SLOTS) + MIDDLE_SLOTS;
			continue;
		}
		leaf = table_leaf_locked(cs, from);
		found = leaf ? find_in_leaf(leaf, what, from % CSPACE_LEAF) : CSPACE_LEAF;
		if (found < CSPACE_LEAF) {
			*slot = ALIGN_DOWN(from, CSPACE_LEAF) + found;
			return true;
		}
		from = ALIGN_DOWN(from, CSPACE_LEAF) + CSPACE_LEAF;
	}
	*slot = from;
	return false;
}

static void free_middle(struct mem_account *account, struct cspace_node *middle)
{
	for (uint32_t i = 0; i < FANOUT; i++)
		kmem_free_charged(account, middle->children[i], sizeof(struct cspace_leaf));
	kmem_free_charged(account, middle, sizeof(*middle));
}

void table_free(struct cspace *cs)
{
	struct cspace_node *top;

	spin_lock(&cs->lock);
	top = cs->top;
	cs->top = NULL;
	spin_unlock(&cs->lock);
	if (!top)
		return;
	for (uint32_t i = 0; i < FANOUT; i++) {
		if (top->children[i])
			free_middle(cs->account, top->children[i]);
	}
	kmem_free_charged(cs->account, top, sizeof(*top));
}
