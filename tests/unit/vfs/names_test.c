/*
 * Making, removing and renaming names: the rules one by one, and then at random against
 * a model of a tree that is too simple to be wrong.
 */
#include "kernel/vfs/vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

static int rename_to(const char *from, const char *to, uint32_t flags)
{
	return vfs_rename(&ctx, from, &ctx, to, flags);
}

static int link_to(const char *from, const char *to)
{
	struct vfs_found found;
	int err = vfs_lookup(&ctx, from, 0, &found);

	if (err)
		return err;
	err = vfs_link(&found, &ctx, to);
	vfs_found_put(&found);
	return err;
}

static struct inode_stat stat_of(const char *path)
{
	struct inode_stat stat;
	struct vfs_found found;

	assert_int_equal(vfs_lookup(&ctx, path, 0, &found), 0);
	assert_int_equal(vfs_get_stat(&found.path, &stat), 0);
	vfs_found_put(&found);
	return stat;
}

static int change_mode(const char *path, uint32_t mode)
{
	const struct inode_change change = {.fields = CHANGE_MODE, .mode = mode};
	struct vfs_found found;
	int err;

	find(path, &found);
	err = vfs_change(&found.path, &cred, &change);
	vfs_found_put(&found);
	return err;
}

static void be(uint32_t uid)
{
	cred = (struct vfs_cred){.uid = uid, .gid = uid, .caps = uid ? 0 : VFS_CAP_ALL};
}

static void making(void **state)
{
	(void)state;
	make_dir("/d/");
	assert_int_equal(vfs_mkdir(&ctx, "/d", 0777), -EEXIST);
	assert_int_equal(vfs_mkdir(&ctx, "/", 0777), -EEXIST);
	assert_int_equal(vfs_mkdir(&ctx, "/d/.", 0777), -EEXIST);
	assert_int_equal(vfs_mkdir(&ctx, "/d/..", 0777), -EEXIST);
	assert_int_equal(vfs_mkdir(&ctx, "/x/y", 0777), -ENOENT);
	assert_int_equal(stat_of("/d").mode, MODE_DIR | 0755);
	assert_int_equal(stat_of("/d").nlink, 2);
	make_dir("/d/e");
	assert_int_equal(stat_of("/d").nlink, 3);
	make_file("/f", "1");
	assert_int_equal(stat_of("/f").mode, MODE_REGULAR | 0644);
	assert_int_equal(vfs_mkdir(&ctx, "/f/x", 0777), -ENOTDIR);
	assert_int_equal(vfs_mknod(&ctx, "/n/", MODE_FIFO | 0600, 0), -ENOENT);
	assert_int_equal(vfs_mknod(&ctx, "/n", MODE_FIFO | 0666, 0), 0);
	assert_int_equal(stat_of("/n").mode, MODE_FIFO | 0644);
	assert_int_equal(vfs_mknod(&ctx, "/null", MODE_CHAR | 0666, dev_make(1, 3)), 0);
	assert_int_equal(stat_of("/null").rdev, dev_make(1, 3));
	assert_int_equal(vfs_mknod(&ctx, "/x", MODE_DIR | 0666, 0), -EPERM);
	assert_int_equal(vfs_symlink(&ctx, "", "/l"), -ENOENT);
	make_link("anything", "/l");
	assert_int_equal(stat_of("/l").size, 8);
	assert_int_equal(vfs_symlink(&ctx, "x", "/l"), -EEXIST);
	be(1);
	assert_int_equal(vfs_mknod(&ctx, "/d/x", MODE_CHAR | 0666, 0), -EPERM);
	assert_int_equal(vfs_mkdir(&ctx, "/d/x", 0777), -EACCES);
}

