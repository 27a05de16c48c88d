/*
 * Self-tests of address spaces with two CPUs: what one of them takes away, the other
 * must not be able to use any more.
 */
#include "kernel/cap/grant.h"
#include "kernel/core/percpu.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/user.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/selftest_impl.h"
#include "kernel/vm/vmobj.h"

#define RW (VM_READ | VM_WRITE)
#define SOMEWHERE 0x20000000ul
#define WAIT_NS (20 * NSEC_PER_SEC)

/* A thread on the other CPU that touches one word, over and over. */
struct toucher {
	struct vmspace *space;
	vaddr_t addr;
	struct thread *thread;
	uint64_t touches; /* WRITE_ONCE, READ_ONCE */
	int error;	  /* of the access that failed; 0 so far */
	uint32_t word;	  /* what was there last */
	uint32_t must_stop;
	uint32_t goes_on; /* after a failure */
};

static void touch(void *arg)
{
	struct toucher *t = arg;
	struct thread *self = thread_current();

	vmspace_set_thread(self, t->space);
	while (!load_acquire(&t->must_stop)) {
		uint32_t word;

		if (load_user_u32(user_ptr(t->addr), &word)) {
			store_release(&t->error, self->fault_error);
			if (!t->goes_on)
				break;
		} else {
			WRITE_ONCE(t->word, word);
		}
		WRITE_ONCE(t->touches, t->touches + 1);
	}
	vmspace_set_thread(self, NULL);
}

static bool start(struct toucher *t, struct vmspace *space, vaddr_t addr)
{
	struct cpumask mask;

	*t = (struct toucher){.space = space, .addr = addr};
	if (thread_create("toucher", touch, t, &t->thread)) {
		selftest_fail(__FILE__, __LINE__, "no thread to be had");
		return false;
	}
	if (cpu_online_count() > 1) {
		mask = cpumask_of(cpu_online_count() - 1);
		SELFTEST_CHECK_EQ(thread_set_affinity(t->thread, &mask), 0);
	}
	thread_start(t->thread);
	return true;
}

/* Waits until it has touched once more from beginning to end; false: it has ended. */
static bool wait_touch(struct toucher *t)
{
	ktime_t deadline = time_after(WAIT_NS);
	uint64_t seen = READ_ONCE(t->touches);

	while (READ_ONCE(t->touches) < seen + 2 && !load_acquire(&t->error)) {
		if (time_now() > deadline) {
			selftest_fail(__FILE__, __LINE__, "the other thread does not get on");
			return false;
		}
		thread_yield();
	}
	return !load_acquire(&t->error);
}

static void stop(struct toucher *t)
{
	store_release(&t->must_stop, 1);
	SELFTEST_CHECK_EQ(thread_join(t->thread, time_after(WAIT_NS)), 0);
	thread_put(t->thread);
}

/* This thread stays away from the CPU of the other. */
static void stay_on_first_cpu(void)
{
	struct cpumask mask = cpumask_of(0);

	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
}

SELFTEST(test_vm_unmap_smp, "vm.smp.unmap",
	 "what one CPU has unmapped, another cannot read, and its page can be used at once")
{
	struct selftest_vm_state before;
	struct vmspace *space;
	struct toucher t;
	vaddr_t addr;

	selftest_vm_before(&before);
	stay_on_first_cpu();
	for (uint32_t round = 0; round < 50; round++) {
		uint64_t touches;

		SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
		addr = selftest_vm_map(space, SOMEWHERE, PAGE_SIZE, RW);
		SELFTEST_REQUIRE(start(&t, space, addr));
		SELFTEST_CHECK(wait_touch(&t));
		SELFTEST_CHECK_EQ(vmspace_unmap(space, addr, PAGE_SIZE), 0);
		touches = READ_ONCE(t.touches);
		/* One access may have been complete and not yet counted. */
		SELFTEST_CHECK(!wait_touch(&t));
		stop(&t);
		SELFTEST_CHECK_EQ(t.error, -EFAULT);
		SELFTEST_CHECK(t.touches <= touches + 1);
		vmspace_put(space);
	}
	selftest_vm_after(&before);
}

