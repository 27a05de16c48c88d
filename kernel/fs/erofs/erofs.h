/*
 * EROFS, the read-only file system of the root image: what is in an image, for
 * whoever can read its bytes. Knows nothing of mounts, dentries or pages.
 *
 * Understood are images with blocks of 4 KiB: compact and extended inodes; file
 * data in blocks, with the end beside the inode, in chunks with holes, and
 * compressed by LZ4 in clusters of any size, with the last one beside the inode;
 * extended attributes. An image that needs more (other devices, fragments,
 * deduplicated compression, other algorithms) is refused with -EOPNOTSUPP.
 *
 * The image may hold anything. What contradicts itself gives -EUCLEAN; no loop is
 * longer than the image has bytes for, and no allocation is larger than
 * EROFS_CLUSTER_MAX. An image does not change while it is open. All functions that
 * take an image may sleep, if its source does, and allocate; they want no spinlock
 * held and keep nothing. They only read, so any number may run at once.
 *
 * Errors of all that return int: -EUCLEAN; -EOPNOTSUPP; -ENOMEM; the source's.
 */
#ifndef KERNEL_FS_EROFS_EROFS_H
#define KERNEL_FS_EROFS_EROFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/lz4.h"

#define EROFS_BLOCK_SHIFT 12
#define EROFS_BLOCK_SIZE (1u << EROFS_BLOCK_SHIFT)
#define EROFS_NAME_MAX 255u
/* The most bytes that one compressed piece of a file decodes to. */
#define EROFS_EXTENT_MAX (8u << 20)
/* The most bytes that it is compressed to. */
#define EROFS_CLUSTER_MAX (1u << 20)
/* Symbolic links are shorter. */
#define EROFS_LINK_MAX 4096u

/* The bytes of an image. */
struct erofs_source {
	/* Where they are, if they are in memory; then read is not called. */
	const uint8_t *memory;
	/* Copies bytes of [0, size) to buf: 0, or an error that the caller gets. */
	int (*read)(struct erofs_source *source, uint64_t offset, void *buf, size_t len);
	uint64_t size;
};

/* const after erofs_image_open */
struct erofs_image {
	struct erofs_source *source;
	uint64_t meta_offset;  /* where inode number 0 is */
	uint64_t xattr_offset; /* where the shared attributes are */
	uint64_t root_nid;
	uint64_t inode_count;
	uint64_t block_count;
	int64_t build_time; /* seconds since 1970 */
	uint32_t build_time_ns;
	uint32_t features;
	uint32_t max_cluster_blocks; /* of compressed data */
	uint8_t uuid[16];
	char label[17];
};

enum erofs_layout {
	EROFS_FLAT_PLAIN,
	EROFS_COMPRESSED_FULL,
	EROFS_FLAT_INLINE,
	EROFS_COMPRESSED_COMPACT,
	EROFS_CHUNKED,
	EROFS_LAYOUT_COUNT
};

struct erofs_inode {
	uint64_t nid; /* its number: where it is, in units of 32 bytes */
	uint64_t size;
	int64_t mtime;
	uint32_t mtime_ns;
	uint32_t mode; /* type and permissions, as in stat(2) */
	uint32_t uid;
	uint32_t gid;
	uint32_t link_count;
	uint32_t device_major; /* of device nodes */
	uint32_t device_minor;
	uint64_t stored_blocks; /* that the data take in the image */
	uint32_t xattr_len;

	/* For erofs_map and the like. */
	enum erofs_layout layout;
	uint64_t xattr_offset;
	uint64_t meta_end; /* behind inode and attributes */
	uint64_t data_offset;
	uint32_t chunk_shift;
	bool has_chunk_indexes;
	uint16_t cluster_flags;
	uint16_t tail_len; /* of the last cluster, when it is beside the inode */
	uint64_t tail_offset;
	uint64_t tail_start; /* in the file */
};

enum erofs_extent_kind {
	EROFS_EXTENT_HOLE,
	EROFS_EXTENT_PLAIN,
	EROFS_EXTENT_LZ4,
};

