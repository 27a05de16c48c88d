/*
 * The first Linux process, with a root file system out of a boot archive.
 *
 * Its descriptors are the console; or, for tests, themelios.console=com2 makes them
 * /dev/null and two streams over the second serial port, in frames: a byte that tells
 * the stream (1: standard output, 2: standard error), the number of bytes as two more,
 * low one first, and the bytes. A line that firmware cannot have written comes before.
 */
#include "kernel/init/linux_init.h"

#include "compat/linux/dev/devices.h"
#include "compat/linux/dev/tty.h"
#include "compat/linux/file/map.h"
#include "compat/linux/file/program.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/start.h"
#include "kernel/arch/cpu.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/cmdline.h"
#define LOG_PREFIX "init: "
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/dev/console.h"
#include "kernel/dev/uart/ns16550.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/init/first.h"
#include "kernel/init/modules.h"
#include "kernel/init/rootfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/job.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/vfs.h"

#define ARGS_MAX 64u
#define STREAM_STEP 1024u
#define STREAM_START "\nvmrun: streams\n"

static char run[CMDLINE_MAX_VALUE + 1]; /* cut into arguments where it lies */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The archive is a file system: it does not stand for its files as modules. */
static int set_run(const char *value)
{
	modules_keep_archives();
	return strlcpy(run, value, sizeof(run)) < sizeof(run) ? 0 : -EINVAL;
}

BOOT_PARAM(linux_init, "linux-init", set_run,
	   "Linux program in the boot archive, its arguments after commas, %2c for a comma "
	   "within and so on; the machine stops with its status");

