/* Address spaces, case by case; fault_test.c has the random ones. */
#include "kernel/vm/vmspace.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vm_impl.h"
#include "tests/unit/unit.h"
#include "tests/unit/vm/machine.h"

#define RW (VM_READ | VM_WRITE)

static vaddr_t map_at(struct vmspace *space, vaddr_t addr, uint64_t len)
{
	const struct vm_map_request req = {
		.addr = addr,
		.len = len,
		.place = addr ? VM_PLACE_FIXED : VM_PLACE_ANYWHERE,
		.prot = RW,
		.max_prot = VM_PROT_ALL,
	};
	vaddr_t at = 0;

	assert_int_equal(vmspace_map(space, &req, &at), 0);
	return at;
}

static void tables_go_with_what_they_served(void **state)
{
	struct vmspace_stats stats;
	struct vmspace *space;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	machine_run(0, space);
	for (vaddr_t addr = VM_USER_START; addr < GIB(64); addr += GIB(1) - MIB(6)) {
		map_at(space, addr, MIB(4));
		assert_int_equal(machine_write(0, addr, 1), 0);
		assert_int_equal(machine_write(0, addr + MIB(4) - PAGE_SIZE, 1), 0);
	}
	vmspace_get_stats(space, &stats);
	assert_true(stats.table_pages > 128);
	/* The last one keeps its way alive, and no more than that. */
	assert_int_equal(vmspace_unmap(space, VM_USER_START + PAGE_SIZE,
				       GIB(63) - VM_USER_START - PAGE_SIZE),
			 0);
	vmspace_get_stats(space, &stats);
	assert_in_range(stats.table_pages, 4, 12);
	assert_int_equal(vmspace_unmap(space, 0, VM_USER_END), 0);
	vmspace_get_stats(space, &stats);
	assert_int_equal(stats.table_pages, 1);
	assert_int_equal(stats.anon_pages, 0);
	assert_int_equal(stats.mapping_count, 0);
	vmspace_put(space);
}

static void equal_neighbours_are_one_mapping(void **state)
{
	struct vm_mapping_info info;
	struct vmspace_stats stats;
	struct vmspace *space;
	vaddr_t addr;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	addr = map_at(space, 0, PAGE_SIZE);
	assert_int_equal(addr, VM_USER_END - PAGE_SIZE);
	for (int i = 0; i < 20; i++)
		addr = map_at(space, 0, PAGE_SIZE);
	vmspace_get_stats(space, &stats);
	assert_int_equal(stats.mapping_count, 1);
	assert_int_equal(vmspace_protect(space, addr + PAGE_SIZE, PAGE_SIZE, 0), 0);
	vmspace_get_stats(space, &stats);
	assert_int_equal(stats.mapping_count, 3);
	assert_int_equal(vmspace_query(space, 0, &info), 0);
	assert_int_equal(info.end - info.start, PAGE_SIZE);
	assert_int_equal(vmspace_protect(space, addr + PAGE_SIZE, PAGE_SIZE, RW), 0);
	assert_int_equal(vmspace_query(space, 0, &info), 0);
	assert_int_equal(info.start, addr);
	assert_int_equal(info.end, VM_USER_END);
	assert_int_equal(vmspace_query(space, VM_USER_END, &info), -ENOENT);
	vmspace_put(space);
}

