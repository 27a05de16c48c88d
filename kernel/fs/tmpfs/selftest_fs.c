/* Self-tests of files: bytes, mappings, and what revocation ends. */
#include "kernel/cap/cap.h"
#include "kernel/fs/tmpfs/selftest_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/user.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

SELFTEST(test_fs_basic, "fs.basic", "files, directories and links keep what they are given")
{
	struct selftest_fs fs;
	struct vfs_found found;
	struct file *file;
	char buf[16];

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_CHECK_EQ(vfs_mkdir(&fs.ctx, "/d", 0755), 0);
	SELFTEST_CHECK_EQ(vfs_symlink(&fs.ctx, "d/f", "/l"), 0);
	file = selftest_fs_open(&fs, "/d/f", OPEN_CREATE | OPEN_READ_WRITE);
	SELFTEST_REQUIRE(file);
	SELFTEST_CHECK_EQ(file_write_kernel(file, "hello", 5, 100000), 5);
	SELFTEST_CHECK_EQ(file->inode->size, 100005);
	file_put(file);
	file = selftest_fs_open(&fs, "/l", OPEN_READ);
	SELFTEST_REQUIRE(file);
	SELFTEST_CHECK_EQ(file_read_kernel(file, buf, sizeof(buf), 99998), 7);
	SELFTEST_CHECK(memcmp(buf, "\0\0hello", 7) == 0);
	file_put(file);
	SELFTEST_CHECK_EQ(vfs_rmdir(&fs.ctx, "/d"), -ENOTEMPTY);
	SELFTEST_CHECK_EQ(vfs_rename(&fs.ctx, "/d/f", &fs.ctx, "/f", 0), 0);
	SELFTEST_CHECK_EQ(vfs_rmdir(&fs.ctx, "/d"), 0);
	SELFTEST_CHECK_EQ(vfs_lookup(&fs.ctx, "/l", LOOKUP_FOLLOW, &found), -ENOENT);
	/* What is left goes with the file system. */
	selftest_fs_end(&fs);
}

static vaddr_t map(struct vmspace *space, struct file *file, uint32_t flags)
{
	struct vm_map_request req = {
		.len = 2 * PAGE_SIZE,
		.place = VM_PLACE_ANYWHERE,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_PROT_ALL,
		.flags = flags,
	};
	vaddr_t addr = 0;

	SELFTEST_CHECK_EQ(file_get_object(file, FILE_MAP_SHARED_WRITE, &req.object), 0);
	SELFTEST_CHECK_EQ(vmspace_map(space, &req, &addr), 0);
	vmobj_put(req.object);
	return addr;
}

static uint32_t load(vaddr_t addr)
{
	uint32_t word = 0;

	SELFTEST_CHECK_EQ(load_user_u32(user_ptr(addr), &word), 0);
	return word;
}

static void store(vaddr_t addr, uint32_t word)
{
	SELFTEST_CHECK_EQ(copy_to_user(user_ptr(addr), &word, sizeof(word)), 0);
}

