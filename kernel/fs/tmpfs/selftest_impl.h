/* What the self-tests of file systems share. */
#ifndef KERNEL_FS_TMPFS_SELFTEST_IMPL_H
#define KERNEL_FS_TMPFS_SELFTEST_IMPL_H

#include <stdbool.h>

#include "kernel/core/selftest.h"
#include "kernel/lib/types.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mountns.h"
#include "kernel/vfs/vfs.h"

struct thread;

/* A tmpfs in a name space of its own, charged to an account of its own. */
struct selftest_fs {
	struct mem_account *account;
	struct mountns *ns;
	struct path root;
	struct vfs_ctx ctx;
	/* Counted before, and the same afterwards. */
	uint64_t pages;
	uint64_t objects;
	uint64_t files;
	uint64_t inodes;
	uint64_t names;
	uint64_t mounts;
	uint64_t supers;
};

/* False after reporting a failure. */
bool selftest_fs_begin(struct selftest_fs *fs);
/* Takes it apart; fails the test if anything is left. */
void selftest_fs_end(struct selftest_fs *fs);

/* NULL after reporting a failure. */
struct file *selftest_fs_open(struct selftest_fs *fs, const char *path, uint32_t flags);

/* A thread on the last CPU; NULL after reporting a failure. */
struct thread *selftest_fs_start(const char *name, void (*fn)(void *arg), void *arg);
void selftest_fs_join(struct thread *thread);
/* The running thread stays on CPU 0. */
void selftest_fs_stay(void);

#endif
