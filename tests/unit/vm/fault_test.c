/*
 * Address spaces against a model of single pages.
 *
 * Up to four spaces and three objects; every step maps, unmaps, protects, forks,
 * moves, cuts, revokes, or lets one of two CPUs read or write a page through a
 * translation cache that forgets only what it is told to. So a flush that is missing,
 * a page that is shared too long or given away too early, reads as a wrong word. The
 * budget of a space is sometimes used up: then what fails must change nothing.
 */
#include "kernel/vm/fault.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/vm_impl.h"
#include "tests/unit/unit.h"
#include "tests/unit/vm/machine.h"

#define STEPS 4000000
#define SPACES 4
#define OBJECTS 3
#define GRANTS 3
/* The window crosses an edge between two tables of leaves. */
#define PAGES 40
#define BASE (3 * ARCH_LEAF_TABLE_SPAN - 13 * PAGE_SIZE)
#define ADDR(page) (BASE + (vaddr_t)(page)*PAGE_SIZE)
#define OBJECT_PAGES 24
#define RW (VM_READ | VM_WRITE)

struct model_page {
	bool is_mapped;
	bool is_shared;
	bool is_revoked;
	bool is_private; /* has memory of its own, holding value */
	uint32_t prot;
	int object; /* -1: none */
	int index;  /* of the page in the object */
	int grant;  /* -1: none */
	uint32_t value;
};

struct model_space {
	struct vmspace *space;
	struct mem_account *account;
	struct model_page pages[PAGES];
};

struct model_object {
	struct vmobj *obj;
	int size;
	uint32_t values[OBJECT_PAGES];
};

static struct model_space spaces[SPACES];
static struct model_object objects[OBJECTS];
static struct grant *grants[GRANTS];
static struct mem_account *root;
static uint64_t seed;
/* A budget may be used up: -ENOMEM is allowed. */
static bool is_tight;

static int random_below(int bound)
{
	return (int)test_random(&seed, (uint64_t)bound);
}

static bool is_done(int err)
{
	if (err == -ENOMEM && is_tight)
		return false;
	assert_int_equal(err, 0);
	return true;
}

/* --- What a page must show --- */

static int expect(const struct model_page *p, bool is_write, uint32_t *value)
{
	if (!p->is_mapped)
		return -EFAULT;
	if (p->is_revoked)
		return -EIO;
	if (!p->prot || (is_write && !(p->prot & VM_WRITE)))
		return -EACCES;
	if (p->is_private) {
		*value = p->value;
		return 0;
	}
	if (p->object < 0) {
		*value = 0;
		return 0;
	}
	if (p->index >= objects[p->object].size)
		return -ENXIO;
	*value = objects[p->object].values[p->index];
	return 0;
}

static void wrote(struct model_page *p, uint32_t value)
{
	if (p->is_shared) {
		objects[p->object].values[p->index] = value;
	} else {
		p->is_private = true;
		p->value = value;
	}
}

static void step_read(struct model_space *s)
{
	int cpu = random_below(CPUS);
	int page = random_below(PAGES);
	uint32_t value = 0, expected = 0;
	int should = expect(&s->pages[page], false, &expected);
	int err;

	if (random_below(4) == 0) {
		err = vm_read(s->space, ADDR(page), &value, sizeof(value));
	} else {
		machine_run(cpu, s->space);
		err = machine_read(cpu, ADDR(page), &value);
	}
	if (err == -ENOMEM && is_tight)
		return;
	assert_int_equal(err, should);
	if (!err)
		assert_int_equal(value, expected);
}

/* Both CPUs in one space: what one writes, the other reads. */
static void step_write(struct model_space *s)
{
	int cpu = random_below(CPUS);
	int page = random_below(PAGES);
	uint32_t value = (uint32_t)random_below(1 << 30);
	uint32_t old = 0, seen = 0;
	int should = expect(&s->pages[page], true, &old);
	int err;

	for (int i = 0; i < CPUS; i++)
		machine_run((uint32_t)i, s->space);
	if (expect(&s->pages[page], false, &old) == 0 &&
	    machine_read(1 - (uint32_t)cpu, ADDR(page), &seen) == 0)
		assert_int_equal(seen, old);
	err = machine_write((uint32_t)cpu, ADDR(page), value);
	if (err == -ENOMEM && is_tight)
		return;
	assert_int_equal(err, should);
	if (err)
		return;
	wrote(&s->pages[page], value);
	assert_int_equal(machine_read(1 - (uint32_t)cpu, ADDR(page), &seen), 0);
	assert_int_equal(seen, value);
}

