/*
 * mmap(2), munmap(2), mprotect(2).
 *
 * The flags MAP_DENYWRITE, MAP_EXECUTABLE and MAP_NORESERVE mean nothing to Linux
 * either, here because memory is never promised before it is touched. MAP_HUGETLB finds
 * an empty pool. Bits that no flag has are refused, which Linux does for
 * MAP_SHARED_VALIDATE only.
 */
#include "compat/linux/mm/lmm.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/mman.h"
#include "kernel/cap/grant.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

#define MAP_KNOWN                                                                                  \
	(LINUX_MAP_TYPE | LINUX_MAP_FIXED | LINUX_MAP_ANONYMOUS | LINUX_MAP_32BIT |                \
	 LINUX_MAP_GROWSDOWN | LINUX_MAP_DENYWRITE | LINUX_MAP_EXECUTABLE | LINUX_MAP_LOCKED |     \
	 LINUX_MAP_NORESERVE | LINUX_MAP_POPULATE | LINUX_MAP_NONBLOCK | LINUX_MAP_STACK |         \
	 LINUX_MAP_HUGETLB | LINUX_MAP_SYNC | LINUX_MAP_FIXED_NOREPLACE)
#define PROT_ACCESS (LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC)
#define PROT_GROWS (LINUX_PROT_GROWSDOWN | LINUX_PROT_GROWSUP)
#define PROT_KNOWN (PROT_ACCESS | LINUX_PROT_SEM | PROT_GROWS)

int (*lmm_open_file)(struct lthread *lt, int32_t fd, bool is_shared, struct lmm_file *out);

uint32_t lmm_prot(uint64_t prot)
{
	return (prot & LINUX_PROT_READ ? VM_READ : 0u) | (prot & LINUX_PROT_WRITE ? VM_WRITE : 0u) |
	       (prot & LINUX_PROT_EXEC ? VM_EXEC : 0u);
}

int lmm_round_len(uint64_t len, uint64_t *out)
{
	if (len > UINT64_MAX - (PAGE_SIZE - 1))
		return -ENOMEM;
	*out = ALIGN_UP(len, PAGE_SIZE);
	return 0;
}

int lmm_check_size(struct lthread *lt, uint64_t more)
{
	uint64_t limit = lprocess_limit(lt->process, LINUX_RLIMIT_AS).cur;
	struct vmspace_stats stats;
	uint64_t now;

	if (limit == UINT64_MAX)
		return 0;
	vmspace_get_stats(lmm_space(lt), &stats);
	now = stats.mapped_pages << PAGE_SHIFT;
	return more > limit || now > limit - more ? -ENOMEM : 0;
}

int lmm_check_lock(struct lthread *lt, uint64_t more, int err)
{
	uint64_t limit = lprocess_limit(lt->process, LINUX_RLIMIT_MEMLOCK).cur;
	struct vmspace_stats stats;
	uint64_t now;

	if (lcred_has_cap(lt->cred, LINUX_CAP_IPC_LOCK) || limit == UINT64_MAX)
		return 0;
	if (limit == 0)
		return -EPERM;
	vmspace_get_stats(lmm_space(lt), &stats);
	now = stats.locked_pages << PAGE_SHIFT;
	return more > limit || now > limit - more ? err : 0;
}

