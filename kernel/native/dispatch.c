/*
 * Native calls, the way in: number, arguments, result. The wrappers that check
 * arguments and the table are made from native.tbl.
 */
#include "kernel/native/native.h"

#include "kernel/native/native_impl.h"
#include "kernel/task/job.h"

struct native_entry {
	int64_t (*call)(struct uthread *ut, struct trap_frame *frame);
};

#define NATIVE_ENTRY(name)                                                                         \
	{                                                                                          \
		.call = call_##name                                                                \
	}

#include "kernel/native/native_table.h"

const struct personality_ops native_personality = {.name = "native"};

void native_dispatch(struct uthread *ut, struct trap_frame *frame)
{
	uint64_t index = arch_syscall_number(frame) - NATIVE_FIRST;
	int64_t result = -ENOSYS;

	if (LIKELY(index < ARRAY_SIZE(entries)) && LIKELY(entries[index].call != NULL))
		result = entries[index].call(ut, frame);
	arch_syscall_set_result(frame, result);
}

int64_t native_null(struct uthread *ut UNUSED)
{
	return 0;
}

int native_maker_begin(struct uthread *ut, struct native_maker *maker)
{
	int err =
		authority_lookup(ut->process->authority, AUTHORITY_JOB, RIGHT_CREATE, &maker->ref);

	if (err)
		return err;
	maker->job = job_from_kobject(maker->ref.object);
	if (maker->job)
		return 0;
	cap_ref_put(&maker->ref);
	return -EPERM;
}

void native_maker_end(struct native_maker *maker)
{
	cap_ref_put(&maker->ref);
}

int64_t native_install(struct uthread *ut, const struct native_maker *maker, struct kobject *object,
		       uint32_t rights)
{
	struct cap cap;
	uint32_t slot;
	int err;

	cap_init(&cap, object, maker->ref.grant, rights | RIGHTS_COMMON, 0);
	err = cspace_insert(native_caps(ut), &cap, 0, CAP_KEEP_ON_EXEC, &slot);
	if (err) {
		cap_drop(&cap);
		return err;
	}
	return slot;
}
