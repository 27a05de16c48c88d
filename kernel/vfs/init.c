#include "kernel/vfs/dentry.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vfs/vfs_impl.h"

int vfs_init(void)
{
	dentry_init();
	anon_init();
	return file_init();
}
