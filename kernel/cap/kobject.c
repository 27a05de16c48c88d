#include "kernel/cap/kobject.h"

#include "kernel/core/assert.h"
#include "kernel/lib/bits.h"

static const struct {
	const char *name;
	uint32_t rights;
} types[] = {
#define TYPE(name_, string, rights_, text) {string, KOBJECT_##name_##_RIGHTS},
#include "kernel/cap/types.def"
#undef TYPE
};

static_assert(ARRAY_SIZE(types) == KOBJECT_TYPE_COUNT, "one entry a type");

/* By bit number. */
static const char *const right_names[32] = {
#define RIGHT(name, bit, text) [bit] = #name,
#include "kernel/cap/rights.def"
#undef RIGHT
};

void kobject_get(struct kobject *obj)
{
	bool is_alive = refcount_get(&obj->refs);

	ASSERT(is_alive);
}

void kobject_put(struct kobject *obj)
{
	if (refcount_put(&obj->refs))
		obj->type->destroy(obj);
}

const char *kobject_type_name(uint32_t id)
{
	return id < KOBJECT_TYPE_COUNT ? types[id].name : "?";
}

uint32_t kobject_type_rights(uint32_t id)
{
	return id < KOBJECT_TYPE_COUNT ? types[id].rights : 0;
}

const char *right_name(uint32_t right)
{
	const char *name = right ? right_names[bits_first(right)] : NULL;

	return name ? name : "?";
}