static void wild_requests_are_refused(void **state)
{
	struct vm_map_request req = {.len = PAGE_SIZE, .prot = RW, .max_prot = RW};
	struct vm_map_request bad;
	const struct vm_remap_request remap = {
		.addr = VM_USER_START, .old_len = PAGE_SIZE, .new_len = PAGE_SIZE};
	struct vmspace *space;
	struct vmobj *obj;
	uint8_t present;
	vaddr_t addr;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	assert_int_equal(vmobj_create(NULL, PAGE_SIZE, &obj), 0);
	assert_int_equal(vmobj_create(NULL, UINT64_MAX, &obj), -EINVAL);
#define REFUSED(error, ...)                                                                        \
	do {                                                                                       \
		bad = req;                                                                         \
		__VA_ARGS__;                                                                       \
		assert_int_equal(vmspace_map(space, &bad, &addr), error);                          \
	} while (0)
	REFUSED(-EINVAL, bad.len = 0);
	REFUSED(-EINVAL, bad.len = 1);
	REFUSED(-EINVAL, bad.prot = 8);
	REFUSED(-EINVAL, bad.flags = VM_MAP_REVOKED);
	REFUSED(-EINVAL, bad.flags = 1u << 31);
	REFUSED(-EINVAL, bad.place = (enum vm_place)77);
	REFUSED(-EINVAL, bad.object = obj; bad.flags = VM_MAP_GROWS_DOWN);
	REFUSED(-EOVERFLOW, bad.object = obj; bad.offset = UINT64_MAX - PAGE_SIZE + 1);
	REFUSED(-EACCES, bad.prot = VM_EXEC);
	REFUSED(-ENOMEM, bad.len = UINT64_MAX - PAGE_SIZE + 1);
	REFUSED(-ENOMEM, bad.len = VM_USER_END);
	REFUSED(-ENOMEM, bad.place = VM_PLACE_LOW; bad.len = VM_LOW_END);
	REFUSED(-ENOMEM, bad.place = VM_PLACE_FIXED; bad.addr = 0);
	REFUSED(-ENOMEM, bad.place = VM_PLACE_FIXED; bad.addr = VM_USER_END);
	REFUSED(-ENOMEM, bad.place = VM_PLACE_FIXED; bad.addr = ~0xffful);
	REFUSED(-EINVAL, bad.place = VM_PLACE_FIXED; bad.addr = VM_USER_START + 1);
#undef REFUSED
	assert_int_equal(vmspace_unmap(space, 0, 0), -EINVAL);
	assert_int_equal(vmspace_unmap(space, ~0xffful, PAGE_SIZE), -EINVAL);
	assert_int_equal(vmspace_unmap(space, PAGE_SIZE, ~0xffful), -EINVAL);
	assert_int_equal(vmspace_protect(space, VM_USER_START, PAGE_SIZE, 8), -EINVAL);
	assert_int_equal(vmspace_protect(space, VM_USER_START, PAGE_SIZE, 0), -ENOMEM);
	assert_int_equal(vmspace_discard(space, VM_USER_START, PAGE_SIZE), -ENOMEM);
	assert_int_equal(vmspace_resident(space, VM_USER_START, PAGE_SIZE, &present), -ENOMEM);
	assert_int_equal(vmspace_change_flags(space, VM_USER_START, PAGE_SIZE, VM_MAP_SHARED, 0),
			 -EINVAL);
	assert_int_equal(vmspace_remap(space, &remap, &addr), -EFAULT);
	assert_int_equal(vm_read(space, UINT64_MAX - 2, &present, 1), -EFAULT);
	assert_int_equal(vm_write(space, VM_USER_END - 1, "ab", 2), -EFAULT);
	assert_int_equal(vm_fault(space, UINT64_MAX, FAULT_USER), -EFAULT);
	vmobj_put(obj);
	vmspace_put(space);
}

static void places_are_found_where_asked(void **state)
{
	struct vm_map_request req = {.len = 4 * PAGE_SIZE, .prot = RW, .max_prot = RW};
	struct vmspace *space;
	vaddr_t addr;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	vmspace_set_top(space, GIB(4) + 5);
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(addr, GIB(4) - 4 * PAGE_SIZE);
	req.place = VM_PLACE_HINT;
	req.addr = MIB(1) + 7;
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(addr, MIB(1));
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(addr, GIB(4) - 8 * PAGE_SIZE);
	req.place = VM_PLACE_LOW;
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(addr, VM_LOW_END - 4 * PAGE_SIZE);
	req.place = VM_PLACE_FIXED_NEW;
	req.addr = addr + PAGE_SIZE;
	assert_int_equal(vmspace_map(space, &req, &addr), -EEXIST);
	/* What does not fit below the top goes above it. */
	req.place = VM_PLACE_ANYWHERE;
	req.len = GIB(4);
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(addr, GIB(4));
	vmspace_put(space);
}

