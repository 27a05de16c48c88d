/*
 * Self-tests of address spaces, on real page tables: a kernel thread takes a space
 * for its own and touches it through the gate, as a system call would.
 */
#include "kernel/arch/mmu.h"
#include "kernel/core/preempt.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/user.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/selftest_impl.h"
#include "kernel/vm/vmobj.h"

#define RW (VM_READ | VM_WRITE)
#define SOMEWHERE 0x10000000ul

static uint32_t load(vaddr_t addr)
{
	uint32_t word = 0;

	SELFTEST_CHECK_EQ(load_user_u32(user_ptr(addr), &word), 0);
	return word;
}

static void store(vaddr_t addr, uint32_t word)
{
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(addr), &word, sizeof(word)), 0);
}

/* Whether storing fails, and why by vm_page_fault()'s word. */
static int store_error(vaddr_t addr)
{
	uint32_t word = 0xbad;

	thread_current()->fault_error = 0;
	if (copy_to_user(user_ptr(addr), &word, sizeof(word)) == 0)
		return 0;
	return thread_current()->fault_error;
}

static int load_error(vaddr_t addr)
{
	uint32_t word;

	thread_current()->fault_error = 0;
	if (copy_from_user(&word, user_ptr(addr), sizeof(word)) == 0)
		return 0;
	return thread_current()->fault_error;
}

