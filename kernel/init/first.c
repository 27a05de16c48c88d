#include "kernel/init/first.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/cmdline.h"
#define LOG_PREFIX "init: "
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/dev/console.h"
#include "kernel/dev/uart/ns16550.h"
#include "kernel/init/modules.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/native/first.h"
#include "kernel/native/native.h"
#include "kernel/native/system.h"
#include "kernel/vm/vmobj.h"

#define PROGRAM "init"

static char run[CMDLINE_MAX_VALUE + 1] AFTER_BOOT_CONST;
static bool console_on_com2 AFTER_BOOT_CONST;

static int set_run(const char *value)
{
	return strlcpy(run, value, sizeof(run)) < sizeof(run) ? 0 : -EINVAL;
}

static int set_console(const char *value)
{
	if (strcmp(value, "com2") != 0)
		return -EINVAL;
	console_on_com2 = true;
	return 0;
}

BOOT_PARAM(
	run, "run", set_run,
	"program among the modules to run, its arguments after commas; then stop with its status");
BOOT_PARAM(console, "console", set_console,
	   "where programs' output goes: com2, the second serial port; the console by default");

bool first_uses_com2(void)
{
	return console_on_com2;
}

static void write_console(const char *bytes, size_t len)
{
	if (console_on_com2)
		ns16550_write(NS16550_COM2, bytes, len);
	else
		console_write(bytes, len);
}

/* Whoever runs the machine for a program's sake finds the status in the log. */
static void power_off(int32_t status)
{
	log_print(LOG_LEVEL_INFO, "vmrun: exit status %d", status);
	if (console_on_com2)
		ns16550_flush(NS16550_COM2);
	machine_exit(status == 0 ? EXIT_CODE_OK : EXIT_CODE_TEST_FAILED);
}

static void restart(void)
{
	arch_reboot();
}

static const struct system_hooks hooks = {
	.console_write = write_console,
	.power_off = power_off,
	.restart = restart,
};

void first_init(void)
{
	system_init(&hooks);
	native_syscall = native_dispatch;
}

static int open_modules(struct first_module *modules, uint32_t count)
{
	int err;

	for (uint32_t i = 0; i < count; i++) {
		modules[i].name = modules_name(i);
		err = modules_open(i, &modules[i].object);
		if (err)
			return err;
	}
	return 0;
}

static void close_modules(struct first_module *modules, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (modules[i].object)
			vmobj_put(modules[i].object);
	}
}

static int start(void)
{
	static_assert(MODULES_MAX <= FIRST_MAX_MODULES, "all are handed over");
	struct first_module modules[MODULES_MAX] = {0};
	struct first_process first = {
		.run = run, .modules = modules, .module_count = modules_count()};
	int err;

	while (first.image < first.module_count && strcmp(modules_name(first.image), PROGRAM) != 0)
		first.image++;
	if (first.image == first.module_count)
		return -ENOENT;
	if (console_on_com2 && ns16550_init(NS16550_COM2))
		return -ENODEV;
	err = open_modules(modules, first.module_count);
	if (!err)
		err = native_start_first(&first);
	close_modules(modules, first.module_count);
	return err;
}

void first_start(void)
{
	int err = start();

	if (err == 0)
		return;
	if (err == -ENOENT && run[0] == '\0')
		return;
	log_err("the first process cannot be started: error %d", -err);
	if (run[0] != '\0')
		power_off(127);
}
