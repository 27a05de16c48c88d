/* Open files: flags, positions, and bytes against a model that is an array. */
#include "kernel/vfs/file.h"

#include <string.h>

#include "kernel/cap/cap.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/poll.h"
#include "kernel/vfs/xattr.h"
#include "kernel/vm/filecache.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

static void be(uint32_t uid)
{
	cred = (struct vfs_cred){.uid = uid, .gid = uid, .caps = uid ? 0 : VFS_CAP_ALL};
}

static void change_mode(const char *path, uint32_t mode)
{
	const struct inode_change change = {.fields = CHANGE_MODE, .mode = mode};
	struct vfs_found found;

	find(path, &found);
	assert_int_equal(vfs_change(&found.path, &cred, &change), 0);
	vfs_found_put(&found);
}

static ssize_t write_at_pos(struct file *file, const char *text)
{
	struct io_iter iter;
	struct file_io io = {.iter = &iter, .size_limit = INT64_MAX};

	io_iter_kernel(&iter, text, strlen(text));
	return file_write(file, &io);
}

static void open_flags(void **state)
{
	(void)state;
	make_dir("/d");
	make_file("/f", "text");
	make_link("f", "/l");
	make_link("new", "/dangling");
	assert_int_equal(try_open("/none", OPEN_READ), -ENOENT);
	assert_int_equal(try_open("/d", OPEN_WRITE), -EISDIR);
	assert_int_equal(try_open("/d", OPEN_READ | OPEN_CREATE), -EISDIR);
	assert_int_equal(try_open("/d/", OPEN_READ | OPEN_CREATE), -EISDIR);
	assert_int_equal(try_open("/x/", OPEN_READ | OPEN_CREATE), -EISDIR);
	assert_int_equal(try_open("/d", OPEN_CREATE | OPEN_DIRECTORY), -EINVAL);
	assert_int_equal(try_open("/f", OPEN_DIRECTORY), -ENOTDIR);
	assert_int_equal(try_open("/f/", OPEN_READ), -ENOTDIR);
	assert_int_equal(try_open("/f", OPEN_CREATE | OPEN_EXCLUSIVE), -EEXIST);
	assert_int_equal(try_open("/l", OPEN_CREATE | OPEN_EXCLUSIVE), -EEXIST);
	assert_int_equal(try_open("/dangling", OPEN_CREATE | OPEN_EXCLUSIVE), -EEXIST);
	assert_int_equal(try_open("/l", OPEN_READ | OPEN_NOFOLLOW), -ELOOP);
	assert_int_equal(try_open("/l", OPEN_NOFOLLOW | OPEN_CREATE), -ELOOP);
	assert_int_equal(try_open("/l", OPEN_NOFOLLOW | OPEN_PATH), 0);
	assert_int_equal(try_open("/l", OPEN_NOFOLLOW | OPEN_PATH | OPEN_DIRECTORY), -ENOTDIR);
	assert_int_equal(try_open("/dangling", OPEN_READ), -ENOENT);
	assert_int_equal(try_open("/dangling", OPEN_CREATE | OPEN_WRITE), 0);
	assert_int_equal(look("/new", 0), 0);
	assert_int_equal(try_open("/d", OPEN_TMPFILE_BIT | OPEN_DIRECTORY), -EINVAL);
	assert_int_equal(try_open("/f", OPEN_TMPFILE_BIT | OPEN_DIRECTORY | OPEN_WRITE), -ENOTDIR);
	assert_int_equal(vfs_mknod(&ctx, "/s", MODE_SOCKET | 0666, 0), 0);
	assert_int_equal(try_open("/s", OPEN_READ), -ENXIO);
	assert_int_equal(vfs_mknod(&ctx, "/c", MODE_CHAR | 0666, dev_make(9, 9)), 0);
	assert_int_equal(try_open("/c", OPEN_READ), -ENXIO);
	assert_string_equal(read_file("/f"), "text");
	assert_int_equal(try_open("/f", OPEN_WRITE | OPEN_TRUNCATE), 0);
	assert_string_equal(read_file("/f"), "");
}

