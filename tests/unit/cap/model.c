#include "tests/unit/cap/model.h"

#include <string.h>

#include "kernel/lib/errno.h"

struct model_grant model_grants[MODEL_GRANTS];
int model_grant_count, model_object_count;

static int object_refs[MODEL_OBJECTS];
/* Numbers that are free, as stacks. */
static int free_grants[MODEL_GRANTS], free_grant_count;
static int free_objects[MODEL_OBJECTS], free_object_count;

void model_reset(void)
{
	memset(model_grants, 0, sizeof(model_grants));
	memset(object_refs, 0, sizeof(object_refs));
	model_grant_count = 0;
	model_object_count = 0;
	free_grant_count = 0;
	free_object_count = 0;
	while (free_grant_count < MODEL_GRANTS) {
		free_grants[free_grant_count] = free_grant_count;
		free_grant_count++;
	}
	while (free_object_count < MODEL_OBJECTS) {
		free_objects[free_object_count] = free_object_count;
		free_object_count++;
	}
}

int model_grant_new(int parent, uint64_t id)
{
	int grant;

	if (free_grant_count == 0)
		return MODEL_NONE;
	grant = free_grants[--free_grant_count];
	model_grants[grant] = (struct model_grant){.refs = 1, .parent = parent, .id = id};
	if (parent != MODEL_NONE)
		model_grant_get(parent);
	model_grant_count++;
	return grant;
}

void model_grant_get(int grant)
{
	model_grants[grant].refs++;
}

void model_grant_put(int grant)
{
	while (grant != MODEL_NONE && --model_grants[grant].refs == 0) {
		free_grants[free_grant_count++] = grant;
		model_grant_count--;
		grant = model_grants[grant].parent;
	}
}

int model_object_new(void)
{
	int object = free_objects[--free_object_count];

	object_refs[object] = 1;
	model_object_count++;
	return object;
}

bool model_is_above(int grant, int other)
{
	while (other != MODEL_NONE && other != grant)
		other = model_grants[other].parent;
	return other == grant;
}

void model_revoke(int grant, bool with_self)
{
	for (int i = 0; i < MODEL_GRANTS; i++) {
		if (model_grants[i].refs > 0 && model_is_above(grant, i) &&
		    (with_self || i != grant))
			model_grants[i].is_dead = true;
	}
}

void model_cap_clear(struct model_cap *cap)
{
	*cap = (struct model_cap){.object = MODEL_NONE, .grant = MODEL_NONE};
}

void model_cap_hold(const struct model_cap *cap)
{
	object_refs[cap->object]++;
	model_grant_get(cap->grant);
}

void model_cap_drop(struct model_cap *cap)
{
	if (cap->object == MODEL_NONE)
		return;
	if (--object_refs[cap->object] == 0) {
		free_objects[free_object_count++] = cap->object;
		model_object_count--;
	}
	model_grant_put(cap->grant);
	model_cap_clear(cap);
}

int model_peek(const struct model_space *space, uint32_t slot, uint32_t needed)
{
	const struct model_cap *cap;

	if (slot >= MODEL_SLOTS)
		return -EBADF;
	cap = &space->caps[slot];
	if (cap->object == MODEL_NONE)
		return -EBADF;
	return (cap->rights & needed) == needed ? 0 : -EACCES;
}

int model_use(const struct model_space *space, uint32_t slot, uint32_t needed)
{
	int err = model_peek(space, slot, needed);

	if (!err && model_grants[space->caps[slot].grant].is_dead)
		err = -EIO;
	return err;
}

int model_free_slot(const struct model_space *space, uint32_t from)
{
	for (uint32_t slot = from; slot < space->limit; slot++) {
		if (space->caps[slot].object == MODEL_NONE)
			return (int)slot;
	}
	return MODEL_NONE;
}
