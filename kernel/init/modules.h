/*
 * Modules: the files that the loader brought, as memory objects. A module that is a
 * cpio archive stands for the files in it.
 */
#ifndef KERNEL_INIT_MODULES_H
#define KERNEL_INIT_MODULES_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct boot_info;
struct vmobj;

#define MODULES_MAX 48u

/* Notes where they lie; what does not fit is a warning. Before info goes. */
void modules_gather(const struct boot_info *info);

/* Before modules_gather(): archives are modules themselves. */
void modules_keep_archives(void);

uint32_t modules_count(void);

/* index below modules_count(); valid for good. */
const char *modules_name(uint32_t index);
void modules_bytes(uint32_t index, const uint8_t **bytes, size_t *len);

/*
 * The module's bytes as an object whose pages are made on first use. On success the
 * caller owns one reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int modules_open(uint32_t index, struct vmobj **out);

#endif
