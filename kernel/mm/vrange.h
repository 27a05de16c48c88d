/*
 * Virtual ranges: which parts of an address area are taken. Pure: the owner
 * locks, and gives the storage of each range.
 */
#ifndef KERNEL_MM_VRANGE_H
#define KERNEL_MM_VRANGE_H

#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/types.h"

struct vrange {
	struct rb_node node;
	vaddr_t start;
	uint64_t len;
	uint64_t gap;	  /* free bytes right before start */
	uint64_t max_gap; /* largest gap in the subtree of this node */
};

struct vrange_set {
	struct rb_root root;
	struct vrange end; /* of length 0, so that the last gap has an owner */
};

/* All of [base, end) is free; whole pages. */
void vrange_set_init(struct vrange_set *set, vaddr_t base, vaddr_t end);

/*
 * Takes the lowest free len bytes (whole pages) whose start is offset modulo
 * align (a power of two, at least PAGE_SIZE; offset below it): fills *range and
 * returns 0, or -ENOSPC.
 */
MUST_CHECK int vrange_alloc(struct vrange_set *set, struct vrange *range, uint64_t len,
			    uint64_t align, uint64_t offset);

void vrange_free(struct vrange_set *set, struct vrange *range);

/* The range that holds addr, or NULL. */
struct vrange *vrange_find(const struct vrange_set *set, vaddr_t addr);

#endif
