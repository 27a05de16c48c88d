/*
 * Compares an EROFS image with the directory that mkfs.erofs made it from, or
 * damages it and looks at it. tests/tools/erofs.test runs this.
 *
 * usage: erofs_compare [-b] IMAGE TREE	-b: read the image as from a disk
 *        erofs_compare -m COUNT IMAGE		COUNT damaged copies, and all truncated ones
 *        erofs_compare -o IMAGE		print the error that opening gives
 *        erofs_compare -p IMAGE		print each path: mode, owner, kind
 */
#include "kernel/fs/erofs/erofs.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "kernel/lib/errno.h"
#include "tests/unit/fs/erofs_walk.h"
#include "tests/unit/unit.h"

#define MAX_PATH 4096

static struct erofs_image image;
static struct erofs_scratch scratch;
static uint64_t layouts[EROFS_LAYOUT_COUNT + EROFS_EXTENT_LZ4 + 1];
static uint64_t compared;
static uint64_t attributes;

NORETURN PRINTF(1, 2) static void differ(const char *format, ...);

static void differ(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static uint8_t *read_host_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (!file || fstat(fileno(file), &st) != 0)
		differ("%s: cannot be read", path);
	*len = (size_t)st.st_size;
	/* To the byte: the sanitizer sees one too far. */
	data = malloc(*len ? *len : 1);
	if (fread(data, 1, *len, file) != *len)
		differ("%s: cannot be read", path);
	fclose(file);
	return data;
}

/* A disk that lies in memory. */
struct disk {
	struct erofs_source source;
	const uint8_t *data;
};

static int disk_read(struct erofs_source *source, uint64_t offset, void *buf, size_t len)
{
	const struct disk *disk = (const struct disk *)source;

	if (offset > source->size || len > source->size - offset)
		differ("a read outside the source");
	memcpy(buf, disk->data + offset, len);
	return 0;
}

static uint64_t lookup(const char *path)
{
	uint64_t nid = image.root_nid;
	struct erofs_inode dir;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (erofs_inode_load(&image, nid, &dir) ||
		    erofs_dir_lookup(&image, &dir, path, len, &nid))
			differ("%s: not found", path);
		path += len;
		path += strspn(path, "/");
	}
	return nid;
}

static void compare_stat(const char *path, const struct erofs_inode *inode, const struct stat *st)
{
	if (inode->mode != st->st_mode)
		differ("%s: mode %o, not %o", path, inode->mode, st->st_mode);
	if (inode->uid != st->st_uid || inode->gid != st->st_gid)
		differ("%s: owner %u:%u", path, inode->uid, inode->gid);
	if (S_ISREG(st->st_mode) && inode->link_count != st->st_nlink)
		differ("%s: %u links", path, inode->link_count);
	if ((S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) && inode->size != (uint64_t)st->st_size)
		differ("%s: size %lu", path, inode->size);
	if ((S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) &&
	    (inode->device_major != major(st->st_rdev) ||
	     inode->device_minor != minor(st->st_rdev)))
		differ("%s: device %u:%u", path, inode->device_major, inode->device_minor);
}

static void compare_range(const char *path, const struct erofs_inode *inode, const uint8_t *want,
			  uint64_t offset, size_t len)
{
	uint8_t *got = malloc(len ? len : 1);
	int err = erofs_read(&image, inode, offset, got, len, &scratch);

	if (err)
		differ("%s: read of %zu at %lu: %d", path, len, offset, err);
	if (memcmp(got, want + offset, len) != 0)
		differ("%s: wrong data in %zu at %lu", path, len, offset);
	free(got);
}

static void compare_data(const char *path, const struct erofs_inode *inode, const uint8_t *want,
			 size_t len)
{
	struct erofs_extent extent;
	uint64_t seed = len;
	uint64_t at;

	layouts[inode->layout]++;
	compare_range(path, inode, want, 0, len);
	for (at = 0; at < len; at += 4096)
		compare_range(path, inode, want, at, MIN(4096, len - at));
	for (int i = 0; len && i < 32; i++) {
		at = test_random(&seed, len);
		compare_range(path, inode, want, at, test_random(&seed, MIN(len - at, 20000) + 1));
	}
	for (at = 0; at < len; at = extent.start + extent.len) {
		if (erofs_map(&image, inode, at, &extent) || extent.start != at)
			differ("%s: no piece begins at %lu", path, at);
		layouts[EROFS_LAYOUT_COUNT + extent.kind]++;
	}
	if (erofs_read(&image, inode, len, &at, 1, &scratch) != -EINVAL ||
	    erofs_map(&image, inode, len, &extent) != -EINVAL)
		differ("%s: goes on behind its end", path);
}

