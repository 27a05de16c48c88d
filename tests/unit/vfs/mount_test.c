/* Trees of mounts: attaching, ending, moving, flags and propagation. */
#include "kernel/vfs/mount.h"

#include <stdio.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/poll.h"
#include "kernel/vm/vmobj.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

static int set_flags(const char *path, uint32_t flags)
{
	struct vfs_found found;
	int err;

	find(path, &found);
	err = mount_set_flags(ns, &found.path, flags);
	vfs_found_put(&found);
	return err;
}

static int propagate(const char *path, enum mount_propagation how)
{
	struct vfs_found found;
	int err;

	find(path, &found);
	err = mount_set_propagation(ns, &found.path, how, MOUNT_BIND_ONE);
	vfs_found_put(&found);
	return err;
}

static int move(const char *from, const char *to)
{
	struct vfs_found a, b;
	int err;

	find(from, &a);
	find(to, &b);
	err = mount_move(ns, &a.path, &b.path);
	vfs_found_put(&b);
	vfs_found_put(&a);
	return err;
}

static bool is_there(const char *path)
{
	return look(path, LOOKUP_FOLLOW) == 0;
}

static uint64_t dev_of(const char *path)
{
	struct inode_stat stat;
	struct vfs_found found;

	find(path, &found);
	assert_int_equal(vfs_get_stat(&found.path, &stat), 0);
	vfs_found_put(&found);
	return stat.dev;
}

static void attach_and_umount(void **state)
{
	struct file *file;

	(void)state;
	make_dir("/m");
	make_file("/m/below", "1");
	make_file("/f", "1");
	mount_tmpfs("/m");
	assert_false(is_there("/m/below"));
	make_file("/m/above", "2");
	assert_int_equal(ino_of("/m/.."), ino_of("/"));
	file = open_file("/m/above", OPEN_READ);
	assert_int_equal(try_umount("/m", 0), -EBUSY);
	file_put(file);
	assert_int_equal(try_umount("/m/above", 0), -EINVAL);
	assert_int_equal(try_umount("/", 0), -EBUSY);
	mount_tmpfs("/m");
	assert_false(is_there("/m/above"));
	assert_int_equal(try_umount("/m", 0), 0);
	assert_true(is_there("/m/above"));
	assert_int_equal(try_umount("/m", 0), 0);
	assert_true(is_there("/m/below"));
	assert_int_equal(try_umount("/m", 0), -EINVAL);
	assert_int_equal(try_umount("/m", 0x100), -EINVAL);
}

static void lazy_umount(void **state)
{
	struct vfs_ctx here;
	struct vfs_found found;
	struct file *file;

	(void)state;
	make_dir("/m");
	mount_tmpfs("/m");
	make_dir("/m/n");
	mount_tmpfs("/m/n");
	make_file("/m/n/f", "alive");
	file = open_file("/m/n/f", OPEN_READ);
	here = at("/m/n");
	assert_int_equal(try_umount("/m", 0), -EBUSY);
	assert_int_equal(try_umount("/m", UMOUNT_DETACH), 0);
	assert_false(is_there("/m/n"));
	assert_int_equal(vfs_lookup(&here, "f", 0, &found), 0);
	vfs_found_put(&found);
	/* It has lost its place, so there is nothing above it. */
	assert_int_equal(vfs_lookup(&here, "..", 0, &found), 0);
	assert_ptr_equal(found.path.dentry, here.start.path.dentry);
	vfs_found_put(&found);
	world_drop(&here);
	file_put(file);
	assert_int_equal(mount_count(), 1);
}

