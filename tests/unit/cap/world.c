#include "tests/unit/cap/world.h"

#include "kernel/cap/authority.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

uint32_t things;

static void thing_destroy(struct kobject *obj)
{
	assert_int_equal(fake_locks_held, 0);
	fake_free(container_of(obj, struct thing, obj), sizeof(struct thing));
	things--;
}

static const struct kobject_type thing_type = {
	KOBJECT_TYPE(FILE, struct thing),
	.destroy = thing_destroy,
};

struct kobject *make_thing(void)
{
	struct thing *thing = fake_alloc(sizeof(*thing));

	assert_non_null(thing);
	kobject_init(&thing->obj, &thing_type);
	things++;
	return &thing->obj;
}

struct grant *make_root(void)
{
	struct grant *grant;

	assert_int_equal(grant_create_root(NULL, "root", &grant), 0);
	return grant;
}

struct grant *make_child(struct grant *parent)
{
	struct grant *grant;

	assert_int_equal(grant_mint(parent, NULL, "child", 0, &grant), 0);
	return grant;
}

struct cspace *make_space(uint32_t limit)
{
	struct cspace *cs;

	assert_int_equal(cspace_create(NULL, limit, 0, &cs), 0);
	return cs;
}

struct cap make_cap(struct grant *grant, uint32_t rights, uint32_t flags)
{
	struct kobject *thing = make_thing();
	struct cap cap;

	cap_init(&cap, thing, grant, rights, flags);
	kobject_put(thing);
	return cap;
}

uint32_t add_thing(struct cspace *cs, struct grant *grant, uint32_t rights, uint32_t flags)
{
	struct cap cap = make_cap(grant, rights, flags);
	uint32_t slot;

	assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), 0);
	return slot;
}

int try_use(struct cspace *cs, uint32_t slot, uint32_t needed)
{
	struct cap_ref ref;
	int err = cspace_lookup(cs, slot, needed, &ref);

	if (!err)
		cap_ref_put(&ref);
	return err;
}

struct cap_info info_of(struct cspace *cs, uint32_t slot)
{
	struct cap_info info;

	assert_int_equal(cap_get_info(cs, slot, &info), 0);
	return info;
}

void check_all_gone(void)
{
	assert_int_equal(things, 0);
	assert_int_equal(grant_count(), 0);
	assert_int_equal(cspace_total(), 0);
	assert_int_equal(authority_total(), 0);
}
