/*
 * The layout of what crosses the boundary to Linux programs: x86-64, where every
 * member lies at a multiple of its size (System V ABI, AMD64 supplement, 3.1.2),
 * but for the few structs that are packed. The structs of this directory are ours,
 * laid out as the manual pages say; each is proved here by its numbers, and by
 * tests/uapi against the headers of a Linux host.
 *
 * Names: struct linux_NAME and LINUX_NAME. Members have no prefix, since on a host
 * many of the prefixed names are macros.
 */
#ifndef COMPAT_LINUX_UAPI_ABI_H
#define COMPAT_LINUX_UAPI_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

#define ABI_SIZE(type, size) static_assert(sizeof(struct type) == (size), "size of " #type)
#define ABI_FIELD(type, field, offset)                                                             \
	static_assert(offsetof(struct type, field) == (offset), "offset of " #type "." #field)

/* A pointer of a program's, as a number. */
typedef uint64_t linux_addr_t;

#endif
