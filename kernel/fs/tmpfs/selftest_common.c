/* What the self-tests of file systems share. */
#include "kernel/core/percpu.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/time.h"
#include "kernel/fs/tmpfs/selftest_impl.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"

#define WAIT_NS (60 * NSEC_PER_SEC)

static void reap_here(void *arg UNUSED)
{
	kmem_reap_this_cpu();
}

static uint64_t pages_in_use(void)
{
	struct meminfo info;

	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		smp_call_cpu(cpu, reap_here, NULL);
	meminfo_read(&info);
	return info.total - info.free - info.reserved - info.used[MEM_USE_STACK] -
	       info.used[MEM_USE_SLAB];
}

static void count(struct selftest_fs *fs)
{
	fs->pages = pages_in_use();
	fs->objects = kmem_used_count();
	fs->files = file_count();
	fs->inodes = inode_count();
	fs->names = dentry_count();
	fs->mounts = mount_count();
	fs->supers = super_count();
}

static int make(struct selftest_fs *fs)
{
	const struct tmpfs_limits limits = {UINT64_MAX, UINT64_MAX};
	struct super *super;
	struct mount *mount;
	int err = mem_account_create(NULL, &fs->account);

	if (err)
		return err;
	err = tmpfs_create(&limits, fs->account, &super);
	if (err)
		goto out_put_account;
	err = mount_create(super, 0, "tmpfs", fs->account, &mount);
	super_put(super);
	if (err)
		goto out_put_account;
	err = mountns_create(mount, fs->account, &fs->ns);
	if (err)
		goto out_put_mount;
	mountns_root(fs->ns, &fs->root);
	return 0;

out_put_mount:
	mount_put(mount);
out_put_account:
	mem_account_put(fs->account);
	return err;
}

bool selftest_fs_begin(struct selftest_fs *fs)
{
	count(fs);
	if (make(fs)) {
		selftest_fail(__FILE__, __LINE__, "no file system to be had");
		return false;
	}
	fs->ctx = (struct vfs_ctx){
		.root = {.path = fs->root, .rights = KOBJECT_DIRECTORY_RIGHTS},
		.start = {.path = fs->root, .rights = KOBJECT_DIRECTORY_RIGHTS},
		.cred = &vfs_cred_kernel,
		.account = fs->account,
	};
	return true;
}

void selftest_fs_end(struct selftest_fs *fs)
{
	struct selftest_fs now;

	path_put(&fs->root);
	mountns_put(fs->ns);
	SELFTEST_CHECK_EQ(mem_account_used(fs->account), 0);
	mem_account_put(fs->account);
	count(&now);
	SELFTEST_CHECK_EQ(now.pages, fs->pages);
	SELFTEST_CHECK_EQ(now.objects, fs->objects);
	SELFTEST_CHECK_EQ(now.files, fs->files);
	SELFTEST_CHECK_EQ(now.inodes, fs->inodes);
	SELFTEST_CHECK_EQ(now.names, fs->names);
	SELFTEST_CHECK_EQ(now.mounts, fs->mounts);
	SELFTEST_CHECK_EQ(now.supers, fs->supers);
}

struct file *selftest_fs_open(struct selftest_fs *fs, const char *path, uint32_t flags)
{
	const struct vfs_open_how how = {.flags = flags, .mode = 0666};
	struct vfs_found from;
	struct file *file;
	int err = vfs_open(&fs->ctx, path, &how, &file, &from);

	if (err) {
		selftest_fail(__FILE__, __LINE__, "open %s: error %d", path, err);
		return NULL;
	}
	vfs_found_put(&from);
	return file;
}

struct thread *selftest_fs_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct cpumask mask = cpumask_of(cpu_online_count() - 1);
	struct thread *thread;

	if (thread_create(name, fn, arg, &thread)) {
		selftest_fail(__FILE__, __LINE__, "no thread to be had");
		return NULL;
	}
	SELFTEST_CHECK_EQ(thread_set_affinity(thread, &mask), 0);
	thread_start(thread);
	return thread;
}

void selftest_fs_join(struct thread *thread)
{
	SELFTEST_CHECK_EQ(thread_join(thread, time_after(WAIT_NS)), 0);
	thread_put(thread);
}

void selftest_fs_stay(void)
{
	struct cpumask mask = cpumask_of(0);

	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
}
