/* mremap(2). MREMAP_DONTUNMAP is not done; an old size of 0 (a second view) neither. */
#include "compat/linux/mm/lmm.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/mman.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

/* What the new part may cost; whether it is to be there at once. */
static int check_growth(struct lthread *lt, const struct vm_remap_request *req, bool *is_locked)
{
	struct vm_mapping_info info;
	uint64_t more = req->new_len - req->old_len;
	int err = vmspace_query(lmm_space(lt), req->addr, &info);

	if (err)
		return -EFAULT;
	if (info.object)
		vmobj_put(info.object);
	if (info.start > req->addr)
		return -EFAULT;
	*is_locked = (info.flags & VM_MAP_LOCKED) != 0;
	err = *is_locked ? lmm_check_lock(lt, more, -EAGAIN) : 0;
	return err ? err : lmm_check_size(lt, more);
}

int64_t linux_mremap(struct lthread *lt, uint64_t addr, size_t old_len, size_t new_len,
		     uint64_t flags, uint64_t new_addr)
{
	struct vm_remap_request req = {.addr = addr, .new_addr = new_addr};
	bool is_locked = false;
	vaddr_t at;
	int err = 0;

	if (flags & ~(uint64_t)(LINUX_MREMAP_MAYMOVE | LINUX_MREMAP_FIXED))
		return -EINVAL;
	if (!IS_ALIGNED(addr, PAGE_SIZE) || old_len == 0 || new_len == 0 ||
	    lmm_round_len(old_len, &req.old_len) || lmm_round_len(new_len, &req.new_len))
		return -EINVAL;
	if (req.old_len > VM_USER_END || req.new_len > VM_USER_END)
		return -EINVAL;
	req.flags = (flags & LINUX_MREMAP_MAYMOVE ? VM_REMAP_MAY_MOVE : 0u) |
		    (flags & LINUX_MREMAP_FIXED ? VM_REMAP_FIXED : 0u);
	if (req.new_len > req.old_len)
		err = check_growth(lt, &req, &is_locked);
	if (!err)
		err = vmspace_remap(lmm_space(lt), &req, &at);
	if (err)
		return err;
	/* Locked memory is in memory; if there is none left, that shows at its use. */
	if (is_locked && vm_populate(lmm_space(lt), at, req.new_len, FAULT_USER))
		return (int64_t)at;
	return (int64_t)at;
}
