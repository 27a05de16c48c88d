/*
 * Red-black tree: intrusive, ordered by its owner, with the first node at hand.
 *
 * Insert with rb_insert() and an order, or walk down to the empty link oneself
 * and call rb_insert_at():
 *
 *	struct rb_node *parent = NULL, **link = &root->top;
 *
 *	while (*link) {
 *		parent = *link;
 *		link = goes_left(node, parent) ? &parent->left : &parent->right;
 *	}
 *	rb_insert_at(root, node, parent, link);
 *
 * Augmentation: with root->update the tree keeps a summary of each subtree, as
 * the least value of some field, in the owner's struct. update() computes the
 * summary of one node from the node and its two children, stores it, and tells
 * whether it changed. The tree calls it wherever a subtree changes; the owner
 * calls rb_update() after changing what the summary of a node is made of.
 */
#ifndef KERNEL_LIB_RBTREE_H
#define KERNEL_LIB_RBTREE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/compiler.h"

struct rb_node {
	struct rb_node *parent;
	struct rb_node *left;
	struct rb_node *right;
	bool is_red;
};

/* Whether a comes before b. */
typedef bool rb_less_fn(const struct rb_node *a, const struct rb_node *b);
/* Recomputes the summary of node; returns whether it changed. */
typedef bool rb_update_fn(struct rb_node *node);

struct rb_root {
	struct rb_node *top;
	struct rb_node *first;
	rb_update_fn *update; /* const, NULL: no summary */
};

#define RB_ROOT_INIT(update_fn)                                                                    \
	{                                                                                          \
		.top = NULL, .first = NULL, .update = (update_fn)                                  \
	}

/* update may be NULL. */
static inline void rb_init(struct rb_root *root, rb_update_fn *update)
{
	root->top = NULL;
	root->first = NULL;
	root->update = update;
}

static inline bool rb_is_empty(const struct rb_root *root)
{
	return !root->top;
}

/* A node that is its own parent is in no tree; rb_erase() leaves it like that. */
static inline void rb_node_init(struct rb_node *node)
{
	node->parent = node;
}

static inline bool rb_is_linked(const struct rb_node *node)
{
	return node->parent != node;
}

/* After the nodes that are equal to it. */
void rb_insert(struct rb_root *root, struct rb_node *node, rb_less_fn *less);

/* link is the empty child link of parent, or &root->top of an empty tree with
 * parent NULL. */
void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
		  struct rb_node **link);

void rb_erase(struct rb_root *root, struct rb_node *node);

/* Puts new where old is; it must have the same place in the order. */
void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new);

/* Carries a change at node up to the root, as far as summaries change. */
void rb_update(struct rb_root *root, struct rb_node *node);

/* In order; NULL at the end. rb_first() takes no search. */
static inline struct rb_node *rb_first(const struct rb_root *root)
{
	return root->first;
}

struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#define rb_entry(node, type, member) container_of(node, type, member)

/* The body must not erase the node it is at. */
#define rb_for_each(node, root)                                                                    \
	for (struct rb_node *node = rb_first(root); node; node = rb_next(node))

/*
 * Whether the links, the colours, the black heights, the order, the first node
 * and (when there is an update) the summaries are right. O(n log n): for tests
 * and debug builds. less may be NULL: the order is not checked.
 */
bool rb_check(struct rb_root *root, rb_less_fn *less);

#endif
