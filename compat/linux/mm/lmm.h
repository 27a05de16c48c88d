/* Memory calls of Linux programs: what their files share, and where files come in. */
#ifndef COMPAT_LINUX_MM_LMM_H
#define COMPAT_LINUX_MM_LMM_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/process/lthread.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/task/process.h"

struct grant;
struct vmobj;

/* What a descriptor gives to map. */
struct lmm_file {
	struct vmobj *object; /* with a reference for the caller */
	struct grant *grant;  /* with a reference for the caller, or NULL */
	uint32_t max_prot;    /* enum vm_prot: what the descriptor allows */
	uint64_t offset;      /* of the file's start in the object */
};

/*
 * The object of a descriptor, for a mapping that is shared or not: 0, -EBADF, -EACCES, or
 * -ENODEV for what cannot be mapped. Set once at boot by the file part; NULL: no file can.
 */
extern int (*lmm_open_file)(struct lthread *lt, int32_t fd, bool is_shared, struct lmm_file *out);

/* The running thread's own address space: it stays as long as the thread runs in it. */
static inline struct vmspace *lmm_space(struct lthread *lt)
{
	return lt->ut->process->space;
}

/* enum vm_prot of LINUX_PROT_*. */
uint32_t lmm_prot(uint64_t prot);

/* A length in whole pages: 0 or -ENOMEM when there is no such number. */
MUST_CHECK int lmm_round_len(uint64_t len, uint64_t *out);

/* Whether so many bytes more are allowed by RLIMIT_AS: 0 or -ENOMEM. */
MUST_CHECK int lmm_check_size(struct lthread *lt, uint64_t more);
/* The same for RLIMIT_MEMLOCK: 0, -EPERM when nothing may be locked, or err. */
MUST_CHECK int lmm_check_lock(struct lthread *lt, uint64_t more, int err);

#endif
