/* The running thread's credentials as the file systems want them. */
#ifndef COMPAT_LINUX_FILE_FSCRED_H
#define COMPAT_LINUX_FILE_FSCRED_H

#include "kernel/vfs/cred.h"

struct lthread;

enum fscred_ids {
	FSCRED_FS,   /* the file system ids: of nearly all calls */
	FSCRED_REAL, /* the real ids: access(2) */
};

/* Borrows from the thread's own credentials: good until it changes them. */
void fscred_of(const struct lthread *lt, enum fscred_ids ids, struct vfs_cred *out);

#endif
