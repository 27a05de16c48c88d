/*
 * Archives of files in the cpio format "newc" (070701), read where they lie. Pure:
 * the bytes may be anything; what comes out lies inside of them.
 */
#ifndef KERNEL_LIB_CPIO_H
#define KERNEL_LIB_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct cpio_entry {
	const char *name; /* in the archive, with its NUL; never empty */
	const uint8_t *data;
	size_t len;
	uint32_t mode; /* as in stat(2) */
};

/* Whether the bytes begin like an archive. */
bool cpio_is_archive(const void *bytes, size_t len);

/*
 * The entry at *offset (0: the first), which is moved behind it. 0, -ENOENT at the
 * end, or -EINVAL when what is there is no entry: then *offset is unchanged.
 */
MUST_CHECK int cpio_next(const void *bytes, size_t len, size_t *offset, struct cpio_entry *out);

#endif
