/* Native calls on processes and threads. */
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/native/native_impl.h"
#include "kernel/native/spawn.h"
#include "kernel/task/job.h"
#include "kernel/vm/vmobj.h"

static_assert(NATIVE_NAME_LEN == PROCESS_NAME_LEN, "native_abi.h");
static_assert(NATIVE_END_EXITED == PROCESS_EXITED && NATIVE_END_KILLED == PROCESS_KILLED &&
		      NATIVE_END_FAULTED == PROCESS_FAULTED &&
		      NATIVE_END_OUT_OF_MEMORY == PROCESS_OUT_OF_MEMORY &&
		      NATIVE_END_CONTAINED == PROCESS_CONTAINED,
	      "native_abi.h");
static_assert(NATIVE_PROCESS_RUNNING == PROCESS_RUNNING &&
		      NATIVE_PROCESS_EXITING == PROCESS_EXITING &&
		      NATIVE_PROCESS_DEAD == PROCESS_DEAD,
	      "native_abi.h");

/* --- proc_spawn --- */

/* Everything proc_spawn reads, in one piece of memory. */
struct request {
	struct native_spawn spec;
	struct native_cap user_caps[NATIVE_SPAWN_MAX_CAPS];
	struct native_authority user_authority[AUTHORITY_COUNT];
	struct cap caps[NATIVE_SPAWN_MAX_CAPS];
	struct spawn spawn;
	void *args; /* spec.args_len bytes */
};

static int read_spec(struct request *request, struct user_ptr from)
{
	struct native_spawn *spec = &request->spec;
	int err = copy_from_user(spec, from, sizeof(*spec));

	if (err)
		return err;
	if (spec->zero || strnlen(spec->name, sizeof(spec->name)) == sizeof(spec->name))
		return -EINVAL;
	if (spec->cap_count > NATIVE_SPAWN_MAX_CAPS || spec->authority_count > AUTHORITY_COUNT ||
	    spec->args_len > NATIVE_SPAWN_MAX_ARGS)
		return -E2BIG;
	err = copy_from_user(request->user_caps, user_ptr(spec->caps),
			     spec->cap_count * sizeof(request->user_caps[0]));
	if (err)
		return err;
	err = copy_from_user(request->user_authority, user_ptr(spec->authority),
			     spec->authority_count * sizeof(request->user_authority[0]));
	if (err || spec->args_len == 0)
		return err;
	request->args = kmem_alloc(spec->args_len);
	if (!request->args)
		return -ENOMEM;
	return copy_from_user(request->args, user_ptr(spec->args), spec->args_len);
}

static int take_own_authority(struct uthread *ut, uint32_t slot, uint32_t rights, struct cap *out)
{
	struct cap_ref ref;
	int err = authority_lookup(ut->process->authority, slot, RIGHT_TRANSFER, &ref);

	if (err)
		return err;
	cap_derive(&ref, ref.object, rights, out);
	cap_ref_put(&ref);
	return 0;
}

static int take_authority(struct uthread *ut, const struct native_authority *from,
			  struct spawn *spawn)
{
	struct cap *to;

	if (from->zero || from->authority >= AUTHORITY_COUNT)
		return -EINVAL;
	to = &spawn->authority[from->authority];
	if (to->object)
		return -EINVAL; /* named twice */
	if (from->slot == NATIVE_NO_SLOT)
		return take_own_authority(ut, from->authority, from->rights, to);
	return cap_export(native_caps(ut), from->slot, from->rights, CAP_TRANSFER_COPY, to);
}

/* The capabilities that go to the new process. */
static int take_caps(struct uthread *ut, struct request *request)
{
	struct spawn *spawn = &request->spawn;
	const struct native_cap *from;
	int err;

	spawn->caps = request->caps;
	for (uint32_t i = 0; i < request->spec.cap_count; i++) {
		from = &request->user_caps[i];
		err = cap_export(native_caps(ut), from->slot, from->rights, CAP_TRANSFER_COPY,
				 &spawn->caps[i]);
		if (err)
			return err;
		spawn->cap_count++;
	}
	for (uint32_t i = 0; i < request->spec.authority_count; i++) {
		err = take_authority(ut, &request->user_authority[i], spawn);
		if (err)
			return err;
	}
	return 0;
}

/* The job that a new process lives in, and under whose grant its capability is. */
static int begin_job(struct uthread *ut, uint32_t slot, struct native_maker *maker)
{
	int err;

	if (slot == NATIVE_NO_SLOT)
		return native_maker_begin(ut, maker);
	err = cspace_lookup(native_caps(ut), slot, RIGHT_CREATE, &maker->ref);
	if (err)
		return err;
	maker->job = job_from_kobject(maker->ref.object);
	if (maker->job)
		return 0;
	cap_ref_put(&maker->ref);
	return -EINVAL;
}