/* Cuts at commas and replaces %XX, in place. */
static int split(char *text, const char **argv)
{
	uint32_t count = 1;
	char *out = text;

	argv[0] = text;
	for (; *text; text++, out++) {
		*out = *text;
		if (*text == ',') {
			*out = '\0';
			if (count == ARGS_MAX)
				return -E2BIG;
			argv[count++] = out + 1;
		}
		if (*text != '%')
			continue;
		if (hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
			return -EINVAL;
		*out = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
		text += 2;
	}
	*out = '\0';
	argv[count] = NULL;
	return 0;
}

/* --- Streams for tests --- */

static struct spinlock stream_lock; /* rank OBJECT: a frame is not mixed with another */

static const uint8_t stream_numbers[] = {1, 2};

static void write_frame(uint8_t number, const char *bytes, size_t len)
{
	char head[] = {(char)number, (char)(len & 0xff), (char)(len >> 8)};

	spin_lock(&stream_lock);
	ns16550_write(NS16550_COM2, head, sizeof(head));
	ns16550_write(NS16550_COM2, bytes, len);
	spin_unlock(&stream_lock);
}

static ssize_t stream_write(struct file *file, struct file_io *io)
{
	const uint8_t *number = file->private;
	char bytes[STREAM_STEP / 4];
	size_t total = 0, moved;

	while (io->iter->left > 0) {
		moved = io_copy_in(io->iter, bytes, sizeof(bytes));
		if (moved == 0)
			break;
		write_frame(*number, bytes, moved);
		total += moved;
	}
	return total || io->iter->left == 0 ? (ssize_t)total : -EFAULT;
}

static const struct file_ops stream_ops = {.label = "stream", .write = stream_write};

static int open_stream(const uint8_t *number, struct file **out)
{
	/* The number is only read. */
	return file_create_anon(&stream_ops, (void *)(uintptr_t)number, MODE_FIFO | 0600,
				OPEN_WRITE, &vfs_cred_kernel, NULL, out);
}

/* --- What the process begins with --- */

static int open_path(const struct path *root, const char *path, uint32_t flags, struct file **out)
{
	struct vfs_ctx ctx = {.root = {.path = *root, .rights = RIGHTS_ALL},
			      .start = {.path = *root, .rights = RIGHTS_ALL},
			      .cred = &vfs_cred_kernel};
	struct vfs_open_how how = {.flags = flags};
	struct vfs_found from;
	int err;

	memset(&from, 0, sizeof(from));
	err = vfs_open(&ctx, path, &how, out, &from);
	if (!err)
		vfs_found_put(&from);
	return err;
}

/* A capability for the object under a root grant of its own. */
static int make_cap(struct kobject *object, uint32_t rights, const char *origin, struct cap *out)
{
	struct grant *grant;
	int err = grant_create_root(NULL, origin, &grant);

	if (err)
		return err;
	cap_init(out, object, grant, rights, CAP_OWNS_GRANT);
	grant_put(grant);
	return 0;
}

static int give_authority(struct process *process, uint32_t slot, struct kobject *object,
			  uint32_t rights)
{
	struct cap cap;
	int err = make_cap(object, rights, authority_slot_name(slot), &cap);

	if (err)
		return err;
	err = authority_replace(process->authority, slot, &cap);
	if (err)
		cap_drop(&cap);
	return err;
}

/* Consumes the reference to file. */
static int give_descriptor(struct process *process, struct file *file)
{
	uint32_t slot;
	struct cap cap;
	int err = make_cap(file_kobject(file), file_rights(file), "console", &cap);

	file_put(file);
	if (err)
		return err;
	err = cspace_insert(process->caps, &cap, 0, CAP_KEEP_ON_EXEC, &slot);
	if (err)
		cap_drop(&cap);
	return err;
}

static int give_console(struct process *process, const struct path *root)
{
	struct file *file;
	int err = 0;

	for (uint32_t fd = 0; fd < 3 && !err; fd++) {
		if (!first_uses_com2())
			err = open_path(root, "/dev/console", OPEN_READ_WRITE, &file);
		else if (fd == 0)
			err = open_path(root, "/dev/null", OPEN_READ, &file);
		else
			err = open_stream(&stream_numbers[fd - 1], &file);
		if (!err)
			err = give_descriptor(process, file);
	}
	return err;
}

static int prepare(struct lprocess *lp, void *ctx)
{
	struct process *process = lp->process;
	const struct path *root = ctx;
	struct file *dir;
	int err = open_path(root, "/", OPEN_PATH | OPEN_DIRECTORY, &dir);

	if (err)
		return err;
	err = give_authority(process, AUTHORITY_ROOT, file_kobject(dir), RIGHTS_ALL);
	if (!err)
		err = give_authority(process, AUTHORITY_CWD, file_kobject(dir), RIGHTS_ALL);
	file_put(dir);
	if (!err)
		err = give_authority(process, AUTHORITY_JOB, job_kobject(job_root()), RIGHTS_ALL);
	return err ? err : give_console(process, root);
}

/* --- The whole --- */

static int init_files(struct path *root)
{
	int err;

	file_map_init();
	err = devices_register();
	if (!err)
		err = tty_init(console_write);
	if (!err)
		err = rootfs_create(root);
	if (!err)
		program_set_root(root);
	return err;
}

static int init_streams(void)
{
	if (!first_uses_com2())
		return 0;
	spin_lock_init(&stream_lock, LOCK_OBJECT);
	if (ns16550_init(NS16550_COM2))
		return -ENODEV;
	ns16550_write(NS16550_COM2, STREAM_START, sizeof(STREAM_START) - 1);
	return 0;
}

static int run_program(int32_t *status_out)
{
	static const char *const envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/",
					   "TERM=vt100", NULL};
	const char *argv[ARGS_MAX + 1];
	struct path root;
	struct linux_program program = {
		.job = job_root(), .argv = argv, .envp = envp, .prepare = prepare, .ctx = &root};
	struct process_status status;
	struct process *process;
	int err = split(run, argv);

	if (!err)
		err = init_streams();
	if (!err)
		err = init_files(&root);
	if (err)
		return err;
	program.path = argv[0];
	err = linux_start(&program, &process);
	path_put(&root);
	if (err)
		return err;
	err = process_wait(process, KTIME_FOREVER, &status);
	process_put(process);
	if (!err)
		*status_out = status.end == PROCESS_EXITED ? status.code : 128 + status.code;
	return err;
}

void linux_init_requested(void)
{
	int32_t status = 127;
	int err;

	if (run[0] == '\0')
		return;
	err = run_program(&status);
	if (err)
		log_err("%s cannot be run: error %d", run, -err);
	log_print(LOG_LEVEL_INFO, "vmrun: exit status %d", status);
	if (first_uses_com2())
		ns16550_flush(NS16550_COM2);
	machine_exit(status == 0 ? EXIT_CODE_OK : EXIT_CODE_TEST_FAILED);
}