static void binds(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/a/sub");
	make_dir("/b");
	make_file("/a/f", "1");
	make_file("/g", "2");
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_ONE), 0);
	assert_int_equal(ino_of("/b/f"), ino_of("/a/f"));
	assert_int_equal(ino_of("/b/.."), ino_of("/"));
	make_file("/b/new", "3");
	assert_true(is_there("/a/new"));
	assert_int_equal(try_bind("/a", "/g", MOUNT_BIND_ONE), -ENOTDIR);
	assert_int_equal(try_bind("/a/f", "/b", MOUNT_BIND_ONE), -ENOTDIR);
	assert_int_equal(try_bind("/a/f", "/g", MOUNT_BIND_ONE), 0);
	assert_string_equal(read_file("/g"), "1");
	assert_int_equal(try_umount("/g", 0), 0);
	assert_string_equal(read_file("/g"), "2");
	/* The root of a bind is not left upwards, but through its mountpoint. */
	assert_int_equal(ino_of("/b/sub/../.."), ino_of("/"));
	assert_int_equal(vfs_rename(&ctx, "/a/f", &ctx, "/b/x", 0), -EXDEV);
	assert_int_equal(try_umount("/b", 0), 0);

	/* A tree is copied with what is mounted in it, if told so. */
	mount_tmpfs("/a/sub");
	make_file("/a/sub/deep", "4");
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_ONE), 0);
	assert_false(is_there("/b/sub/deep"));
	assert_int_equal(try_umount("/b", 0), 0);
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_TREE), 0);
	assert_true(is_there("/b/sub/deep"));
	assert_int_equal(try_umount("/b", 0), -EBUSY);
	assert_int_equal(try_umount("/b", UMOUNT_DETACH), 0);
	assert_int_equal(propagate("/a/sub", MOUNT_UNBINDABLE), 0);
	assert_int_equal(try_bind("/a/sub", "/b", MOUNT_BIND_ONE), -EINVAL);
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_TREE), 0);
	assert_false(is_there("/b/sub/deep"));
}

static void moves(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/b");
	mount_tmpfs("/a");
	make_dir("/a/in");
	make_file("/a/f", "1");
	assert_int_equal(move("/a", "/a/in"), -ELOOP);
	assert_int_equal(move("/a/in", "/b"), -EINVAL);
	assert_int_equal(move("/", "/b"), -EINVAL);
	assert_int_equal(move("/a/f", "/b"), -EINVAL);
	assert_int_equal(move("/a", "/b"), 0);
	assert_true(is_there("/b/f"));
	assert_false(is_there("/a/f"));
	make_file("/file", "");
	assert_int_equal(move("/b", "/file"), -ENOTDIR);
	assert_true(is_there("/b/f"));
}

static void readonly(void **state)
{
	struct vfs_found found;
	struct file *file;

	(void)state;
	make_dir("/m");
	make_dir("/b");
	mount_tmpfs("/m");
	make_file("/m/f", "1");
	assert_int_equal(try_bind("/m", "/b", MOUNT_BIND_ONE), 0);
	file = open_file("/b/f", OPEN_WRITE);
	assert_int_equal(set_flags("/b", MOUNT_READONLY), -EBUSY);
	file_put(file);
	assert_int_equal(set_flags("/b", MOUNT_READONLY), 0);
	assert_int_equal(try_open("/b/f", OPEN_WRITE), -EROFS);
	assert_int_equal(try_open("/b/f", OPEN_READ), 0);
	assert_int_equal(try_open("/b/new", OPEN_WRITE | OPEN_CREATE), -EROFS);
	assert_int_equal(vfs_mkdir(&ctx, "/b/d", 0777), -EROFS);
	assert_int_equal(vfs_mkdir(&ctx, "/b/f", 0777), -EEXIST);
	assert_int_equal(vfs_unlink(&ctx, "/b/f"), -EROFS);
	find("/b/f", &found);
	assert_int_equal(vfs_truncate(&found, &cred, 0, INT64_MAX), -EROFS);
	assert_int_equal(vfs_access(&found.path, &cred, ACCESS_WRITE), -EROFS);
	vfs_found_put(&found);
	/* The other mount of it is not concerned; the file system as a whole is. */
	assert_int_equal(try_open("/m/f", OPEN_WRITE), 0);
	find("/m", &found);
	assert_int_equal(mount_set_super_flags(&found.path, MOUNT_READONLY, ""), 0);
	assert_int_equal(try_open("/m/f", OPEN_WRITE), -EROFS);
	assert_int_equal(mount_set_super_flags(&found.path, 0, ""), 0);
	assert_int_equal(try_open("/m/f", OPEN_WRITE), 0);
	vfs_found_put(&found);
}

