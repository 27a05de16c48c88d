/* Self-tests: what a look-up costs; what all the self-tests here share. */
#include "kernel/cap/selftest_impl.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

#define WAIT_NS (60 * NSEC_PER_SEC)

struct atomic32 selftest_objects;

static void object_destroy(struct kobject *obj)
{
	kmem_free(container_of(obj, struct selftest_object, obj), sizeof(struct selftest_object));
	atomic32_dec(&selftest_objects);
}

static const struct kobject_type object_type = {
	KOBJECT_TYPE(FILE, struct selftest_object),
	.destroy = object_destroy,
};

bool selftest_make_cap(struct grant *grant, struct cap *out)
{
	struct selftest_object *object = kmem_zalloc(sizeof(*object));

	if (!object) {
		selftest_fail(__FILE__, __LINE__, "no memory for an object");
		return false;
	}
	kobject_init(&object->obj, &object_type);
	spin_lock_init(&object->lock, LOCK_OBJECT);
	waitq_init(&object->sleepers);
	atomic32_inc(&selftest_objects);
	cap_init(out, &object->obj, grant, RIGHTS_ALL, CAP_OWNS_GRANT);
	kobject_put(&object->obj);
	return true;
}

int selftest_object_sleep(struct kobject *obj)
{
	struct selftest_object *object = container_of(obj, struct selftest_object, obj);
	int err;

	spin_lock(&object->lock);
	store_release(&object->sleeping, object->sleeping + 1);
	do
		err = waitq_sleep(&object->sleepers, &object->lock, time_after(WAIT_NS / 2));
	while (err == 0);
	spin_unlock(&object->lock);
	return err;
}

struct thread *selftest_run_on(cpu_id_t cpu, const char *name, void (*fn)(void *arg), void *arg)
{
	struct cpumask mask = cpumask_of(cpu % cpu_online_count());
	struct thread *thread;

	if (thread_create(name, fn, arg, &thread)) {
		selftest_fail(__FILE__, __LINE__, "no memory for thread %s", name);
		return NULL;
	}
	SELFTEST_CHECK_EQ(thread_set_affinity(thread, &mask), 0);
	thread_start(thread);
	return thread;
}

void selftest_finish(struct thread *thread)
{
	if (!thread)
		return;
	SELFTEST_CHECK_EQ(thread_join(thread, time_after(WAIT_NS)), 0);
	thread_put(thread);
}

#define ROUNDS 1000u

/* Cycles of one of ROUNDS, less those of the loop. With -icount: instructions. */
static uint64_t per_round(uint64_t start, uint64_t end, uint64_t empty)
{
	return (end - start - empty + ROUNDS / 2) / ROUNDS;
}

/*
 * Under -icount a cycle is an instruction (or a fixed number of them), so the
 * empty loop tells the unit.
 */
static void measure(struct cspace *cs, uint32_t slot, const char *what)
{
	struct thread *self = thread_current();
	struct cap_ref ref = {0};
	uint64_t start, empty, lookup, both;

	start = arch_cycle_counter();
	for (uint32_t i = 0; i < ROUNDS; i++)
		HIDE_VALUE(slot);
	empty = arch_cycle_counter() - start;

	start = arch_cycle_counter();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		HIDE_VALUE(slot);
		if (cspace_lookup(cs, slot, RIGHT_READ, &ref))
			break;
		cap_ref_put(&ref);
	}
	both = per_round(start, arch_cycle_counter(), empty);

	/* The look-up alone: its use is ended by hand, with one store. */
	start = arch_cycle_counter();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		HIDE_VALUE(slot);
		if (cspace_lookup(cs, slot, RIGHT_READ, &ref) || !ref.is_borrowed)
			break;
		store_release(&self->active_grants[0], NULL);
	}
	lookup = per_round(start, arch_cycle_counter(), empty);
	if (ref.is_borrowed) {
		log_info("cap: look-up in %s: %lu cycles, with put %lu", what, lookup, both);
	} else {
		cap_ref_put(&ref);
		log_info("cap: look-up in %s and put: %lu cycles", what, both);
	}
}

SELFTEST(test_cap_lookup, "cap.lookup", "a space can be used alone, shared, and far from its start")
{
	uint32_t objects = atomic32_load(&selftest_objects);
	struct grant *root;
	struct cspace *cs;
	struct cap cap, old;

	SELFTEST_REQUIRE(grant_create_root(NULL, "selftest", &root) == 0);
	SELFTEST_REQUIRE(cspace_create(NULL, CSPACE_MAX, 0, &cs) == 0);
	SELFTEST_REQUIRE(selftest_make_cap(root, &cap));
	cap_hold(&cap);
	SELFTEST_CHECK_EQ(cspace_replace(cs, &cap, 3, CAP_KEEP_ON_EXEC, &old), 0);
	SELFTEST_CHECK_EQ(cspace_replace(cs, &cap, 1000000, CAP_KEEP_ON_EXEC, &old), 0);
	cspace_add_user(cs);
	measure(cs, 3, "a space of one user");
	measure(cs, 1000000, "a space of one user, slot 1,000,000");
	cspace_add_user(cs);
	measure(cs, 3, "a shared space");
	cspace_remove_user(cs);
	cspace_remove_user(cs);
	cspace_put(cs);
	grant_put(root);
	SELFTEST_CHECK_EQ(atomic32_load(&selftest_objects), objects);
}