/* --- Changes --- */

static void random_range(int *start, int *end)
{
	*start = random_below(PAGES);
	*end = *start + 1 + random_below(MIN(8, PAGES - *start));
}

static uint64_t range_len(int start, int end)
{
	return (uint64_t)(end - start) * PAGE_SIZE;
}

static void step_unmap(struct model_space *s)
{
	int start, end;

	random_range(&start, &end);
	if (is_done(vmspace_unmap(s->space, ADDR(start), range_len(start, end))))
		memset(&s->pages[start], 0, sizeof(s->pages[0]) * (size_t)(end - start));
}

static bool is_free(const struct model_space *s, int start, int end)
{
	for (int i = start; i < end; i++) {
		if (s->pages[i].is_mapped)
			return false;
	}
	return true;
}

static void step_map(struct model_space *s)
{
	int start, end;
	int object = random_below(OBJECTS + 2) - 2;
	int grant = object >= 0 ? random_below(GRANTS + 1) - 1 : -1;
	int offset = random_below(OBJECT_PAGES - 8);
	bool is_shared = object >= 0 && random_below(2);
	uint32_t prot = random_below(3) ? RW : (uint32_t)random_below(8);
	struct vm_map_request req;
	vaddr_t addr;
	int err;

	random_range(&start, &end);
	object = MAX(object, -1);
	req = (struct vm_map_request){
		.addr = ADDR(start),
		.len = range_len(start, end),
		/* What FIXED takes away stays away when it fails later. */
		.place = is_tight || random_below(3) == 0 ? VM_PLACE_FIXED_NEW : VM_PLACE_FIXED,
		.prot = prot,
		.max_prot = VM_PROT_ALL,
		.flags = is_shared ? VM_MAP_SHARED : 0,
		.object = object >= 0 ? objects[object].obj : NULL,
		.grant = grant >= 0 ? grants[grant] : NULL,
		.offset = object >= 0 ? (uint64_t)offset * PAGE_SIZE : 0,
	};
	err = vmspace_map(s->space, &req, &addr);
	if (req.place == VM_PLACE_FIXED_NEW && !is_free(s, start, end)) {
		assert_true(err == -EEXIST || (err == -ENOMEM && is_tight));
		return;
	}
	if (!is_done(err))
		return;
	assert_int_equal(addr, ADDR(start));
	for (int i = start; i < end; i++)
		s->pages[i] = (struct model_page){
			.is_mapped = true,
			.is_shared = is_shared,
			.prot = prot,
			.object = object,
			.index = offset + i - start,
			.grant = grant,
		};
}

static void step_protect(struct model_space *s)
{
	uint32_t prot = random_below(3) ? RW : (uint32_t)random_below(8);
	int start, end, at, err;

	if (is_tight)
		return;
	random_range(&start, &end);
	err = vmspace_protect(s->space, ADDR(start), range_len(start, end), prot);
	for (at = start; at < end && s->pages[at].is_mapped; at++)
		s->pages[at].prot = prot;
	assert_int_equal(err, at < end ? -ENOMEM : 0);
}

static void step_discard(struct model_space *s)
{
	int start, end, at;

	random_range(&start, &end);
	for (at = start; at < end && s->pages[at].is_mapped; at++)
		;
	assert_int_equal(vmspace_discard(s->space, ADDR(start), range_len(start, end)),
			 at < end ? -ENOMEM : 0);
	for (int i = start; at == end && i < end; i++)
		s->pages[i].is_private = false;
}