static void removing(void **state)
{
	uint64_t before;

	(void)state;
	make_dir("/d");
	make_file("/d/f", "1");
	assert_int_equal(vfs_unlink(&ctx, "/d"), -EISDIR);
	assert_int_equal(vfs_rmdir(&ctx, "/d/f"), -ENOTDIR);
	assert_int_equal(vfs_rmdir(&ctx, "/d"), -ENOTEMPTY);
	assert_int_equal(vfs_rmdir(&ctx, "/d/."), -EINVAL);
	assert_int_equal(vfs_rmdir(&ctx, "/d/.."), -ENOTEMPTY);
	assert_int_equal(vfs_rmdir(&ctx, "/"), -EBUSY);
	assert_int_equal(vfs_unlink(&ctx, "/d/f/"), -ENOTDIR);
	assert_int_equal(vfs_unlink(&ctx, "/d/none"), -ENOENT);
	assert_int_equal(vfs_unlink(&ctx, "/d/f"), 0);
	assert_int_equal(vfs_unlink(&ctx, "/d/f"), -ENOENT);
	assert_int_equal(vfs_rmdir(&ctx, "/d/"), 0);
	assert_int_equal(look("/d", 0), -ENOENT);
	/* What was remembered of it is forgotten. */
	before = dentry_count();
	make_dir("/e");
	assert_int_equal(look("/e/none", 0), -ENOENT);
	assert_int_equal(look("/e/nothing", 0), -ENOENT);
	assert_int_equal(vfs_rmdir(&ctx, "/e"), 0);
	assert_int_equal(dentry_count(), before);
}