static void permissions(void **state)
{
	(void)state;
	make_file("/f", "1");
	change_mode("/f", 0640);
	be(9);
	assert_int_equal(try_open("/f", OPEN_READ), -EACCES);
	assert_int_equal(try_open("/f", OPEN_PATH), 0);
	be(0);
	change_mode("/f", 0604);
	change_mode("/", 0777);
	be(9);
	assert_int_equal(try_open("/f", OPEN_READ), 0);
	assert_int_equal(try_open("/f", OPEN_READ | OPEN_NOATIME), -EPERM);
	assert_int_equal(try_open("/f", OPEN_READ_WRITE), -EACCES);
	assert_int_equal(try_open("/f", OPEN_READ | OPEN_TRUNCATE), -EACCES);
	/* A file just made may be written to, whatever its mode. */
	{
		const struct vfs_open_how how = {.flags = OPEN_CREATE | OPEN_WRITE, .mode = 0444};
		struct vfs_found from;
		struct file *file;

		assert_int_equal(vfs_open(&ctx, "/new", &how, &file, &from), 0);
		assert_int_equal(file_write_kernel(file, "x", 1, 0), 1);
		file_put(file);
		assert_int_equal(vfs_open(&ctx, "/new", &how, &file, &from), -EACCES);
	}
}

