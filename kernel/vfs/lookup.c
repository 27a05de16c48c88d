/*
 * The walk along a path.
 *
 * It holds one place at a time. A link's text is put in front of what is left of the
 * path, so that the loop goes on without a stack, and a path of any nesting costs
 * memory of its length only.
 *
 * Where ".." ends: at the root; and, if the walk began at a directory that does not lie
 * below the root (a capability from elsewhere, or there is no root at all), or came to
 * one by a link that is a jump, at that directory: its base. Nobody climbs out of what
 * he was given. Where the answer must not be wrong for a moment (RESOLVE_BENEATH,
 * RESOLVE_IN_ROOT, such a base), each ".." is followed by a check that the place still
 * lies below, since another thread may just have moved a directory away.
 */
#include "kernel/vfs/lookup.h"

#include "kernel/cap/grant.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/vfs_impl.h"

#define RESOLVE_SCOPED (RESOLVE_BENEATH | RESOLVE_IN_ROOT)

int vfs_dir_of(struct file *file, uint32_t rights, struct vfs_dir *out)
{
	if (!inode_is_dir(file->inode) || !file->path.mount)
		return -ENOTDIR;
	out->path = file->path;
	out->rights = rights;
	return 0;
}

/* --- Begin and end --- */

/* Moves to another place, borrowed from whoever has it. */
static void go_to(struct walk *walk, const struct path *place)
{
	path_get(place);
	path_put(&walk->at);
	walk->at = *place;
}

static void draw_on(struct walk *walk, enum vfs_origin origin, uint32_t rights)
{
	if (walk->grant)
		grant_put(walk->grant);
	walk->grant = NULL;
	path_put(&walk->link_base);
	walk->origin = origin;
	walk->rights = rights;
	walk->knows_bound = false;
}

/* To the root, for an absolute path or link. */
static int jump_to_root(struct walk *walk)
{
	if (walk->flags & RESOLVE_BENEATH)
		return -EXDEV;
	if (!walk->root.mount)
		return -EACCES;
	if ((walk->flags & RESOLVE_NO_XDEV) && walk->at.mount && walk->at.mount != walk->root.mount)
		return -EXDEV;
	go_to(walk, &walk->root);
	if (walk->flags & RESOLVE_IN_ROOT)
		draw_on(walk, VFS_FROM_START, walk->ctx->start.rights);
	else
		draw_on(walk, VFS_FROM_ROOT, walk->ctx->root.rights);
	return 0;
}

int walk_begin(struct walk *walk, const struct vfs_ctx *ctx, const char *path, uint32_t flags)
{
	bool is_relative = path[0] != '/' || (flags & RESOLVE_IN_ROOT);

	*walk = (struct walk){
		.ctx = ctx,
		.flags = flags,
		.root = flags & RESOLVE_IN_ROOT ? ctx->start.path : ctx->root.path,
		.rest = path,
	};
	if (path[0] == '\0' && !(flags & LOOKUP_EMPTY_PATH))
		return -ENOENT;
	if (strnlen(path, VFS_PATH_MAX) == VFS_PATH_MAX)
		return -ENAMETOOLONG;
	if (!is_relative)
		return jump_to_root(walk);
	if (!ctx->start.path.mount)
		return -EACCES;
	go_to(walk, &ctx->start.path);
	draw_on(walk, VFS_FROM_START, ctx->start.rights);
	return 0;
}

void walk_end(struct walk *walk)
{
	path_put(&walk->at);
	draw_on(walk, VFS_FROM_START, 0);
	kmem_free(walk->buf, walk->buf_size);
	walk->buf = NULL;
}

/* --- Steps --- */

/* Whether names can be looked up where the walk is. */
static int check_search(const struct walk *walk)
{
	struct inode *inode = path_inode(&walk->at);

	if (!inode_is_dir(inode))
		return -ENOTDIR;
	if (UNLIKELY(walk_needs(walk, RIGHT_LOOKUP)))
		return -EACCES;
	return inode_access(inode, walk->ctx->cred, ACCESS_EXEC);
}

/* The directory that a capability other than the root's was for. */
static const struct path *base_of(const struct walk *walk)
{
	return walk->origin == VFS_FROM_LINK ? &walk->link_base : &walk->ctx->start.path;
}

