/*
 * Red-black trees.
 *
 *	1. The top is black, and no red node has a red child.
 *	2. Every way from the top to an empty link passes equally many black nodes.
 *
 * Hence no way is more than twice as long as another. Insertion and removal
 * first change the tree as any search tree, bring the summaries up to date from
 * there to the top, and then restore the two rules by recolouring and rotating.
 * A rotation keeps the set of nodes below its upper end, so the summaries above
 * it stay right.
 *
 * The mirror images share their code: enum side says which is meant.
 */
#include "kernel/lib/rbtree.h"

enum side {
	LEFT,
	RIGHT,
};

static ALWAYS_INLINE enum side other(enum side side)
{
	return side == LEFT ? RIGHT : LEFT;
}

static ALWAYS_INLINE struct rb_node *child(const struct rb_node *node, enum side side)
{
	return side == LEFT ? node->left : node->right;
}

/* The new child may be NULL. */
static ALWAYS_INLINE void set_child(struct rb_node *node, enum side side, struct rb_node *new)
{
	if (side == LEFT)
		node->left = new;
	else
		node->right = new;
	if (new)
		new->parent = node;
}

static ALWAYS_INLINE enum side side_of(const struct rb_node *node, const struct rb_node *parent)
{
	return parent->left == node ? LEFT : RIGHT;
}

/* An empty link counts as black. */
static ALWAYS_INLINE bool is_red(const struct rb_node *node)
{
	return node && node->is_red;
}

/* Puts new, which may be NULL, below the parent of old. */
static void replace_child(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (parent) {
		set_child(parent, side_of(old, parent), new);
		return;
	}
	root->top = new;
	if (new)
		new->parent = NULL;
}

/* Node sinks to the given side, its child on the other side takes its place. */
static void rotate(struct rb_root *root, struct rb_node *node, enum side side)
{
	struct rb_node *up = child(node, other(side));

	replace_child(root, node, up);
	set_child(node, other(side), child(up, side));
	set_child(up, side, node);
	if (root->update) {
		root->update(node);
		root->update(up);
	}
}

void rb_update(struct rb_root *root, struct rb_node *node)
{
	while (node && root->update(node))
		node = node->parent;
}

/* As rb_update(), for when a summary on the way belongs to another place. */
static void update_to_top(struct rb_root *root, struct rb_node *node)
{
	for (; node; node = node->parent)
		root->update(node);
}

/* Node is red, and so may be its parent: nothing else is wrong. */
static void fix_red(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *parent;

	while ((parent = node->parent) && parent->is_red) {
		struct rb_node *grand = parent->parent;
		enum side side = side_of(parent, grand);
		struct rb_node *uncle = child(grand, other(side));

		if (is_red(uncle)) {
			parent->is_red = false;
			uncle->is_red = false;
			grand->is_red = true;
			node = grand;
			continue;
		}
		if (node == child(parent, other(side))) {
			rotate(root, parent, side);
			parent = node;
		}
		parent->is_red = false;
		grand->is_red = true;
		rotate(root, grand, other(side));
		break;
	}
	root->top->is_red = false;
}

void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
		  struct rb_node **link)
{
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	node->is_red = true;

	if (!parent || (parent == root->first && link == &parent->left))
		root->first = node;
	*link = node;
	if (root->update) {
		root->update(node);
		rb_update(root, parent);
	}
	fix_red(root, node);
}

void rb_insert(struct rb_root *root, struct rb_node *node, rb_less_fn *less)
{
	struct rb_node *parent = NULL, **link = &root->top;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->left : &parent->right;
	}
	rb_insert_at(root, node, parent, link);
}

/*
 * One step of fix_black(), with a black sibling: returns true when done, false
 * when the place that lacks a black node is now parent.
 */
static bool fix_black_step(struct rb_root *root, struct rb_node *parent, enum side side)
{
	struct rb_node *sibling = child(parent, other(side));

	if (!is_red(sibling->left) && !is_red(sibling->right)) {
		sibling->is_red = true;
		return false;
	}
	if (!is_red(child(sibling, other(side)))) {
		child(sibling, side)->is_red = false;
		sibling->is_red = true;
		rotate(root, sibling, other(side));
		sibling = child(parent, other(side));
	}
	sibling->is_red = parent->is_red;
	parent->is_red = false;
	child(sibling, other(side))->is_red = false;
	rotate(root, parent, side);
	return true;
}