static void check_coherence(struct selftest_fs *fs, struct vmspace *space, struct file *file)
{
	vaddr_t shared = map(space, file, VM_MAP_SHARED);
	vaddr_t private = map(space, file, 0);
	uint32_t word = 0x11111111;

	SELFTEST_CHECK_EQ(file_write_kernel(file, &word, 4, 8), 4);
	SELFTEST_CHECK_EQ(load(shared + 8), 0x11111111);
	SELFTEST_CHECK_EQ(load(private + 8), 0x11111111);
	store(shared + 8, 0x22222222);
	SELFTEST_CHECK_EQ(file_read_kernel(file, &word, 4, 8), 4);
	SELFTEST_CHECK_EQ(word, 0x22222222);
	SELFTEST_CHECK_EQ(load(private + 8), 0x22222222);
	store(private + 8, 0x33333333);
	SELFTEST_CHECK_EQ(load(shared + 8), 0x22222222);
	SELFTEST_CHECK_EQ(file_read_kernel(file, &word, 4, 8), 4);
	SELFTEST_CHECK_EQ(word, 0x22222222);

	/* Beyond the end, and when the end comes nearer. */
	SELFTEST_CHECK_EQ(load(shared + PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(file_truncate(file, 10, INT64_MAX), 0);
	SELFTEST_CHECK_EQ(load_user_u32(user_ptr(shared + PAGE_SIZE), &word), -EFAULT);
	SELFTEST_CHECK_EQ(thread_current()->fault_error, -ENXIO);
	SELFTEST_CHECK_EQ(load(shared + 8), 0x2222);
	SELFTEST_CHECK_EQ(file_truncate(file, 2 * PAGE_SIZE, INT64_MAX), 0);
	SELFTEST_CHECK_EQ(load(shared + 8), 0x2222);
	SELFTEST_CHECK_EQ(load(shared + PAGE_SIZE), 0);

	/* A hole takes the page out of the mapping too. */
	store(shared + PAGE_SIZE, 7);
	SELFTEST_CHECK_EQ(file_allocate(file, ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE, PAGE_SIZE,
					PAGE_SIZE, INT64_MAX),
			  0);
	SELFTEST_CHECK_EQ(load(shared + PAGE_SIZE), 0);
	SELFTEST_CHECK_EQ(vfs_unlink(&fs->ctx, "/f"), 0);
	SELFTEST_CHECK_EQ(load(shared + 8), 0x2222);
}

SELFTEST(test_fs_mmap, "fs.mmap", "read, write and mappings of a file show the same bytes")
{
	struct selftest_fs fs;
	struct vmspace *space;
	struct file *file;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_REQUIRE(vmspace_create(NULL, &space) == 0);
	vmspace_set_thread(thread_current(), space);
	file = selftest_fs_open(&fs, "/f", OPEN_CREATE | OPEN_READ_WRITE);
	SELFTEST_REQUIRE(file);
	SELFTEST_CHECK_EQ(file_truncate(file, 2 * PAGE_SIZE, INT64_MAX), 0);
	check_coherence(&fs, space, file);
	/* The mapping outlives the file, its name and the file system. */
	file_put(file);
	vmspace_set_thread(thread_current(), NULL);
	vmspace_put(space);
	selftest_fs_end(&fs);
}

/* Opens through a capability to the directory, as a system call does. */
static int open_through(struct selftest_fs *fs, const struct cap *dir, struct cap *out)
{
	const struct vfs_open_how how = {.flags = OPEN_READ_WRITE | OPEN_CREATE, .mode = 0600};
	struct vfs_ctx ctx = fs->ctx;
	struct vfs_found from;
	struct cap_ref ref;
	struct file *file;
	int err = cap_use(dir, RIGHT_LOOKUP, &ref);

	if (err)
		return err;
	err = vfs_dir_of(file_from_kobject(ref.object), ref.rights, &ctx.start);
	if (!err)
		err = vfs_open(&ctx, "f", &how, &file, &from);
	if (!err) {
		file_derive_cap(file, &ref, out);
		file_put(file);
		vfs_found_put(&from);
	}
	cap_ref_put(&ref);
	return err;
}

SELFTEST(test_fs_revoke, "fs.revoke", "revoking a directory closes what was opened through it")
{
	struct selftest_fs fs;
	struct grant *grant;
	struct file *dir;
	struct cap_ref ref;
	struct cap dir_cap, file_cap;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_REQUIRE(grant_create_root(NULL, "volume", &grant) == 0);
	dir = selftest_fs_open(&fs, "/", OPEN_READ);
	SELFTEST_REQUIRE(dir);
	cap_init(&dir_cap, file_kobject(dir), grant, RIGHTS_ALL, 0);
	file_put(dir);
	SELFTEST_REQUIRE(open_through(&fs, &dir_cap, &file_cap) == 0);
	SELFTEST_CHECK_EQ(cap_use(&file_cap, RIGHT_WRITE, &ref), 0);
	SELFTEST_CHECK_EQ(file_write_kernel(file_from_kobject(ref.object), "x", 1, 0), 1);
	cap_ref_put(&ref);
	cap_drop(&file_cap);

	/* Without the right to write in the directory, none in the file. */
	dir_cap.rights &= ~(uint32_t)RIGHT_WRITE;
	SELFTEST_CHECK_EQ(open_through(&fs, &dir_cap, &file_cap), -EACCES);
	dir_cap.rights |= RIGHT_WRITE;
	SELFTEST_REQUIRE(open_through(&fs, &dir_cap, &file_cap) == 0);
	grant_revoke(grant, REVOKE_SELF);
	SELFTEST_CHECK_EQ(cap_use(&file_cap, RIGHT_READ, &ref), -EIO);
	cap_drop(&file_cap);
	SELFTEST_CHECK_EQ(open_through(&fs, &dir_cap, &file_cap), -EIO);
	cap_drop(&dir_cap);
	grant_put(grant);
	selftest_fs_end(&fs);
}

/* Deeper than any recursion could go, and taken apart with the file system. */
SELFTEST(test_fs_deep, "fs.deep", "directories nested a thousand deep end with their file system")
{
	struct selftest_fs fs;
	struct vfs_ctx at;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	at = fs.ctx;
	path_get(&at.start.path);
	for (int i = 0; i < 1000; i++) {
		struct vfs_found found;

		SELFTEST_CHECK_EQ(vfs_mkdir(&at, "d", 0755), 0);
		SELFTEST_REQUIRE(vfs_lookup(&at, "d", 0, &found) == 0);
		path_put(&at.start.path);
		at.start.path = found.path;
	}
	path_put(&at.start.path);
	selftest_fs_end(&fs);
}
