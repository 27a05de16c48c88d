/* The native call that makes the kernel fail, to test that it can be contained. */
#include "kernel/core/assert.h"
#include "kernel/native/native_impl.h"

#if CONFIG_DEBUG

int64_t native_debug_fault(struct uthread *ut UNUSED, uint32_t kind)
{
	volatile uint32_t *nowhere = NULL;

	HIDE_VALUE(nowhere);
	switch (kind) {
	case NATIVE_FAULT_ASSERT:
		ASSERT(kind != NATIVE_FAULT_ASSERT);
		return -EIO;
	case NATIVE_FAULT_NULL:
		return *nowhere;
	default:
		return -EINVAL;
	}
}

#else

int64_t native_debug_fault(struct uthread *ut UNUSED, uint32_t kind UNUSED)
{
	return -ENOSYS;
}

#endif
