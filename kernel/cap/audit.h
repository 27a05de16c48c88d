/*
 * Audit: who holds what, with which rights, derived from what. The whole graph,
 * read in bounded steps while the system goes on: each line is true at some
 * moment of the reading, and the lines together are when nothing changes
 * meanwhile.
 *
 * Capabilities inside messages that nobody has received yet are in no space and
 * are not seen; their grants are.
 */
#ifndef KERNEL_CAP_AUDIT_H
#define KERNEL_CAP_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/grant.h"
#include "kernel/lib/compiler.h"

enum audit_kind {
	AUDIT_GRANT,	 /* a grant; only .grant is set */
	AUDIT_SPACE,	 /* a capability in slot .slot of the space of .owner */
	AUDIT_AUTHORITY, /* a capability in slot .slot of the authority of .owner */
	AUDIT_END,	 /* of a cursor, never of an entry */
};

struct audit_entry {
	enum audit_kind kind;
	uint32_t slot;
	uint64_t owner;
	uint64_t object_id; /* equal for capabilities to one object */
	uint32_t rights;
	uint8_t type; /* enum kobject_type_id */
	bool owns_grant;
	struct grant_info grant;
};

struct cspace;
struct authority;

/* Where a reading is. All members are private. */
struct audit_cursor {
	enum audit_kind kind;
	struct grant *grant;
	struct cspace *space;
	struct authority *authority;
	uint32_t slot;
};

/* Grants come first, then spaces, then authorities. */
void audit_begin(struct audit_cursor *cursor);

/* 0, or -ENOENT at the end. No spinlock may be held. */
MUST_CHECK int audit_next(struct audit_cursor *cursor, struct audit_entry *out);

/* Drops what the cursor holds; also after the end. */
void audit_end(struct audit_cursor *cursor);

struct kobject;

/* A number for an object that says nothing about its address. */
uint64_t audit_object_id(const struct kobject *object);

#endif