static void modes_bind(void **state)
{
	struct file *file;
	char byte;
	uint64_t pos;

	(void)state;
	make_file("/f", "12345");
	file = open_file("/f", OPEN_WRITE);
	assert_int_equal(file_read_kernel(file, &byte, 1, 0), -EBADF);
	assert_int_equal(file_write_kernel(file, "x", 1, 0), 1);
	assert_int_equal(file_rights(file) & (RIGHT_READ | RIGHT_WRITE), RIGHT_WRITE);
	file_put(file);
	file = open_file("/f", OPEN_READ);
	assert_int_equal(file_write_kernel(file, "y", 1, 0), -EBADF);
	assert_int_equal(file_truncate(file, 0, INT64_MAX), -EINVAL);
	assert_int_equal(file_read_kernel(file, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	file_put(file);
	file = open_file("/f", OPEN_PATH);
	assert_int_equal(file_read_kernel(file, &byte, 1, 0), -EBADF);
	assert_int_equal(file_seek(file, 0, SEEK_FROM_START, &pos), -EBADF);
	assert_int_equal(file_poll(file, NULL), READY_NVAL);
	file_put(file);
	file = open_file("/", OPEN_READ);
	assert_int_equal(file_read_kernel(file, &byte, 1, 0), -EISDIR);
	file_put(file);
}

static void positions(void **state)
{
	struct file *file, *other;
	char buf[16] = "";
	uint64_t pos = 0;

	(void)state;
	file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);
	assert_int_equal(write_at_pos(file, "hello "), 6);
	assert_int_equal(write_at_pos(file, "world"), 5);
	assert_int_equal(file_seek(file, 0, SEEK_FROM_HERE, &pos), 0);
	assert_int_equal(pos, 11);
	assert_int_equal(file_seek(file, -5, SEEK_FROM_END, &pos), 0);
	assert_int_equal(pos, 6);
	assert_int_equal(file_seek(file, -1, SEEK_FROM_START, &pos), -EINVAL);
	assert_int_equal(file_seek(file, INT64_MAX, SEEK_FROM_HERE, &pos), -EOVERFLOW);
	assert_int_equal(file_seek(file, 0, (enum seek_whence)9, &pos), -EINVAL);
	assert_int_equal(pos, 6);
	/* Appending goes to the end as it is then, for every one who does. */
	other = open_file("/f", OPEN_WRITE | OPEN_APPEND);
	assert_int_equal(write_at_pos(other, "!"), 1);
	assert_int_equal(write_at_pos(file, "W"), 1);
	assert_int_equal(write_at_pos(other, "?"), 1);
	assert_int_equal(file_set_flags(file, OPEN_APPEND | OPEN_NONBLOCK), 0);
	assert_int_equal(file_flags(file) & OPEN_CHANGEABLE, OPEN_APPEND | OPEN_NONBLOCK);
	assert_int_equal(write_at_pos(file, "."), 1);
	assert_int_equal(file_read_kernel(file, buf, sizeof(buf), 0), 14);
	assert_string_equal(buf, "hello World!?.");
	file_put(other);
	file_put(file);
}

/* Writers and programs that run exclude each other. */
static void text_is_busy(void **state)
{
	struct vfs_found from;
	struct file *program, *writer;

	(void)state;
	make_file("/p", "program");
	assert_int_equal(vfs_open_exec(&ctx, "/p", LOOKUP_FOLLOW, &program, &from), -EACCES);
	change_mode("/p", 0755);
	assert_int_equal(vfs_open_exec(&ctx, "/p", LOOKUP_FOLLOW, &program, &from), 0);
	assert_int_equal(try_open("/p", OPEN_WRITE), -ETXTBSY);
	assert_int_equal(try_open("/p", OPEN_READ), 0);
	file_put(program);
	writer = open_file("/p", OPEN_WRITE);
	assert_int_equal(vfs_open_exec(&ctx, "/p", LOOKUP_FOLLOW, &program, &from), -ETXTBSY);
	file_put(writer);
	assert_int_equal(vfs_open_exec(&ctx, "/", LOOKUP_FOLLOW, &program, &from), -EACCES);
}

static void setid_bits_go_when_written(void **state)
{
	struct file *file;

	(void)state;
	make_file("/p", "program");
	change_mode("/p", 06755);
	file = open_file("/p", OPEN_WRITE);
	assert_int_equal(file_write_kernel(file, "x", 1, 0), 1);
	assert_int_equal(file->inode->mode & 07777, 0755);
	file_put(file);
}

/* The rest of a bad piece of memory is not written, and what came before is. */
static size_t bad_copy_in(void *arg, void *dst, uint64_t src, size_t len)
{
	size_t good = MIN(len, *(size_t *)arg);

	memcpy(dst, (const void *)(uintptr_t)src, good);
	*(size_t *)arg -= good;
	return good;
}

static void bad_memory(void **state)
{
	static char text[3 * PAGE_SIZE];
	size_t good = PAGE_SIZE + 5;
	const struct io_copy_ops ops = {.copy_in = bad_copy_in};
	const struct io_vec vec = {(uintptr_t)text, sizeof(text)};
	struct io_iter iter;
	struct file_io io = {.iter = &iter, .size_limit = INT64_MAX};
	struct file *file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);

	(void)state;
	assert_int_equal(io_iter_vecs(&iter, &vec, 1, &ops, &good), 0);
	assert_int_equal(file_write_at(file, &io), PAGE_SIZE + 5);
	assert_int_equal(file->inode->size, PAGE_SIZE + 5);
	assert_int_equal(vmobj_size(filecache_object(file->inode->cache)), PAGE_SIZE + 5);
	good = 0;
	assert_int_equal(io_iter_vecs(&iter, &vec, 1, &ops, &good), 0);
	assert_int_equal(file_write_at(file, &io), -EFAULT);
	assert_int_equal(file->inode->size, PAGE_SIZE + 5);
	file_put(file);
}

static void size_limits(void **state)
{
	struct io_iter iter;
	struct file_io io = {.iter = &iter, .size_limit = 10};
	struct file *file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);

	(void)state;
	io_iter_kernel(&iter, "123456789abc", 12);
	assert_int_equal(file_write_at(file, &io), 10);
	io_iter_kernel(&iter, "x", 1);
	assert_int_equal(file_write_at(file, &io), -EFBIG);
	assert_int_equal(file_truncate(file, 11, 10), -EFBIG);
	assert_int_equal(file_truncate(file, 9, 8), 0);
	assert_int_equal(file_allocate(file, 0, 0, 11, 10), -EFBIG);
	assert_int_equal(file_truncate(file, (uint64_t)INT64_MAX + 1, UINT64_MAX), -EINVAL);
	assert_int_equal(file_truncate(file, INT64_MAX, UINT64_MAX), -EFBIG);
	file_put(file);
}

