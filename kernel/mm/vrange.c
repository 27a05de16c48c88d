/*
 * Virtual ranges.
 *
 * One tree holds the taken ranges by address. Each knows the free gap before it,
 * and each subtree the largest of its gaps, so the lowest gap that is large
 * enough is found in one walk down. Free space needs no storage of its own, and
 * taking or freeing a range never needs memory.
 *
 * An aligned request looks for a gap in which it fits wherever the gap begins,
 * that is one of len + align - PAGE_SIZE bytes: it may pass over a gap in which it would
 * just have fit, but never takes more than one walk.
 */
#include "kernel/mm/vrange.h"

#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"

static struct vrange *range_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vrange, node) : NULL;
}

static uint64_t max_gap_of(struct rb_node *node)
{
	return node ? range_of(node)->max_gap : 0;
}

static bool update_max_gap(struct rb_node *node)
{
	struct vrange *range = range_of(node);
	uint64_t max = MAX(range->gap, MAX(max_gap_of(node->left), max_gap_of(node->right)));

	if (max == range->max_gap)
		return false;
	range->max_gap = max;
	return true;
}

static bool starts_before(const struct rb_node *a, const struct rb_node *b)
{
	return container_of(a, struct vrange, node)->start <
	       container_of(b, struct vrange, node)->start;
}

void vrange_set_init(struct vrange_set *set, vaddr_t base, vaddr_t end)
{
	rb_init(&set->root, update_max_gap);
	set->end = (struct vrange){.start = end, .gap = end - base};
	rb_insert(&set->root, &set->end.node, starts_before);
}

/* The lowest range before which there are at least len free bytes. */
static struct vrange *find_gap(const struct vrange_set *set, uint64_t len)
{
	struct rb_node *node = set->root.top;

	if (max_gap_of(node) < len)
		return NULL;
	for (;;) {
		if (max_gap_of(node->left) >= len)
			node = node->left;
		else if (range_of(node)->gap >= len)
			return range_of(node);
		else
			node = node->right;
	}
}

int vrange_alloc(struct vrange_set *set, struct vrange *range, uint64_t len, uint64_t align,
		 uint64_t offset)
{
	struct vrange *next;
	vaddr_t base;
	uint64_t need;

	if (len == 0 || !IS_ALIGNED(len, PAGE_SIZE) || add_overflows(len, align - PAGE_SIZE, &need))
		return -ENOSPC;
	next = find_gap(set, need);
	if (!next)
		return -ENOSPC;

	base = next->start - next->gap;
	range->start = base + ((offset - base) & (align - 1));
	range->len = len;
	range->gap = range->start - base;
	range->max_gap = 0;
	next->gap = next->start - (range->start + len);
	rb_update(&set->root, &next->node);
	rb_insert(&set->root, &range->node, starts_before);
	return 0;
}

void vrange_free(struct vrange_set *set, struct vrange *range)
{
	/* There is always a next one: the end of the area. */
	struct vrange *next = range_of(rb_next(&range->node));

	rb_erase(&set->root, &range->node);
	next->gap += range->gap + range->len;
	rb_update(&set->root, &next->node);
}

struct vrange *vrange_find(const struct vrange_set *set, vaddr_t addr)
{
	struct rb_node *node = set->root.top;

	while (node) {
		struct vrange *range = range_of(node);

		if (addr < range->start)
			node = node->left;
		else if (addr - range->start < range->len)
			return range;
		else
			node = node->right;
	}
	return NULL;
}