/* The image is in use until the process has been made. */
static int spawn_in_job(struct uthread *ut, struct request *request,
			const struct native_maker *maker, struct process **out)
{
	struct spawn *spawn = &request->spawn;
	struct cap_ref image;
	int err;

	err = cspace_lookup(native_caps(ut), request->spec.image,
			    RIGHT_READ | RIGHT_MAP | RIGHT_EXEC, &image);
	if (err)
		return err;
	spawn->job = maker->job;
	spawn->name = request->spec.name;
	spawn->image = vmobj_from_kobject(image.object);
	spawn->image_grant = image.grant;
	spawn->image_len = request->spec.image_len;
	spawn->args = request->args;
	spawn->args_len = request->spec.args_len;
	if (!spawn->image || spawn->image_len > vmobj_size(spawn->image))
		err = -EINVAL;
	else
		err = cap_use_result(&image, spawn_process(spawn, out));
	cap_ref_put(&image);
	return err;
}

static int64_t spawn_requested(struct uthread *ut, struct request *request)
{
	struct native_maker maker;
	struct process *process;
	struct cap cap;
	uint32_t slot;
	int err;

	err = cspace_reserve(native_caps(ut), 0, CAP_KEEP_ON_EXEC, &slot);
	if (err)
		return err;
	err = begin_job(ut, request->spec.job, &maker);
	if (err)
		goto out_cancel;
	err = spawn_in_job(ut, request, &maker, &process);
	if (!err)
		cap_init(&cap, process_kobject(process), maker.ref.grant, KOBJECT_PROCESS_RIGHTS,
			 0);
	native_maker_end(&maker);
	if (err)
		goto out_cancel;
	process_put(process);
	cspace_install(native_caps(ut), slot, &cap);
	return slot;

out_cancel:
	cspace_cancel(native_caps(ut), slot);
	return err;
}

int64_t native_proc_spawn(struct uthread *ut, struct user_ptr spawn)
{
	struct request *request = kmem_zalloc(sizeof(*request));
	int64_t result;

	if (!request)
		return -ENOMEM;
	result = read_spec(request, spawn);
	if (!result)
		result = take_caps(ut, request);
	if (!result)
		result = spawn_requested(ut, request);
	spawn_drop_caps(&request->spawn);
	kmem_free(request->args, request->spec.args_len);
	kmem_free(request, sizeof(*request));
	return result;
}

/* --- The others --- */

/* 0 and a use that cap_ref_put() ends, or an error. */
static int lookup_process(struct uthread *ut, uint32_t slot, uint32_t rights, struct cap_ref *ref,
			  struct process **out)
{
	int err = cspace_lookup(native_caps(ut), slot, rights, ref);

	if (err)
		return err;
	*out = process_from_kobject(ref->object);
	if (*out)
		return 0;
	cap_ref_put(ref);
	return -EINVAL;
}

int64_t native_proc_exit(struct uthread *ut UNUSED, int32_t code)
{
	process_exit_current((struct process_status){.end = PROCESS_EXITED, .code = code});
}

int64_t native_proc_kill(struct uthread *ut, uint32_t process, int32_t code)
{
	struct process_status status = {.end = PROCESS_KILLED, .code = code};
	struct process *object;
	struct cap_ref ref;
	int err;

	err = lookup_process(ut, process, RIGHT_KILL, &ref, &object);
	if (err)
		return err;
	process_kill(object, status);
	cap_ref_put(&ref);
	return 0;
}

int64_t native_proc_wait(struct uthread *ut, uint32_t process, ktime_t deadline,
			 struct user_ptr status)
{
	struct process_status from;
	struct native_status to;
	struct process *object;
	struct cap_ref ref;
	int err;

	do {
		err = lookup_process(ut, process, RIGHT_WAIT, &ref, &object);
		if (err)
			return err;
		err = cap_use_result(&ref, process_wait(object, deadline, &from));
		cap_ref_put(&ref);
	} while (native_must_retry(err));
	if (err)
		return err;
	to.end = from.end;
	to.code = from.code;
	return copy_to_user(status, &to, sizeof(to));
}

int64_t native_proc_info(struct uthread *ut, uint32_t process, struct user_ptr info)
{
	struct native_process_info to;
	struct process_stats from;
	struct process *object;
	struct cap_ref ref;
	int err;

	err = lookup_process(ut, process, RIGHT_STAT, &ref, &object);
	if (err)
		return err;
	process_get_stats(object, &from);
	cap_ref_put(&ref);

	memset(&to, 0, sizeof(to));
	to.id = from.id;
	to.job_id = from.job_id;
	to.state = from.state;
	to.thread_count = from.thread_count;
	if (from.state != PROCESS_RUNNING) {
		to.status.end = from.status.end;
		to.status.code = from.status.code;
	}
	to.resident_pages = from.resident_pages;
	to.run_ns = from.run_ns;
	memcpy(to.name, from.name, sizeof(to.name));
	return copy_to_user(info, &to, sizeof(to));
}

int64_t native_thread_create(struct uthread *ut, uint64_t pc, uint64_t sp, uint64_t arg)
{
	struct trap_frame frame;
	struct uthread *thread;
	int err;

	if (pc >= ARCH_USER_END || sp > ARCH_USER_END)
		return -EFAULT;
	arch_user_frame_init(&frame, pc, sp);
	arch_user_frame_set_args(&frame, arg, 0, 0);
	err = uthread_create(ut->process, &frame, &thread);
	if (err)
		return err;
	uthread_start(thread);
	uthread_put(thread);
	return 0;
}

int64_t native_thread_exit(struct uthread *ut UNUSED)
{
	uthread_exit();
}
