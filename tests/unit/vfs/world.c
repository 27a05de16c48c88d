#include "tests/unit/vfs/world.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/filelock.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vm/vm_impl.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define PAGES 4096u

struct mountns *ns;
struct vfs_ctx ctx;
struct vfs_cred cred;
uint64_t world_pages;
uint64_t world_page_limit = PAGES;

static struct path root;
static uint32_t allocations;

/* --- Page frames --- */

static struct page *frames;
static char *memory;
static uint32_t free_frames[PAGES];
static uint32_t free_count;

static void make_frames(void)
{
	frames = calloc(PAGES, sizeof(*frames));
	memory = aligned_alloc(PAGE_SIZE, PAGES * PAGE_SIZE);
	fake_vmemmap_base = (uintptr_t)frames;
	fake_direct_map_base = (uintptr_t)memory;
	for (uint32_t i = 1; i < PAGES; i++)
		free_frames[free_count++] = i;
}

int page_alloc_charged(struct mem_account *account, uint32_t flags, struct page **out)
{
	struct page *page;

	if (fake_alloc_fails() || world_pages >= world_page_limit || free_count == 0)
		return -ENOMEM;
	if (mem_charge(account, 1))
		return -ENOMEM;
	page = &frames[free_frames[--free_count]];
	memset(page, 0, sizeof(*page));
	page->owner = account;
	atomic32_store(&page->refcount, 1);
	memset(page_vaddr(page), flags & PAGE_ALLOC_ZERO ? 0 : 0xa5, PAGE_SIZE);
	world_pages++;
	*out = page;
	return 0;
}

void page_put(struct page *page)
{
	assert_true(page_refcount(page) > 0);
	if (atomic32_dec_return(&page->refcount) > 0)
		return;
	mem_uncharge(page->owner, 1);
	free_frames[free_count++] = (uint32_t)(page - frames);
	world_pages--;
}

void meminfo_read(struct meminfo *out)
{
	*out = (struct meminfo){.total = 2 * PAGES};
}

/* --- Accounts: one level --- */

int mem_charge_kernel(struct mem_account *account, uint64_t bytes)
{
	if (!account)
		return 0;
	if (atomic64_load(&account->used) + bytes > account->max)
		return -ENOMEM;
	atomic64_add(&account->used, bytes);
	return 0;
}

void mem_uncharge_kernel(struct mem_account *account, uint64_t bytes)
{
	if (!account)
		return;
	assert_true(atomic64_load(&account->used) >= bytes);
	atomic64_sub(&account->used, bytes);
}

int mem_charge(struct mem_account *account, uint64_t pages)
{
	return mem_charge_kernel(account, pages * PAGE_SIZE);
}

void mem_uncharge(struct mem_account *account, uint64_t pages)
{
	mem_uncharge_kernel(account, pages * PAGE_SIZE);
}

void *kmem_zalloc_charged(struct mem_account *account, size_t size)
{
	void *ptr;

	if (mem_charge_kernel(account, size))
		return NULL;
	ptr = kmem_zalloc(size);
	if (!ptr)
		mem_uncharge_kernel(account, size);
	return ptr;
}

void kmem_free_charged(struct mem_account *account, void *ptr, size_t size)
{
	if (!ptr)
		return;
	kmem_free(ptr, size);
	mem_uncharge_kernel(account, size);
}

void mem_account_get(struct mem_account *account)
{
	atomic64_inc(&account->refs);
}

void mem_account_put(struct mem_account *account)
{
	atomic64_dec(&account->refs);
}

/* Nothing is mapped here. */
void tables_zap(struct vmspace *space, vaddr_t start, vaddr_t end, enum zap_what what)
{
	(void)space;
	(void)start;
	(void)end;
	(void)what;
	fail();
}

/* --- The world --- */

int world_start(void **state)
{
	int err = machine_start(state);

	make_frames();
	err = err ? err : vmobj_init_cache();
	err = err ? err : vfs_init();
	tmpfs_init();
	return err;
}

static struct mount *new_tmpfs(void)
{
	const struct tmpfs_limits limits = {UINT64_MAX, UINT64_MAX};
	struct super *super;
	struct mount *mount;

	assert_int_equal(tmpfs_create(&limits, NULL, &super), 0);
	assert_int_equal(mount_create(super, 0, "tmpfs", NULL, &mount), 0);
	super_put(super);
	return mount;
}