/* --- At random, against an array --- */

#define MODEL_SIZE (24u * PAGE_SIZE)

static unsigned char model[MODEL_SIZE], buf[MODEL_SIZE];
static bool has_page[MODEL_SIZE / PAGE_SIZE];
static uint64_t model_size;

static void fill_pages(uint64_t from, uint64_t to)
{
	for (uint64_t page = from / PAGE_SIZE; page * PAGE_SIZE < to; page++)
		has_page[page] = true;
}

static void drop_pages(uint64_t from, uint64_t to)
{
	for (uint64_t page = from / PAGE_SIZE; (page + 1) * PAGE_SIZE <= to; page++) {
		if (page * PAGE_SIZE >= from)
			has_page[page] = false;
	}
}

static void model_truncate(uint64_t size)
{
	if (size < model_size) {
		memset(model + size, 0, model_size - size);
		drop_pages(ALIGN_UP(size, PAGE_SIZE), MODEL_SIZE);
	}
	model_size = size;
}

static void check_seek(struct file *file, uint64_t from)
{
	uint64_t data = from, hole = from, pos;
	int err = file_seek(file, (int64_t)from, SEEK_DATA, &pos);

	if (from >= model_size) {
		assert_int_equal(err, -ENXIO);
		return;
	}
	while (data < model_size && !has_page[data / PAGE_SIZE])
		data = ALIGN_DOWN(data, PAGE_SIZE) + PAGE_SIZE;
	assert_int_equal(err, data < model_size ? 0 : -ENXIO);
	if (!err)
		assert_int_equal(pos, data);
	while (hole < model_size && has_page[hole / PAGE_SIZE])
		hole = ALIGN_DOWN(hole, PAGE_SIZE) + PAGE_SIZE;
	assert_int_equal(file_seek(file, (int64_t)from, SEEK_HOLE, &pos), 0);
	assert_int_equal(pos, MIN(hole, model_size));
}

static void check_content(struct file *file)
{
	struct inode_stat stat;
	uint64_t pages = 0;

	assert_int_equal(file->inode->size, model_size);
	memset(buf, 0x77, sizeof(buf));
	assert_int_equal(file_read_kernel(file, buf, sizeof(buf), 0), model_size);
	assert_memory_equal(buf, model, model_size);
	for (size_t i = 0; i < ARRAY_SIZE(has_page); i++)
		pages += has_page[i];
	assert_int_equal(vfs_get_stat(&file->path, &stat), 0);
	assert_int_equal(stat.blocks, pages * 8);
	assert_int_equal(world_pages, pages);
}

static void random_change(struct file *file, uint64_t *seed)
{
	uint64_t from = test_random(seed, MODEL_SIZE - 1);
	uint64_t len = 1 + test_random(seed, MODEL_SIZE - from);
	uint64_t end = from + len;

	switch (test_random(seed, 6)) {
	case 0:
	case 1:
		len = MIN(len, 3 * PAGE_SIZE);
		memset(model + from, (int)(from & 0xff), len);
		assert_int_equal(file_write_kernel(file, model + from, len, from), len);
		fill_pages(from, from + len);
		model_size = MAX(model_size, from + len);
		break;
	case 2:
		assert_int_equal(file_truncate(file, from, INT64_MAX), 0);
		model_truncate(from);
		break;
	case 3:
		assert_int_equal(file_allocate(file, ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE, from,
					       len, INT64_MAX),
				 0);
		memset(model + from, 0, len);
		drop_pages(from, end);
		break;
	case 4:
		assert_int_equal(file_allocate(file, 0, from, len, INT64_MAX), 0);
		model_size = MAX(model_size, end);
		fill_pages(from, end);
		break;
	default:
		if (end > ALIGN_UP(model_size, PAGE_SIZE)) {
			assert_int_equal(file_allocate(file,
						       ALLOCATE_ZERO_RANGE | ALLOCATE_KEEP_SIZE,
						       from, len, INT64_MAX),
					 -EOPNOTSUPP);
			break;
		}
		assert_int_equal(file_allocate(file, ALLOCATE_ZERO_RANGE | ALLOCATE_KEEP_SIZE, from,
					       len, INT64_MAX),
				 0);
		memset(model + from, 0, len);
		drop_pages(from, end);
		if (from < model_size)
			fill_pages(from, MIN(end, model_size));
		break;
	}
}

