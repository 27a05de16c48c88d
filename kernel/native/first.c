#include "kernel/native/first.h"

#include "kernel/cap/grant.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/native/native_abi.h"
#include "kernel/native/spawn.h"
#include "kernel/native/system.h"
#include "kernel/task/job.h"
#include "kernel/task/process.h"
#include "kernel/vm/vmobj.h"

#define ARGS_MAX 8192u

/* A capability under a root grant of its own. */
static int make_root_cap(struct kobject *object, const char *origin, uint32_t rights,
			 struct cap *out)
{
	struct grant *grant;
	int err = grant_create_root(NULL, origin, &grant);

	if (err)
		return err;
	cap_init(out, object, grant, rights, CAP_OWNS_GRANT);
	grant_put(grant);
	return 0;
}

static int make_authority(struct spawn *spawn)
{
	struct kobject *object;
	int err;

	for (uint32_t i = 0; i < AUTHORITY_COUNT; i++) {
		object = i == AUTHORITY_JOB ? job_kobject(job_root()) : system_object(i);
		if (!object)
			continue;
		err = make_root_cap(object, authority_slot_name(i), RIGHTS_ALL,
				    &spawn->authority[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Nobody may write into what the loader brought. */
static int make_module_caps(const struct first_process *first, struct spawn *spawn)
{
	uint32_t rights = RIGHTS_ALL & ~(uint32_t)(RIGHT_WRITE | RIGHT_SET_LIMIT);
	int err;

	for (uint32_t i = 0; i < first->module_count; i++) {
		err = make_root_cap(vmobj_kobject(first->modules[i].object), first->modules[i].name,
				    rights, &spawn->caps[i]);
		if (err)
			return err;
		spawn->cap_count++;
	}
	return 0;
}

/* Appends a string with its NUL; false when there is no room. */
static bool append(char *args, uint32_t *len, const char *text)
{
	size_t size = strlen(text) + 1;

	if (size > ARGS_MAX - *len)
		return false;
	memcpy(args + *len, text, size);
	*len += (uint32_t)size;
	return true;
}

static int make_args(const struct first_process *first, char *args, struct spawn *spawn)
{
	bool fits = append(args, &spawn->args_len, spawn->name) &&
		    append(args, &spawn->args_len, first->run) &&
		    append(args, &spawn->args_len, "--");

	for (uint32_t i = 0; i < first->module_count && fits; i++)
		fits = append(args, &spawn->args_len, first->modules[i].name);
	spawn->args = args;
	return fits ? 0 : -E2BIG;
}

struct workspace {
	struct spawn spawn;
	struct cap caps[FIRST_MAX_MODULES];
	char args[ARGS_MAX];
};

static int start(const struct first_process *first, struct workspace *work)
{
	struct spawn *spawn = &work->spawn;
	struct process *process;
	int err;

	spawn->job = job_root();
	spawn->name = first->modules[first->image].name;
	spawn->image = first->modules[first->image].object;
	spawn->image_len = vmobj_size(spawn->image);
	spawn->caps = work->caps;
	err = make_args(first, work->args, spawn);
	if (!err)
		err = make_authority(spawn);
	if (!err)
		err = make_module_caps(first, spawn);
	if (!err)
		err = spawn_process(spawn, &process);
	if (!err)
		process_put(process);
	spawn_drop_caps(spawn);
	return err;
}

int native_start_first(const struct first_process *first)
{
	struct workspace *work;
	int err;

	ASSERT(first->module_count <= FIRST_MAX_MODULES && first->image < first->module_count);
	static_assert(FIRST_MAX_MODULES <= NATIVE_SPAWN_MAX_CAPS, "handed over in one step");
	work = kmem_zalloc(sizeof(*work));
	if (!work)
		return -ENOMEM;
	err = start(first, work);
	kmem_free(work, sizeof(*work));
	return err;
}
