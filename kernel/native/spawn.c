#include "kernel/native/spawn.h"

#include "kernel/arch/user.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/native/native.h"
#include "kernel/native/native_abi.h"
#include "kernel/task/load.h"
#include "kernel/task/process.h"
#include "kernel/task/uthread.h"
#include "kernel/vm/fault.h"

#define STACK_ALIGN 16u

static_assert(NATIVE_SPAWN_MAX_CAPS <= CAP_IMPORT_MAX, "handed over in one step");

/* The program, its arguments above its stack, and registers to begin with. */
static int load(const struct spawn *spawn, struct process *process, struct trap_frame *frame)
{
	struct load_image image = {
		.object = spawn->image, .grant = spawn->image_grant, .len = spawn->image_len};
	struct load_result result;
	vaddr_t args;
	int err;

	err = load_program(process->space, &image, &result);
	if (err)
		return err;
	args = ALIGN_DOWN(result.stack_top - spawn->args_len, STACK_ALIGN);
	err = vm_write(process->space, args, spawn->args, spawn->args_len);
	if (err)
		return err;
	arch_user_frame_init(frame, result.entry, args);
	arch_user_frame_set_args(frame, args, spawn->args_len, spawn->cap_count);
	return 0;
}

static int hand_over_authority(struct spawn *spawn, struct process *process)
{
	int err;

	for (uint32_t i = 0; i < AUTHORITY_COUNT; i++) {
		if (!spawn->authority[i].object)
			continue;
		err = authority_replace(process->authority, i, &spawn->authority[i]);
		if (err)
			return err;
		spawn->authority[i].object = NULL;
	}
	return 0;
}

static int hand_over_caps(struct spawn *spawn, struct process *process)
{
	uint32_t slots[NATIVE_SPAWN_MAX_CAPS];
	int err;

	if (spawn->cap_count == 0)
		return 0;
	err = cap_import(process->caps, spawn->caps, spawn->cap_count, CAP_KEEP_ON_EXEC, slots);
	if (err)
		return err;
	for (uint32_t i = 0; i < spawn->cap_count; i++)
		spawn->caps[i].object = NULL;
	return 0;
}

void spawn_drop_caps(struct spawn *spawn)
{
	for (uint32_t i = 0; i < spawn->cap_count; i++) {
		if (spawn->caps[i].object)
			cap_drop(&spawn->caps[i]);
	}
	for (uint32_t i = 0; i < AUTHORITY_COUNT; i++) {
		if (spawn->authority[i].object)
			cap_drop(&spawn->authority[i]);
	}
}

int spawn_process(struct spawn *spawn, struct process **out)
{
	struct process_config config = {
		.job = spawn->job, .personality = &native_personality, .name = spawn->name};
	struct trap_frame frame;
	struct process *process;
	struct uthread *ut;
	int err;

	err = process_create(&config, &process);
	if (err)
		return err;
	err = load(spawn, process, &frame);
	if (err)
		goto out_put;
	/* What can fail for want of memory comes before what gives things away. */
	err = uthread_create(process, &frame, &ut);
	if (err == -ESRCH)
		err = -ECANCELED; /* killed already, with its job */
	if (err)
		goto out_put;
	err = hand_over_caps(spawn, process);
	if (!err)
		err = hand_over_authority(spawn, process);
	if (err) {
		uthread_cancel(ut);
		goto out_put;
	}
	uthread_start(ut);
	uthread_put(ut);
	*out = process;
	return 0;

out_put:
	process_put(process);
	return err;
}