/* Only where it is known what has to come out: the range was mapped in one go. */
static void step_remap(struct model_space *s)
{
	int from = random_below(PAGES - 6);
	int to = random_below(PAGES - 6);
	int len = 1 + random_below(5);
	int new_len = 1 + random_below(5);
	struct model_page moved[6];
	struct vm_remap_request req;
	vaddr_t addr;
	int err;

	if (is_tight || (from < to + new_len && to < from + len))
		return;
	for (int i = from; i < from + len; i++) {
		const struct model_page *p = &s->pages[i];

		if (!p->is_mapped)
			return;
		if (p->object != s->pages[from].object || p->prot != s->pages[from].prot)
			return;
	}
	req = (struct vm_remap_request){
		.addr = ADDR(from),
		.old_len = range_len(0, len),
		.new_len = range_len(0, new_len),
		.flags = VM_REMAP_MAY_MOVE | VM_REMAP_FIXED,
		.new_addr = ADDR(to),
	};
	err = vmspace_remap(s->space, &req, &addr);
	if (err == -EFAULT)
		return; /* two mappings after all */
	assert_int_equal(err, 0);
	assert_int_equal(addr, ADDR(to));
	for (int i = 0; i < new_len; i++) {
		moved[i] = s->pages[from + MIN(i, len - 1)];
		if (i >= len) {
			moved[i].is_private = false;
			moved[i].index += i - len + 1;
		}
	}
	memset(&s->pages[from], 0, sizeof(moved[0]) * (size_t)len);
	memcpy(&s->pages[to], moved, sizeof(moved[0]) * (size_t)new_len);
}

/* --- Spaces --- */

static void space_destroy(struct model_space *s)
{
	if (!s->space)
		return;
	vmspace_put(s->space);
	/* What it shares with a fork stays charged to it, so this need not be its end. */
	mem_account_put(s->account);
	memset(s, 0, sizeof(*s));
}

static void space_create(struct model_space *s)
{
	assert_int_equal(mem_account_create(root, &s->account), 0);
	assert_int_equal(vmspace_create(s->account, &s->space), 0);
}

static void step_fork(struct model_space *s)
{
	struct model_space *child = &spaces[random_below(SPACES)];
	struct mem_account *account;
	struct vmspace *space;
	int err;

	if (child == s)
		return;
	space_destroy(child);
	assert_int_equal(mem_account_create(root, &account), 0);
	if (is_tight && random_below(2))
		mem_account_set_max(account, (uint64_t)random_below(60000));
	err = vmspace_fork(s->space, account, &space);
	mem_account_set_max(account, MEM_UNLIMITED);
	if (!is_done(err)) {
		assert_int_equal(mem_account_used(account), 0);
		mem_account_put(account);
		return;
	}
	*child = *s;
	child->space = space;
	child->account = account;
}

/* --- Objects and grants --- */

static void for_all_pages(void (*fn)(struct model_page *p, int arg1, int arg2), int arg1, int arg2)
{
	for (int s = 0; s < SPACES; s++) {
		for (int i = 0; i < PAGES; i++)
			fn(&spaces[s].pages[i], arg1, arg2);
	}
}

static void cut_page(struct model_page *p, int object, int size)
{
	if (p->is_mapped && p->object == object && p->index >= size)
		p->is_private = false;
}

static void step_resize(void)
{
	int object = random_below(OBJECTS);
	struct model_object *o = &objects[object];
	int size = random_below(OBJECT_PAGES + 1);

	assert_int_equal(vmobj_resize(o->obj, (uint64_t)size * PAGE_SIZE), 0);
	for (int i = size; i < o->size; i++)
		o->values[i] = 0;
	if (size < o->size)
		for_all_pages(cut_page, object, size);
	o->size = size;
}

static void step_punch(void)
{
	struct model_object *o = &objects[random_below(OBJECTS)];
	int start = random_below(OBJECT_PAGES);
	int len = random_below(5);

	vmobj_punch(o->obj, (uint64_t)start * PAGE_SIZE, (uint64_t)len * PAGE_SIZE);
	for (int i = start; i < MIN(start + len, OBJECT_PAGES); i++)
		o->values[i] = 0;
}

static void step_object_access(void)
{
	struct model_object *o = &objects[random_below(OBJECTS)];
	int page = random_below(OBJECT_PAGES);
	uint32_t value = (uint32_t)random_below(1 << 30);
	bool is_write = random_below(2);
	int err;

	if (is_write)
		err = vmobj_write(o->obj, (uint64_t)page * PAGE_SIZE, &value, sizeof(value));
	else
		err = vmobj_read(o->obj, (uint64_t)page * PAGE_SIZE, &value, sizeof(value));
	if (page >= o->size) {
		assert_int_equal(err, -ENXIO);
		return;
	}
	assert_int_equal(err, 0);
	if (is_write)
		o->values[page] = value;
	assert_int_equal(value, o->values[page]);
}

