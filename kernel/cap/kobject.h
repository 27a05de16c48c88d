/*
 * Kernel object: what a capability names. A type and a reference count, the
 * first member of every object.
 *
 * An object lives as long as somebody holds a reference: a capability, a thread
 * that uses it, another object. It does not know its capabilities; whether it
 * may still be used is a matter of grants (kernel/cap/grant.h).
 */
#ifndef KERNEL_CAP_KOBJECT_H
#define KERNEL_CAP_KOBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/cap/rights.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/refcount.h"

/* KOBJECT_FILE, KOBJECT_DIRECTORY, ...: from types.def. */
enum kobject_type_id {
#define TYPE(name, string, rights, text) KOBJECT_##name,
#include "kernel/cap/types.def"
#undef TYPE
	KOBJECT_TYPE_COUNT,
};

/* KOBJECT_FILE_RIGHTS, ...: all that a capability to such an object can have. */
enum {
#define TYPE(name, string, rights, text) KOBJECT_##name##_RIGHTS = RIGHTS_COMMON | (rights),
#include "kernel/cap/types.def"
#undef TYPE
};

struct kobject;

/*
 * Constant; one for each implementation. Several may share an id: open files of
 * different file systems are all files.
 */
struct kobject_type {
	uint8_t id; /* enum kobject_type_id; kobject_type_name() gives the name */
	uint32_t valid_rights;
	uint32_t size; /* bytes of the whole object, for reports */
	/* The last reference is gone: frees the object. May sleep, no spinlock is held. */
	void (*destroy)(struct kobject *obj);
};

/* All members of a type but destroy: KOBJECT_TYPE(EVENT, struct event). */
#define KOBJECT_TYPE(name_, struct_)                                                               \
	.id = KOBJECT_##name_, .valid_rights = KOBJECT_##name_##_RIGHTS, .size = sizeof(struct_)

struct kobject {
	const struct kobject_type *type; /* const */
	struct refcount refs;
};

/* The caller owns the one reference. */
static inline void kobject_init(struct kobject *obj, const struct kobject_type *type)
{
	obj->type = type;
	refcount_init(&obj->refs);
}

/* The caller holds a reference already. Any context. */
void kobject_get(struct kobject *obj);

/* The last put destroys: no spinlock may be held, as destroy may sleep. */
void kobject_put(struct kobject *obj);

/* The name in types.def; "?" for a number that is no type. */
const char *kobject_type_name(uint32_t id);
uint32_t kobject_type_rights(uint32_t id);

#endif
