/*
 * Extended attributes. Behind an inode comes a header, numbers of attributes that
 * several inodes share, and attributes of its own. Each has a number for the
 * beginning of its name, the rest of it, and the value, padded to 4 bytes.
 */
#include "kernel/fs/erofs/erofs.h"

#include "kernel/fs/erofs/erofs_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

#define HEADER_LEN 12u
#define HEADER_SHARED_COUNT 4u
#define SHARED_LEN 4u
#define ENTRY_LEN 4u

static const char *const prefixes[] = {
	[1] = "user.",
	[2] = "system.posix_acl_access",
	[3] = "system.posix_acl_default",
	[4] = "trusted.",
	[5] = "lustre.",
	[6] = "security.",
};

/* The attribute at *at, which is moved behind it. -ENOENT: its prefix is unknown. */
static int load_entry(const struct erofs_image *image, uint64_t *at, struct erofs_xattr *out)
{
	uint8_t raw[ENTRY_LEN];
	const char *prefix;
	size_t prefix_len;
	uint64_t name_at = *at + ENTRY_LEN;
	int err;

	err = erofs_fetch(image, *at, raw, sizeof(raw));
	if (err)
		return err;
	out->value_offset = name_at + raw[0];
	out->value_len = le16_load(raw + 2);
	*at = ALIGN_UP(out->value_offset + out->value_len, 4);
	prefix = raw[1] < ARRAY_SIZE(prefixes) ? prefixes[raw[1]] : NULL;
	if (!prefix)
		return -ENOENT;
	prefix_len = strlen(prefix);
	if (prefix_len + raw[0] > EROFS_NAME_MAX)
		return -EUCLEAN;
	memcpy(out->name, prefix, prefix_len);
	err = erofs_fetch(image, name_at, out->name + prefix_len, raw[0]);
	if (err)
		return err;
	out->name[prefix_len + raw[0]] = '\0';
	return strlen(out->name) == prefix_len + raw[0] ? 0 : -EUCLEAN;
}

/* The shared attribute that the walk is at. */
static int next_shared(const struct erofs_image *image, const struct erofs_inode *inode,
		       struct erofs_xattr_walk *walk, struct erofs_xattr *out)
{
	uint8_t raw[SHARED_LEN];
	uint64_t at;
	int err;

	at = inode->xattr_offset + HEADER_LEN + (uint64_t)walk->shared_index * SHARED_LEN;
	err = erofs_fetch(image, at, raw, sizeof(raw));
	if (err)
		return err;
	at = image->xattr_offset + (uint64_t)le32_load(raw) * SHARED_LEN;
	err = load_entry(image, &at, out);
	if (!err || err == -ENOENT)
		walk->shared_index++;
	return err;
}

static int next_inline(const struct erofs_image *image, const struct erofs_inode *inode,
		       uint64_t start, struct erofs_xattr_walk *walk, struct erofs_xattr *out)
{
	uint64_t end = inode->xattr_offset + inode->xattr_len;
	uint64_t at = start + walk->inline_offset;
	int err;

	if (at >= end)
		return -ENODATA;
	err = load_entry(image, &at, out);
	if (at > end)
		return -EUCLEAN;
	if (!err || err == -ENOENT)
		walk->inline_offset = at - start;
	return err;
}

int erofs_xattr_next(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_xattr_walk *walk, struct erofs_xattr *out)
{
	uint32_t shared_len;
	uint8_t shared_count;
	int err;

	if (inode->xattr_len == 0)
		return -ENODATA;
	err = erofs_fetch(image, inode->xattr_offset + HEADER_SHARED_COUNT, &shared_count, 1);
	if (err)
		return err;
	shared_len = shared_count * SHARED_LEN;
	if (shared_len > inode->xattr_len - HEADER_LEN)
		return -EUCLEAN;
	do {
		if (walk->shared_index < shared_count)
			err = next_shared(image, inode, walk, out);
		else
			err = next_inline(image, inode,
					  inode->xattr_offset + HEADER_LEN + shared_len, walk, out);
	} while (err == -ENOENT);
	return err;
}

int erofs_xattr_get(const struct erofs_image *image, const struct erofs_inode *inode,
		    const char *name, void *buf, size_t size, size_t *len)
{
	struct erofs_xattr_walk walk = {0};
	struct erofs_xattr xattr;
	int err;

	do {
		err = erofs_xattr_next(image, inode, &walk, &xattr);
		if (err)
			return err;
	} while (strcmp(xattr.name, name) != 0);

	if (size && xattr.value_len > size)
		return -ERANGE;
	if (size) {
		err = erofs_fetch(image, xattr.value_offset, buf, xattr.value_len);
		if (err)
			return err;
	}
	*len = xattr.value_len;
	return 0;
}