/* The ways through node, which may be NULL, below parent lack one black node. */
static void fix_black(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
	while (parent && !is_red(node)) {
		enum side side = side_of(node, parent);
		struct rb_node *sibling = child(parent, other(side));

		if (is_red(sibling)) {
			sibling->is_red = false;
			parent->is_red = true;
			rotate(root, parent, side);
		}
		if (fix_black_step(root, parent, side))
			return;
		node = parent;
		parent = node->parent;
	}
	if (node)
		node->is_red = false;
}

/*
 * Lets next, the successor of node within its right subtree, take the place
 * and the colour of node. Returns the parent of the place that next left.
 */
static struct rb_node *move_up(struct rb_root *root, struct rb_node *node, struct rb_node *next)
{
	struct rb_node *parent = next->parent;

	if (parent == node) {
		parent = next;
	} else {
		set_child(parent, LEFT, next->right);
		set_child(next, RIGHT, node->right);
	}
	set_child(next, LEFT, node->left);
	replace_child(root, node, next);
	next->is_red = node->is_red;
	return parent;
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *hole, *parent; /* what fills the place that vanishes, and above it */
	bool lost_red;

	if (node == root->first)
		root->first = rb_next(node);

	if (node->left && node->right) {
		struct rb_node *next = rb_next(node);

		lost_red = next->is_red;
		hole = next->right;
		parent = move_up(root, node, next);
		if (root->update)
			update_to_top(root, parent);
	} else {
		lost_red = node->is_red;
		hole = node->left ? node->left : node->right;
		parent = node->parent;
		replace_child(root, node, hole);
		if (root->update)
			rb_update(root, parent);
	}
	if (!lost_red)
		fix_black(root, hole, parent);
	rb_node_init(node);
}

void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	new->is_red = old->is_red;
	replace_child(root, old, new);
	set_child(new, LEFT, old->left);
	set_child(new, RIGHT, old->right);
	if (root->first == old)
		root->first = new;
	if (root->update)
		update_to_top(root, new);
	rb_node_init(old);
}

static struct rb_node *outermost(struct rb_node *node, enum side side)
{
	while (child(node, side))
		node = child(node, side);
	return node;
}

/* The neighbour of node in the order, on the given side. */
static struct rb_node *neighbour(const struct rb_node *node, enum side side)
{
	struct rb_node *parent;

	if (child(node, side))
		return outermost(child(node, side), other(side));
	while ((parent = node->parent) && node == child(parent, side))
		node = parent;
	return parent;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return root->top ? outermost(root->top, RIGHT) : NULL;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour(node, RIGHT);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour(node, LEFT);
}

static int blacks_above(const struct rb_node *node)
{
	int count = 0;

	for (; node; node = node->parent)
		count += !node->is_red;
	return count;
}

static bool child_is_right(const struct rb_node *node, const struct rb_node *below)
{
	return !below || (below->parent == node && !(node->is_red && below->is_red));
}

/* The next node from the top down, left before right. */
static struct rb_node *next_down(struct rb_node *node)
{
	if (node->left)
		return node->left;
	if (node->right)
		return node->right;
	while (node->parent && (node == node->parent->right || !node->parent->right))
		node = node->parent;
	return node->parent ? node->parent->right : NULL;
}

/*
 * From the top down, so that a link is checked before it is climbed back. A
 * wrong summary is found in any order: its own update changes it.
 */
static bool check_shape(struct rb_root *root)
{
	int blacks = 0;

	for (struct rb_node *node = root->top; node; node = next_down(node)) {
		if (!child_is_right(node, node->left) || !child_is_right(node, node->right))
			return false;
		if (root->update && root->update(node))
			return false;
		if (node->left && node->right)
			continue;
		if (!blacks)
			blacks = blacks_above(node);
		if (blacks_above(node) != blacks)
			return false;
	}
	return true;
}

bool rb_check(struct rb_root *root, rb_less_fn *less)
{
	struct rb_node *prev = NULL;

	if (!root->top)
		return !root->first;
	if (root->top->parent || root->top->is_red || !check_shape(root))
		return false;
	if (root->first != outermost(root->top, LEFT))
		return false;
	rb_for_each (node, root) {
		if (prev && less && less(node, prev))
			return false;
		prev = node;
	}
	return true;
}