/* Whether ".." must not lead above the base, which then is not below the root. */
static bool is_bounded(struct walk *walk)
{
	if (walk->flags & RESOLVE_SCOPED)
		return true;
	if (walk->origin == VFS_FROM_ROOT)
		return false;
	if (!walk->knows_bound) {
		walk->is_bounded = !walk->root.mount || !path_is_above(&walk->root, base_of(walk));
		walk->knows_bound = true;
	}
	return walk->is_bounded;
}

static int step_up(struct walk *walk)
{
	const struct mount *from = walk->at.mount;
	bool bounded;

	if (walk->root.mount && path_is_same(&walk->at, &walk->root))
		return walk->flags & RESOLVE_BENEATH ? -EXDEV : 0;
	bounded = is_bounded(walk);
	if (bounded && path_is_same(&walk->at, base_of(walk)))
		return walk->flags & RESOLVE_BENEATH ? -EXDEV : 0;
	if (!path_step_up(&walk->at, walk->root.mount ? &walk->root : NULL))
		return 0;
	if ((walk->flags & RESOLVE_NO_XDEV) && walk->at.mount != from)
		return -EXDEV;
	if (bounded && !path_is_above(base_of(walk), &walk->at))
		return -EAGAIN;
	/* What is mounted on a parent hides it from below, too. */
	(void)path_follow_mounts(&walk->at);
	return 0;
}

/* Puts a link's text in front of what is left. */
static int prepend_text(struct walk *walk, const char *text, size_t len)
{
	size_t rest_len = strlen(walk->rest);
	size_t size = len + rest_len + 2;
	char *buf = kmem_alloc(size);

	if (!buf)
		return -ENOMEM;
	memcpy(buf, text, len);
	if (rest_len > 0 || walk->has_slash) {
		buf[len++] = '/';
		memcpy(buf + len, walk->rest, rest_len);
	}
	buf[len + rest_len] = '\0';
	kmem_free(walk->buf, walk->buf_size);
	walk->buf = buf;
	walk->buf_size = size;
	walk->rest = buf;
	return text[0] == '/' ? jump_to_root(walk) : 0;
}

static int follow_text(struct walk *walk, struct inode *inode)
{
	char *text;
	ssize_t len;
	int err;

	if (inode->symlink)
		return prepend_text(walk, inode->symlink, strlen(inode->symlink));
	if (!inode->ops->readlink)
		return -EINVAL;
	text = kmem_alloc(VFS_PATH_MAX);
	if (!text)
		return -ENOMEM;
	len = inode->ops->readlink(inode, walk->ctx->cred, text, VFS_PATH_MAX);
	if (len == 0)
		len = -ENOENT;
	err = len < 0 ? (int)len : prepend_text(walk, text, (size_t)len);
	kmem_free(text, VFS_PATH_MAX);
	return err;
}

/* A link that is a jump to some object. */
static int follow_object(struct walk *walk, struct inode *inode)
{
	struct link_target target;
	int err;

	if (walk->flags & RESOLVE_NO_MAGICLINKS)
		return -ELOOP;
	if (walk->flags & RESOLVE_SCOPED)
		return -EXDEV;
	err = inode->ops->follow(inode, walk->ctx->cred, &target);
	if (err)
		return err;
	if ((walk->flags & RESOLVE_NO_XDEV) && target.path.mount != walk->at.mount)
		err = -EXDEV;
	path_put(&walk->at);
	walk->at = target.path;
	draw_on(walk, VFS_FROM_LINK, target.rights);
	walk->grant = target.grant;
	walk->link_base = target.path;
	path_get(&walk->link_base);
	return err;
}

static int follow(struct walk *walk, const struct path *link)
{
	struct inode *inode = path_inode(link);

	if (walk->flags & RESOLVE_NO_SYMLINKS)
		return -ELOOP;
	if (READ_ONCE(link->mount->flags) & MOUNT_NOSYMFOLLOW)
		return -ELOOP;
	if (++walk->links > LOOKUP_LINKS_MAX)
		return -ELOOP;
	return inode->ops->follow ? follow_object(walk, inode) : follow_text(walk, inode);
}

