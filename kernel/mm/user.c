#include "kernel/mm/user.h"

#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* Most strings that come from user space are short. */
#define STRING_CHUNK 64u

bool user_range_ok(struct user_ptr ptr, size_t len)
{
	return ptr.addr <= ARCH_USER_END && len <= ARCH_USER_END - ptr.addr;
}

int copy_from_user(void *dst, struct user_ptr src, size_t len)
{
	if (!user_range_ok(src, len))
		return -EFAULT;
	return arch_copy_from_user(dst, src.addr, len) ? -EFAULT : 0;
}

int copy_to_user(struct user_ptr dst, const void *src, size_t len)
{
	if (!user_range_ok(dst, len))
		return -EFAULT;
	return arch_copy_to_user(dst.addr, src, len) ? -EFAULT : 0;
}

int clear_user(struct user_ptr dst, size_t len)
{
	if (!user_range_ok(dst, len))
		return -EFAULT;
	return arch_clear_user(dst.addr, len) ? -EFAULT : 0;
}

/*
 * In chunks that do not cross into another page, so that the NUL is found before
 * a page behind it is touched.
 */
ssize_t strncpy_from_user(char *dst, struct user_ptr src, size_t size)
{
	size_t done = 0;

	while (done < size) {
		vaddr_t addr = src.addr + done;
		size_t chunk = MIN(PAGE_SIZE - (addr & ~PAGE_MASK), size - done);
		const char *nul;
		int err;

		/* The first chunk is small, the following twice as long as all before. */
		chunk = MIN(chunk, MAX(STRING_CHUNK, 2 * done));
		err = copy_from_user(dst + done, user_ptr(addr), chunk);
		if (err)
			return err;
		nul = memchr(dst + done, '\0', chunk);
		if (nul)
			return nul - dst;
		done += chunk;
	}
	return -ENAMETOOLONG;
}

static bool word_ok(struct user_ptr ptr)
{
	return IS_ALIGNED(ptr.addr, sizeof(uint32_t)) && user_range_ok(ptr, sizeof(uint32_t));
}

int load_user_u32(struct user_ptr src, uint32_t *out)
{
	return word_ok(src) ? arch_load_user_u32(src.addr, out) : -EFAULT;
}

int cmpxchg_user_u32(struct user_ptr addr, uint32_t expected, uint32_t new, uint32_t *old_out)
{
	return word_ok(addr) ? arch_cmpxchg_user_u32(addr.addr, expected, new, old_out) : -EFAULT;
}
