/*
 * Areas.
 *
 * The gap that an area keeps is the one below it, less its guard; the one above the
 * last area belongs to nobody and is looked at apart. A search begins at the gap
 * that holds its first bound, which it may cut, and goes from there to the nearest
 * gap that is large enough. Only a gap at the other bound can disappoint it then,
 * and that ends the search: the next ones lie beyond.
 */
#include "kernel/vm/area.h"

#include "kernel/lib/errno.h"

static uint64_t max_gap_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct area, node)->max_gap : 0;
}

static bool update_max_gap(struct rb_node *node)
{
	struct area *area = area_of(node);
	uint64_t gap = area->gap;

	gap = MAX(gap, max_gap_of(node->left));
	gap = MAX(gap, max_gap_of(node->right));
	if (gap == area->max_gap)
		return false;
	area->max_gap = gap;
	return true;
}

void area_tree_init(struct area_tree *tree, vaddr_t base)
{
	rb_init(&tree->root, update_max_gap);
	tree->base = base;
}

struct area *area_find(const struct area_tree *tree, vaddr_t addr)
{
	struct rb_node *node = tree->root.top;
	struct area *found = NULL;

	while (node) {
		struct area *area = area_of(node);

		if (addr < area->end) {
			found = area;
			if (addr >= area->start)
				break;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

struct area *area_find_in(const struct area_tree *tree, vaddr_t start, vaddr_t end)
{
	struct area *area = area_find(tree, start);

	return area && area->start < end ? area : NULL;
}

/* Where the gap below the area begins. */
static vaddr_t gap_start(const struct area_tree *tree, const struct area *area)
{
	const struct area *prev = area_prev(area);

	return prev ? prev->end : tree->base;
}

static uint64_t gap_below(const struct area_tree *tree, const struct area *area)
{
	uint64_t room = area->start - gap_start(tree, area);

	return room > area->guard ? room - area->guard : 0;
}

static void refresh_gap(struct area_tree *tree, struct area *area)
{
	uint64_t gap;

	if (!area)
		return;
	gap = gap_below(tree, area);
	if (gap == area->gap)
		return;
	area->gap = gap;
	rb_update(&tree->root, &area->node);
}

void area_insert(struct area_tree *tree, struct area *area)
{
	struct rb_node *parent = NULL, **link = &tree->root.top;

	while (*link) {
		parent = *link;
		link = area->start < area_of(parent)->start ? &parent->left : &parent->right;
	}
	area->gap = 0;
	area->max_gap = 0;
	rb_insert_at(&tree->root, &area->node, parent, link);
	refresh_gap(tree, area);
	refresh_gap(tree, area_next(area));
}

void area_remove(struct area_tree *tree, struct area *area)
{
	struct area *next = area_next(area);

	rb_erase(&tree->root, &area->node);
	refresh_gap(tree, next);
}

void area_set_range(struct area_tree *tree, struct area *area, vaddr_t start, vaddr_t end)
{
	area->start = start;
	area->end = end;
	refresh_gap(tree, area);
	refresh_gap(tree, area_next(area));
}

/* The highest or the lowest area of a subtree whose own gap is large enough, given
 * that there is one. */
static struct rb_node *last_fit(struct rb_node *node, uint64_t len)
{
	for (;;) {
		if (max_gap_of(node->right) >= len)
			node = node->right;
		else if (area_of(node)->gap >= len)
			return node;
		else
			node = node->left;
	}
}

static struct rb_node *first_fit(struct rb_node *node, uint64_t len)
{
	for (;;) {
		if (max_gap_of(node->left) >= len)
			node = node->left;
		else if (area_of(node)->gap >= len)
			return node;
		else
			node = node->right;
	}
}

/* The nearest area below, or above, whose gap is large enough; or NULL. */
static struct area *fit_before(struct rb_node *node, uint64_t len)
{
	if (max_gap_of(node->left) >= len)
		return area_of(last_fit(node->left, len));
	for (struct rb_node *up = node->parent; up; node = up, up = up->parent) {
		if (node == up->left)
			continue;
		if (area_of(up)->gap >= len)
			return area_of(up);
		if (max_gap_of(up->left) >= len)
			return area_of(last_fit(up->left, len));
	}
	return NULL;
}

static struct area *fit_after(struct rb_node *node, uint64_t len)
{
	if (max_gap_of(node->right) >= len)
		return area_of(first_fit(node->right, len));
	for (struct rb_node *up = node->parent; up; node = up, up = up->parent) {
		if (node == up->right)
			continue;
		if (area_of(up)->gap >= len)
			return area_of(up);
		if (max_gap_of(up->right) >= len)
			return area_of(first_fit(up->right, len));
	}
	return NULL;
}

struct gap {
	vaddr_t start;
	vaddr_t end;
};

/* The gap below an area, or the one above them all for NULL; cut to [low, high). */
static struct gap gap_of(const struct area_tree *tree, const struct area *area, vaddr_t low,
			 vaddr_t high)
{
	const struct area *last = area_of(rb_last(&tree->root));
	struct gap gap;

	if (area) {
		gap.start = gap_start(tree, area);
		gap.end = gap.start + area->gap;
	} else {
		gap.start = last ? last->end : tree->base;
		gap.end = high;
	}
	gap.start = MAX(gap.start, low);
	gap.end = MIN(gap.end, high);
	return gap;
}

static bool has_room(struct gap gap, uint64_t len)
{
	return gap.start < gap.end && gap.end - gap.start >= len;
}

int area_find_gap_high(const struct area_tree *tree, uint64_t len, vaddr_t low, vaddr_t high,
		       vaddr_t *out)
{
	struct area *area = area_find(tree, high);
	struct gap gap = gap_of(tree, area, low, high);

	if (!has_room(gap, len)) {
		if (area) {
			area = fit_before(&area->node, len);
		} else {
			area = area_of(rb_last(&tree->root));
			if (area && area->gap < len)
				area = fit_before(&area->node, len);
		}
		if (!area)
			return -ENOMEM;
		gap = gap_of(tree, area, low, high);
		if (!has_room(gap, len))
			return -ENOMEM;
	}
	*out = gap.end - len;
	return 0;
}

int area_find_gap_low(const struct area_tree *tree, uint64_t len, vaddr_t low, vaddr_t high,
		      vaddr_t *out)
{
	struct area *area = area_find(tree, MAX(low, tree->base));
	struct gap gap = gap_of(tree, area, low, high);

	if (area && !has_room(gap, len)) {
		area = fit_after(&area->node, len);
		gap = gap_of(tree, area, low, high);
	}
	if (!has_room(gap, len))
		return -ENOMEM;
	*out = gap.start;
	return 0;
}

static bool area_less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct area, node)->start < rb_entry(b, struct area, node)->start;
}

bool area_tree_check(struct area_tree *tree)
{
	vaddr_t end = tree->base;

	for (struct area *area = area_first(tree); area; area = area_next(area)) {
		if (area->start < end || area->end <= area->start)
			return false;
		if (area->gap != gap_below(tree, area))
			return false;
		end = area->end;
	}
	return rb_check(&tree->root, area_less);
}
