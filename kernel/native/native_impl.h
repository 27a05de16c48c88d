/*
 * Between the files of native calls. A handler checks and translates; what it calls
 * does the work. Each is native_NAME(), declared by the generated native_calls.h.
 */
#ifndef KERNEL_NATIVE_NATIVE_IMPL_H
#define KERNEL_NATIVE_NATIVE_IMPL_H

#include <stdint.h>

#include "kernel/arch/user.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cap.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/types.h"
#include "kernel/mm/user.h"
#include "kernel/native/native_abi.h"
#include "kernel/native/native_calls.h"
#include "kernel/native/native_numbers.h"
#include "kernel/sched/thread.h"
#include "kernel/task/process.h"
#include "kernel/task/uthread.h"

struct job;

/* --- Arguments: false when the register holds what the type cannot --- */

static inline bool native_arg_u32(const struct trap_frame *frame, uint32_t index, uint32_t *out)
{
	uint64_t value = arch_syscall_arg(frame, index);

	*out = (uint32_t)value;
	return value <= UINT32_MAX;
}

static inline bool native_arg_slot(const struct trap_frame *frame, uint32_t index, uint32_t *out)
{
	return native_arg_u32(frame, index, out);
}

static inline bool native_arg_i32(const struct trap_frame *frame, uint32_t index, int32_t *out)
{
	int64_t value = (int64_t)arch_syscall_arg(frame, index);

	*out = (int32_t)value;
	return value == *out;
}

static inline bool native_arg_u64(const struct trap_frame *frame, uint32_t index, uint64_t *out)
{
	*out = arch_syscall_arg(frame, index);
	return true;
}

static inline bool native_arg_in(const struct trap_frame *frame, uint32_t index,
				 struct user_ptr *out)
{
	*out = user_ptr(arch_syscall_arg(frame, index));
	return true;
}

static inline bool native_arg_out(const struct trap_frame *frame, uint32_t index,
				  struct user_ptr *out)
{
	return native_arg_in(frame, index, out);
}

static inline bool native_arg_time(const struct trap_frame *frame, uint32_t index, ktime_t *out)
{
	*out = (ktime_t)arch_syscall_arg(frame, index);
	return *out >= 0;
}

/* --- Capabilities --- */

static inline struct cspace *native_caps(const struct uthread *ut)
{
	return ut->process->caps;
}

/*
 * Whether an operation that ended with err, after cap_use_result(), has to be begun
 * anew: it was interrupted for nothing.
 */
static inline bool native_must_retry(int err)
{
	return UNLIKELY(err == -EINTR) && !thread_pending_interrupts(thread_current());
}

/* What is used for making objects: the job of the own authority, and its grant. */
struct native_maker {
	struct cap_ref ref;
	struct job *job; /* borrowed from ref */
};

/* 0 or what authority_lookup() says for JOB with CREATE; native_maker_end() ends it. */
MUST_CHECK int native_maker_begin(struct uthread *ut, struct native_maker *maker);
void native_maker_end(struct native_maker *maker);

/*
 * A capability with these rights to a new object, under the maker's grant, in the
 * lowest free slot: the slot, or an error. Takes no reference from the caller.
 */
int64_t native_install(struct uthread *ut, const struct native_maker *maker, struct kobject *object,
		       uint32_t rights);

#endif
