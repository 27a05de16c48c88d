#include "kernel/core/trap.h"

struct trap_hooks trap_hooks AFTER_BOOT_CONST;
DEFINE_PER_CPU(const struct trap_frame *, trap_interrupted);