static void flags_of_mounts(void **state)
{
	struct vfs_found from;
	struct file *file;
	struct vmobj *object;

	(void)state;
	make_dir("/m");
	mount_tmpfs("/m");
	make_file("/m/p", "1");
	make_link("p", "/m/l");
	assert_int_equal(vfs_mknod(&ctx, "/m/null", MODE_CHAR | 0666, dev_make(1, 3)), 0);
	assert_int_equal(try_open("/m/null", OPEN_READ), -ENXIO);
	assert_int_equal(set_flags("/m", MOUNT_NODEV | MOUNT_NOEXEC | MOUNT_NOSYMFOLLOW), 0);
	assert_int_equal(try_open("/m/null", OPEN_READ), -EACCES);
	assert_int_equal(try_open("/m/l", OPEN_READ), -ELOOP);
	assert_int_equal(vfs_open_exec(&ctx, "/m/p", 0, &file, &from), -EACCES);
	file = open_file("/m/p", OPEN_READ);
	assert_int_equal(file_get_object(file, FILE_MAP_EXEC, &object), -EPERM);
	assert_int_equal(file_get_object(file, FILE_MAP_SHARED_WRITE, &object), -EACCES);
	assert_int_equal(file_get_object(file, 0, &object), 0);
	vmobj_put(object);
	file_put(file);
}

/* --- Propagation --- */

static void peers_share(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/b");
	mount_tmpfs("/a");
	make_dir("/a/x");
	make_dir("/a/y");
	assert_int_equal(propagate("/a", MOUNT_SHARED), 0);
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_ONE), 0);
	mount_tmpfs("/a/x");
	make_file("/a/x/f", "1");
	assert_true(is_there("/b/x/f"));
	mount_tmpfs("/b/y");
	make_file("/b/y/g", "2");
	assert_true(is_there("/a/y/g"));
	/* What came that way is shared too. */
	make_dir("/a/x/deep");
	mount_tmpfs("/b/x/deep");
	make_file("/b/x/deep/h", "3");
	assert_true(is_there("/a/x/deep/h"));
	assert_int_equal(try_umount("/a/x/deep", 0), 0);
	assert_false(is_there("/b/x/deep/h"));
	assert_int_equal(try_umount("/b/y", 0), 0);
	assert_false(is_there("/a/y/g"));
	assert_int_equal(move("/a/x", "/a/y"), -EINVAL);
	assert_int_equal(try_umount("/a/x", UMOUNT_DETACH), 0);
	assert_false(is_there("/b/x/f"));
}

static void slaves_follow(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/b");
	make_dir("/c");
	mount_tmpfs("/a");
	make_dir("/a/x");
	make_dir("/a/y");
	assert_int_equal(propagate("/a", MOUNT_SHARED), 0);
	assert_int_equal(try_bind("/a", "/b", MOUNT_BIND_ONE), 0);
	assert_int_equal(propagate("/b", MOUNT_SLAVE), 0);
	mount_tmpfs("/a/x");
	make_file("/a/x/f", "1");
	assert_true(is_there("/b/x/f"));
	mount_tmpfs("/b/y");
	make_file("/b/y/g", "2");
	assert_false(is_there("/a/y/g"));
	/* A slave that is shared passes on what it gets. */
	assert_int_equal(propagate("/b", MOUNT_SHARED), 0);
	assert_int_equal(try_bind("/b", "/c", MOUNT_BIND_ONE), 0);
	make_dir("/a/z");
	mount_tmpfs("/a/z");
	make_file("/a/z/h", "3");
	assert_true(is_there("/b/z/h"));
	assert_true(is_there("/c/z/h"));
	make_dir("/b/z/in");
	mount_tmpfs("/c/z/in");
	make_file("/c/z/in/i", "4");
	assert_true(is_there("/b/z/in/i"));
	assert_false(is_there("/a/z/in/i"));
	assert_int_equal(try_umount("/c/z/in", 0), 0);
	assert_false(is_there("/b/z/in/i"));
	assert_int_equal(try_umount("/a/z", 0), 0);
	assert_false(is_there("/c/z/h"));
	assert_false(is_there("/b/z/h"));
	/* The master goes; its slave is on its own. */
	assert_int_equal(try_umount("/a/x", 0), 0);
	assert_int_equal(try_umount("/a", 0), 0);
	assert_true(is_there("/b/z"));
}

