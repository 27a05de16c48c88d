/* What the self-tests of kernel/vm share. */
#include "kernel/core/percpu.h"
#include "kernel/core/smp_call.h"
#include "kernel/mm/account.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/selftest_impl.h"
#include "kernel/vm/vmobj.h"

static void reap_here(void *arg UNUSED)
{
	kmem_reap_this_cpu();
}

/* What slabs hold for later is not in use: it goes back first, on every CPU. */
static uint64_t pages_in_use(void)
{
	struct meminfo info;

	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		smp_call_cpu(cpu, reap_here, NULL);
	meminfo_read(&info);
	return info.total - info.free - info.reserved - info.used[MEM_USE_STACK] -
	       info.used[MEM_USE_SLAB];
}

void selftest_vm_before(struct selftest_vm_state *out)
{
	out->pages = pages_in_use();
	out->objects = kmem_used_count();
	out->accounts = mem_account_count();
	out->spaces = vmspace_count();
}

void selftest_vm_after(const struct selftest_vm_state *before)
{
	struct selftest_vm_state now;

	selftest_vm_before(&now);
	SELFTEST_CHECK_EQ(now.pages, before->pages);
	SELFTEST_CHECK_EQ(now.objects, before->objects);
	SELFTEST_CHECK_EQ(now.accounts, before->accounts);
	SELFTEST_CHECK_EQ(now.spaces, before->spaces);
}

static vaddr_t map(struct vmspace *space, const struct vm_map_request *req)
{
	vaddr_t addr = 0;

	SELFTEST_CHECK_EQ(vmspace_map(space, req, &addr), 0);
	return addr;
}

vaddr_t selftest_vm_map(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t prot)
{
	const struct vm_map_request req = {
		.addr = addr,
		.len = len,
		.place = addr ? VM_PLACE_FIXED : VM_PLACE_ANYWHERE,
		.prot = prot,
		.max_prot = VM_PROT_ALL,
	};

	return map(space, &req);
}

vaddr_t selftest_vm_map_object(struct vmspace *space, struct vmobj *object, struct grant *grant,
			       uint32_t flags)
{
	const struct vm_map_request req = {
		.len = ALIGN_UP(vmobj_size(object), PAGE_SIZE),
		.place = VM_PLACE_ANYWHERE,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_PROT_ALL,
		.flags = flags,
		.object = object,
		.grant = grant,
	};

	return map(space, &req);
}