static void random_bytes_of_a_file(void **state)
{
	struct file *file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);
	uint64_t seed = 7;

	(void)state;
	memset(model, 0, sizeof(model));
	memset(has_page, 0, sizeof(has_page));
	model_size = 0;
	for (int i = 0; i < 4000; i++) {
		random_change(file, &seed);
		check_content(file);
		check_seek(file, test_random(&seed, MODEL_SIZE));
	}
	file_put(file);
}

static void no_space(void **state)
{
	static char page[4 * PAGE_SIZE];
	struct file *file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);

	(void)state;
	world_page_limit = 2;
	assert_int_equal(file_write_kernel(file, page, sizeof(page), 0), 2 * PAGE_SIZE);
	assert_int_equal(file->inode->size, 2 * PAGE_SIZE);
	assert_int_equal(file_write_kernel(file, page, 1, 2 * PAGE_SIZE), -ENOMEM);
	assert_int_equal(file->inode->size, 2 * PAGE_SIZE);
	assert_int_equal(file_allocate(file, 0, 0, 3 * PAGE_SIZE, INT64_MAX), -ENOMEM);
	assert_int_equal(file->inode->size, 2 * PAGE_SIZE);
	file_put(file);
}

/* A mount with size= and nr_inodes= is full when they are reached, and not before. */
static void limits_of_the_file_system(void **state)
{
	static char page[4 * PAGE_SIZE];
	const struct fs_type *type = fs_find("tmpfs");
	struct fs_mount args = {
		.source = "none",
		.options = "size=12k,nr_inodes=3,mode=700,uid=5",
		.cred = &cred,
	};
	static const char *const bad[] = {"size",
					  "size=x",
					  "size=1q",
					  "nope=1",
					  "mode=99999",
					  "size=1kk",
					  "size=99999999999999999999",
					  "uid=-1"};
	struct super_stat stat;
	struct vfs_found found;
	struct super *super;
	struct mount *mount;
	struct file *file;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fs_mount wrong = args;

		wrong.options = bad[i];
		assert_int_equal(type->mount(type, &wrong, &super), -EINVAL);
	}
	make_dir("/m");
	assert_int_equal(type->mount(type, &args, &super), 0);
	assert_int_equal(mount_create(super, 0, "none", NULL, &mount), 0);
	super_put(super);
	find("/m", &found);
	assert_int_equal(mount_attach(ns, mount, &found.path), 0);
	vfs_found_put(&found);
	find("/m", &found);
	assert_int_equal(path_inode(&found.path)->mode, MODE_DIR | 0700);
	assert_int_equal(path_inode(&found.path)->uid, 5);

	file = open_file("/m/f", OPEN_CREATE | OPEN_READ_WRITE);
	assert_int_equal(file_write_kernel(file, page, sizeof(page), 0), 3 * PAGE_SIZE);
	assert_int_equal(file_write_kernel(file, page, 1, 3 * PAGE_SIZE), -ENOSPC);
	assert_int_equal(vfs_statfs(&found.path, &stat), 0);
	assert_int_equal(stat.blocks, 3);
	assert_int_equal(stat.blocks_free, 0);
	assert_int_equal(stat.files_free, 1);
	assert_int_equal(file_truncate(file, PAGE_SIZE, INT64_MAX), 0);
	assert_int_equal(vfs_statfs(&found.path, &stat), 0);
	assert_int_equal(stat.blocks_free, 2);
	assert_int_equal(vfs_mkdir(&ctx, "/m/d", 0777), 0);
	assert_int_equal(vfs_mkdir(&ctx, "/m/e", 0777), -ENOSPC);
	assert_int_equal(mount_set_super_flags(&found.path, 0, "size=1"), 0);
	assert_int_equal(mount_set_super_flags(&found.path, 0, "nr_inodes=2"), -EINVAL);
	assert_int_equal(file_truncate(file, 0, INT64_MAX), 0);
	file_put(file);
	vfs_found_put(&found);
}