/* A bind of a part gets what is mounted in that part only. */
static void parts_receive_parts(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/p");
	mount_tmpfs("/a");
	make_dir("/a/part");
	make_dir("/a/part/x");
	make_dir("/a/other");
	assert_int_equal(propagate("/a", MOUNT_SHARED), 0);
	assert_int_equal(try_bind("/a/part", "/p", MOUNT_BIND_ONE), 0);
	mount_tmpfs("/a/part/x");
	make_file("/a/part/x/f", "1");
	assert_true(is_there("/p/x/f"));
	mount_tmpfs("/a/other");
	make_file("/a/other/g", "1");
	assert_int_equal(propagate("/p", MOUNT_PRIVATE), 0);
	assert_int_equal(try_umount("/a/part/x", 0), 0);
	assert_true(is_there("/p/x/f"));
}

/* --- Name spaces --- */

static void clones(void **state)
{
	struct mountns *other;
	struct path fix[2];
	struct vfs_ctx there = ctx;
	struct vfs_found found;
	uint64_t events;

	(void)state;
	make_dir("/priv");
	make_dir("/shared");
	mount_tmpfs("/shared");
	make_dir("/shared/x");
	assert_int_equal(propagate("/shared", MOUNT_SHARED), 0);
	fix[0] = ctx.root.path;
	path_get(&fix[0]);
	find("/shared/x", &found);
	fix[1] = found.path;
	assert_int_equal(mountns_clone(ns, NULL, fix, 2, &other), 0);
	assert_ptr_not_equal(fix[0].mount, ctx.root.path.mount);
	assert_true(mountns_has(other, &fix[0]));
	assert_true(mountns_has(other, &fix[1]));
	assert_false(mountns_has(ns, &fix[1]));
	there.root.path = fix[0];
	there.start.path = fix[0];

	events = mountns_events(other);
	mount_tmpfs("/priv");
	make_file("/priv/f", "1");
	assert_int_equal(vfs_lookup(&there, "/priv/f", 0, &found), -ENOENT);
	assert_int_equal(mountns_events(other), events);
	mount_tmpfs("/shared/x");
	make_file("/shared/x/f", "1");
	assert_int_equal(vfs_lookup(&there, "/shared/x/f", 0, &found), 0);
	vfs_found_put(&found);
	assert_true(mountns_events(other) > events);
	assert_true(mountns_poll(other, events, NULL) & READY_ERR);
	assert_false(mountns_poll(other, mountns_events(other), NULL) & READY_ERR);
	path_put(&fix[0]);
	path_put(&fix[1]);
	mountns_put(other);
	assert_int_equal(try_umount("/shared/x", 0), 0);
}

static void pivots(void **state)
{
	struct vfs_found new_root, put_old, old_root, found;
	struct vfs_ctx there = ctx;

	(void)state;
	make_file("/was-here", "old");
	make_dir("/new");
	find("/", &old_root);
	find("/new", &new_root);
	assert_int_equal(mount_pivot_root(ns, &old_root.path, &new_root.path, &new_root.path),
			 -EINVAL);
	vfs_found_put(&new_root);
	mount_tmpfs("/new");
	make_dir("/new/old");
	find("/new", &new_root);
	find("/new/old", &put_old);
	assert_int_equal(mount_pivot_root(ns, &old_root.path, &new_root.path, &old_root.path),
			 -EBUSY);
	assert_int_equal(mount_pivot_root(ns, &old_root.path, &old_root.path, &put_old.path),
			 -EBUSY);
	assert_int_equal(mount_pivot_root(ns, &old_root.path, &new_root.path, &put_old.path), 0);
	there.root.path = new_root.path;
	there.start.path = new_root.path;
	assert_int_equal(vfs_lookup(&there, "/old/was-here", 0, &found), 0);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&there, "/old/new", 0, &found), 0);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&there, "/old/..", 0, &found), 0);
	assert_ptr_equal(found.path.mount, new_root.path.mount);
	vfs_found_put(&found);

	/* The way of container runtimes: pivot_root(".", "."), then the old root goes. */
	assert_int_equal(mount_umount(ns, &new_root.path, 0), -EBUSY);
	assert_int_equal(vfs_lookup(&there, "/old", 0, &found), 0);
	assert_int_equal(mount_umount(ns, &found.path, UMOUNT_DETACH), 0);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&there, "/old/was-here", 0, &found), -ENOENT);
	vfs_found_put(&put_old);
	vfs_found_put(&new_root);
	vfs_found_put(&old_root);
}

