/* Kernel symbols: addresses to names, from the table the build puts into the image. */
#ifndef KERNEL_CORE_KSYM_H
#define KERNEL_CORE_KSYM_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* The function that holds addr, and the distance from its start: 0 or -ENOENT. */
MUST_CHECK int ksym_lookup(vaddr_t addr, const char **name_out, uint64_t *offset_out);

#endif