static void revoke_page(struct model_page *p, int grant, int unused)
{
	(void)unused;
	if (p->is_mapped && p->grant == grant && p->object >= 0) {
		p->is_revoked = true;
		p->is_private = false;
		p->grant = -1;
	}
}

static void step_revoke(void)
{
	int grant = random_below(GRANTS);

	machine_grant_revoke(grants[grant]);
	grant_put(grants[grant]);
	grants[grant] = machine_grant_create();
	for_all_pages(revoke_page, grant, 0);
}

/* --- The whole --- */

/* Mostly the space of the step before, so that the CPUs' caches are warm. */
static struct model_space *random_space(void)
{
	static int last;

	if (random_below(12) == 0)
		last = random_below(SPACES);
	return &spaces[last];
}

static void step_rare(struct model_space *s)
{
	switch (random_below(20)) {
	case 0:
		space_destroy(s);
		space_create(s);
		break;
	case 1 ... 6:
		step_fork(s);
		break;
	case 7 ... 12:
		step_resize();
		break;
	case 13 ... 18:
		step_punch();
		break;
	default:
		step_revoke();
	}
}

static void step(void)
{
	struct model_space *s = random_space();

	if (!s->space)
		space_create(s);
	is_tight = random_below(10) == 0;
	if (is_tight)
		mem_account_set_max(s->account,
				    mem_account_used(s->account) + (uint64_t)random_below(9000));
	switch (random_below(64)) {
	case 0:
		step_rare(s);
		break;
	case 1 ... 2:
		step_unmap(s);
		break;
	case 3 ... 7:
		step_map(s);
		break;
	case 8 ... 11:
		step_protect(s);
		break;
	case 12:
		step_discard(s);
		break;
	case 13 ... 14:
		step_remap(s);
		break;
	case 15 ... 18:
		step_object_access();
		break;
	case 19 ... 35:
		step_read(s);
		break;
	default:
		step_write(s);
	}
	mem_account_set_max(s->account, MEM_UNLIMITED);
}

static void check_space(struct model_space *s)
{
	struct vmspace_stats stats;
	uint64_t mapped = 0, private = 0;

	if (!s->space)
		return;
	for (int i = 0; i < PAGES; i++) {
		mapped += s->pages[i].is_mapped;
		private += s->pages[i].is_private;
	}
	assert_true(area_tree_check(&s->space->areas));
	vmspace_get_stats(s->space, &stats);
	assert_int_equal(stats.mapped_pages, mapped);
	assert_int_equal(stats.anon_pages, private);
}

static void random_use_agrees_with_a_model_of_pages(void **state)
{
	uint64_t objects_before = kmem_used_count();
	struct meminfo before, after;

	(void)state;
	meminfo_read(&before);
	seed = 5;
	assert_int_equal(mem_account_create(NULL, &root), 0);
	for (int i = 0; i < OBJECTS; i++) {
		objects[i].size = OBJECT_PAGES;
		assert_int_equal(vmobj_create(root, OBJECT_PAGES * PAGE_SIZE, &objects[i].obj), 0);
	}
	for (int i = 0; i < GRANTS; i++)
		grants[i] = machine_grant_create();
	for (int i = 0; i < STEPS; i++) {
		step();
		if (i % 256 == 0)
			check_space(&spaces[random_below(SPACES)]);
	}
	for (int i = 0; i < SPACES; i++)
		space_destroy(&spaces[i]);
	for (int i = 0; i < OBJECTS; i++)
		vmobj_put(objects[i].obj);
	for (int i = 0; i < GRANTS; i++)
		grant_put(grants[i]);
	assert_int_equal(machine_attached, 0);
	assert_int_equal(mem_account_used(root), 0);
	mem_account_put(root);
	assert_int_equal(mem_account_count(), 0);
	assert_int_equal(vmspace_count(), 0);
	kmem_reap_this_cpu();
	meminfo_read(&after);
	assert_int_equal(kmem_used_count(), objects_before);
	assert_int_equal(after.other, before.other);
	assert_int_equal(after.used[MEM_USE_TABLE], before.used[MEM_USE_TABLE]);
}

static int boot(void **state)
{
	(void)state;
	machine_create();
	return 0;
}

static int end(void **state)
{
	(void)state;
	machine_destroy();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_use_agrees_with_a_model_of_pages,
		     "random use of spaces, objects and grants agrees with a model of pages"),
	};

	return cmocka_run_group_tests_name("fault", tests, boot, end);
}
