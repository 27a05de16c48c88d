/*
 * Areas: disjoint ranges of addresses in order, and the gaps between them.
 *
 * The tree behind an address space, without knowing what an area is for. Every
 * node keeps the largest gap below it, so that a free range of a size is found in
 * as many steps as the tree is deep. Pure; locking is the owner's.
 */
#ifndef KERNEL_VM_AREA_H
#define KERNEL_VM_AREA_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/types.h"

struct area {
	struct rb_node node;
	vaddr_t start;
	vaddr_t end;
	uint64_t guard;	  /* bytes below start that searches leave free */
	uint64_t gap;	  /* free bytes between the area before and the guard */
	uint64_t max_gap; /* the largest gap of the subtree */
};

struct area_tree {
	struct rb_root root;
	vaddr_t base; /* no area starts lower */
};

void area_tree_init(struct area_tree *tree, vaddr_t base);

/* The first area that ends above addr: the one that contains it, or the next; or NULL. */
struct area *area_find(const struct area_tree *tree, vaddr_t addr);

/* The first area that has an address in common with the range, or NULL. */
struct area *area_find_in(const struct area_tree *tree, vaddr_t start, vaddr_t end);

/* start, end and guard are set; the range is free. */
void area_insert(struct area_tree *tree, struct area *area);
void area_remove(struct area_tree *tree, struct area *area);

/* Moves edges, over free addresses only. */
void area_set_range(struct area_tree *tree, struct area *area, vaddr_t start, vaddr_t end);

static inline struct area *area_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct area, node) : NULL;
}

static inline struct area *area_first(const struct area_tree *tree)
{
	return area_of(rb_first(&tree->root));
}

static inline struct area *area_next(const struct area *area)
{
	return area_of(rb_next(&area->node));
}

static inline struct area *area_prev(const struct area *area)
{
	return area_of(rb_prev(&area->node));
}

/*
 * A free range of len bytes within [low, high), guards left out: the highest or
 * the lowest there is. 0, or -ENOMEM when there is none. len is not 0.
 */
MUST_CHECK int area_find_gap_high(const struct area_tree *tree, uint64_t len, vaddr_t low,
				  vaddr_t high, vaddr_t *out);
MUST_CHECK int area_find_gap_low(const struct area_tree *tree, uint64_t len, vaddr_t low,
				 vaddr_t high, vaddr_t *out);

/* Whether order, gaps and summaries are right; O(n log n), for tests and debug builds. */
bool area_tree_check(struct area_tree *tree);

#endif