/* What a tmpfs takes is charged, and given back to the last byte. */
static void memory_is_charged(void **state)
{
	static char page[4 * PAGE_SIZE];
	struct mem_account account = {.max = MEM_UNLIMITED};
	const struct fs_type *type = fs_find("tmpfs");
	struct fs_mount args = {.source = "", .options = "", .cred = &cred, .account = &account};
	struct vfs_found found;
	struct super *super;
	struct mount *mount;

	(void)state;
	make_dir("/m");
	assert_int_equal(type->mount(type, &args, &super), 0);
	assert_int_equal(mount_create(super, 0, "", &account, &mount), 0);
	super_put(super);
	find("/m", &found);
	assert_int_equal(mount_attach(ns, mount, &found.path), 0);
	vfs_found_put(&found);
	make_file("/m/f", "text");
	make_dir("/m/d");
	make_link("long-target", "/m/d/l");
	assert_true(atomic64_load(&account.used) > PAGE_SIZE);
	account.max = atomic64_load(&account.used) + PAGE_SIZE;
	{
		struct file *file = open_file("/m/f", OPEN_WRITE);

		assert_int_equal(file_write_kernel(file, page, sizeof(page), PAGE_SIZE), -ENOMEM);
		file_put(file);
	}
	assert_int_equal(try_umount("/m", 0), 0);
	assert_int_equal(atomic64_load(&account.used), 0);
	assert_int_equal(atomic64_load(&account.refs), 0);
}

static void attributes(void **state)
{
	struct vfs_found found;
	char value[16];
	char list[64];

	(void)state;
	make_file("/f", "1");
	change_mode("/f", 0644);
	find("/f", &found);
	assert_int_equal(xattr_get(&found.path, &cred, "user.a", value, 16), -ENODATA);
	assert_int_equal(xattr_set(&found.path, &cred, "user.a", "one", 3, 0), 0);
	assert_int_equal(xattr_set(&found.path, &cred, "user.a", "x", 1, XATTR_CREATE), -EEXIST);
	assert_int_equal(xattr_set(&found.path, &cred, "user.b", "x", 1, XATTR_REPLACE), -ENODATA);
	assert_int_equal(xattr_set(&found.path, &cred, "trusted.t", "", 0, 0), 0);
	assert_int_equal(xattr_set(&found.path, &cred, "user.", "x", 1, 0), -EOPNOTSUPP);
	assert_int_equal(xattr_set(&found.path, &cred, "system.posix_acl_access", "x", 1, 0),
			 -EOPNOTSUPP);
	assert_int_equal(xattr_get(&found.path, &cred, "user.a", NULL, 0), 3);
	assert_int_equal(xattr_get(&found.path, &cred, "user.a", value, 2), -ERANGE);
	assert_int_equal(xattr_get(&found.path, &cred, "user.a", value, 16), 3);
	assert_memory_equal(value, "one", 3);
	assert_int_equal(xattr_list(&found.path, &cred, NULL, 0), 17);
	assert_int_equal(xattr_list(&found.path, &cred, list, 16), -ERANGE);
	assert_int_equal(xattr_list(&found.path, &cred, list, sizeof(list)), 17);
	assert_memory_equal(list, "user.a\0trusted.t", 17);
	be(1);
	assert_int_equal(xattr_list(&found.path, &cred, list, sizeof(list)), 7);
	assert_int_equal(xattr_get(&found.path, &cred, "trusted.t", value, 16), -ENODATA);
	assert_int_equal(xattr_set(&found.path, &cred, "trusted.t", "x", 1, 0), -EPERM);
	assert_int_equal(xattr_set(&found.path, &cred, "user.a", "x", 1, 0), -EACCES);
	assert_int_equal(xattr_get(&found.path, &cred, "user.a", value, 16), 3);
	be(0);
	assert_int_equal(xattr_remove(&found.path, &cred, "user.a"), 0);
	assert_int_equal(xattr_remove(&found.path, &cred, "user.a"), -ENODATA);
	vfs_found_put(&found);
}

