/*
 * brk(2): the heap's end. An end that cannot be is answered with the one that is, which
 * is how the C library sees the failure.
 */
#include "compat/linux/mm/lmm.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/mutex.h"
#include "kernel/vm/vmspace.h"

/*
 * All brk calls of the system, one at a time: they are short, and few since allocators
 * use mmap.
 */
static struct mutex brk_mutex = MUTEX_INIT(brk_mutex, LOCK_LINUX_BRK);

static int grow(struct lthread *lt, vaddr_t from, vaddr_t to)
{
	struct lprocess *lp = lt->process;
	struct vm_map_request req = {
		.addr = from,
		.len = to - from,
		.place = VM_PLACE_FIXED_NEW,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_PROT_ALL,
		.flags = VM_MAP_HEAP,
	};
	vaddr_t at;
	int err;

	if (to - lp->brk_start > lprocess_limit(lp, LINUX_RLIMIT_DATA).cur)
		return -ENOMEM;
	err = lmm_check_size(lt, req.len);
	return err ? err : vmspace_map(lmm_space(lt), &req, &at);
}

static int move_end(struct lthread *lt, vaddr_t to)
{
	vaddr_t from = ALIGN_UP(lt->process->brk_end, PAGE_SIZE);

	if (to < lt->process->brk_start || to > VM_USER_END - PAGE_SIZE)
		return -ENOMEM;
	to = ALIGN_UP(to, PAGE_SIZE);
	if (to > from)
		return grow(lt, from, to);
	return to < from ? vmspace_unmap(lmm_space(lt), to, from - to) : 0;
}

int64_t linux_brk(struct lthread *lt, uint64_t addr)
{
	struct lprocess *lp = lt->process;
	vaddr_t end;

	mutex_lock(&brk_mutex);
	if (!move_end(lt, addr))
		lp->brk_end = addr;
	end = lp->brk_end;
	mutex_unlock(&brk_mutex);
	return (int64_t)end;
}
