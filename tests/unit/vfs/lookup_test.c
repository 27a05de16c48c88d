#include "kernel/vfs/lookup.h"

#include <stdio.h>
#include <string.h>

#include "kernel/cap/grant.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

static void absent_names(void **state)
{
	(void)state;
	assert_int_equal(look("/a", 0), -ENOENT);
	assert_int_equal(look("/a/b", 0), -ENOENT);
	assert_int_equal(look("", 0), -ENOENT);
	assert_int_equal(look("", LOOKUP_EMPTY_PATH), 0);
	/* Remembered, and forgotten when the name is made. */
	assert_int_equal(look("/a", 0), -ENOENT);
	make_file("/a", "1");
	assert_int_equal(look("/a", 0), 0);
	assert_int_equal(look("a", 0), 0);
	assert_int_equal(look("a/b", 0), -ENOTDIR);
	assert_int_equal(look("a/..", 0), -ENOTDIR);
	assert_int_equal(look("a/.", 0), -ENOTDIR);
	assert_int_equal(look("a/", 0), -ENOTDIR);
}

static void slashes_and_dots(void **state)
{
	(void)state;
	make_dir("/d");
	make_dir("/d/e");
	make_file("/d/e/f", "1");
	assert_int_equal(ino_of("//d///e//f"), ino_of("/d/e/f"));
	assert_int_equal(ino_of("/d/./e/../e/f"), ino_of("/d/e/f"));
	assert_int_equal(ino_of("/../../d"), ino_of("/d"));
	assert_int_equal(ino_of("/d/.."), ino_of("/"));
	assert_int_equal(ino_of("/d/e/.."), ino_of("d"));
	assert_int_equal(ino_of("/d/"), ino_of("/d"));
	assert_int_equal(look("/d/...", 0), -ENOENT);
	assert_int_equal(look("/d", LOOKUP_DIRECTORY), 0);
	assert_int_equal(look("/d/e/f", LOOKUP_DIRECTORY), -ENOTDIR);
}

static void long_names(void **state)
{
	char path[VFS_PATH_MAX + 16];

	(void)state;
	path[0] = '/';
	memset(path + 1, 'x', sizeof(path) - 1);
	path[1 + VFS_NAME_MAX] = '\0';
	make_file(path, "long");
	assert_string_equal(read_file(path), "long");
	path[1 + VFS_NAME_MAX] = 'x';
	path[2 + VFS_NAME_MAX] = '\0';
	assert_int_equal(look(path, 0), -ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? '.' : '/';
	path[VFS_PATH_MAX] = '\0';
	assert_int_equal(look(path, 0), -ENAMETOOLONG);
	path[VFS_PATH_MAX - 1] = '\0';
	assert_int_equal(look(path, 0), 0);
}

static void links(void **state)
{
	(void)state;
	make_dir("/d");
	make_file("/d/f", "deep");
	make_link("d", "/rel");
	make_link("/d/f", "/abs");
	make_link("rel/f", "/both");
	make_link("nowhere", "/dangling");
	make_link("../d/./f", "/d/up");
	assert_string_equal(read_file("/rel/f"), "deep");
	assert_string_equal(read_file("/abs"), "deep");
	assert_string_equal(read_file("/both"), "deep");
	assert_string_equal(read_file("/d/up"), "deep");
	assert_int_not_equal(ino_of("/abs"), ino_of("/d/f"));
	assert_int_equal(look("/dangling", 0), 0);
	assert_int_equal(look("/dangling", LOOKUP_FOLLOW), -ENOENT);
	/* A slash behind it follows, and wants a directory. */
	assert_int_equal(ino_of("/rel/"), ino_of("/d"));
	assert_int_equal(look("/abs/", 0), -ENOTDIR);
	assert_int_equal(look("/rel", RESOLVE_NO_SYMLINKS | LOOKUP_FOLLOW), -ELOOP);
	assert_int_equal(look("/rel", RESOLVE_NO_SYMLINKS), 0);
	assert_int_equal(look("/rel/f", RESOLVE_NO_SYMLINKS), -ELOOP);
}

static void loops_end(void **state)
{
	char name[16], target[16];

	(void)state;
	make_link("b", "/a");
	make_link("a", "/b");
	make_link(".", "/here");
	assert_int_equal(look("/a", LOOKUP_FOLLOW), -ELOOP);
	assert_int_equal(look("/a", 0), 0);
	assert_int_equal(look("/a/x", 0), -ELOOP);
	make_file("/l0", "end");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		make_link(target, name);
	}
	assert_string_equal(read_file("/l40"), "end");
	assert_int_equal(look("/l41", LOOKUP_FOLLOW), -ELOOP);
	assert_string_equal(read_file("/here/here/l2"), "end");
}