static void pivots_onto_itself(void **state)
{
	struct vfs_found new_root, old_root, found;
	struct vfs_ctx there = ctx;

	(void)state;
	make_dir("/new");
	mount_tmpfs("/new");
	find("/", &old_root);
	find("/new", &new_root);
	make_file("/new/f", "1");
	assert_int_equal(mount_pivot_root(ns, &old_root.path, &new_root.path, &new_root.path), 0);
	/* The old root lies on top of the new one. */
	assert_int_equal(mount_umount(ns, &old_root.path, UMOUNT_DETACH), 0);
	there.root.path = new_root.path;
	there.start.path = new_root.path;
	assert_int_equal(vfs_lookup(&there, "/f", 0, &found), 0);
	vfs_found_put(&found);
	vfs_found_put(&new_root);
	vfs_found_put(&old_root);
}

/* --- At random --- */

enum { DIRS = 6, MOUNTS_MAX = 40 };

static uint64_t seed = 3;

static const char *const dirs[] = {"/a", "/a/b", "/b", "/b/a", "/c", "/c/c"};

static void random_mounts(void **state)
{
	static const enum mount_propagation kinds[] = {MOUNT_PRIVATE, MOUNT_SHARED, MOUNT_SLAVE,
						       MOUNT_UNBINDABLE};

	(void)state;
	for (int i = 0; i < DIRS; i++)
		make_dir(dirs[i]);
	for (int i = 0; i < 4000; i++) {
		const char *a = dirs[test_random(&seed, DIRS)];
		const char *b = dirs[test_random(&seed, DIRS)];
		int err = 0;

		if (!is_there(a) || !is_there(b))
			continue;
		switch (test_random(&seed, 7)) {
		case 0:
			if (mount_count() < MOUNTS_MAX)
				mount_tmpfs(a);
			break;
		case 1:
			if (mount_count() < MOUNTS_MAX)
				err = try_bind(a, b, (uint32_t)test_random(&seed, 2));
			break;
		case 2:
			err = try_umount(a, 0);
			break;
		case 3:
			err = try_umount(a, UMOUNT_DETACH);
			break;
		case 4:
			err = move(a, b);
			break;
		default:
			err = propagate(a, kinds[test_random(&seed, 4)]);
			break;
		}
		assert_true(err == 0 || err == -EINVAL || err == -EBUSY || err == -ELOOP ||
			    err == -ENOTDIR);
		/* Something may be on top; names in it go on being there or not. */
		if (test_random(&seed, 4) == 0) {
			err = vfs_mkdir(&ctx, b, 0777);
			assert_true(err == 0 || err == -EEXIST);
		}
		if (test_random(&seed, 64) == 0) {
			struct mountns *copy;

			assert_int_equal(mountns_clone(ns, NULL, NULL, 0, &copy), 0);
			mountns_put(copy);
		}
	}
}

/*
 * Private mounts against a model. Every file system has the same seven directories, so a
 * directory is a number, and a place is a mount and a number.
 */
enum { MODEL_DIRS = 7, MODEL_MOUNTS = 64, NONE = -1 };

static const char *const model_dirs[MODEL_DIRS] = {"", "/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b"};

struct model_mount {
	bool is_used;
	int fs;
	int root;   /* directory of fs that is shown */
	int parent; /* mount and directory where it is; the first is nowhere */
	int place;
};

static struct model_mount mounts[MODEL_MOUNTS];
static uint64_t fs_dev[4096], fs_ino[4096][MODEL_DIRS];
static int fs_count;

struct place {
	int mount;
	int dir;
};

static int child_of(int dir, int component)
{
	return dir > 2 ? NONE : 2 * dir + 1 + component;
}

static bool dir_is_above(int a, int b)
{
	while (b > a)
		b = (b - 1) / 2;
	return a == b;
}

static int mount_on(int mount, int dir)
{
	for (int i = 1; i < MODEL_MOUNTS; i++) {
		if (mounts[i].is_used && mounts[i].parent == mount && mounts[i].place == dir)
			return i;
	}
	return NONE;
}

/* bits: the components, the first in the lowest. False: not there. */
static bool model_look(uint32_t bits, int len, struct place *out)
{
	struct place at = {0, 0};

	for (int i = 0; i < len; i++) {
		int top;

		at.dir = child_of(at.dir, (int)(bits >> i & 1));
		if (at.dir == NONE)
			return false;
		while ((top = mount_on(at.mount, at.dir)) != NONE)
			at = (struct place){top, mounts[top].root};
	}
	*out = at;
	return true;
}

