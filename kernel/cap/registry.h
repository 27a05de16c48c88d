/*
 * Registry: a list of everything of a kind, with reference counts, that can be
 * walked in steps while members come and go. For grants, spaces, authorities.
 *
 * A walker holds a reference to the member it is at. A member leaves the list
 * only after its last reference is gone, so the walker's place stays in it.
 */
#ifndef KERNEL_CAP_REGISTRY_H
#define KERNEL_CAP_REGISTRY_H

#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"

struct registry {
	struct spinlock lock;			    /* rank CAP_LIST */
	struct list_node members GUARDED_BY(&lock); /* in the order of ids */
	uint64_t count GUARDED_BY(&lock);
	uint64_t last_id GUARDED_BY(&lock);
};

#define REGISTRY_INIT(name)                                                                        \
	{                                                                                          \
		.lock = SPINLOCK_INIT(LOCK_CAP_LIST), .members = LIST_INIT((name).members)         \
	}

/* Embedded in each member. */
struct registered {
	struct list_node node; /* under the registry's lock */
	struct refcount refs;
	uint64_t id; /* const: never used again, greater than those before */
};

/* Gives an id and one reference, to the caller. */
void registry_add(struct registry *reg, struct registered *member);

/* After the last reference is gone. */
void registry_remove(struct registry *reg, struct registered *member);

/* A reference is held already. */
void registered_get(struct registered *member);

/* True for the last one: the caller then removes and frees the member. */
MUST_CHECK bool registered_put(struct registered *member);

/*
 * The first member for NULL, else the one after prev, to which the caller holds
 * a reference and keeps it. With a reference for the caller; NULL at the end.
 */
struct registered *registry_next(struct registry *reg, const struct registered *prev);

uint64_t registry_count(struct registry *reg);
/* The id given last; every later one is greater. */
uint64_t registry_last_id(struct registry *reg);

#endif
