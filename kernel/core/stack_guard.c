/*
 * Stack protector (debug builds): the compiler puts this value between a
 * function's buffers and its return address and checks it on the way out.
 */
#include "kernel/core/stack_guard.h"

#include "kernel/core/panic.h"

#if CONFIG_DEBUG

uintptr_t __stack_chk_guard = 0x595e9fbd94fda766;

void __stack_chk_fail(void)
{
	panic("stack smashed: a buffer on the stack of %p was overrun",
	      __builtin_return_address(0));
}

#endif
