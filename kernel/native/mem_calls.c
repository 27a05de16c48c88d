/* Native calls on memory: objects, and what is mapped where. */
#include "kernel/mm/slab.h"
#include "kernel/native/native_impl.h"
#include "kernel/task/job.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

/* Bytes copied at once between a program and an object. */
#define COPY_CHUNK 4096u

static_assert(NATIVE_PROT_READ == VM_READ && NATIVE_PROT_WRITE == VM_WRITE &&
		      NATIVE_PROT_EXEC == VM_EXEC,
	      "native_abi.h");

int64_t native_mem_create(struct uthread *ut, uint64_t size)
{
	struct native_maker maker;
	struct vmobj *obj;
	int64_t result;

	result = native_maker_begin(ut, &maker);
	if (result)
		return result;
	result = vmobj_create(job_account(maker.job), size, &obj);
	if (!result) {
		result = native_install(ut, &maker, vmobj_kobject(obj), KOBJECT_MEMORY_RIGHTS);
		vmobj_put(obj);
	}
	native_maker_end(&maker);
	return result;
}

/* 0 and a use that cap_ref_put() ends, or an error. */
static int lookup_memory(struct uthread *ut, uint32_t slot, uint32_t rights, struct cap_ref *ref,
			 struct vmobj **out)
{
	int err = cspace_lookup(native_caps(ut), slot, rights, ref);

	if (err)
		return err;
	*out = vmobj_from_kobject(ref->object);
	if (*out)
		return 0;
	cap_ref_put(ref);
	return -EINVAL;
}

int64_t native_mem_size(struct uthread *ut, uint32_t memory)
{
	struct cap_ref ref;
	struct vmobj *obj;
	int64_t size;
	int err;

	err = lookup_memory(ut, memory, RIGHT_STAT, &ref, &obj);
	if (err)
		return err;
	size = (int64_t)vmobj_size(obj);
	cap_ref_put(&ref);
	return size;
}

enum direction {
	FROM_OBJECT,
	TO_OBJECT,
};

/* One chunk, in a buffer of the kernel's: user memory and the object may both fault. */
static int copy_chunk(struct vmobj *obj, uint64_t offset, struct user_ptr user, void *buf,
		      size_t len, enum direction direction)
{
	int err;

	if (direction == FROM_OBJECT) {
		err = vmobj_read(obj, offset, buf, len);
		return err ? err : copy_to_user(user, buf, len);
	}
	err = copy_from_user(buf, user, len);
	return err ? err : vmobj_write(obj, offset, buf, len);
}

static int copy_all(struct vmobj *obj, uint64_t offset, struct user_ptr user, uint64_t len,
		    enum direction direction)
{
	void *buf = kmem_alloc(COPY_CHUNK);
	uint64_t done = 0;
	size_t chunk;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	while (done < len && !err) {
		chunk = MIN(len - done, COPY_CHUNK);
		err = copy_chunk(obj, offset + done, user_ptr_add(user, done), buf, chunk,
				 direction);
		done += chunk;
		if (!err && thread_pending_interrupts(thread_current()))
			err = -EINTR;
	}
	kmem_free(buf, COPY_CHUNK);
	return err;
}

static int64_t copy(struct uthread *ut, uint32_t memory, uint64_t offset, struct user_ptr user,
		    uint64_t len, enum direction direction)
{
	uint32_t rights = direction == FROM_OBJECT ? RIGHT_READ : RIGHT_WRITE;
	struct cap_ref ref;
	struct vmobj *obj;
	uint64_t size;
	int err;

	do {
		err = lookup_memory(ut, memory, rights, &ref, &obj);
		if (err)
			return err;
		size = vmobj_size(obj);
		if (offset > size || len > size - offset)
			err = -ENXIO;
		else if (!user_range_ok(user, len))
			err = -EFAULT;
		else
			err = copy_all(obj, offset, user, len, direction);
		err = cap_use_result(&ref, err);
		cap_ref_put(&ref);
	} while (native_must_retry(err));
	return err;
}

