/*
 * mlock(2) and its family; membarrier(2).
 *
 * Nothing is ever paged out, so locked memory is memory that was faulted in and is
 * counted. MCL_FUTURE is not done and refused.
 */
#include "compat/linux/mm/lmm.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/mman.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

/* The pages that a range touches. */
static int pages_of(uint64_t *addr, uint64_t *len)
{
	uint64_t lead = *addr & ~PAGE_MASK;

	*addr -= lead;
	if (*len > UINT64_MAX - lead || lmm_round_len(*len + lead, len))
		return -EINVAL;
	return range_fits(*addr, *len, VM_USER_END) ? 0 : -ENOMEM;
}

static int lock_range(struct lthread *lt, uint64_t addr, uint64_t len, bool populates)
{
	int err = pages_of(&addr, &len);

	if (!err)
		err = lmm_check_lock(lt, len, -ENOMEM);
	if (err || len == 0)
		return err;
	err = vmspace_change_flags(lmm_space(lt), addr, len, VM_MAP_LOCKED, 0);
	if (err || !populates)
		return err;
	/* Where the program may not even read there is nothing to bring in. */
	err = vm_populate(lmm_space(lt), addr, len, FAULT_USER);
	return err == -ENOMEM ? -EAGAIN : err ? -ENOMEM : 0;
}

int64_t linux_mlock(struct lthread *lt, uint64_t addr, size_t len)
{
	return lock_range(lt, addr, len, true);
}

int64_t linux_mlock2(struct lthread *lt, uint64_t addr, size_t len, int32_t flags)
{
	if (flags & ~LINUX_MLOCK_ONFAULT)
		return -EINVAL;
	return lock_range(lt, addr, len, !(flags & LINUX_MLOCK_ONFAULT));
}

int64_t linux_munlock(struct lthread *lt, uint64_t addr, size_t len)
{
	uint64_t pages = len;
	int err = pages_of(&addr, &pages);

	if (err || pages == 0)
		return err;
	return vmspace_change_flags(lmm_space(lt), addr, pages, 0, VM_MAP_LOCKED);
}

/* Mapping by mapping; what others change meanwhile is theirs. */
static void flag_all(struct lthread *lt, uint32_t set, uint32_t clear, bool populates)
{
	struct vm_mapping_info info;
	vaddr_t at = 0;

	while (!vmspace_query(lmm_space(lt), at, &info)) {
		uint64_t len = info.end - info.start;

		if (info.object)
			vmobj_put(info.object);
		at = info.end;
		if (vmspace_change_flags(lmm_space(lt), info.start, len, set, clear))
			continue;
		if (populates && info.prot &&
		    vm_populate(lmm_space(lt), info.start, len, FAULT_USER))
			continue;
	}
}

int64_t linux_mlockall(struct lthread *lt, int32_t flags)
{
	struct vmspace_stats stats;
	int err;

	if (flags & ~(LINUX_MCL_CURRENT | LINUX_MCL_ONFAULT) || flags == LINUX_MCL_ONFAULT ||
	    flags == 0)
		return -EINVAL;
	vmspace_get_stats(lmm_space(lt), &stats);
	err = lmm_check_lock(lt, (stats.mapped_pages - stats.locked_pages) << PAGE_SHIFT, -ENOMEM);
	if (err)
		return err;
	flag_all(lt, VM_MAP_LOCKED, 0, !(flags & LINUX_MCL_ONFAULT));
	return 0;
}

int64_t linux_munlockall(struct lthread *lt)
{
	flag_all(lt, 0, VM_MAP_LOCKED, false);
	return 0;
}

/* --- membarrier(2) --- */

#define BARRIER_COMMANDS                                                                           \
	(LINUX_MEMBARRIER_CMD_GLOBAL | LINUX_MEMBARRIER_CMD_GLOBAL_EXPEDITED |                     \
	 LINUX_MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED | \
	 LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

/* Interrupting a processor orders all that it did before and after. */
static void do_nothing(void *arg UNUSED)
{
}

/*
 * Every processor is interrupted, whoever is registered: stronger than was asked for,
 * and right without a register. A registration has nothing to do.
 */
int64_t linux_membarrier(struct lthread *lt UNUSED, int32_t command, uint32_t flags,
			 int32_t cpu UNUSED)
{
	if (flags)
		return -EINVAL;
	switch (command) {
	case LINUX_MEMBARRIER_CMD_QUERY:
		return BARRIER_COMMANDS;
	case LINUX_MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return 0;
	case LINUX_MEMBARRIER_CMD_GLOBAL:
	case LINUX_MEMBARRIER_CMD_GLOBAL_EXPEDITED:
	case LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		smp_call_others(do_nothing, NULL);
		return 0;
	default:
		return -EINVAL;
	}
}
