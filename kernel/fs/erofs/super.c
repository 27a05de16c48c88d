#include "kernel/fs/erofs/mount.h"

#include "kernel/core/assert.h"
#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/fs/erofs/mount_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"

struct offered {
	const char *name;
	const void *bytes;
	uint64_t size;
};

static struct offered images[EROFS_MAX_IMAGES];
static uint32_t image_count;
static struct fs_type erofs_type;

int erofs_add_image(const char *name, const void *bytes, uint64_t size)
{
	for (uint32_t i = 0; i < image_count; i++) {
		if (strcmp(images[i].name, name) == 0)
			return -EEXIST;
	}
	if (image_count == EROFS_MAX_IMAGES)
		return -ENOSPC;
	images[image_count++] = (struct offered){.name = name, .bytes = bytes, .size = size};
	return 0;
}

/* --- What reading takes --- */

void erofs_volume_get(struct erofs_volume *volume)
{
	bool is_alive = refcount_get(&volume->refs);

	ASSERT(is_alive);
}

void erofs_volume_put(struct erofs_volume *volume)
{
	struct mem_account *account = volume->account;

	if (!refcount_put(&volume->refs))
		return;
	mutex_lock(&volume->lock);
	erofs_scratch_fini(&volume->scratch);
	mutex_unlock(&volume->lock);
	kmem_free_charged(account, volume, sizeof(*volume));
	if (account)
		mem_account_put(account);
}

int erofs_volume_read(struct erofs_volume *volume, const struct erofs_inode *disk, uint64_t offset,
		      void *buf, size_t len)
{
	int err;

	if (!erofs_is_compressed(disk))
		return erofs_read(&volume->image, disk, offset, buf, len, NULL);
	mutex_lock(&volume->lock);
	err = erofs_read(&volume->image, disk, offset, buf, len, &volume->scratch);
	mutex_unlock(&volume->lock);
	return err;
}

static int volume_create(const void *bytes, uint64_t size, struct mem_account *account,
			 struct erofs_volume **out)
{
	struct erofs_volume *volume = kmem_zalloc_charged(account, sizeof(*volume));
	int err;

	if (!volume)
		return -ENOMEM;
	volume->source = (struct erofs_source){.memory = bytes, .size = size};
	err = erofs_image_open(&volume->image, &volume->source);
	if (err) {
		kmem_free_charged(account, volume, sizeof(*volume));
		return err;
	}
	mutex_init(&volume->lock, LOCK_EROFS);
	refcount_init(&volume->refs);
	volume->account = account;
	if (account)
		mem_account_get(account);
	*out = volume;
	return 0;
}

/* --- The file system --- */

static void super_destroy(struct super *super)
{
	struct erofs_super *es = container_of(super, struct erofs_super, super);

	erofs_volume_put(es->volume);
	kmem_free_charged(super->account, es, sizeof(*es));
}

static int super_get_stat(struct super *super, struct super_stat *out)
{
	const struct erofs_super *es = container_of(super, struct erofs_super, super);

	out->blocks = es->volume->image.block_count;
	out->files = es->volume->image.inode_count;
	return 0;
}

static const struct super_ops super_ops = {
	.destroy_inode = erofs_node_destroy,
	.destroy = super_destroy,
	.statfs = super_get_stat,
};

int erofs_create(const void *bytes, uint64_t size, struct mem_account *account, struct super **out)
{
	struct erofs_super *es = kmem_zalloc_charged(account, sizeof(*es));
	struct inode *root;
	int err;

	if (!es)
		return -ENOMEM;
	err = volume_create(bytes, size, account, &es->volume);
	if (err) {
		kmem_free_charged(account, es, sizeof(*es));
		return err;
	}
	super_init(&es->super, &erofs_type, &super_ops, account);
	es->super.magic = EROFS_MAGIC;
	es->super.block_size = EROFS_BLOCK_SIZE;
	es->super.flags = MOUNT_READONLY;
	err = erofs_node_get(&es->super, es->volume->image.root_nid, &root);
	if (!err) {
		err = super_set_root(&es->super, root);
		if (err)
			inode_put(root);
	}
	if (err)
		super_put(&es->super);
	else
		*out = &es->super;
	return err;
}

static int mount(const struct fs_type *type UNUSED, const struct fs_mount *args, struct super **out)
{
	/* No option is known. */
	if (args->options[0] != '\0')
		return -EINVAL;
	for (uint32_t i = 0; i < image_count; i++) {
		if (strcmp(images[i].name, args->source) == 0)
			return erofs_create(images[i].bytes, images[i].size, args->account, out);
	}
	return -ENODEV;
}

static struct fs_type erofs_type = {
	.name = "erofs",
	.mount = mount,
};

void erofs_init(void)
{
	fs_register(&erofs_type);
}
