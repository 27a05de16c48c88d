/* Numbers with a meaning that every layer uses. */
#ifndef KERNEL_LIB_TYPES_H
#define KERNEL_LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;    /* physical address */
typedef uint64_t vaddr_t;    /* virtual address, kernel or user */
typedef uint64_t pfn_t;	     /* physical frame number: paddr_t >> PAGE_SHIFT */
typedef int64_t ktime_t;     /* nanoseconds since boot */
typedef uint32_t cpu_id_t;   /* dense CPU number, 0 is the boot CPU */
typedef uint64_t irqflags_t; /* saved interrupt state, opaque */
typedef int64_t ssize_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define KTIME_FOREVER INT64_MAX
/* As a deadline: do not sleep, give -EAGAIN. */
#define KTIME_POLL ((ktime_t)0)
#define NSEC_PER_USEC 1000ll
#define NSEC_PER_MSEC 1000000ll
#define NSEC_PER_SEC 1000000000ll

#endif
