/*
 * A model of capabilities, grants and objects: plain arrays and counts, too simple
 * to be wrong. It knows no pointers, no locks, no memory.
 */
#ifndef TESTS_UNIT_CAP_MODEL_H
#define TESTS_UNIT_CAP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_SLOTS 160	   /* of each space */
#define MODEL_GRANTS 3000  /* at a time */
#define MODEL_OBJECTS 2000 /* at a time */
#define MODEL_NONE (-1)

struct model_cap {
	int object; /* MODEL_NONE: an empty slot */
	int grant;
	uint32_t rights;
	uint32_t flags;
	bool closes_on_exec;
};

struct model_space {
	struct model_cap caps[MODEL_SLOTS];
	uint32_t limit;
};

struct model_grant {
	int refs; /* 0: none of this number */
	int parent;
	bool is_dead;
	uint64_t id; /* the real one's */
};

extern struct model_grant model_grants[MODEL_GRANTS];
extern int model_grant_count, model_object_count;

void model_reset(void);

/* With one reference; MODEL_NONE when there are too many. parent MODEL_NONE: a root. */
int model_grant_new(int parent, uint64_t id);
void model_grant_get(int grant);
void model_grant_put(int grant);
int model_object_new(void);

/* The grant is an ancestor of the other, or the same. */
bool model_is_above(int grant, int other);

/* Kills the grant if with_self, and all below. */
void model_revoke(int grant, bool with_self);

void model_cap_clear(struct model_cap *cap); /* without dropping */
void model_cap_hold(const struct model_cap *cap);
void model_cap_drop(struct model_cap *cap);

/* What looking the slot up for some rights gives. */
int model_use(const struct model_space *space, uint32_t slot, uint32_t needed);
/* The same, revoked or not. */
int model_peek(const struct model_space *space, uint32_t slot, uint32_t needed);

/* The lowest free slot, or MODEL_NONE. */
int model_free_slot(const struct model_space *space, uint32_t from);

#endif