int world_make(void **state)
{
	(void)state;
	allocations = fake_allocations;
	world_page_limit = PAGES;
	assert_int_equal(mountns_create(new_tmpfs(), NULL, &ns), 0);
	mountns_root(ns, &root);
	cred = (struct vfs_cred){.caps = VFS_CAP_ALL};
	ctx = (struct vfs_ctx){
		.root = {.path = root, .rights = KOBJECT_DIRECTORY_RIGHTS},
		.start = {.path = root, .rights = KOBJECT_DIRECTORY_RIGHTS},
		.cred = &cred,
		.umask = 022,
	};
	return 0;
}

int world_end(void **state)
{
	(void)state;
	path_put(&root);
	mountns_put(ns);
	assert_int_equal(file_count(), 0);
	assert_int_equal(inode_count(), 0);
	assert_int_equal(dentry_count(), 0);
	assert_int_equal(mount_count(), 0);
	assert_int_equal(pipe_count(), 0);
	assert_int_equal(filelock_count(), 0);
	assert_int_equal(world_pages, 0);
	assert_int_equal(fake_locks_held, 0);
	assert_int_equal(fake_allocations, allocations);
	return 0;
}

void make_dir(const char *path)
{
	assert_int_equal(vfs_mkdir(&ctx, path, 0777), 0);
}

struct file *open_file(const char *path, uint32_t flags)
{
	const struct vfs_open_how how = {.flags = flags, .mode = 0666};
	struct vfs_found from;
	struct file *file = NULL;

	assert_int_equal(vfs_open(&ctx, path, &how, &file, &from), 0);
	vfs_found_put(&from);
	return file;
}

void make_file(const char *path, const char *text)
{
	struct file *file = open_file(path, OPEN_CREATE | OPEN_WRITE | OPEN_TRUNCATE);

	assert_int_equal(file_write_kernel(file, text, strlen(text), 0), strlen(text));
	file_put(file);
}

const char *read_file(const char *path)
{
	static char text[4096];
	struct file *file = open_file(path, OPEN_READ);
	ssize_t len = file_read_kernel(file, text, sizeof(text) - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	file_put(file);
	return text;
}

void make_link(const char *target, const char *path)
{
	assert_int_equal(vfs_symlink(&ctx, target, path), 0);
}

void find(const char *path, struct vfs_found *out)
{
	assert_int_equal(vfs_lookup(&ctx, path, LOOKUP_FOLLOW, out), 0);
}

int look(const char *path, uint32_t flags)
{
	struct vfs_found found;
	int err = vfs_lookup(&ctx, path, flags, &found);

	if (!err)
		vfs_found_put(&found);
	return err;
}

int try_open(const char *path, uint32_t flags)
{
	const struct vfs_open_how how = {.flags = flags, .mode = 0666};
	struct vfs_found from;
	struct file *file;
	int err = vfs_open(&ctx, path, &how, &file, &from);

	if (!err) {
		vfs_found_put(&from);
		file_put(file);
	}
	return err;
}

uint64_t ino_of(const char *path)
{
	struct vfs_found found;
	uint64_t ino;

	if (vfs_lookup(&ctx, path, 0, &found))
		return 0;
	ino = path_inode(&found.path)->ino;
	vfs_found_put(&found);
	return ino;
}

void mount_tmpfs(const char *path)
{
	struct mount *mount = new_tmpfs();
	struct vfs_found found;

	find(path, &found);
	assert_int_equal(mount_attach(ns, mount, &found.path), 0);
	vfs_found_put(&found);
}

int try_umount(const char *path, uint32_t flags)
{
	struct vfs_found found;
	int err;

	find(path, &found);
	err = mount_umount(ns, &found.path, flags);
	vfs_found_put(&found);
	return err;
}

int try_bind(const char *from, const char *to, uint32_t how)
{
	struct vfs_found source, place;
	int err;

	find(from, &source);
	find(to, &place);
	err = mount_bind(ns, &source.path, &place.path, how);
	vfs_found_put(&place);
	vfs_found_put(&source);
	return err;
}

struct vfs_ctx at(const char *path)
{
	struct vfs_ctx from = ctx;
	struct vfs_found found;

	find(path, &found);
	from.start.path = found.path;
	return from;
}

void world_drop(struct vfs_ctx *from)
{
	path_put(&from->start.path);
}
