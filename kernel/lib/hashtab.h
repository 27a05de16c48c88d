/*
 * Hash table: intrusive, chained, with a fixed number of buckets.
 *
 * The owner supplies the buckets and the hash of each node, and compares keys
 * while it walks one chain:
 *
 *	hashtab_for_each(node, &names, hash) {
 *		struct name *name = container_of(node, struct name, hash_node);
 *		...
 *	}
 *
 * Locking is the owner's; a chain is independent of every other.
 */
#ifndef KERNEL_LIB_HASHTAB_H
#define KERNEL_LIB_HASHTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hashtab_node {
	struct hashtab_node *next;
	struct hashtab_node **link; /* what points here; NULL: in no table */
};

struct hashtab {
	struct hashtab_node **buckets;
	uint64_t mask;
};

/* count is a power of two; the owner keeps the storage alive. */
static inline void hashtab_init(struct hashtab *tab, struct hashtab_node **buckets, size_t count)
{
	tab->buckets = buckets;
	tab->mask = count - 1;
	for (size_t i = 0; i < count; i++)
		buckets[i] = NULL;
}

static inline void hashtab_node_init(struct hashtab_node *node)
{
	node->link = NULL;
}

static inline bool hashtab_is_linked(const struct hashtab_node *node)
{
	return node->link != NULL;
}

static inline struct hashtab_node **hashtab_bucket(const struct hashtab *tab, uint64_t hash)
{
	return &tab->buckets[hash & tab->mask];
}

/* At the front of its chain. Equal keys are the owner's business. */
static inline void hashtab_insert(struct hashtab *tab, struct hashtab_node *node, uint64_t hash)
{
	node->link = hashtab_bucket(tab, hash);
	node->next = *node->link;
	if (node->next)
		node->next->link = &node->next;
	*node->link = node;
}

static inline void hashtab_remove(struct hashtab_node *node)
{
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->link = NULL;
}

/* All nodes of the chain of hash, other hashes included; the body must not
 * remove the node it is at. */
#define hashtab_for_each(node, tab, hash)                                                          \
	for (struct hashtab_node *node = *hashtab_bucket(tab, hash); node; node = node->next)

/* The body may remove the node it is at. */
#define hashtab_for_each_safe(node, tab, hash)                                                     \
	for (struct hashtab_node *node = *hashtab_bucket(tab, hash),                               \
				 *next_##node = node ? node->next : NULL;                          \
	     node; node = next_##node, next_##node = node ? node->next : NULL)

#endif