static void search_permission(void **state)
{
	uint32_t groups[] = {7, 50};

	(void)state;
	make_dir("/d");
	make_file("/d/f", "1");
	cred = (struct vfs_cred){.uid = 1000, .gid = 1000};
	assert_int_equal(look("/d/f", 0), 0);
	cred.caps = VFS_CAP_ALL;
	{
		struct vfs_found found;
		struct inode_change change = {
			.fields = CHANGE_MODE | CHANGE_GID, .mode = 0710, .gid = 50};

		find("/d", &found);
		assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
		vfs_found_put(&found);
	}
	cred.caps = 0;
	assert_int_equal(look("/d/f", 0), -EACCES);
	assert_int_equal(look("/d/none", 0), -EACCES);
	cred.groups = groups;
	cred.group_count = 2;
	assert_int_equal(look("/d/f", 0), 0);
	cred.group_count = 1;
	cred.caps = VFS_CAP_DAC_READ_SEARCH;
	assert_int_equal(look("/d/f", 0), 0);
	/* A capability without LOOKUP is no way in, whoever one is. */
	cred.caps = VFS_CAP_ALL;
	ctx.start.rights &= ~(uint32_t)RIGHT_LOOKUP;
	assert_int_equal(look("d/f", 0), -EACCES);
	assert_int_equal(look("/d/f", 0), 0);
}

/* A directory that one was given, without a root or with one elsewhere, is all there is. */
static void nobody_climbs_out(void **state)
{
	struct vfs_ctx from, other;
	struct vfs_found found;

	(void)state;
	make_dir("/jail");
	make_dir("/jail/in");
	make_dir("/other");
	make_file("/jail/f", "in");
	make_link("/other", "/jail/out");
	make_link("../../other", "/jail/in/up");
	from = at("/jail");
	other = at("/other");

	from.root = (struct vfs_dir){0};
	assert_int_equal(vfs_lookup(&from, "..", 0, &found), 0);
	assert_ptr_equal(found.path.dentry, from.start.path.dentry);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&from, "in/../../../f", 0, &found), 0);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&from, "/f", 0, &found), -EACCES);
	assert_int_equal(vfs_lookup(&from, "out", LOOKUP_FOLLOW, &found), -EACCES);
	assert_int_equal(vfs_lookup(&from, "in/up", LOOKUP_FOLLOW, &found), -ENOENT);

	/* chroot() to a place that the working directory is not below. */
	from.root = other.start;
	assert_int_equal(vfs_lookup(&from, "../../f", 0, &found), 0);
	assert_int_equal(found.origin, VFS_FROM_START);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&from, "/..", 0, &found), 0);
	assert_ptr_equal(found.path.dentry, other.start.path.dentry);
	assert_int_equal(found.origin, VFS_FROM_ROOT);
	vfs_found_put(&found);
	world_drop(&from);
	world_drop(&other);
}

