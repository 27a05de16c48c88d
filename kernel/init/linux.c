#include "kernel/init/linux.h"

#include "compat/linux/process/image.h"
#include "compat/linux/process/start.h"
#include "kernel/arch/cpu.h"
#include "kernel/core/cmdline.h"
#define LOG_PREFIX "linux: "
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/init/modules.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/job.h"
#include "kernel/task/process.h"
#include "kernel/vm/vmobj.h"

#define ARGS_MAX 16u

static char run[CMDLINE_MAX_VALUE + 1]; /* cut in place when it is run */

static int set_run(const char *value)
{
	return strlcpy(run, value, sizeof(run)) < sizeof(run) ? 0 : -EINVAL;
}

BOOT_PARAM(linux_run, "linux-run", set_run,
	   "Linux program among the modules to run, its arguments after commas; then stop");

/* Every module is a program that execve(2) finds by its name. */
static int add_images(void)
{
	struct vmobj *object;
	int err = 0;

	for (uint32_t i = 0; i < modules_count() && i < IMAGES_MAX && !err; i++) {
		err = modules_open(i, &object);
		if (err)
			return err;
		err = image_add(modules_name(i), object, 0755);
		vmobj_put(object);
	}
	return err;
}

/* Cuts text at commas. */
static int split(char *text, const char **argv)
{
	uint32_t count = 0;
	char *comma;

	while (text) {
		if (count == ARGS_MAX)
			return -E2BIG;
		argv[count++] = text;
		comma = strchr(text, ',');
		if (comma)
			*comma++ = '\0';
		text = comma;
	}
	argv[count] = NULL;
	return 0;
}

static int run_program(int32_t *status_out)
{
	static const char *const envp[] = {"PATH=/", "TERM=dumb", NULL};
	const char *argv[ARGS_MAX + 1];
	struct linux_program program = {.job = job_root(), .argv = argv, .envp = envp};
	struct process_status status;
	struct process *process;
	int err;

	err = split(run, argv);
	if (!err)
		err = add_images();
	if (err)
		return err;
	program.path = argv[0];
	err = linux_start(&program, &process);
	if (err)
		return err;
	err = process_wait(process, KTIME_FOREVER, &status);
	process_put(process);
	if (!err)
		*status_out = status.end == PROCESS_EXITED ? status.code : 128 + status.code;
	return err;
}

void linux_run_requested(void)
{
	int32_t status = 127;
	int err;

	if (run[0] == '\0')
		return;
	err = run_program(&status);
	if (err)
		log_err("%s cannot be run: error %d", run, -err);
	log_print(LOG_LEVEL_INFO, "vmrun: exit status %d", status);
	machine_exit(status == 0 ? EXIT_CODE_OK : EXIT_CODE_TEST_FAILED);
}
