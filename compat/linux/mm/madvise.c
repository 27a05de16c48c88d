/*
 * madvise(2), msync(2), mincore(2).
 *
 * Advice about what will be used, or how, is taken note of by nobody and loses nothing:
 * on Linux too it may do nothing. Advice that changes what a program reads is done or
 * refused.
 */
#include "compat/linux/mm/lmm.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/mman.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

#define MINCORE_CHUNK 256u

/* Calls fn for the part of each mapping in the range; -ENOMEM if there were gaps. */
static int for_each_mapping(struct lthread *lt, vaddr_t addr, uint64_t len,
			    int (*fn)(struct lthread *lt, const struct vm_mapping_info *info,
				      vaddr_t start, uint64_t len))
{
	vaddr_t end = addr + len;
	int result = 0;

	while (addr < end) {
		struct vm_mapping_info info;
		vaddr_t start, stop;
		int err = vmspace_query(lmm_space(lt), addr, &info);

		if (err)
			return -ENOMEM;
		if (info.object)
			vmobj_put(info.object);
		if (info.start > addr)
			result = -ENOMEM;
		start = MAX(info.start, addr);
		stop = MIN(info.end, end);
		if (start >= end)
			return -ENOMEM;
		err = fn ? fn(lt, &info, start, stop - start) : 0;
		if (err)
			return err;
		addr = stop;
	}
	return result;
}

static int drop(struct lthread *lt, const struct vm_mapping_info *info UNUSED, vaddr_t start,
		uint64_t len)
{
	return vmspace_discard(lmm_space(lt), start, len);
}

/* MADV_FREE may drop the pages at any time, so at once is as good; not those of objects. */
static int drop_private(struct lthread *lt, const struct vm_mapping_info *info, vaddr_t start,
			uint64_t len)
{
	return info->object ? -EINVAL : vmspace_discard(lmm_space(lt), start, len);
}

static int populate(struct lthread *lt, vaddr_t addr, uint64_t len, uint32_t access)
{
	int err = vm_populate(lmm_space(lt), addr, len, FAULT_USER | access);

	if (err == -EACCES)
		return -EINVAL;
	if (err == -EIO || err == -ENXIO)
		return -EFAULT;
	return err == -EFAULT ? -ENOMEM : err;
}

static int advise(struct lthread *lt, vaddr_t addr, uint64_t len, int32_t advice)
{
	struct vmspace *space = lmm_space(lt);

	switch (advice) {
	case LINUX_MADV_DONTNEED:
		return for_each_mapping(lt, addr, len, drop);
	case LINUX_MADV_FREE:
		return for_each_mapping(lt, addr, len, drop_private);
	case LINUX_MADV_DONTFORK:
		return vmspace_change_flags(space, addr, len, VM_MAP_DONT_FORK, 0);
	case LINUX_MADV_DOFORK:
		return vmspace_change_flags(space, addr, len, 0, VM_MAP_DONT_FORK);
	case LINUX_MADV_WIPEONFORK:
		return vmspace_change_flags(space, addr, len, VM_MAP_WIPE_ON_FORK, 0);
	case LINUX_MADV_KEEPONFORK:
		return vmspace_change_flags(space, addr, len, 0, VM_MAP_WIPE_ON_FORK);
	case LINUX_MADV_POPULATE_READ:
		return populate(lt, addr, len, 0);
	case LINUX_MADV_POPULATE_WRITE:
		return populate(lt, addr, len, FAULT_WRITE);
	default:
		return for_each_mapping(lt, addr, len, NULL);
	}
}

static bool is_known(int32_t advice)
{
	switch (advice) {
	case LINUX_MADV_NORMAL:
	case LINUX_MADV_RANDOM:
	case LINUX_MADV_SEQUENTIAL:
	case LINUX_MADV_WILLNEED:
	case LINUX_MADV_DONTNEED:
	case LINUX_MADV_FREE:
	case LINUX_MADV_DONTFORK:
	case LINUX_MADV_DOFORK:
	case LINUX_MADV_HUGEPAGE:
	case LINUX_MADV_NOHUGEPAGE:
	case LINUX_MADV_DONTDUMP:
	case LINUX_MADV_DODUMP:
	case LINUX_MADV_WIPEONFORK:
	case LINUX_MADV_KEEPONFORK:
	case LINUX_MADV_COLD:
	case LINUX_MADV_PAGEOUT:
	case LINUX_MADV_POPULATE_READ:
	case LINUX_MADV_POPULATE_WRITE:
		return true;
	default:
		return false;
	}
}

int64_t linux_madvise(struct lthread *lt, uint64_t addr, size_t len, int32_t advice)
{
	uint64_t rounded;

	if (!is_known(advice) || !IS_ALIGNED(addr, PAGE_SIZE) || lmm_round_len(len, &rounded))
		return -EINVAL;
	if (rounded == 0)
		return 0;
	if (addr > UINT64_MAX - rounded)
		return -EINVAL;
	if (!range_fits(addr, rounded, VM_USER_END))
		return -ENOMEM;
	return advise(lt, addr, rounded, advice);
}

static int check_sync(struct lthread *lt UNUSED, const struct vm_mapping_info *info,
		      vaddr_t start UNUSED, uint64_t len UNUSED)
{
	return info->flags & VM_MAP_LOCKED ? -EBUSY : 0;
}

/*
 * The pages of a mapping are those that read(2) sees; there is no store behind them that
 * could be behind.
 */
int64_t linux_msync(struct lthread *lt, uint64_t addr, size_t len, int32_t flags)
{
	bool invalidates = (flags & LINUX_MS_INVALIDATE) != 0;
	uint64_t rounded;

	if (flags & ~(LINUX_MS_ASYNC | LINUX_MS_INVALIDATE | LINUX_MS_SYNC) ||
	    !IS_ALIGNED(addr, PAGE_SIZE) || ((flags & LINUX_MS_ASYNC) && (flags & LINUX_MS_SYNC)))
		return -EINVAL;
	if (lmm_round_len(len, &rounded) || !range_fits(addr, rounded, VM_USER_END))
		return -ENOMEM;
	return for_each_mapping(lt, addr, rounded, invalidates ? check_sync : NULL);
}

int64_t linux_mincore(struct lthread *lt, uint64_t addr, size_t len, struct user_ptr vec)
{
	uint8_t present[MINCORE_CHUNK];
	uint64_t rounded, pages;
	int err;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (lmm_round_len(len, &rounded) || !range_fits(addr, rounded, VM_USER_END))
		return -ENOMEM;
	pages = rounded >> PAGE_SHIFT;
	for (uint64_t done = 0; done < pages;) {
		uint64_t count = MIN(pages - done, (uint64_t)MINCORE_CHUNK);

		err = vmspace_resident(lmm_space(lt), addr + (done << PAGE_SHIFT),
				       count << PAGE_SHIFT, present);
		if (err)
			return err;
		if (copy_to_user(user_ptr_add(vec, done), present, count))
			return -EFAULT;
		done += count;
	}
	return 0;
}
