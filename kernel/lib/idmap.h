/*
 * Id map: small numbers to pointers, lowest free number first.
 *
 * The table behind descriptors and process numbers. A tree of 64-way nodes; each
 * node knows which of its slots hold something and which are full, so the
 * lowest free number, look-up and the next used number take one step a level,
 * four levels at most. Locking is the owner's.
 */
#ifndef KERNEL_LIB_IDMAP_H
#define KERNEL_LIB_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* Numbers are below this. */
#define IDMAP_MAX (1u << 22)

struct idmap_node;

/* Where nodes come from; called inside idmap_alloc, _insert, _remove, _fini. */
struct idmap_memory {
	void *(*alloc)(void *ctx, size_t size); /* NULL when there is none */
	void (*free)(void *ctx, void *mem, size_t size);
};

struct idmap {
	struct idmap_node *root;
	unsigned int levels; /* of nodes; numbers below 64^levels have a place */
	uint32_t limit;
	uint32_t count; /* numbers in use */
	const struct idmap_memory *memory;
	void *ctx;
};

/* Numbers 0 to limit - 1 (cut to IDMAP_MAX). Allocates nothing. */
void idmap_init(struct idmap *map, uint32_t limit, const struct idmap_memory *memory, void *ctx);

/* Frees the nodes; what the pointers point to is the owner's. */
void idmap_fini(struct idmap *map);

/*
 * Maps the lowest free number from min on to ptr, which must not be NULL.
 * -ENOSPC: all numbers from min on are taken; -ENOMEM.
 */
MUST_CHECK int idmap_alloc(struct idmap *map, uint32_t min, void *ptr, uint32_t *out);

/* Maps this number. -EEXIST: taken; -EINVAL: not below the limit; -ENOMEM. */
MUST_CHECK int idmap_insert(struct idmap *map, uint32_t id, void *ptr);

/* The pointer of a number, or NULL. Any number may be asked for. */
void *idmap_find(const struct idmap *map, uint32_t id);

/* Changes the pointer of a number in use and returns the old one; NULL, and no
 * change, when it is free. */
void *idmap_replace(struct idmap *map, uint32_t id, void *ptr);

/* Frees a number and returns its pointer; NULL when it was free. */
void *idmap_remove(struct idmap *map, uint32_t id);

/*
 * The first used number from *id on: writes it to *id and returns its pointer;
 * NULL when there is none. To go on, add one to *id.
 */
void *idmap_next(const struct idmap *map, uint32_t *id);

#endif