static void spell(uint32_t bits, int len, char *text)
{
	for (int i = 0; i < len; i++) {
		*text++ = '/';
		*text++ = bits >> i & 1 ? 'b' : 'a';
	}
	*text = '\0';
}

static int model_add(int fs, int root, const struct place *at)
{
	for (int i = 1; i < MODEL_MOUNTS; i++) {
		if (mounts[i].is_used)
			continue;
		mounts[i] = (struct model_mount){true, fs, root, at->mount, at->dir};
		return i;
	}
	fail();
	return NONE;
}

static int model_count(void)
{
	int count = 0;

	for (int i = 0; i < MODEL_MOUNTS; i++)
		count += mounts[i].is_used;
	return count;
}

static bool model_in_tree(int mount, int top)
{
	while (mount != top && mount != 0)
		mount = mounts[mount].parent;
	return mount == top;
}

/* The same part of the same file system on top of itself. */
static bool model_is_double(int fs, int root, const struct place *at)
{
	return at->dir == mounts[at->mount].root && mounts[at->mount].fs == fs &&
	       mounts[at->mount].root == root;
}

/* Copies what was mounted before on of's places at or below root. */
static void model_copy_children(const struct model_mount *before, int of, int root, int copy)
{
	for (int i = 1; i < MODEL_MOUNTS; i++) {
		struct place at = {copy, before[i].place};

		if (before[i].is_used && before[i].parent == of && dir_is_above(root, at.dir))
			model_copy_children(before, i, before[i].root,
					    model_add(before[i].fs, before[i].root, &at));
	}
}

static int model_bind(const struct place *from, const struct place *to, uint32_t how)
{
	struct model_mount before[MODEL_MOUNTS];
	int copy;

	if (model_is_double(mounts[from->mount].fs, from->dir, to))
		return -EBUSY;
	memcpy(before, mounts, sizeof(before));
	copy = model_add(mounts[from->mount].fs, from->dir, to);
	if (how == MOUNT_BIND_TREE)
		model_copy_children(before, from->mount, from->dir, copy);
	return 0;
}

static int model_umount(const struct place *at, uint32_t flags)
{
	bool has_children = false;

	if (at->dir != mounts[at->mount].root)
		return -EINVAL;
	for (int i = 1; i < MODEL_MOUNTS; i++)
		has_children |= mounts[i].is_used && mounts[i].parent == at->mount;
	if (has_children && !(flags & UMOUNT_DETACH))
		return -EBUSY;
	/* From the leaves up: a mount is gone when its parent is. */
	for (int round = 0; round < MODEL_MOUNTS; round++) {
		for (int i = 1; i < MODEL_MOUNTS; i++) {
			if (mounts[i].is_used &&
			    (i == at->mount || !mounts[mounts[i].parent].is_used))
				mounts[i].is_used = false;
		}
	}
	return 0;
}

static int model_move(const struct place *from, const struct place *to)
{
	struct model_mount *mount = &mounts[from->mount];

	if (from->dir != mount->root)
		return -EINVAL;
	if (model_in_tree(to->mount, from->mount))
		return -ELOOP;
	if (model_is_double(mount->fs, mount->root, to))
		return -EBUSY;
	mount->parent = to->mount;
	mount->place = to->dir;
	return 0;
}

/* Makes the directories of a new file system, whose root is at path. */
static int model_fill(const char *path)
{
	char text[64];

	for (int i = 0; i < MODEL_DIRS; i++) {
		snprintf(text, sizeof(text), "%s%s", path, model_dirs[i]);
		if (i > 0)
			make_dir(text);
		fs_ino[fs_count][i] = ino_of(text[0] ? text : "/");
		fs_dev[fs_count] = dev_of(text[0] ? text : "/");
	}
	return fs_count++;
}

static void model_compare(void)
{
	for (int len = 1; len <= 4; len++) {
		for (uint32_t bits = 0; bits < 1u << len; bits++) {
			struct place at;
			char text[16];
			bool is_there_too;

			spell(bits, len, text);
			is_there_too = model_look(bits, len, &at);
			assert_int_equal(is_there(text), is_there_too);
			if (!is_there_too)
				continue;
			assert_int_equal(dev_of(text), fs_dev[mounts[at.mount].fs]);
			assert_int_equal(ino_of(text), fs_ino[mounts[at.mount].fs][at.dir]);
		}
	}
	assert_int_equal(mount_count(), model_count());
}