static void beneath_and_in_root(void **state)
{
	struct vfs_ctx from;
	struct vfs_found found;

	(void)state;
	make_dir("/jail");
	make_dir("/jail/in");
	make_file("/f", "outer");
	make_file("/jail/f", "inner");
	make_link("/f", "/jail/abs");
	make_link("../f", "/jail/up");
	make_link("../f", "/jail/in/up");
	from = at("/jail");
	assert_int_equal(vfs_lookup(&from, "..", RESOLVE_BENEATH, &found), -EXDEV);
	assert_int_equal(vfs_lookup(&from, "/f", RESOLVE_BENEATH, &found), -EXDEV);
	assert_int_equal(vfs_lookup(&from, "abs", RESOLVE_BENEATH | LOOKUP_FOLLOW, &found), -EXDEV);
	assert_int_equal(vfs_lookup(&from, "up", RESOLVE_BENEATH | LOOKUP_FOLLOW, &found), -EXDEV);
	assert_int_equal(vfs_lookup(&from, "in/up", RESOLVE_BENEATH | LOOKUP_FOLLOW, &found), 0);
	vfs_found_put(&found);
	for (int i = 0; i < 4; i++) {
		static const char *const paths[] = {"/f", "abs", "up", "../../in/up"};
		uint64_t ino;

		assert_int_equal(
			vfs_lookup(&from, paths[i], RESOLVE_IN_ROOT | LOOKUP_FOLLOW, &found), 0);
		ino = path_inode(&found.path)->ino;
		vfs_found_put(&found);
		assert_int_equal(ino, ino_of("/jail/f"));
	}
	world_drop(&from);
}

static void no_xdev(void **state)
{
	struct vfs_ctx from;
	struct vfs_found found;

	(void)state;
	make_dir("/m");
	mount_tmpfs("/m");
	make_dir("/m/d");
	assert_int_equal(look("/m/d", RESOLVE_NO_XDEV), -EXDEV);
	assert_int_equal(look("/m", RESOLVE_NO_XDEV), -EXDEV);
	assert_int_equal(look("/m", RESOLVE_NO_XDEV | LOOKUP_NO_MOUNT), 0);
	from = at("/m/d");
	assert_int_equal(vfs_lookup(&from, "../d", RESOLVE_NO_XDEV, &found), 0);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&from, "../..", RESOLVE_NO_XDEV, &found), -EXDEV);
	world_drop(&from);
}

static void names_of_paths(void **state)
{
	char buf[64];
	char *name;
	struct vfs_found found;
	struct vfs_ctx jail;

	(void)state;
	make_dir("/m");
	mount_tmpfs("/m");
	make_dir("/m/d");
	make_file("/m/d/f", "1");
	find("/m/d/f", &found);
	assert_int_equal(path_name(&found.path, &ctx.root.path, buf, sizeof(buf), &name), 0);
	assert_string_equal(name, "/m/d/f");
	assert_int_equal(path_name(&found.path, &ctx.root.path, buf, 7, &name), 0);
	assert_int_equal(path_name(&found.path, &ctx.root.path, buf, 6, &name), -ENAMETOOLONG);
	assert_int_equal(vfs_rename(&ctx, "/m/d", &ctx, "/m/dd", 0), 0);
	assert_int_equal(path_name(&found.path, &ctx.root.path, buf, sizeof(buf), &name), 0);
	assert_string_equal(name, "/m/dd/f");
	jail = at("/m/dd");
	assert_int_equal(path_name(&found.path, &jail.start.path, buf, sizeof(buf), &name), 0);
	assert_string_equal(name, "/f");
	assert_int_equal(path_name(&jail.start.path, &jail.start.path, buf, sizeof(buf), &name), 0);
	assert_string_equal(name, "/");
	assert_int_equal(path_name(&ctx.root.path, &jail.start.path, buf, sizeof(buf), &name),
			 -EXDEV);
	world_drop(&jail);
	assert_int_equal(vfs_unlink(&ctx, "/m/dd/f"), 0);
	assert_int_equal(path_name(&found.path, &ctx.root.path, buf, sizeof(buf), &name), -ENOENT);
	assert_string_equal(name, "/m/dd/f");
	vfs_found_put(&found);
}

/* A link that is a jump to what somebody has a capability to, as in /proc/PID/fd. */
static struct link_target jump;

static int jump_follow(struct inode *inode, const struct vfs_cred *who, struct link_target *out)
{
	(void)inode;
	(void)who;
	*out = jump;
	path_get(&out->path);
	grant_get(out->grant);
	return 0;
}

static const struct inode_ops jump_ops = {.follow = jump_follow};