/* A piece of a file and where it is. */
struct erofs_extent {
	enum erofs_extent_kind kind;
	uint64_t start; /* in the file */
	uint64_t len;	/* at least 1 */
	uint64_t data;	/* in the image; of stored bytes, unless it is a hole */
	uint64_t data_len;
};

/*
 * The compressed piece that was read last, as far as it has been decoded, so that
 * reading page after page decodes each once. Takes LZ4_WINDOW_SIZE bytes, and the
 * piece's compressed data if the image is not in memory. Belongs to one caller at a
 * time, who may use it for any inode of one image.
 */
struct erofs_scratch {
	uint8_t *window; /* NULL before the first use */
	const uint8_t *data;
	uint8_t *copy; /* of data_len bytes, or NULL */
	size_t data_len;
	uint64_t nid;
	uint64_t start;
	bool is_valid;
	struct lz4_stream stream;
};

enum erofs_type {
	EROFS_TYPE_UNKNOWN,
	EROFS_TYPE_REG,
	EROFS_TYPE_DIR,
	EROFS_TYPE_CHR,
	EROFS_TYPE_BLK,
	EROFS_TYPE_FIFO,
	EROFS_TYPE_SOCK,
	EROFS_TYPE_LINK,
	EROFS_TYPE_COUNT
};

struct erofs_dirent {
	uint64_t nid;
	enum erofs_type type; /* what the directory says; the inode decides */
	uint32_t name_len;
	char name[EROFS_NAME_MAX + 1]; /* with a NUL; it has no slash */
};

struct erofs_xattr {
	uint64_t value_offset; /* in the image */
	uint32_t value_len;
	char name[EROFS_NAME_MAX + 1]; /* with its prefix and a NUL */
};

/* Where a walk over attributes is; all zero at first. */
struct erofs_xattr_walk {
	uint64_t inline_offset; /* from the first attribute that is beside the inode */
	uint32_t shared_index;
};

/*
 * Reads and checks the super block. source stays the caller's and must live as
 * long. -EINVAL when this is no EROFS image at all.
 */
MUST_CHECK int erofs_image_open(struct erofs_image *image, struct erofs_source *source);

/* -EUCLEAN also for a number where no inode can be. */
MUST_CHECK int erofs_inode_load(const struct erofs_image *image, uint64_t nid,
				struct erofs_inode *out);

/* The piece that the byte at offset is in; -EINVAL when that is not below the size. */
MUST_CHECK int erofs_map(const struct erofs_image *image, const struct erofs_inode *inode,
			 uint64_t offset, struct erofs_extent *out);

/*
 * Copies len bytes of the file (or link, or directory) to buf. -EINVAL unless they
 * lie in it. scratch is for compressed files only, and may be NULL for others.
 */
MUST_CHECK int erofs_read(const struct erofs_image *image, const struct erofs_inode *inode,
			  uint64_t offset, void *buf, size_t len, struct erofs_scratch *scratch);

/* scratch is all zero at first; this frees what it holds and makes it so again. */
void erofs_scratch_fini(struct erofs_scratch *scratch);

/* The number of the inode of that name (len bytes): -ENOENT, -ENOTDIR. */
MUST_CHECK int erofs_dir_lookup(const struct erofs_image *image, const struct erofs_inode *dir,
				const char *name, size_t len, uint64_t *nid);

/*
 * The entry at *position (0: the first), which is moved behind it. "." and ".." are
 * entries. -ENOENT at the end; -ENOTDIR. A position that is none gives the next
 * entry or an error.
 */
MUST_CHECK int erofs_dir_next(const struct erofs_image *image, const struct erofs_inode *dir,
			      uint64_t *position, struct erofs_dirent *out);

/* The next attribute; -ENODATA at the end. */
MUST_CHECK int erofs_xattr_next(const struct erofs_image *image, const struct erofs_inode *inode,
				struct erofs_xattr_walk *walk, struct erofs_xattr *out);

/*
 * The value of the attribute of that name: *len is its length. With a size of 0
 * nothing is copied; -ERANGE when the value is longer than size otherwise; -ENODATA.
 */
MUST_CHECK int erofs_xattr_get(const struct erofs_image *image, const struct erofs_inode *inode,
			       const char *name, void *buf, size_t size, size_t *len);

#endif
