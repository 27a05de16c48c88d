/*
 * Access to user memory of any space, by its pages: what the program's own
 * instructions would do, done from outside.
 */
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vm_impl.h"

/* The page if it is there and the access is allowed without a fault; else -EAGAIN. */
static int pin_page(struct vmspace *space, vaddr_t addr, uint32_t access, struct page **out)
{
	struct mmu_entry *slot;
	int err = -EAGAIN;

	rwlock_read_lock(&space->lock);
	spin_lock(&space->tables_lock);
	slot = arch_mmu_entry_find(&space->mmu, addr, NULL);
	if (slot) {
		struct mmu_entry entry = mmu_entry_read(slot);
		bool is_allowed = mmu_entry_is_present(entry);

		if (access & FAULT_WRITE)
			is_allowed &= mmu_entry_is_writable(entry);
		if (access & FAULT_EXEC)
			is_allowed &= mmu_entry_is_executable(entry);
		if (is_allowed) {
			*out = entry_page(entry);
			page_get(*out);
			err = 0;
		}
	}
	spin_unlock(&space->tables_lock);
	rwlock_read_unlock(&space->lock);
	return err;
}

int vm_get_page(struct vmspace *space, vaddr_t addr, uint32_t access, struct page **out)
{
	int err;

	if (addr >= VM_USER_END)
		return -EFAULT;
	while ((err = pin_page(space, addr, access, out)) == -EAGAIN) {
		err = vm_fault(space, addr, access);
		if (err)
			break;
	}
	return err;
}

int vm_populate(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t access)
{
	vaddr_t va = ALIGN_DOWN(addr, PAGE_SIZE);

	if (!range_fits(addr, len, VM_USER_END))
		return -EFAULT;
	for (; va < addr + len; va += PAGE_SIZE) {
		struct page *page;
		int err = vm_get_page(space, va, access, &page);

		if (err)
			return err;
		page_put(page);
	}
	return 0;
}

enum copy_direction {
	COPY_OUT, /* of the space */
	COPY_IN,
};

static int copy(struct vmspace *space, vaddr_t addr, char *buf, size_t len, enum copy_direction dir)
{
	if (!range_fits(addr, len, VM_USER_END))
		return -EFAULT;
	while (len > 0) {
		uint64_t in_page = addr & (PAGE_SIZE - 1);
		size_t part = MIN(len, PAGE_SIZE - in_page);
		struct page *page;
		char *at;
		int err = vm_get_page(space, addr, dir == COPY_IN ? FAULT_WRITE : 0, &page);

		if (err)
			return err;
		at = (char *)page_vaddr(page) + in_page;
		if (dir == COPY_OUT)
			memcpy(buf, at, part);
		else
			memcpy(at, buf, part);
		page_put(page);
		addr += part;
		buf += part;
		len -= part;
	}
	return 0;
}

int vm_read(struct vmspace *space, vaddr_t addr, void *buf, size_t len)
{
	return copy(space, addr, buf, len, COPY_OUT);
}

int vm_write(struct vmspace *space, vaddr_t addr, const void *buf, size_t len)
{
	return copy(space, addr, drop_const(buf), len, COPY_IN);
}
