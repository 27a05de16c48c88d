/*
 * Path walk: from a name to a file.
 *
 * Everything it depends on is in its arguments: two directories, each with what the
 * caller's capability to it allows, and credentials. Nothing that is found gets more
 * rights than the directory where the walk began.
 */
#ifndef KERNEL_VFS_LOOKUP_H
#define KERNEL_VFS_LOOKUP_H

#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/path.h"

struct file;
struct grant;
struct mem_account;

/* A directory and what may be done in it. The path is borrowed from its owner. */
struct vfs_dir {
	struct path path; /* empty: there is none */
	uint32_t rights;
};

/* Who asks, and from where. */
struct vfs_ctx {
	struct vfs_dir root;  /* where absolute paths begin, and ".." ends */
	struct vfs_dir start; /* where others begin: the working directory, or another */
	const struct vfs_cred *cred;
	uint32_t umask;
	struct mem_account *account; /* pays for what is opened */
};

/* The directory an open file is, as a capability with these rights has it. -ENOTDIR. */
MUST_CHECK int vfs_dir_of(struct file *file, uint32_t rights, struct vfs_dir *out);

/* The numbers of openat2(2), and above them ours. */
enum lookup_flag {
	RESOLVE_NO_XDEV = 0x01,	      /* stay in the mount: -EXDEV */
	RESOLVE_NO_MAGICLINKS = 0x02, /* -ELOOP */
	RESOLVE_NO_SYMLINKS = 0x04,   /* -ELOOP */
	RESOLVE_BENEATH = 0x08,	      /* stay below start: -EXDEV */
	RESOLVE_IN_ROOT = 0x10,	      /* start is the root */
	RESOLVE_ALL = 0x1f,

	LOOKUP_FOLLOW = 0x100,	   /* the last component too, if it is a link */
	LOOKUP_DIRECTORY = 0x200,  /* -ENOTDIR for anything else */
	LOOKUP_EMPTY_PATH = 0x400, /* "" is start itself */
	LOOKUP_NO_MOUNT = 0x800,   /* the last component's own, not what is mounted there */
};

/* Links that one walk follows; one more is -ELOOP. */
#define LOOKUP_LINKS_MAX 40u

/* Which capability the walk drew on at last: what is opened has its grant. */
enum vfs_origin {
	VFS_FROM_START,
	VFS_FROM_ROOT,
	VFS_FROM_LINK, /* a link to an object: found.grant */
};

struct vfs_found {
	struct path path; /* references */
	uint32_t rights;  /* what may be done with it at most */
	enum vfs_origin origin;
	struct grant *grant; /* VFS_FROM_LINK: a reference; else NULL */
};

/*
 * What a path means. 0, or
 *
 *	-ENOENT		a component, or the path, is not there
 *	-ENOTDIR	a component is no directory
 *	-EACCES		a directory may not be searched, or the capability has no LOOKUP
 *	-ELOOP		too many links, or a link that must not be followed
 *	-EXDEV		RESOLVE_*
 *	-EAGAIN		RESOLVE_BENEATH, IN_ROOT: the tree changed under the walk
 *	-ENAMETOOLONG, -ENOMEM, or the file system's error
 */
MUST_CHECK int vfs_lookup(const struct vfs_ctx *ctx, const char *path, uint32_t flags,
			  struct vfs_found *out);

/* Drops what was found. */
void vfs_found_put(struct vfs_found *found);

#endif