SELFTEST(test_vm_cow_smp, "vm.smp.copy",
	 "when a page is copied on write, the other threads of the space see the copy")
{
	struct selftest_vm_state before;
	struct vmspace *space, *child;
	struct toucher t;
	uint32_t word;
	vaddr_t addr;

	selftest_vm_before(&before);
	stay_on_first_cpu();
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	addr = selftest_vm_map(space, SOMEWHERE, PAGE_SIZE, RW);
	SELFTEST_REQUIRE(start(&t, space, addr));
	for (uint32_t round = 1; round <= 100; round++) {
		SELFTEST_REQUIRE(vmspace_fork(space, NULL, &child) == 0);
		SELFTEST_CHECK(wait_touch(&t));
		SELFTEST_CHECK_EQ(vm_write(space, addr, &round, sizeof(round)), 0);
		SELFTEST_CHECK(wait_touch(&t));
		SELFTEST_CHECK_EQ(READ_ONCE(t.word), round);
		SELFTEST_CHECK_EQ(vm_read(child, addr, &word, sizeof(word)), 0);
		SELFTEST_CHECK_EQ(word, round - 1);
		vmspace_put(child);
	}
	stop(&t);
	vmspace_put(space);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_revoke_smp, "vm.revoke",
	 "revocation ends mappings in use on another CPU: from then on they are a bus error")
{
	struct selftest_vm_state before;
	struct vm_mapping_info info;
	struct vmspace *space, *child;
	struct vmobj *object;
	struct grant *root, *grant;
	struct toucher t;
	uint64_t touches;
	uint32_t word;
	vaddr_t addr, other;

	selftest_vm_before(&before);
	stay_on_first_cpu();
	SELFTEST_REQUIRE(grant_create_root(NULL, "selftest", &root) == 0);
	for (uint32_t round = 0; round < 20; round++) {
		SELFTEST_REQUIRE(grant_mint(root, NULL, "selftest", 0, &grant) == 0);
		SELFTEST_REQUIRE(vmobj_create(NULL, 4 * PAGE_SIZE, &object) == 0);
		SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
		addr = selftest_vm_map_object(space, object, grant, VM_MAP_SHARED);
		other = selftest_vm_map_object(space, object, root, VM_MAP_SHARED);
		/* Two halves, and a fork: all of them must go. */
		SELFTEST_CHECK_EQ(vmspace_protect(space, addr, PAGE_SIZE, VM_READ), 0);
		SELFTEST_REQUIRE(start(&t, space, addr));
		SELFTEST_CHECK(wait_touch(&t));
		SELFTEST_REQUIRE(vmspace_fork(space, NULL, &child) == 0);
		SELFTEST_CHECK_EQ(vm_read(child, addr, &word, sizeof(word)), 0);

		grant_revoke(grant, REVOKE_SELF);
		touches = READ_ONCE(t.touches);
		/* One access may have been complete and not yet counted. */
		SELFTEST_CHECK(!wait_touch(&t));
		stop(&t);
		SELFTEST_CHECK_EQ(t.error, -EIO);
		SELFTEST_CHECK(t.touches <= touches + 1);
		SELFTEST_CHECK_EQ(vm_read(child, addr, &word, sizeof(word)), -EIO);
		SELFTEST_CHECK_EQ(vm_read(space, addr + 2 * PAGE_SIZE, &word, sizeof(word)), -EIO);
		SELFTEST_CHECK_EQ(vm_read(space, other, &word, sizeof(word)), 0);
		SELFTEST_CHECK_EQ(vmspace_query(space, addr, &info), 0);
		SELFTEST_CHECK(info.flags & VM_MAP_REVOKED);
		vmobj_put(info.object);
		vmspace_put(child);
		vmspace_put(space);
		SELFTEST_CHECK_EQ(vmobj_kobject(object)->refs.count.value, 1);
		vmobj_put(object);
		grant_put(grant);
	}
	grant_put(root);
	selftest_vm_after(&before);
}

SELFTEST(test_vm_race, "vm.smp.race",
	 "faults, forks, unmaps and resizes on two CPUs at once leave nothing behind")
{
	struct selftest_vm_state before;
	struct vmspace *space, *child;
	struct vmobj *object;
	struct toucher t[2];
	vaddr_t addr, file;

	selftest_vm_before(&before);
	stay_on_first_cpu();
	SELFTEST_REQUIRE(vmobj_create(NULL, 64 * PAGE_SIZE, &object) == 0);
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	addr = selftest_vm_map(space, SOMEWHERE, 64 * PAGE_SIZE, RW);
	file = selftest_vm_map_object(space, object, NULL, 0);
	SELFTEST_REQUIRE(start(&t[0], space, addr + 5 * PAGE_SIZE));
	SELFTEST_REQUIRE(start(&t[1], space, file + 40 * PAGE_SIZE));
	t[0].goes_on = 1;
	t[1].goes_on = 1;
	for (uint32_t round = 0; round < 300; round++) {
		SELFTEST_REQUIRE(vmspace_fork(space, NULL, &child) == 0);
		SELFTEST_CHECK_EQ(vm_populate(child, addr, 64 * PAGE_SIZE, FAULT_WRITE), 0);
		SELFTEST_CHECK_EQ(vmobj_resize(object, (round % 64) * PAGE_SIZE), 0);
		SELFTEST_CHECK_EQ(vmobj_resize(object, 64 * PAGE_SIZE), 0);
		SELFTEST_CHECK_EQ(vmspace_unmap(space, addr + 4 * PAGE_SIZE, 3 * PAGE_SIZE), 0);
		selftest_vm_map(space, addr + 4 * PAGE_SIZE, 3 * PAGE_SIZE, RW);
		vmobj_punch(object, 0, 64 * PAGE_SIZE);
		vmspace_put(child);
	}
	stop(&t[0]);
	stop(&t[1]);
	vmspace_put(space);
	vmobj_punch(object, 0, 64 * PAGE_SIZE);
	SELFTEST_CHECK_EQ(vmobj_page_count(object), 0);
	vmobj_put(object);
	selftest_vm_after(&before);
}
