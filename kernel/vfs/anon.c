/*
 * Files without names: their inodes are of a file system that nobody mounts, and hold
 * nothing but what stat(2) shows.
 */
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/super.h"
#include "kernel/vfs/vfs_impl.h"

struct anon_inode {
	struct inode inode;	     /* must be first */
	struct mem_account *account; /* a reference: paid for this */
};

static void anon_destroy_inode(struct inode *inode)
{
	struct anon_inode *anon = container_of(inode, struct anon_inode, inode);
	struct mem_account *account = anon->account;

	inode_fini(inode);
	kmem_free_charged(account, anon, sizeof(*anon));
	if (account)
		mem_account_put(account);
}

/* For good: never called. */
static void anon_destroy(struct super *super UNUSED)
{
}

static const struct super_ops anon_super_ops = {
	.destroy_inode = anon_destroy_inode,
	.destroy = anon_destroy,
};

static const struct inode_ops anon_inode_ops = {0};

static struct super anon_super;
static struct atomic64 last_ino;

void anon_init(void)
{
	super_init(&anon_super, NULL, &anon_super_ops, NULL);
	anon_super.magic = 0x09041934;
}

/* What an open file is made of. NOLINTNEXTLINE(readability-function-size) */
int file_create_anon(const struct file_ops *ops, void *private, uint32_t mode, uint32_t flags,
		     const struct vfs_cred *cred, struct mem_account *account, struct file **out)
{
	struct anon_inode *anon = kmem_zalloc_charged(account, sizeof(*anon));
	int err;

	if (!anon)
		return -ENOMEM;
	anon->account = account;
	if (account)
		mem_account_get(account);
	inode_init(&anon->inode, &anon_super, atomic64_inc_return(&last_ino), mode);
	anon->inode.ops = &anon_inode_ops;
	anon->inode.file_ops = ops;
	anon->inode.uid = cred->uid;
	anon->inode.gid = cred->gid;
	err = file_create(&anon->inode, NULL, ops, flags, account, out);
	if (!err)
		(*out)->private = private;
	/* The file has a reference of its own. */
	inode_put(&anon->inode);
	return err;
}