/* What is open, or a working directory, stays usable without a name. */
static void removed_but_in_use(void **state)
{
	struct file *file;
	struct vfs_ctx here;
	char byte;

	(void)state;
	make_dir("/d");
	make_file("/d/f", "x");
	file = open_file("/d/f", OPEN_READ);
	here = at("/d");
	assert_int_equal(vfs_unlink(&ctx, "/d/f"), 0);
	assert_int_equal(vfs_rmdir(&ctx, "/d"), 0);
	assert_int_equal(file_read_kernel(file, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(file->inode->nlink, 0);
	assert_int_equal(vfs_mkdir(&here, "sub", 0777), -ENOENT);
	assert_int_equal(vfs_mknod(&here, "f", MODE_REGULAR, 0), -ENOENT);
	{
		struct vfs_found found;

		assert_int_equal(vfs_lookup(&here, "f", 0, &found), -ENOENT);
		assert_int_equal(vfs_lookup(&here, "..", 0, &found), 0);
		vfs_found_put(&found);
	}
	world_drop(&here);
	file_put(file);
}

static void hard_links(void **state)
{
	struct file *file;

	(void)state;
	make_file("/f", "same");
	assert_int_equal(link_to("/f", "/g"), 0);
	assert_int_equal(ino_of("/f"), ino_of("/g"));
	assert_int_equal(stat_of("/g").nlink, 2);
	assert_int_equal(link_to("/f", "/g"), -EEXIST);
	assert_int_equal(link_to("/f", "/h/"), -ENOENT);
	make_dir("/d");
	assert_int_equal(link_to("/d", "/dd"), -EPERM);
	assert_int_equal(rename_to("/f", "/g", 0), 0);
	assert_int_equal(look("/f", 0), 0); /* two names of one file: nothing happens */
	assert_int_equal(vfs_unlink(&ctx, "/f"), 0);
	assert_string_equal(read_file("/g"), "same");
	assert_int_equal(stat_of("/g").nlink, 1);
	mount_tmpfs("/d");
	assert_int_equal(link_to("/g", "/d/g"), -EXDEV);

	/* A file made without a name may be given one. */
	file = open_file("/d", OPEN_TMPFILE_BIT | OPEN_DIRECTORY | OPEN_READ_WRITE);
	assert_int_equal(file_write_kernel(file, "tmp", 3, 0), 3);
	assert_int_equal(file->inode->nlink, 0);
	{
		const struct vfs_found found = {.path = file->path, .rights = RIGHTS_ALL};

		assert_int_equal(vfs_link(&found, &ctx, "/d/named"), 0);
	}
	file_put(file);
	assert_string_equal(read_file("/d/named"), "tmp");
	file = open_file("/d",
			 OPEN_TMPFILE_BIT | OPEN_DIRECTORY | OPEN_READ_WRITE | OPEN_EXCLUSIVE);
	{
		const struct vfs_found found = {.path = file->path, .rights = RIGHTS_ALL};

		assert_int_equal(vfs_link(&found, &ctx, "/d/never"), -ENOENT);
	}
	file_put(file);
}

static void renaming(void **state)
{
	(void)state;
	make_dir("/a");
	make_dir("/a/b");
	make_dir("/c");
	make_file("/f", "f");
	make_file("/g", "g");
	assert_int_equal(rename_to("/none", "/x", 0), -ENOENT);
	assert_int_equal(rename_to("/a", "/a/b/x", 0), -EINVAL);
	assert_int_equal(rename_to("/a", "/a/x", 0), -EINVAL);
	assert_int_equal(rename_to("/a/b", "/a", 0), -ENOTEMPTY);
	assert_int_equal(rename_to("/a/.", "/x", 0), -EBUSY);
	assert_int_equal(rename_to("/a", "/c/..", 0), -EBUSY);
	assert_int_equal(rename_to("/f", "/a", 0), -EISDIR);
	assert_int_equal(rename_to("/a", "/f", 0), -ENOTDIR);
	assert_int_equal(rename_to("/f", "/x/", 0), -ENOTDIR);
	assert_int_equal(rename_to("/f/", "/x", 0), -ENOTDIR);
	assert_int_equal(rename_to("/f", "/g", RENAME_NOREPLACE), -EEXIST);
	assert_int_equal(rename_to("/f", "/x", RENAME_EXCHANGE), -ENOENT);
	assert_int_equal(rename_to("/f", "/x", RENAME_EXCHANGE | RENAME_NOREPLACE), -EINVAL);
	assert_int_equal(rename_to("/f", "/x", RENAME_WHITEOUT), -EINVAL);
	assert_int_equal(rename_to("/f", "/g", 0), 0);
	assert_string_equal(read_file("/g"), "f");
	assert_int_equal(look("/f", 0), -ENOENT);
	assert_int_equal(rename_to("/a", "/c", 0), 0);
	assert_int_equal(look("/c/b", 0), 0);
	assert_int_equal(stat_of("/").nlink, 3);
	assert_int_equal(rename_to("/c/b", "/moved", 0), 0);
	assert_int_equal(stat_of("/c").nlink, 2);
	assert_int_equal(ino_of("/moved/.."), ino_of("/"));
	assert_int_equal(rename_to("/g", "/moved", RENAME_EXCHANGE), 0);
	assert_string_equal(read_file("/moved"), "f");
	assert_int_equal(vfs_rmdir(&ctx, "/g"), 0);
	make_dir("/m");
	mount_tmpfs("/m");
	assert_int_equal(rename_to("/moved", "/m/x", 0), -EXDEV);
	assert_int_equal(rename_to("/m", "/n", 0), -EBUSY);
	assert_int_equal(vfs_rmdir(&ctx, "/m"), -EBUSY);
}

static void sticky_and_setgid(void **state)
{
	(void)state;
	make_dir("/tmp");
	assert_int_equal(change_mode("/tmp", 01777), 0);
	be(1);
	make_file("/tmp/one", "1");
	be(2);
	assert_int_equal(vfs_unlink(&ctx, "/tmp/one"), -EPERM);
	assert_int_equal(rename_to("/tmp/one", "/tmp/two", 0), -EPERM);
	make_file("/tmp/mine", "2");
	assert_int_equal(rename_to("/tmp/mine", "/tmp/one", 0), -EPERM);
	be(1);
	assert_int_equal(vfs_unlink(&ctx, "/tmp/one"), 0);
	be(0);
	assert_int_equal(vfs_unlink(&ctx, "/tmp/mine"), 0);
	{
		const struct inode_change change = {.fields = CHANGE_GID, .gid = 77};
		struct vfs_found found;

		find("/tmp", &found);
		assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
		vfs_found_put(&found);
	}
	assert_int_equal(change_mode("/tmp", 02777), 0);
	be(1);
	make_file("/tmp/f", "1");
	make_dir("/tmp/d");
	assert_int_equal(stat_of("/tmp/f").gid, 77);
	assert_int_equal(stat_of("/tmp/d").gid, 77);
	assert_true(stat_of("/tmp/d").mode & MODE_SETGID);
	assert_int_equal(stat_of("/tmp/f").uid, 1);
	/* Not a member of the group: a set-id bit does not stay. */
	assert_int_equal(change_mode("/tmp/f", 02755), 0);
	assert_int_equal(stat_of("/tmp/f").mode & 07777, 0755);
}

static void owners_and_modes(void **state)
{
	struct inode_change change = {.fields = CHANGE_UID, .uid = 5};
	struct vfs_found found;

	(void)state;
	make_file("/f", "1");
	assert_int_equal(change_mode("/f", 06777), 0);
	find("/f", &found);
	assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
	assert_int_equal(stat_of("/f").mode & 07777, 0777);
	be(1);
	assert_int_equal(change_mode("/f", 0600), -EPERM);
	change = (struct inode_change){.fields = CHANGE_MTIME, .mtime = 1};
	assert_int_equal(vfs_change(&found.path, &cred, &change), -EPERM);
	change.fields = CHANGE_MTIME | CHANGE_ATIME | CHANGE_MTIME_NOW | CHANGE_ATIME_NOW;
	assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
	be(5);
	assert_int_equal(change_mode("/f", 0600), 0);
	change = (struct inode_change){.fields = CHANGE_UID, .uid = 6};
	assert_int_equal(vfs_change(&found.path, &cred, &change), -EPERM);
	change = (struct inode_change){.fields = CHANGE_GID, .gid = 5};
	assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
	change.gid = 6;
	assert_int_equal(vfs_change(&found.path, &cred, &change), -EPERM);
	be(1);
	change = (struct inode_change){.fields = CHANGE_ATIME | CHANGE_MTIME | CHANGE_MTIME_NOW |
						 CHANGE_ATIME_NOW};
	assert_int_equal(vfs_change(&found.path, &cred, &change), -EACCES);
	vfs_found_put(&found);
}

/* Rights of the directory capability bound what may be done, whoever one is. */
static void rights_bound(void **state)
{
	const struct vfs_open_how write = {.flags = OPEN_WRITE};
	const struct vfs_open_how read = {.flags = OPEN_READ};
	const struct vfs_open_how create = {.flags = OPEN_WRITE | OPEN_CREATE, .mode = 0666};
	struct vfs_found from;
	struct file *file;

	(void)state;
	make_dir("/d");
	make_file("/d/f", "1");
	ctx.start.rights &= ~(uint32_t)(RIGHT_WRITE | RIGHT_CREATE | RIGHT_REMOVE);
	assert_int_equal(vfs_open(&ctx, "d/f", &write, &file, &from), -EACCES);
	assert_int_equal(vfs_open(&ctx, "d/g", &create, &file, &from), -EACCES);
	assert_int_equal(vfs_open(&ctx, "d/f", &read, &file, &from), 0);
	file_put(file);
	assert_int_equal(from.rights & RIGHT_WRITE, 0);
	assert_int_equal(vfs_mkdir(&ctx, "d/x", 0777), -EACCES);
	assert_int_equal(vfs_unlink(&ctx, "d/f"), -EACCES);
	assert_int_equal(rename_to("d/f", "d/g", 0), -EACCES);
	assert_int_equal(rename_to("d/f", "/d/g", 0), -EACCES);
	assert_int_equal(rename_to("/d/f", "/d/g", 0), 0);
}

/* --- At random, against a model --- */

enum { NODES = 2048, NAMES = 4, ROOT = 0, NONE = -1 };

struct node {
	bool is_used;
	bool is_dir;
	int links;
	int parent;	    /* of a directory */
	int entries[NAMES]; /* of a directory: nodes */
	uint64_t ino;
};

static struct node nodes[NODES];
static const char *const names[NAMES] = {"a", "b", "a-name-that-no-dentry-has-room-for-inline-1",
					 "a-name-that-no-dentry-has-room-for-inline-2"};
static uint64_t seed = 1;

static uint64_t pick(uint64_t bound)
{
	return test_random(&seed, bound);
}

enum { DOT = NAMES, DOTDOT, COMPONENTS };

struct model_path {
	int component[4];
	int len;
	char text[256];
};

static void pick_path(struct model_path *path)
{
	char *at = path->text;

	path->len = 1 + (int)pick(4);
	for (int i = 0; i < path->len; i++) {
		int c = (int)pick(20);

		c = c == 0 ? DOT : c == 1 ? DOTDOT : c % NAMES;
		path->component[i] = c;
		at += sprintf(at, "/%s", c == DOT ? "." : c == DOTDOT ? ".." : names[c]);
	}
}

static int step(int dir, int component)
{
	if (component == DOT)
		return dir;
	if (component == DOTDOT)
		return nodes[dir].parent;
	return nodes[dir].entries[component];
}

/* The directory of the last component: a node, or an error. */
static int model_parent(const struct model_path *path)
{
	int dir = ROOT;

	for (int i = 0; i < path->len - 1; i++) {
		dir = step(dir, path->component[i]);
		if (dir == NONE)
			return -ENOENT;
		if (!nodes[dir].is_dir)
			return -ENOTDIR;
	}
	return dir;
}

static int last_of(const struct model_path *path)
{
	return path->component[path->len - 1];
}

static int node_alloc(bool is_dir, int parent)
{
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].is_used)
			continue;
		nodes[i] = (struct node){.is_used = true, .is_dir = is_dir, .parent = parent};
		for (int c = 0; c < NAMES; c++)
			nodes[i].entries[c] = NONE;
		return i;
	}
	return NONE;
}

