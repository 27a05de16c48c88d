/*
 * The world of files for tests: the real scheduler on one CPU, the real vfs and tmpfs,
 * a name space whose root is a tmpfs, and page frames and accounts that only count.
 */
#ifndef TESTS_UNIT_VFS_WORLD_H
#define TESTS_UNIT_VFS_WORLD_H

#include <stdint.h>

#include "kernel/vfs/file.h"
#include "kernel/vfs/lookup.h"
#include "kernel/vfs/mountns.h"
#include "kernel/vfs/vfs.h"

/* Group set-up, once a program. */
int world_start(void **state);
/* Set-up and tear-down of each test: an empty root; and that nothing is left. */
int world_make(void **state);
int world_end(void **state);

extern struct mountns *ns;
/* The superuser, at the root; tests change it. */
extern struct vfs_ctx ctx;
extern struct vfs_cred cred;

/* Pages in use, and how many there may be. */
extern uint64_t world_pages, world_page_limit;

/* Each fails the test on an error. */
void make_dir(const char *path);
void make_file(const char *path, const char *text);
void make_link(const char *target, const char *path);
struct file *open_file(const char *path, uint32_t flags);
/* The content, up to 4095 bytes, terminated; valid until the next call. */
const char *read_file(const char *path);
void find(const char *path, struct vfs_found *out);

/* What looking a path up gives: 0 or the error. */
int look(const char *path, uint32_t flags);
int try_open(const char *path, uint32_t flags);
/* The inode number; 0 if it is not there. */
uint64_t ino_of(const char *path);

/* A tmpfs of its own, mounted. */
void mount_tmpfs(const char *path);
int try_umount(const char *path, uint32_t flags);
int try_bind(const char *from, const char *to, uint32_t how);

/* A context whose start is that directory; world_drop() ends it. */
struct vfs_ctx at(const char *path);
void world_drop(struct vfs_ctx *from);

#endif