static void jumps(void **state)
{
	struct vfs_found found;
	struct vfs_ctx jail, other;

	(void)state;
	make_dir("/jail");
	make_dir("/jail/in");
	make_dir("/jail/in/deep");
	make_dir("/other");
	make_file("/other/f", "1");
	make_link("text", "/other/jump");
	find("/other", &found);
	vfs_found_put(&found);
	assert_int_equal(vfs_lookup(&ctx, "/other/jump", 0, &found), 0);
	path_inode(&found.path)->ops = &jump_ops;
	vfs_found_put(&found);

	assert_int_equal(grant_create_root(NULL, "elsewhere", &jump.grant), 0);
	jail = at("/jail/in");
	jump.path = jail.start.path;
	jump.rights = RIGHT_LOOKUP | RIGHT_READ;
	assert_int_equal(vfs_lookup(&ctx, "/other/jump", LOOKUP_FOLLOW, &found), 0);
	assert_ptr_equal(found.path.dentry, jump.path.dentry);
	assert_int_equal(found.origin, VFS_FROM_LINK);
	assert_int_equal(found.rights, jump.rights);
	assert_ptr_equal(found.grant, jump.grant);
	vfs_found_put(&found);
	/* Below the root ".." goes up as from any directory. */
	assert_int_equal(vfs_lookup(&ctx, "/other/jump/../..", 0, &found), 0);
	assert_ptr_equal(found.path.dentry, ctx.root.path.dentry);
	vfs_found_put(&found);
	/* Seen from a root that it is not below, it is all there is. */
	other = at("/other");
	other.root = other.start;
	assert_int_equal(vfs_lookup(&other, "jump/deep/../../..", 0, &found), 0);
	assert_ptr_equal(found.path.dentry, jump.path.dentry);
	vfs_found_put(&found);
	assert_int_equal(vfs_mkdir(&other, "jump/new", 0777), -EACCES);
	assert_int_equal(look("/other/jump/deep", RESOLVE_NO_MAGICLINKS), -ELOOP);
	assert_int_equal(vfs_lookup(&other, "jump/deep", RESOLVE_BENEATH, &found), -EXDEV);
	assert_int_equal(vfs_lookup(&other, "jump/deep", RESOLVE_IN_ROOT, &found), -EXDEV);
	world_drop(&other);
	world_drop(&jail);
	grant_put(jump.grant);
}

/* Every allocation of a walk through links and new names fails in turn. */
static void no_memory(void **state)
{
	(void)state;
	make_dir("/d");
	make_file("/d/a-name-that-is-longer-than-what-fits-into-a-dentry", "1");
	make_link("/d", "/l");
	for (uint32_t n = 1;; n++) {
		char path[96];
		int err;

		/* A name that is not remembered yet. */
		snprintf(path, sizeof(path), "/l/none-%u-longer-than-what-fits-into-a-dentry", n);
		fake_fail_alloc(n);
		err = look(path, 0);
		fake_fail_alloc(0);
		if (err == -ENOENT)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_true(n < 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WORLD_TEST(fn, sentence)                                                                   \
	{.name = (sentence),                                                                       \
	 .test_func = (fn),                                                                        \
	 .setup_func = world_make,                                                                 \
	 .teardown_func = world_end}
		WORLD_TEST(absent_names, "absent names are remembered until they are made"),
		WORLD_TEST(slashes_and_dots, "slashes and dots lead where they should"),
		WORLD_TEST(long_names, "names and paths have a length at most"),
		WORLD_TEST(links, "links are followed in the middle, and at the end if told so"),
		WORLD_TEST(loops_end, "forty links are followed, and not one more"),
		WORLD_TEST(search_permission, "directories are searched by permission and right"),
		WORLD_TEST(nobody_climbs_out, "\"..\" does not lead out of what was given"),
		WORLD_TEST(beneath_and_in_root, "RESOLVE_BENEATH and IN_ROOT stay inside"),
		WORLD_TEST(no_xdev, "RESOLVE_NO_XDEV stays in the mount"),
		WORLD_TEST(names_of_paths, "a path knows its name from any root"),
		WORLD_TEST(jumps, "a link that jumps brings its own grant, rights and bound"),
		WORLD_TEST(no_memory, "a walk without memory is -ENOMEM and leaves nothing"),
	};

	return cmocka_run_group_tests_name("vfs/lookup", tests, world_start, NULL);
}