static void compare_xattr(const char *path, const char *host_path, const struct erofs_inode *inode,
			  const char *name)
{
	char want[65536], got[65536];
	ssize_t want_len = lgetxattr(host_path, name, want, sizeof(want));
	size_t len = 0;
	int err;

	err = erofs_xattr_get(&image, inode, name, got, sizeof(got), &len);
	if (err || want_len < 0 || len != (size_t)want_len || memcmp(got, want, len) != 0)
		differ("%s: attribute %s: %d", path, name, err);
	if (len > 1 && erofs_xattr_get(&image, inode, name, got, len - 1, &len) != -ERANGE)
		differ("%s: attribute %s fits where it should not", path, name);
}

static void compare_xattrs(const char *path, const char *host_path, const struct erofs_inode *inode)
{
	struct erofs_xattr_walk walk = {0};
	struct erofs_xattr xattr;
	char names[65536];
	ssize_t len = llistxattr(host_path, names, sizeof(names));
	int count = 0;

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		compare_xattr(path, host_path, inode, names + at);
		attributes++;
		count++;
	}
	for (; erofs_xattr_next(&image, inode, &walk, &xattr) == 0; count--)
		;
	if (count)
		differ("%s: %d attributes are missing", path, count);
	if (erofs_xattr_get(&image, inode, "user.no such", names, 1, &(size_t){0}) != -ENODATA)
		differ("%s: an attribute that is not there", path);
}

static int count_entries(const char *path, const struct erofs_inode *dir)
{
	struct erofs_dirent entry;
	uint64_t position = 0;
	int count = 0, err;

	for (; (err = erofs_dir_next(&image, dir, &position, &entry)) == 0; count++) {
		uint64_t nid;

		if (erofs_dir_lookup(&image, dir, entry.name, entry.name_len, &nid) ||
		    nid != entry.nid)
			differ("%s: entry %s is not found", path, entry.name);
	}
	if (err != -ENOENT)
		differ("%s: reading the directory: %d", path, err);
	return count;
}

static void compare_tree(const char *top, const char *path);

static void compare_dir(const char *top, const char *path, const struct erofs_inode *inode)
{
	char next[MAX_PATH];
	struct dirent *entry;
	uint64_t nid;
	int count = 0;
	DIR *dir;

	snprintf(next, sizeof(next), "%s/%s", top, path);
	dir = opendir(next);
	if (!dir)
		differ("%s: cannot be read", next);
	for (; (entry = readdir(dir)); count++) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(next, sizeof(next), "%s%s%s", path, *path ? "/" : "", entry->d_name);
		compare_tree(top, next);
	}
	closedir(dir);
	if (count_entries(path, inode) != count)
		differ("%s: not %d entries", path, count);
	if (erofs_dir_lookup(&image, inode, "no such", 7, &nid) != -ENOENT ||
	    erofs_dir_lookup(&image, inode, "\377", 1, &nid) != -ENOENT ||
	    erofs_dir_lookup(&image, inode, "\1", 1, &nid) != -ENOENT)
		differ("%s: a name that is not there", path);
}

static void compare_tree(const char *top, const char *path)
{
	struct erofs_inode inode;
	char host_path[MAX_PATH];
	char target[MAX_PATH];
	struct stat st;
	uint8_t *data;
	size_t len;

	snprintf(host_path, sizeof(host_path), "%s/%s", top, path);
	if (lstat(host_path, &st) != 0)
		differ("%s: not there", host_path);
	if (erofs_inode_load(&image, lookup(path), &inode))
		differ("%s: no inode", path);
	compared++;
	compare_stat(path, &inode, &st);
	compare_xattrs(path, host_path, &inode);
	if (S_ISDIR(st.st_mode)) {
		compare_dir(top, path, &inode);
	} else if (S_ISLNK(st.st_mode)) {
		len = (size_t)readlink(host_path, target, sizeof(target));
		compare_data(path, &inode, (const uint8_t *)target, len);
	} else if (S_ISREG(st.st_mode)) {
		data = read_host_file(host_path, &len);
		compare_data(path, &inode, data, len);
		free(data);
	}
}

