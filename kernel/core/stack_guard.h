/* Names that the compiler's stack protector expects. */
#ifndef KERNEL_CORE_STACK_GUARD_H
#define KERNEL_CORE_STACK_GUARD_H

#include "kernel/core/lockdep.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#if CONFIG_DEBUG
extern uintptr_t __stack_chk_guard;
NORETURN void __stack_chk_fail(void);
#endif

#endif