static void model_operation(void)
{
	int len_a = 1 + (int)test_random(&seed, 3), len_b = 1 + (int)test_random(&seed, 3);
	uint32_t bits_a = (uint32_t)test_random(&seed, 8), bits_b = (uint32_t)test_random(&seed, 8);
	uint32_t how = (uint32_t)test_random(&seed, 2);
	struct place a, b;
	char from[16], to[16];

	if (!model_look(bits_a, len_a, &a) || !model_look(bits_b, len_b, &b))
		return;
	spell(bits_a, len_a, from);
	spell(bits_b, len_b, to);
	switch (test_random(&seed, 6)) {
	case 0:
		if (model_count() > MODEL_MOUNTS / 3)
			return;
		mount_tmpfs(from);
		model_add(model_fill(from), 0, &a);
		break;
	case 1:
	case 2:
		if (model_count() > MODEL_MOUNTS / 3)
			return;
		assert_int_equal(try_bind(from, to, how), model_bind(&a, &b, how));
		break;
	case 3:
		assert_int_equal(move(from, to), model_move(&a, &b));
		break;
	default:
		how = test_random(&seed, 4) ? 0 : UMOUNT_DETACH;
		assert_int_equal(try_umount(from, how), model_umount(&a, how));
		break;
	}
}

static void random_places(void **state)
{
	(void)state;
	memset(mounts, 0, sizeof(mounts));
	mounts[0].is_used = true;
	fs_count = 0;
	(void)model_fill("");
	for (int i = 0; i < 3000; i++) {
		model_operation();
		model_compare();
	}
}

static void no_memory(void **state)
{
	uint64_t before;

	(void)state;
	make_dir("/a");
	make_dir("/b");
	make_dir("/c");
	mount_tmpfs("/a");
	make_dir("/a/x");
	mount_tmpfs("/a/x");
	assert_int_equal(propagate("/", MOUNT_SHARED), 0);
	assert_int_equal(propagate("/a", MOUNT_SHARED), 0);
	assert_int_equal(try_bind("/", "/c", MOUNT_BIND_ONE), 0);
	before = mount_count();
	for (uint32_t n = 1;; n++) {
		int err;

		fake_fail_alloc(n);
		err = try_bind("/a", "/b", MOUNT_BIND_TREE);
		fake_fail_alloc(0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(mount_count(), before);
		assert_true(n < 40);
	}
	assert_int_equal(mount_count(), before + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WORLD_TEST(fn, sentence)                                                                   \
	{.name = (sentence),                                                                       \
	 .test_func = (fn),                                                                        \
	 .setup_func = world_make,                                                                 \
	 .teardown_func = world_end}
		WORLD_TEST(attach_and_umount, "a mount hides what is below until it ends"),
		WORLD_TEST(lazy_umount, "a detached mount lives as long as it is in use"),
		WORLD_TEST(binds, "a bind shows a part of the tree a second time"),
		WORLD_TEST(moves, "a mount is moved, but not into itself"),
		WORLD_TEST(readonly, "read-only mounts and file systems are not written to"),
		WORLD_TEST(flags_of_mounts, "nodev, noexec and nosymfollow forbid what they say"),
		WORLD_TEST(peers_share, "what is mounted on one peer appears on all"),
		WORLD_TEST(slaves_follow, "slaves get what their master gets, not the reverse"),
		WORLD_TEST(parts_receive_parts, "a receiver gets what lies in what it shows"),
		WORLD_TEST(clones, "a copied name space shares what was shared"),
		WORLD_TEST(pivots, "pivot_root puts a mount in the place of the root"),
		WORLD_TEST(pivots_onto_itself, "pivot_root puts the old root on top of the new"),
		WORLD_TEST(random_mounts, "random operations leave no mount and no name behind"),
		WORLD_TEST(random_places, "random mounts lead where a simple model leads"),
		WORLD_TEST(no_memory, "without memory a tree of mounts is as it was"),
	};

	return cmocka_run_group_tests_name("vfs/mount", tests, world_start, NULL);
}