int64_t native_mem_read(struct uthread *ut, uint32_t memory, uint64_t offset, struct user_ptr to,
			uint64_t len)
{
	return copy(ut, memory, offset, to, len, FROM_OBJECT);
}

int64_t native_mem_write(struct uthread *ut, uint32_t memory, uint64_t offset, struct user_ptr from,
			 uint64_t len)
{
	return copy(ut, memory, offset, from, len, TO_OBJECT);
}

/* Rights that a protection needs: a private mapping may be written without WRITE. */
static uint32_t rights_of(uint32_t prot, uint32_t flags)
{
	uint32_t rights = RIGHT_MAP;

	if (prot & NATIVE_PROT_READ)
		rights |= RIGHT_READ;
	if (prot & NATIVE_PROT_WRITE)
		rights |= flags & NATIVE_MAP_SHARED ? RIGHT_WRITE : RIGHT_READ;
	if (prot & NATIVE_PROT_EXEC)
		rights |= RIGHT_EXEC;
	return rights;
}

/* All that the rights would have allowed. */
static uint32_t max_prot_of(uint32_t rights, uint32_t flags)
{
	uint32_t prot = 0;

	if (rights & RIGHT_READ)
		prot |= VM_READ;
	if (rights & (flags & NATIVE_MAP_SHARED ? RIGHT_WRITE : RIGHT_READ))
		prot |= VM_WRITE;
	if (rights & RIGHT_EXEC)
		prot |= VM_EXEC;
	return prot;
}

static int map(struct uthread *ut, uint32_t memory, uint32_t flags, struct vm_map_request *req,
	       vaddr_t *addr)
{
	struct cap_ref ref;
	int err;

	if (memory == NATIVE_NO_SLOT) {
		req->max_prot = VM_PROT_ALL;
		return vmspace_map(ut->process->space, req, addr);
	}
	err = lookup_memory(ut, memory, rights_of(req->prot, flags), &ref, &req->object);
	if (err)
		return err;
	req->grant = ref.grant;
	req->max_prot = max_prot_of(ref.rights, flags);
	err = vmspace_map(ut->process->space, req, addr);
	cap_ref_put(&ref);
	return err;
}

static enum vm_place place_of(uint64_t addr, uint32_t flags)
{
	if (flags & NATIVE_MAP_FIXED)
		return VM_PLACE_FIXED_NEW;
	return addr ? VM_PLACE_HINT : VM_PLACE_ANYWHERE;
}

/* All six arguments, and who calls. NOLINTNEXTLINE(readability-function-size) */
int64_t native_mem_map(struct uthread *ut, uint32_t memory, uint64_t addr, uint64_t len,
		       uint64_t offset, uint32_t prot, uint32_t flags)
{
	struct vm_map_request req = {
		.addr = addr,
		.len = len,
		.place = place_of(addr, flags),
		.prot = prot,
		.flags = flags & NATIVE_MAP_SHARED ? VM_MAP_SHARED : 0,
		.offset = offset,
	};
	vaddr_t at;
	int err;

	if ((prot & ~VM_PROT_ALL) || (flags & ~(NATIVE_MAP_SHARED | NATIVE_MAP_FIXED)))
		return -EINVAL;
	/* Private memory is of no object. */
	if (memory == NATIVE_NO_SLOT && (req.flags || offset))
		return -EINVAL;
	do {
		err = map(ut, memory, flags, &req, &at);
	} while (native_must_retry(err));
	return err ? err : (int64_t)at;
}

int64_t native_mem_unmap(struct uthread *ut, uint64_t addr, uint64_t len)
{
	return vmspace_unmap(ut->process->space, addr, len);
}

int64_t native_mem_protect(struct uthread *ut, uint64_t addr, uint64_t len, uint32_t prot)
{
	if (prot & ~VM_PROT_ALL)
		return -EINVAL;
	return vmspace_protect(ut->process->space, addr, len, prot);
}