SELFTEST(test_vm_anon, "vm.anon",
	 "private memory comes as zeros page by page when it is touched, and goes with its space")
{
	struct selftest_vm_state before;
	struct mem_account *account;
	struct vmspace_stats stats;
	struct vmspace *space;
	vaddr_t addr;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(mem_account_create(NULL, &account) == 0);
	SELFTEST_REQUIRE(vmspace_create(account, &space) == 0);
	addr = selftest_vm_map(space, 0, 1000 * PAGE_SIZE, RW);
	vmspace_set_thread(thread_current(), space);

	for (uint32_t i = 0; i < 1000; i += 7)
		SELFTEST_CHECK_EQ(load(addr + i * PAGE_SIZE + 8), 0);
	vmspace_get_stats(space, &stats);
	SELFTEST_CHECK_EQ(stats.anon_pages, 0);
	SELFTEST_CHECK_EQ(stats.mapped_pages, 1000);
	for (uint32_t i = 0; i < 1000; i += 3)
		store(addr + i * PAGE_SIZE + 8, i + 1);
	for (uint32_t i = 0; i < 1000; i++)
		SELFTEST_CHECK_EQ(load(addr + i * PAGE_SIZE + 8), i % 3 == 0 ? i + 1 : 0);
	vmspace_get_stats(space, &stats);
	SELFTEST_CHECK_EQ(stats.anon_pages, 334);
	SELFTEST_CHECK(mem_account_used(account) >= (334 + stats.table_pages) * PAGE_SIZE);

	SELFTEST_CHECK_EQ(load_error(addr - PAGE_SIZE), -EFAULT);
	SELFTEST_CHECK_EQ(vmspace_unmap(space, addr, 500 * PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(load_error(addr + 499 * PAGE_SIZE), -EFAULT);
	SELFTEST_CHECK_EQ(load(addr + 501 * PAGE_SIZE + 8), 502);
	SELFTEST_CHECK_EQ(vmspace_discard(space, addr + 501 * PAGE_SIZE, PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(load(addr + 501 * PAGE_SIZE + 8), 0);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	SELFTEST_CHECK_EQ(mem_account_used(account), 0);
	mem_account_put(account);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_protect, "vm.protect",
	 "protection holds at once, and what was hidden is there again when it is lifted")
{
	struct selftest_vm_state before;
	struct vmspace *space;
	vaddr_t addr;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	addr = selftest_vm_map(space, SOMEWHERE, 8 * PAGE_SIZE, RW);
	vmspace_set_thread(thread_current(), space);
	for (uint32_t i = 0; i < 8; i++)
		store(addr + i * PAGE_SIZE, i + 100);

	SELFTEST_CHECK_EQ(vmspace_protect(space, addr + PAGE_SIZE, 2 * PAGE_SIZE, VM_READ), 0);
	SELFTEST_CHECK_EQ(store_error(addr + PAGE_SIZE), -EACCES);
	SELFTEST_CHECK_EQ(load(addr + PAGE_SIZE), 101);
	store(addr + 3 * PAGE_SIZE, 103);
	SELFTEST_CHECK_EQ(vmspace_protect(space, addr + 2 * PAGE_SIZE, 2 * PAGE_SIZE, 0), 0);
	SELFTEST_CHECK_EQ(load_error(addr + 2 * PAGE_SIZE), -EACCES);
	SELFTEST_CHECK_EQ(store_error(addr + 3 * PAGE_SIZE), -EACCES);
	SELFTEST_CHECK_EQ(vmspace_protect(space, addr, 8 * PAGE_SIZE, RW), 0);
	for (uint32_t i = 0; i < 8; i++) {
		SELFTEST_CHECK_EQ(load(addr + i * PAGE_SIZE), i + 100);
		store(addr + i * PAGE_SIZE, i + 200);
		SELFTEST_CHECK_EQ(load(addr + i * PAGE_SIZE), i + 200);
	}
	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_fork, "vm.fork",
	 "after a fork each side sees its own writes to private memory, and both the shared ones")
{
	struct selftest_vm_state before;
	struct vmspace *parent, *child;
	struct vmspace_stats stats;
	struct vmobj *object;
	vaddr_t own, shared, file;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(vmspace_create(NULL, &parent) == 0);
	SELFTEST_REQUIRE(vmobj_create(NULL, 4 * PAGE_SIZE, &object) == 0);
	own = selftest_vm_map(parent, SOMEWHERE, 16 * PAGE_SIZE, RW);
	shared = selftest_vm_map_object(parent, object, NULL, VM_MAP_SHARED);
	file = selftest_vm_map_object(parent, object, NULL, 0);
	vmspace_set_thread(thread_current(), parent);
	for (uint32_t i = 0; i < 8; i++)
		store(own + i * PAGE_SIZE, i);
	store(shared, 1);
	SELFTEST_CHECK_EQ(load(file), 1);
	store(file + 4, 2);
	SELFTEST_CHECK_EQ(load(shared + 4), 0);

	SELFTEST_REQUIRE(vmspace_fork(parent, NULL, &child) == 0);
	vmspace_get_stats(child, &stats);
	SELFTEST_CHECK_EQ(stats.anon_pages, 9);
	store(own, 77);
	store(shared + 8, 78);
	vmspace_set_thread(thread_current(), child);
	SELFTEST_CHECK_EQ(load(own), 0);
	SELFTEST_CHECK_EQ(load(shared + 8), 78);
	SELFTEST_CHECK_EQ(load(file + 4), 2);
	for (uint32_t i = 1; i < 8; i++) {
		SELFTEST_CHECK_EQ(load(own + i * PAGE_SIZE), i);
		store(own + i * PAGE_SIZE, i + 50);
	}
	store(shared + 12, 79);
	vmspace_set_thread(thread_current(), parent);
	SELFTEST_CHECK_EQ(load(own), 77);
	SELFTEST_CHECK_EQ(load(shared + 12), 79);
	for (uint32_t i = 1; i < 8; i++)
		SELFTEST_CHECK_EQ(load(own + i * PAGE_SIZE), i);
	vmspace_put(child);
	/* The parent is alone with its pages again and writes to them in place. */
	for (uint32_t i = 1; i < 8; i++)
		store(own + i * PAGE_SIZE, i + 20);
	vmspace_get_stats(parent, &stats);
	SELFTEST_CHECK_EQ(stats.anon_pages, 9);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(parent);
	vmobj_put(object);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_object, "vm.object",
	 "two spaces and the kernel see one memory object, until its end is cut off")
{
	struct selftest_vm_state before;
	struct vmspace *spaces[2];
	struct vmobj *object;
	vaddr_t addr[2];
	uint32_t word;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(vmobj_create(NULL, 3 * PAGE_SIZE, &object) == 0);
	for (uint32_t i = 0; i < 2; i++) {
		SELFTEST_REQUIRE(vmspace_create(NULL, &spaces[i]) == 0);
		addr[i] = selftest_vm_map_object(spaces[i], object, NULL, VM_MAP_SHARED);
	}
	vmspace_set_thread(thread_current(), spaces[0]);
	store(addr[0] + 2 * PAGE_SIZE, 5);
	vmspace_set_thread(thread_current(), spaces[1]);
	SELFTEST_CHECK_EQ(load(addr[1] + 2 * PAGE_SIZE), 5);
	store(addr[1] + 2 * PAGE_SIZE + 4, 6);
	SELFTEST_CHECK_EQ(vmobj_read(object, 2 * PAGE_SIZE + 4, &word, sizeof(word)), 0);
	SELFTEST_CHECK_EQ(word, 6);
	word = 7;
	SELFTEST_CHECK_EQ(vmobj_write(object, PAGE_SIZE, &word, sizeof(word)), 0);
	SELFTEST_CHECK_EQ(load(addr[1] + PAGE_SIZE), 7);

	SELFTEST_CHECK_EQ(vmobj_resize(object, 2 * PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(load_error(addr[1] + 2 * PAGE_SIZE), -ENXIO);
	SELFTEST_CHECK_EQ(load(addr[1] + PAGE_SIZE), 7);
	vmobj_punch(object, 0, 2 * PAGE_SIZE);
	SELFTEST_CHECK_EQ(load(addr[1] + PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(vmobj_resize(object, 3 * PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(load(addr[1] + 2 * PAGE_SIZE), 0);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(spaces[0]);
	vmspace_put(spaces[1]);
	vmobj_put(object);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_stack, "vm.stack",
	 "a stack grows down to its limit and stops before it meets other memory")
{
	const struct vm_map_request req = {
		.addr = SOMEWHERE,
		.len = PAGE_SIZE,
		.place = VM_PLACE_FIXED,
		.prot = RW,
		.max_prot = RW,
		.flags = VM_MAP_GROWS_DOWN,
		.stack_max = MIB(4),
	};
	struct selftest_vm_state before;
	struct vmspace *space;
	vaddr_t addr;
	vaddr_t top = SOMEWHERE + PAGE_SIZE;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	SELFTEST_REQUIRE(vmspace_map(space, &req, &addr) == 0);
	vmspace_set_thread(thread_current(), space);
	store(top - 8, 1);
	store(top - MIB(1), 2);
	store(top - MIB(4), 3);
	SELFTEST_CHECK_EQ(store_error(top - MIB(4) - 8), -EFAULT);

	/* A place below keeps away from it; what is put there by force ends its growth. */
	SELFTEST_CHECK_EQ(vmspace_unmap(space, top - MIB(4), MIB(4) - PAGE_SIZE), 0);
	selftest_vm_map(space, top - MIB(3), PAGE_SIZE, RW);
	SELFTEST_CHECK_EQ(store_error(top - MIB(3) + PAGE_SIZE), -EFAULT);
	SELFTEST_CHECK_EQ(store_error(top - MIB(2)), -EFAULT);
	store(top - MIB(2) + PAGE_SIZE, 4);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	selftest_vm_after(&before);
}

static int remap(struct vmspace *space, vaddr_t addr, uint64_t old_len, uint64_t new_len,
		 uint32_t flags, vaddr_t *out)
{
	const struct vm_remap_request req = {
		.addr = addr,
		.old_len = old_len,
		.new_len = new_len,
		.flags = flags,
	};

	return vmspace_remap(space, &req, out);
}

SELFTEST(test_vm_remap, "vm.remap",
	 "memory that moves keeps its contents and leaves nothing behind")
{
	struct selftest_vm_state before;
	struct vmspace *space;
	vaddr_t addr, moved;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	addr = selftest_vm_map(space, SOMEWHERE, MIB(4), RW);
	selftest_vm_map(space, SOMEWHERE + MIB(4), PAGE_SIZE, VM_READ);
	vmspace_set_thread(thread_current(), space);
	for (uint64_t at = 0; at < MIB(4); at += MIB(1))
		store(addr + at, (uint32_t)at + 1);
	SELFTEST_CHECK_EQ(remap(space, addr, MIB(4), MIB(6), 0, &moved), -ENOMEM);
	SELFTEST_CHECK_EQ(remap(space, addr, MIB(4), MIB(6), VM_REMAP_MAY_MOVE, &moved), 0);
	for (uint64_t at = 0; at < MIB(4); at += MIB(1)) {
		SELFTEST_CHECK_EQ(load(moved + at), at + 1);
		SELFTEST_CHECK_EQ(load_error(addr + at), -EFAULT);
	}
	SELFTEST_CHECK_EQ(load(moved + MIB(5)), 0);
	SELFTEST_CHECK_EQ(remap(space, moved, MIB(6), MIB(1), 0, &addr), 0);
	SELFTEST_CHECK_EQ(load_error(moved + MIB(1)), -EFAULT);
	SELFTEST_CHECK_EQ(load(moved), 1);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_limit, "vm.limit",
	 "an account's limit stops faults and forks exactly, and all of it comes back")
{
	struct selftest_vm_state before;
	struct mem_account *parent, *account;
	struct vmspace *space, *child;
	uint64_t pages = 0;
	vaddr_t addr;
	int err = 0;

	selftest_vm_before(&before);
	SELFTEST_REQUIRE(mem_account_create(NULL, &parent) == 0);
	SELFTEST_REQUIRE(mem_account_create(parent, &account) == 0);
	mem_account_set_max(account, KIB(512));
	SELFTEST_REQUIRE(vmspace_create(account, &space) == 0);
	addr = selftest_vm_map(space, 0, MIB(4), RW);
	vmspace_set_thread(thread_current(), space);
	while (!err && pages < 1024)
		err = store_error(addr + pages++ * PAGE_SIZE);
	SELFTEST_CHECK_EQ(err, -ENOMEM);
	SELFTEST_CHECK(pages > 100 && pages < 128);
	SELFTEST_CHECK(mem_account_used(account) <= KIB(512));
	SELFTEST_CHECK(mem_account_used(account) > KIB(512) - PAGE_SIZE);
	SELFTEST_CHECK(mem_account_limiting(account, PAGE_SIZE) == account);
	SELFTEST_CHECK_EQ(vmspace_fork(space, account, &child), -ENOMEM);
	SELFTEST_CHECK_EQ(vmspace_discard(space, addr, PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(store_error(addr), 0);
	SELFTEST_CHECK_EQ(store_error(addr + pages * PAGE_SIZE), -ENOMEM);

	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	SELFTEST_CHECK_EQ(mem_account_used(account), 0);
	mem_account_put(account);
	mem_account_put(parent);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_no_sleep, "vm.atomic",
	 "a user copy with preemption off fails where it would have to sleep in a fault")
{
	struct vmspace *space;
	uint32_t word = 1;
	vaddr_t addr;

	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	addr = selftest_vm_map(space, SOMEWHERE, 2 * PAGE_SIZE, RW);
	vmspace_set_thread(thread_current(), space);
	store(addr, 3);
	preempt_disable();
	SELFTEST_CHECK_EQ(copy_from_user(&word, user_ptr(addr), sizeof(word)), 0);
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(addr + PAGE_SIZE), &word, sizeof(word)), -EFAULT);
	preempt_enable();
	SELFTEST_CHECK_EQ(word, 3);
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(addr + PAGE_SIZE), &word, sizeof(word)), 0);
	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
}