static void print_layouts(void)
{
	static const char *const names[] = {"plain",   "full",	"inline", "compact",
					    "chunked", "holes", "stored", "lz4"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		printf("%s=%lu ", names[i], layouts[i]);
	printf("compared=%lu attributes=%lu\n", compared, attributes);
}

static void print_tree(const char *path, uint64_t nid)
{
	struct erofs_dirent entry;
	struct erofs_inode inode;
	uint64_t position = 0;
	char next[MAX_PATH];
	int err;

	if (erofs_inode_load(&image, nid, &inode))
		differ("%s: no inode", path);
	printf("%s %04o %u:%u ", *path ? path : "/", inode.mode & 07777, inode.uid, inode.gid);
	if (S_ISLNK(inode.mode)) {
		if (erofs_read(&image, &inode, 0, next, (size_t)inode.size, &scratch))
			differ("%s: cannot be read", path);
		printf("link:%.*s\n", (int)inode.size, next);
	} else {
		printf("%s\n", S_ISDIR(inode.mode)   ? "dir"
			       : S_ISREG(inode.mode) ? "file"
						     : "other");
	}
	if (!S_ISDIR(inode.mode))
		return;
	while ((err = erofs_dir_next(&image, &inode, &position, &entry)) == 0) {
		if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
			continue;
		snprintf(next, sizeof(next), "%s/%s", path, entry.name);
		print_tree(next, entry.nid);
	}
	if (err != -ENOENT)
		differ("%s: reading the directory: %d", path, err);
}

/* One bit, one byte or one number somewhere, several times; mostly in the metadata. */
static void damage(uint8_t *data, size_t len, uint64_t *seed)
{
	uint64_t count = 1 + test_random(seed, 8);

	while (count--) {
		size_t region = test_random(seed, 4) ? MIN(len, 16384) : len;
		size_t at = 1024 + 80 + test_random(seed, region - 1024 - 80);

		switch (test_random(seed, 4)) {
		case 0:
			data[at] ^= (uint8_t)(1u << test_random(seed, 8));
			break;
		case 1:
			data[at] = (uint8_t)test_random(seed, 256);
			break;
		case 2:
			memset(data + at, 0xff, MIN(4, len - at));
			break;
		default:
			memset(data + at, 0, MIN(4, len - at));
			break;
		}
	}
}

/* Exact copies of their length; the check sum is off, or damage would stop there. */
static void look_at(const uint8_t *data, size_t len, uint64_t *seed)
{
	struct disk disk = {.source = {.size = len}, .data = data};
	const char *problem;

	if (test_random(seed, 2))
		disk.source.memory = data;
	else
		disk.source.read = disk_read;
	problem = erofs_walk_image(&disk.source, 2000, 1u << 22);
	if (problem)
		differ("%s", problem);
}

static int damage_all(const char *path, int count)
{
	uint64_t seed = 1;
	size_t len;
	uint8_t *data = read_host_file(path, &len);
	uint8_t *copy;

	data[1024 + 8] &= (uint8_t)~1;
	for (int i = 0; i < count; i++) {
		copy = malloc(len);
		memcpy(copy, data, len);
		damage(copy, len, &seed);
		look_at(copy, len, &seed);
		free(copy);
	}
	for (size_t cut = 0; cut < len; cut += cut < 8192 ? 61 : 4099) {
		copy = malloc(cut ? cut : 1);
		memcpy(copy, data, cut);
		/* As many blocks as there are, or nobody would look further. */
		if (cut > 2048)
			copy[1024 + 36] = (uint8_t)(cut / 4096), copy[1024 + 37] = 0;
		look_at(copy, cut, &seed);
		free(copy);
	}
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct disk disk = {0};
	uint8_t *data;
	size_t len;
	int err;

	if (argc == 4 && strcmp(argv[1], "-m") == 0)
		return damage_all(argv[3], atoi(argv[2]));
	if (argc < 3)
		differ("usage: erofs_compare [-b | -m COUNT | -o | -p] IMAGE [TREE]");
	data = read_host_file(argv[argc == 4 || argv[1][0] == '-' ? 2 : 1], &len);
	disk.source.size = len;
	disk.data = data;
	if (strcmp(argv[1], "-b") == 0)
		disk.source.read = disk_read;
	else
		disk.source.memory = data;
	err = erofs_image_open(&image, &disk.source);
	if (strcmp(argv[1], "-o") == 0) {
		printf("%d\n", err);
		free(data);
		return 0;
	}
	if (err)
		differ("cannot open the image: %d", err);
	if (strcmp(argv[1], "-p") == 0) {
		print_tree("", image.root_nid);
	} else {
		compare_tree(argv[argc - 1], "");
		print_layouts();
	}
	erofs_scratch_fini(&scratch);
	free(data);
	return 0;
}