static void a_stack_keeps_its_distance(void **state)
{
	struct vm_map_request req = {
		.addr = GIB(1),
		.len = PAGE_SIZE,
		.place = VM_PLACE_FIXED,
		.prot = RW,
		.max_prot = RW,
		.flags = VM_MAP_GROWS_DOWN,
	};
	struct vmspace *space;
	vaddr_t addr;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	vmspace_set_top(space, GIB(1) + PAGE_SIZE);
	assert_int_equal(vmspace_map(space, &req, &addr), 0);
	assert_int_equal(map_at(space, 0, PAGE_SIZE), GIB(1) - STACK_GUARD_BYTES - PAGE_SIZE);
	machine_run(0, space);
	/* It has the guard to grow into, but for the last step. */
	assert_int_equal(machine_write(0, GIB(1) - PAGE_SIZE, 1), -EFAULT);
	assert_int_equal(vmspace_unmap(space, GIB(1) - STACK_GUARD_BYTES - PAGE_SIZE, PAGE_SIZE),
			 0);
	assert_int_equal(machine_write(0, GIB(1) - PAGE_SIZE, 1), 0);
	assert_int_equal(machine_write(0, GIB(1) + PAGE_SIZE - STACK_MAX_DEFAULT, 1), 0);
	assert_int_equal(machine_write(0, GIB(1) - STACK_MAX_DEFAULT, 1), -EFAULT);
	vmspace_put(space);
}

static void forks_leave_out_what_they_are_told_to(void **state)
{
	struct vmspace *space, *child;
	struct vmspace_stats stats;
	uint32_t word = 9;

	(void)state;
	assert_int_equal(vmspace_create(NULL, &space), 0);
	map_at(space, GIB(1), 3 * PAGE_SIZE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vm_write(space, GIB(1) + (vaddr_t)i * PAGE_SIZE, &word, 4), 0);
	assert_int_equal(vmspace_change_flags(space, GIB(1), PAGE_SIZE, VM_MAP_DONT_FORK, 0), 0);
	assert_int_equal(vmspace_change_flags(space, GIB(1) + PAGE_SIZE, PAGE_SIZE,
					      VM_MAP_WIPE_ON_FORK | VM_MAP_LOCKED, 0),
			 0);
	vmspace_get_stats(space, &stats);
	assert_int_equal(stats.locked_pages, 1);
	assert_int_equal(vmspace_discard(space, GIB(1), 3 * PAGE_SIZE), -EINVAL);
	assert_int_equal(vmspace_fork(space, NULL, &child), 0);
	assert_int_equal(vm_read(child, GIB(1), &word, 4), -EFAULT);
	assert_int_equal(vm_read(child, GIB(1) + PAGE_SIZE, &word, 4), 0);
	assert_int_equal(word, 0);
	assert_int_equal(vm_read(child, GIB(1) + 2 * PAGE_SIZE, &word, 4), 0);
	assert_int_equal(word, 9);
	vmspace_get_stats(child, &stats);
	assert_int_equal(stats.locked_pages, 0);
	assert_int_equal(stats.mapped_pages, 2);
	vmspace_put(child);
	vmspace_put(space);
}

/* Every step of a fork fails once; none may leave anything or harm the parent. */
static void fork_without_memory_changes_nothing(void **state)
{
	struct mem_account *account;
	struct vmspace *space, *child;
	uint64_t max = 0;
	uint32_t word;
	int err;

	(void)state;
	assert_int_equal(mem_account_create(NULL, &account), 0);
	assert_int_equal(vmspace_create(NULL, &space), 0);
	for (uint32_t i = 0; i < 6; i++) {
		map_at(space, GIB(i + 1), 2 * PAGE_SIZE);
		assert_int_equal(vm_write(space, GIB(i + 1), &i, sizeof(i)), 0);
	}
	do {
		mem_account_set_max(account, max);
		err = vmspace_fork(space, account, &child);
		assert_true(err == 0 || err == -ENOMEM);
		if (err)
			assert_int_equal(mem_account_used(account), 0);
		for (uint32_t i = 0; i < 6; i++) {
			assert_int_equal(vm_read(space, GIB(i + 1), &word, sizeof(word)), 0);
			assert_int_equal(word, i);
		}
		max += 128;
	} while (err);
	vmspace_put(child);
	vmspace_put(space);
	assert_int_equal(mem_account_used(account), 0);
	mem_account_put(account);
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
		TEST(wild_requests_are_refused, "wild addresses, lengths and flags are refused"),
		TEST(places_are_found_where_asked, "places are found where they were asked for"),
		TEST(equal_neighbours_are_one_mapping, "neighbours that are equal are one mapping"),
		TEST(tables_go_with_what_they_served,
		     "tables go with the last mapping they served"),
		TEST(a_stack_keeps_its_distance, "a stack keeps its distance from what is below"),
		TEST(forks_leave_out_what_they_are_told_to, "a fork leaves out what it is told to"),
		TEST(fork_without_memory_changes_nothing, "a fork without memory changes nothing"),
	};

	return cmocka_run_group_tests_name("vmspace", tests, boot, end);
}
