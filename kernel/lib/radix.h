/*
 * Radix map: numbers of 64 bits to pointers, for tables that are dense in
 * places: the pages of a memory object, by number.
 *
 * A tree of 64-way nodes, as deep as the largest number needs: a map that holds
 * only number 0 has no node at all. Look-up takes one step for each 6 bits of the
 * largest number. Locking is the owner's.
 */
#ifndef KERNEL_LIB_RADIX_H
#define KERNEL_LIB_RADIX_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct radix_node;

/* Where nodes come from; called inside radix_insert, _remove and _fini. */
struct radix_memory {
	void *(*alloc)(void *ctx, size_t size); /* NULL when there is none */
	void (*free)(void *ctx, void *mem, size_t size);
};

struct radix {
	void *root;	     /* a node; without levels: what number 0 maps to */
	unsigned int levels; /* of nodes; numbers below 64^levels have a place */
	uint64_t count;	     /* numbers in use */
	const struct radix_memory *memory;
	void *ctx;
};

/* Bytes that every node takes, for the owner of the memory. */
size_t radix_node_size(void);

/* Allocates nothing. */
void radix_init(struct radix *map, const struct radix_memory *memory, void *ctx);

/* Frees the nodes; what the pointers point to is the owner's. */
void radix_fini(struct radix *map);

/* Maps index to ptr, which must not be NULL. 0, -EEXIST, or -ENOMEM (no change). */
MUST_CHECK int radix_insert(struct radix *map, uint64_t index, void *ptr);

/* The pointer of a number, or NULL. */
void *radix_find(const struct radix *map, uint64_t index);

/* Takes a number out and returns its pointer; NULL when it was not there. */
void *radix_remove(struct radix *map, uint64_t index);

/*
 * The first number in use from *index on: writes it to *index and returns its
 * pointer; NULL when there is none. To go on, add one to *index.
 */
void *radix_next(const struct radix *map, uint64_t *index);

#endif