static int check_flags(uint64_t flags, bool *is_shared)
{
	uint64_t type = flags & LINUX_MAP_TYPE;

	if (type != LINUX_MAP_SHARED && type != LINUX_MAP_PRIVATE &&
	    type != LINUX_MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (flags & ~(uint64_t)MAP_KNOWN)
		return type == LINUX_MAP_SHARED_VALIDATE ? -EOPNOTSUPP : -EINVAL;
	if ((flags & LINUX_MAP_SYNC) && type == LINUX_MAP_SHARED_VALIDATE)
		return -EOPNOTSUPP;
	*is_shared = type != LINUX_MAP_PRIVATE;
	if ((flags & LINUX_MAP_GROWSDOWN) && (*is_shared || !(flags & LINUX_MAP_ANONYMOUS)))
		return -EINVAL;
	return flags & LINUX_MAP_HUGETLB ? -ENOMEM : 0;
}

static enum vm_place place_of(uint64_t flags, uint64_t addr)
{
	if (flags & LINUX_MAP_FIXED_NOREPLACE)
		return VM_PLACE_FIXED_NEW;
	if (flags & LINUX_MAP_FIXED)
		return VM_PLACE_FIXED;
	if (addr >= VM_USER_START)
		return VM_PLACE_HINT;
	return flags & LINUX_MAP_32BIT ? VM_PLACE_LOW : VM_PLACE_ANYWHERE;
}

/* Where, and how large. */
static int check_range(struct lthread *lt, const struct vm_map_request *req)
{
	bool is_fixed = req->place == VM_PLACE_FIXED || req->place == VM_PLACE_FIXED_NEW;

	if (is_fixed && !IS_ALIGNED(req->addr, PAGE_SIZE))
		return -EINVAL;
	if (is_fixed && req->addr < VM_USER_START)
		return -EPERM;
	if (req->len > VM_USER_END)
		return -ENOMEM;
	if (req->flags & VM_MAP_LOCKED) {
		int err = lmm_check_lock(lt, req->len, -EAGAIN);

		if (err)
			return err;
	}
	return lmm_check_size(lt, req->len);
}

static int add_file(struct lthread *lt, int32_t fd, struct vm_map_request *req)
{
	bool is_shared = (req->flags & VM_MAP_SHARED) != 0;
	struct lmm_file file;
	int err;

	if (!lmm_open_file)
		return fd < 0 ? -EBADF : -ENODEV;
	err = lmm_open_file(lt, fd, is_shared, &file);
	if (err)
		return err;
	req->object = file.object;
	req->grant = file.grant;
	/* A private copy may be written, whatever the descriptor allows. */
	req->max_prot = file.max_prot | (is_shared ? 0 : (uint32_t)VM_WRITE);
	if (add_overflows(req->offset, file.offset, &req->offset))
		return -EOVERFLOW;
	return file.max_prot & VM_READ ? 0 : -EACCES;
}

static void put_file(const struct vm_map_request *req)
{
	if (req->object)
		vmobj_put(req->object);
	if (req->grant)
		grant_put(req->grant);
}

/* What is not there now comes at first use: an error here is none of the call's. */
static void populate(struct lthread *lt, vaddr_t addr, const struct vm_map_request *req)
{
	uint32_t access = FAULT_USER | (req->prot & VM_WRITE ? FAULT_WRITE : 0u);

	if (!req->prot || vm_populate(lmm_space(lt), addr, req->len, access))
		return;
}

/* NOLINTNEXTLINE(readability-function-size): six arguments and the thread */
int64_t linux_mmap(struct lthread *lt, uint64_t addr, size_t len, uint64_t prot, uint64_t flags,
		   int32_t fd, uint64_t offset)
{
	struct vm_map_request req = {.max_prot = VM_PROT_ALL, .offset = offset};
	bool is_shared;
	vaddr_t at;
	int err = check_flags(flags, &is_shared);

	if (err)
		return err;
	if (len == 0 || !IS_ALIGNED(offset, PAGE_SIZE) || (prot & ~(uint64_t)PROT_KNOWN))
		return -EINVAL;
	err = lmm_round_len(len, &req.len);
	if (err)
		return err;
	req.addr = addr;
	req.place = place_of(flags, addr);
	req.prot = lmm_prot(prot);
	req.flags = (is_shared ? VM_MAP_SHARED : 0u) |
		    (flags & LINUX_MAP_GROWSDOWN ? VM_MAP_GROWS_DOWN : 0u) |
		    (flags & LINUX_MAP_LOCKED ? VM_MAP_LOCKED : 0u) |
		    (flags & LINUX_MAP_STACK ? VM_MAP_STACK : 0u);
	err = check_range(lt, &req);
	if (err)
		return err;
	if (flags & LINUX_MAP_ANONYMOUS)
		req.offset = 0;
	else
		err = add_file(lt, fd, &req);
	if (!err)
		err = vmspace_map(lmm_space(lt), &req, &at);
	put_file(&req);
	if (err)
		return err;
	if ((flags & LINUX_MAP_LOCKED) ||
	    ((flags & LINUX_MAP_POPULATE) && !(flags & LINUX_MAP_NONBLOCK)))
		populate(lt, at, &req);
	return (int64_t)at;
}

int64_t linux_munmap(struct lthread *lt, uint64_t addr, size_t len)
{
	uint64_t rounded;

	if (lmm_round_len(len, &rounded))
		return -EINVAL;
	return vmspace_unmap(lmm_space(lt), addr, rounded);
}

/* PROT_GROWSDOWN: from the start of the mapping that grows. 0 or an error. */
static int extend_down(struct lthread *lt, uint64_t *addr, uint64_t *len)
{
	struct vm_mapping_info info;
	int err = vmspace_query(lmm_space(lt), *addr, &info);

	if (err)
		return -ENOMEM;
	if (info.object)
		vmobj_put(info.object);
	if (info.start > *addr)
		return -ENOMEM;
	if (!(info.flags & VM_MAP_GROWS_DOWN))
		return -EINVAL;
	*len += *addr - info.start;
	*addr = info.start;
	return 0;
}

int64_t linux_mprotect(struct lthread *lt, uint64_t addr, size_t len, uint64_t prot)
{
	uint64_t rounded;
	int err;

	if ((prot & PROT_GROWS) == PROT_GROWS || (prot & ~(uint64_t)PROT_KNOWN))
		return -EINVAL;
	/* No mapping grows upwards. */
	if (!IS_ALIGNED(addr, PAGE_SIZE) || (prot & LINUX_PROT_GROWSUP))
		return -EINVAL;
	if (len == 0)
		return 0;
	err = lmm_round_len(len, &rounded);
	if (!err && !range_fits(addr, rounded, VM_USER_END))
		err = -ENOMEM;
	if (!err && (prot & LINUX_PROT_GROWSDOWN))
		err = extend_down(lt, &addr, &rounded);
	return err ? err : vmspace_protect(lmm_space(lt), addr, rounded, lmm_prot(prot));
}
