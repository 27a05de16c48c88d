#include "kernel/cap/registry.h"

#include "kernel/core/assert.h"

void registry_add(struct registry *reg, struct registered *member)
{
	refcount_init(&member->refs);
	spin_lock(&reg->lock);
	member->id = ++reg->last_id;
	reg->count++;
	list_push_back(&reg->members, &member->node);
	spin_unlock(&reg->lock);
}

void registry_remove(struct registry *reg, struct registered *member)
{
	spin_lock(&reg->lock);
	list_remove(&member->node);
	reg->count--;
	spin_unlock(&reg->lock);
}

void registered_get(struct registered *member)
{
	bool is_alive = refcount_get(&member->refs);

	ASSERT(is_alive);
}

bool registered_put(struct registered *member)
{
	/* If it was not the last, the member may be gone by now. */
	return refcount_put(&member->refs);
}

struct registered *registry_next(struct registry *reg, const struct registered *prev)
{
	struct registered *next = NULL;
	struct list_node *node;

	spin_lock(&reg->lock);
	node = prev ? prev->node.next : reg->members.next;
	/* Those without references are on their way out, a few at most. */
	for (; node != &reg->members; node = node->next) {
		next = list_entry(node, struct registered, node);
		if (refcount_get_unless_zero(&next->refs))
			break;
		next = NULL;
	}
	spin_unlock(&reg->lock);
	return next;
}

uint64_t registry_count(struct registry *reg)
{
	uint64_t count;

	spin_lock(&reg->lock);
	count = reg->count;
	spin_unlock(&reg->lock);
	return count;
}

uint64_t registry_last_id(struct registry *reg)
{
	uint64_t id;

	spin_lock(&reg->lock);
	id = reg->last_id;
	spin_unlock(&reg->lock);
	return id;
}