int walk_enter(struct walk *walk, struct dentry *dentry, bool may_follow, bool *is_link)
{
	struct path to = {.mount = walk->at.mount, .dentry = dentry};
	int err = 0;

	*is_link = false;
	mount_get(to.mount);
	if (!(walk->flags & LOOKUP_NO_MOUNT) || *walk->rest)
		path_follow_mounts(&to);
	if ((walk->flags & RESOLVE_NO_XDEV) && to.mount != walk->at.mount) {
		err = -EXDEV;
	} else if (UNLIKELY(inode_is_symlink(path_inode(&to))) && may_follow) {
		*is_link = true;
		err = follow(walk, &to);
	} else {
		path_put(&walk->at);
		walk->at = to;
		return 0;
	}
	path_put(&to);
	return err;
}

/* Through a component that is not the last. */
static int step(struct walk *walk)
{
	struct dentry *dentry;
	bool is_link;
	int err;

	if (walk->kind == LAST_DOT)
		return 0;
	if (walk->kind == LAST_DOTDOT)
		return step_up(walk);
	err = dentry_lookup(walk->at.dentry, &walk->last, &dentry);
	if (err)
		return err;
	if (!dentry_inode(dentry)) {
		dentry_put(dentry);
		return -ENOENT;
	}
	return walk_enter(walk, dentry, true, &is_link);
}

static enum walk_last kind_of(const char *name, size_t len)
{
	if (name[0] != '.' || len > 2)
		return LAST_NAME;
	if (len == 1)
		return LAST_DOT;
	return name[1] == '.' ? LAST_DOTDOT : LAST_NAME;
}

/* Takes the next component off the path: false at its end. */
static bool next_component(struct walk *walk, const char **name, size_t *len)
{
	const char *at = walk->rest;

	while (*at == '/')
		at++;
	*name = at;
	while (*at && *at != '/')
		at++;
	*len = (size_t)(at - *name);
	walk->has_slash = *at == '/';
	while (*at == '/')
		at++;
	walk->rest = at;
	return *len > 0;
}

int walk_parents(struct walk *walk)
{
	const char *name;
	size_t len;
	int err;

	for (;;) {
		if (!next_component(walk, &name, &len)) {
			walk->kind = LAST_NONE;
			walk->has_slash = false;
			return 0;
		}
		err = check_search(walk);
		if (err)
			return err;
		if (len > VFS_NAME_MAX)
			return -ENAMETOOLONG;
		walk->kind = kind_of(name, len);
		if (walk->kind == LAST_NAME)
			walk->last = vfs_name(name, (uint32_t)len);
		if (!*walk->rest)
			return 0;
		err = step(walk);
		if (err)
			return err;
	}
}

/* The last component: *is_done unless a link leads on. */
static int last_step(struct walk *walk, bool *is_done)
{
	struct dentry *dentry;
	bool is_link = false;
	int err;

	*is_done = true;
	if (walk->kind == LAST_DOTDOT)
		return step_up(walk);
	if (walk->kind != LAST_NAME)
		return 0;
	err = dentry_lookup(walk->at.dentry, &walk->last, &dentry);
	if (err)
		return err;
	if (!dentry_inode(dentry)) {
		dentry_put(dentry);
		return -ENOENT;
	}
	err = walk_enter(walk, dentry, (walk->flags & LOOKUP_FOLLOW) || walk->has_slash, &is_link);
	*is_done = !is_link;
	return err;
}

int walk_finish(struct walk *walk)
{
	bool is_done = false;
	bool must_be_dir = (walk->flags & LOOKUP_DIRECTORY) != 0;
	int err;

	for (;;) {
		err = last_step(walk, &is_done);
		if (err)
			return err;
		if (is_done)
			break;
		err = walk_parents(walk);
		if (err)
			return err;
	}
	if (walk->has_slash)
		must_be_dir = true;
	return must_be_dir && !inode_is_dir(path_inode(&walk->at)) ? -ENOTDIR : 0;
}

int vfs_lookup(const struct vfs_ctx *ctx, const char *path, uint32_t flags, struct vfs_found *out)
{
	struct walk walk;
	int err = walk_begin(&walk, ctx, path, flags);

	if (!err)
		err = walk_parents(&walk);
	if (!err)
		err = walk_finish(&walk);
	if (!err) {
		*out = (struct vfs_found){
			.path = walk.at,
			.rights = walk.rights,
			.origin = walk.origin,
			.grant = walk.grant,
		};
		walk.at = (struct path){0};
		walk.grant = NULL;
	}
	walk_end(&walk);
	return err;
}

void vfs_found_put(struct vfs_found *found)
{
	path_put(&found->path);
	if (found->grant)
		grant_put(found->grant);
	found->grant = NULL;
}