static bool is_empty(int dir)
{
	for (int c = 0; c < NAMES; c++) {
		if (nodes[dir].entries[c] != NONE)
			return false;
	}
	return true;
}

static void set_entry(int dir, int component, int node)
{
	nodes[dir].entries[component] = node;
	if (nodes[node].is_dir)
		nodes[node].parent = dir;
}

static void drop_entry(int dir, int component)
{
	int node = nodes[dir].entries[component];

	nodes[dir].entries[component] = NONE;
	if (--nodes[node].links == 0)
		nodes[node].is_used = false;
}

static bool is_above(int a, int b)
{
	while (b != a && b != ROOT)
		b = nodes[b].parent;
	return a == b;
}

static int model_make(const struct model_path *path, bool is_dir)
{
	int dir = model_parent(path);
	int last = last_of(path);
	int node;

	if (dir < 0)
		return dir;
	if (last >= NAMES || nodes[dir].entries[last] != NONE)
		return -EEXIST;
	node = node_alloc(is_dir, dir);
	if (node == NONE)
		return -ENOSPC;
	nodes[node].links = 1;
	set_entry(dir, last, node);
	return 0;
}

static int model_remove(const struct model_path *path, bool is_dir)
{
	int dir = model_parent(path);
	int last = last_of(path);
	int node;

	if (dir < 0)
		return dir;
	if (last == DOT)
		return is_dir ? -EINVAL : -EISDIR;
	if (last == DOTDOT)
		return is_dir ? -ENOTEMPTY : -EISDIR;
	node = nodes[dir].entries[last];
	if (node == NONE)
		return -ENOENT;
	if (is_dir != nodes[node].is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	if (is_dir && !is_empty(node))
		return -ENOTEMPTY;
	drop_entry(dir, last);
	return 0;
}

static int model_link(const struct model_path *from, const struct model_path *to)
{
	int dir = model_parent(from);
	int node, to_dir;

	if (dir < 0)
		return dir;
	node = step(dir, last_of(from));
	if (node == NONE)
		return -ENOENT;
	if (nodes[node].is_dir)
		return -EPERM;
	to_dir = model_parent(to);
	if (to_dir < 0)
		return to_dir;
	if (last_of(to) >= NAMES || nodes[to_dir].entries[last_of(to)] != NONE)
		return -EEXIST;
	nodes[node].links++;
	set_entry(to_dir, last_of(to), node);
	return 0;
}

static int model_check_rename(int from_dir, int source, int to_dir, int target, uint32_t flags)
{
	if (source == NONE)
		return -ENOENT;
	if (target != NONE && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (target == NONE && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (nodes[source].is_dir && is_above(source, to_dir))
		return -EINVAL;
	if (target == NONE)
		return 0;
	if (nodes[target].is_dir && is_above(target, from_dir))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (flags & RENAME_EXCHANGE)
		return 0;
	if (nodes[source].is_dir != nodes[target].is_dir)
		return nodes[source].is_dir ? -ENOTDIR : -EISDIR;
	if (source != target && nodes[target].is_dir && !is_empty(target))
		return -ENOTEMPTY;
	return 0;
}

static int model_rename(const struct model_path *from, const struct model_path *to, uint32_t flags)
{
	int from_dir = model_parent(from);
	int to_dir = from_dir < 0 ? from_dir : model_parent(to);
	int a = last_of(from), b = last_of(to);
	int source, target, err;

	if (from_dir < 0 || to_dir < 0)
		return from_dir < 0 ? from_dir : to_dir;
	if (a >= NAMES)
		return -EBUSY;
	if (b >= NAMES)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	source = nodes[from_dir].entries[a];
	target = nodes[to_dir].entries[b];
	err = model_check_rename(from_dir, source, to_dir, target, flags);
	if (err || source == target)
		return err;
	if (flags & RENAME_EXCHANGE) {
		set_entry(from_dir, a, target);
		set_entry(to_dir, b, source);
		return 0;
	}
	if (target != NONE)
		drop_entry(to_dir, b);
	nodes[from_dir].entries[a] = NONE;
	set_entry(to_dir, b, source);
	return 0;
}

/* --- Comparing --- */

struct listing {
	struct dir_sink sink;
	int dir;
	uint32_t seen;
};

static bool list_entry_of(struct dir_sink *sink, const struct dir_entry *entry)
{
	struct listing *list = container_of(sink, struct listing, sink);

	if (entry->name[0] == '.') {
		int node = entry->len == 1 ? list->dir : nodes[list->dir].parent;

		assert_int_equal(entry->ino, nodes[node].ino);
		return true;
	}
	for (int c = 0; c < NAMES; c++) {
		int node = nodes[list->dir].entries[c];

		if (entry->len != strlen(names[c]) ||
		    memcmp(entry->name, names[c], entry->len) != 0)
			continue;
		assert_int_not_equal(node, NONE);
		assert_false(list->seen & 1u << c);
		list->seen |= 1u << c;
		if (!nodes[node].ino)
			nodes[node].ino = entry->ino;
		assert_int_equal(nodes[node].ino, entry->ino);
		return true;
	}
	fail();
	return false;
}

static void compare_dir(int dir, const char *path)
{
	struct listing list = {.sink = {list_entry_of}, .dir = dir};
	struct file *file;
	uint32_t subdirs = 0;

	/* Renamed into each other, they may be deeper than any path reaches. */
	if (strlen(path) > 900)
		return;
	file = open_file(path, OPEN_READ | OPEN_DIRECTORY);
	assert_int_equal(file_readdir(file, &list.sink), 0);
	file_put(file);
	for (int c = 0; c < NAMES; c++) {
		int node = nodes[dir].entries[c];
		char child[1024];

		assert_int_equal((list.seen >> c) & 1, node != NONE);
		if (node == NONE)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, names[c]);
		assert_int_equal(ino_of(child), nodes[node].ino);
		if (nodes[node].is_dir) {
			subdirs++;
			compare_dir(node, child);
		} else {
			assert_int_equal(stat_of(child).nlink, nodes[node].links);
		}
	}
	assert_int_equal(stat_of(path).nlink, 2 + subdirs);
}

static void one_operation(void)
{
	static const uint32_t flags[] = {0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE};
	struct model_path a, b;
	uint32_t how = flags[pick(4)];

	pick_path(&a);
	pick_path(&b);
	switch (pick(8)) {
	case 0:
	case 1:
		assert_int_equal(vfs_mkdir(&ctx, a.text, 0777), model_make(&a, true));
		break;
	case 2:
		assert_int_equal(vfs_mknod(&ctx, a.text, 0666, 0), model_make(&a, false));
		break;
	case 3:
		assert_int_equal(vfs_rmdir(&ctx, a.text), model_remove(&a, true));
		break;
	case 4:
		assert_int_equal(vfs_unlink(&ctx, a.text), model_remove(&a, false));
		break;
	case 5:
		assert_int_equal(link_to(a.text, b.text), model_link(&a, &b));
		break;
	default:
		assert_int_equal(rename_to(a.text, b.text, how), model_rename(&a, &b, how));
		break;
	}
}

static void random_names(void **state)
{
	(void)state;
	memset(nodes, 0, sizeof(nodes));
	assert_int_equal(node_alloc(true, ROOT), ROOT);
	nodes[ROOT].links = 1;
	nodes[ROOT].ino = ino_of("/");
	for (int i = 0; i < 20000; i++) {
		one_operation();
		if (pick(50) == 0)
			dentry_prune(ctx.root.path.mount->super, (uint32_t)pick(20));
		if (i % 16 == 0)
			compare_dir(ROOT, "/.");
	}
}

/* Each operation fails cleanly, whichever of its allocations does. */
static void no_memory(void **state)
{
	static const char long_name[] = "/d/a-name-that-is-longer-than-what-fits-into-a-dentry";

	(void)state;
	make_dir("/d");
	make_file("/f", "1");
	for (int op = 0; op < 5; op++) {
		int err = -ENOMEM;

		for (uint32_t n = 1; err; n++) {
			assert_true(n < 30);
			dentry_prune(ctx.root.path.mount->super, UINT32_MAX);
			fake_fail_alloc(n);
			if (op == 0)
				err = vfs_mkdir(&ctx, long_name, 0777);
			else if (op == 1)
				err = rename_to(long_name, "/g", 0);
			else if (op == 2)
				err = link_to("/f", long_name);
			else if (op == 3)
				err = vfs_symlink(&ctx, long_name, "/l");
			else
				err = try_open("/new", OPEN_CREATE | OPEN_READ_WRITE);
			fake_fail_alloc(0);
			assert_true(err == 0 || err == -ENOMEM);
			/* The file may have been made before there was no memory to open it. */
			if (err && op == 4 && look("/new", 0) == 0)
				assert_int_equal(vfs_unlink(&ctx, "/new"), 0);
		}
	}
	assert_int_equal(look("/g", 0), 0);
	assert_int_equal(look(long_name, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WORLD_TEST(fn, sentence)                                                                   \
	{.name = (sentence),                                                                       \
	 .test_func = (fn),                                                                        \
	 .setup_func = world_make,                                                                 \
	 .teardown_func = world_end}
		WORLD_TEST(making, "names are made where there is none"),
		WORLD_TEST(removing, "files are unlinked, and directories removed when empty"),
		WORLD_TEST(removed_but_in_use, "what is removed stays for those who have it"),
		WORLD_TEST(hard_links, "a file may have many names, or none"),
		WORLD_TEST(renaming, "renaming moves, replaces, exchanges and makes no loop"),
		WORLD_TEST(sticky_and_setgid, "sticky and set-group-id directories"),
		WORLD_TEST(owners_and_modes, "owners change modes, and set-id bits do not stay"),
		WORLD_TEST(rights_bound, "no more is allowed than the directory capability does"),
		WORLD_TEST(random_names, "random operations give what a simple model gives"),
		WORLD_TEST(no_memory, "without memory nothing is half done"),
	};

	return cmocka_run_group_tests_name("vfs/names", tests, world_start, NULL);
}