struct three {
	struct dir_sink sink;
	char names[64];
	int room;
};

static bool take_three(struct dir_sink *sink, const struct dir_entry *entry)
{
	struct three *three = container_of(sink, struct three, sink);

	if (three->room == 0)
		return false;
	three->room--;
	strncat(three->names, entry->name, entry->len);
	strcat(three->names, " ");
	return true;
}

/* One who reads in parts sees what stays once, whatever comes and goes. */
static void reading_in_parts(void **state)
{
	struct three three = {.sink = {take_three}, .room = 4};
	struct file *dir;
	uint64_t pos;

	(void)state;
	make_file("/a", "");
	make_file("/b", "");
	make_file("/c", "");
	make_file("/d", "");
	dir = open_file("/", OPEN_READ);
	assert_int_equal(file_readdir(dir, &three.sink), 0);
	assert_string_equal(three.names, ". .. a b ");
	assert_int_equal(vfs_unlink(&ctx, "/a"), 0);
	assert_int_equal(vfs_unlink(&ctx, "/c"), 0);
	make_file("/a", "");
	three.names[0] = '\0';
	three.room = 9;
	assert_int_equal(file_readdir(dir, &three.sink), 0);
	assert_string_equal(three.names, "d a ");
	three.names[0] = '\0';
	assert_int_equal(file_readdir(dir, &three.sink), 0);
	assert_string_equal(three.names, "");
	assert_int_equal(file_seek(dir, 0, SEEK_FROM_START, &pos), 0);
	assert_int_equal(file_readdir(dir, &three.sink), 0);
	assert_string_equal(three.names, ". .. b d a ");
	file_put(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WORLD_TEST(fn, sentence)                                                                   \
	{.name = (sentence),                                                                       \
	 .test_func = (fn),                                                                        \
	 .setup_func = world_make,                                                                 \
	 .teardown_func = world_end}
		WORLD_TEST(open_flags, "open obeys its flags"),
		WORLD_TEST(permissions, "open asks for permission"),
		WORLD_TEST(modes_bind, "a file is used as it was opened"),
		WORLD_TEST(positions, "reads and writes move the position, appends do not mix"),
		WORLD_TEST(text_is_busy, "a program that runs is not written to"),
		WORLD_TEST(setid_bits_go_when_written, "writing takes set-id bits away"),
		WORLD_TEST(bad_memory, "a write from bad memory ends where that begins"),
		WORLD_TEST(size_limits, "a file does not grow beyond the caller's limit"),
		WORLD_TEST(random_bytes_of_a_file,
			   "random changes of a file give what an array has"),
		WORLD_TEST(no_space, "without memory a write is short, and the size is true"),
		WORLD_TEST(limits_of_the_file_system, "size= and nr_inodes= bound a tmpfs"),
		WORLD_TEST(memory_is_charged, "a tmpfs is charged to its account to the last byte"),
		WORLD_TEST(attributes, "extended attributes by name space"),
		WORLD_TEST(reading_in_parts, "a directory is read in parts while it changes"),
	};

	return cmocka_run_group_tests_name("vfs/file", tests, world_start, NULL);
}
