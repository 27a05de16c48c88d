/*
 * List: an intrusive, circular, doubly linked list.
 *
 * The head is a node like the others. A node that is in no list is either
 * uninitialised or was left self-linked by list_remove(); list_is_linked()
 * tells the latter from a member.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include <stdbool.h>

#include "kernel/lib/compiler.h"

struct list_node {
	struct list_node *next;
	struct list_node *prev;
};

#define LIST_INIT(name)                                                                            \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}

static inline void list_init(struct list_node *node)
{
	node->next = node;
	node->prev = node;
}

static inline bool list_is_empty(const struct list_node *head)
{
	return head->next == head;
}

/* For an initialised node: whether it is a member of some list. */
static inline bool list_is_linked(const struct list_node *node)
{
	return node->next != node;
}

static inline void list_insert_between(struct list_node *node, struct list_node *prev,
				       struct list_node *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_push_front(struct list_node *head, struct list_node *node)
{
	list_insert_between(node, head, head->next);
}

static inline void list_push_back(struct list_node *head, struct list_node *node)
{
	list_insert_between(node, head->prev, head);
}

/* Leaves the node self-linked, so removing it twice does no harm. */
static inline void list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* The first node, or NULL. */
static inline struct list_node *list_first(const struct list_node *head)
{
	return list_is_empty(head) ? NULL : head->next;
}

/* Removes and returns the first node, or NULL. */
static inline struct list_node *list_pop_front(struct list_node *head)
{
	struct list_node *node = list_first(head);

	if (node)
		list_remove(node);
	return node;
}

/* Moves all members of from to the end of to; from is empty afterwards. */
static inline void list_splice_back(struct list_node *to, struct list_node *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The first member as its containing type, or NULL. */
#define list_first_entry(head, type, member)                                                       \
	(list_is_empty(head) ? NULL : list_entry((head)->next, type, member))

/* The body must not remove the node it is at. */
#define list_for_each(node, head)                                                                  \
	for (struct list_node *node = (head)->next; node != (head); node = node->next)

/* The body may remove the node it is at. */
#define list_for_each_safe(node, head)                                                             \
	for (struct list_node *node = (head)->next, *next_##node = node->next; node != (head);     \
	     node = next_##node, next_##node = node->next)

#endif
