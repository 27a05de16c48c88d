#include "kernel/fs/erofs/erofs.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

/*
 * Images made by hand, for what mkfs.erofs does not make; tests/tools/erofs.test has
 * those that it does. Block 1 has the inodes, 2 the root directory, 3 to 5 data.
 */
#define BLOCKS 6u
#define IMAGE_LEN (BLOCKS * 4096u)
#define META 4096u
#define ROOT_NID 1u
#define FILE_NID 8u

static uint8_t *image_bytes;
static struct erofs_source source;
static struct erofs_image image;
static struct erofs_scratch scratch;

static void put(size_t at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++, value >>= 8)
		image_bytes[at + i] = (uint8_t)value;
}

static size_t inode_at(uint64_t nid)
{
	return META + nid * 32;
}

/* A compact inode without attributes. */
static void put_inode(uint64_t nid, uint32_t layout, uint32_t mode, uint32_t size, uint32_t number)
{
	put(inode_at(nid), layout << 1, 2);
	put(inode_at(nid) + 4, mode, 2);
	put(inode_at(nid) + 6, 1, 2);
	put(inode_at(nid) + 8, size, 4);
	put(inode_at(nid) + 16, number, 4);
}

/* Entries of the root: ".", "..", "file". */
static void put_root(void)
{
	static const char names[] = "...file";
	static const uint8_t name_at[] = {36, 37, 39};
	static const uint8_t nids[] = {ROOT_NID, ROOT_NID, FILE_NID};

	for (size_t i = 0; i < 3; i++) {
		put(2 * 4096 + i * 12, nids[i], 8);
		put(2 * 4096 + i * 12 + 8, name_at[i], 2);
		put(2 * 4096 + i * 12 + 10, i == 2 ? 1 : 2, 1);
	}
	memcpy(image_bytes + 2 * 4096 + 36, names, sizeof(names) - 1);
	put_inode(ROOT_NID, EROFS_FLAT_PLAIN, 0040755, 36 + 7, 2);
}

static int make_image(void **state)
{
	(void)state;
	image_bytes = calloc(1, IMAGE_LEN);
	source = (struct erofs_source){.memory = image_bytes, .size = IMAGE_LEN};
	put(1024, 0xe0f5e1e2, 4);
	put(1024 + 12, 12, 1);
	put(1024 + 14, ROOT_NID, 2);
	put(1024 + 36, BLOCKS, 4);
	put(1024 + 40, 1, 4);
	put(1024 + 80, 0x17, 4);
	put_root();
	put_inode(FILE_NID, EROFS_FLAT_PLAIN, 0100644, 5, 3);
	memcpy(image_bytes + 3 * 4096, "hello", 5);
	return 0;
}

static int free_image(void **state)
{
	(void)state;
	erofs_scratch_fini(&scratch);
	free(image_bytes);
	return 0;
}

static struct erofs_inode open_file(void)
{
	struct erofs_inode inode;
	uint64_t nid = 0;

	assert_int_equal(erofs_image_open(&image, &source), 0);
	assert_int_equal(erofs_inode_load(&image, ROOT_NID, &inode), 0);
	assert_int_equal(erofs_dir_lookup(&image, &inode, "file", 4, &nid), 0);
	assert_int_equal(nid, FILE_NID);
	assert_int_equal(erofs_inode_load(&image, nid, &inode), 0);
	return inode;
}

static int open_error(void)
{
	return erofs_image_open(&image, &source);
}

static int load_error(void)
{
	struct erofs_inode inode;

	assert_int_equal(erofs_image_open(&image, &source), 0);
	return erofs_inode_load(&image, FILE_NID, &inode);
}

static int read_error(void)
{
	struct erofs_inode inode = open_file();
	uint8_t byte;

	return erofs_read(&image, &inode, inode.size - 1, &byte, 1, &scratch);
}

static void sound_image_is_read(void **state)
{
	struct erofs_inode inode = open_file();
	char text[5];

	(void)state;
	assert_int_equal(erofs_read(&image, &inode, 0, text, 5, &scratch), 0);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(erofs_read(&image, &inode, 1, text, 5, &scratch), -EINVAL);
	assert_int_equal(erofs_read(&image, &inode, UINT64_MAX, text, 2, &scratch), -EINVAL);
	assert_int_equal(erofs_read(&image, &inode, 5, text, 0, &scratch), 0);
}

static void other_bytes_are_no_image(void **state)
{
	(void)state;
	image_bytes[1024] ^= 1;
	assert_int_equal(open_error(), -EINVAL);
	source.size = 1151;
	assert_int_equal(open_error(), -EINVAL);
	source.size = 0;
	assert_int_equal(open_error(), -EINVAL);
}

static void unknown_features_are_refused(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 32; bit++) {
		put(1024 + 80, UINT32_C(1) << bit, 4);
		assert_int_equal(open_error(), 0x17u >> bit & 1 ? 0 : -EOPNOTSUPP);
	}
	put(1024 + 80, 0, 4);
	put(1024 + 12, 9, 1);
	assert_int_equal(open_error(), -EOPNOTSUPP);
}

static void short_image_is_damaged(void **state)
{
	(void)state;
	source.size = IMAGE_LEN - 1;
	assert_int_equal(open_error(), -EUCLEAN);
	source.size = IMAGE_LEN;
	put(1024 + 36, 0, 4);
	assert_int_equal(open_error(), -EUCLEAN);
}

static void root_must_be_a_directory(void **state)
{
	(void)state;
	put(1024 + 14, FILE_NID, 2);
	assert_int_equal(open_error(), -EUCLEAN);
	put(1024 + 14, 0xffff, 2);
	assert_int_equal(open_error(), -EUCLEAN);
}

static void algorithm_other_than_lz4_is_refused(void **state)
{
	(void)state;
	put(1024 + 84, 2, 2);
	assert_int_equal(open_error(), -EOPNOTSUPP);
}

static void inode_numbers_outside_are_damage(void **state)
{
	const uint64_t nids[] = {IMAGE_LEN / 32, 1ull << 58, UINT64_MAX, UINT64_MAX >> 5};
	struct erofs_inode inode;

	(void)state;
	assert_int_equal(open_error(), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(erofs_inode_load(&image, nids[i], &inode), -EUCLEAN);
}

static void inodes_that_cannot_be_are_damage(void **state)
{
	(void)state;
	put_inode(FILE_NID, EROFS_FLAT_PLAIN, 0030644, 5, 3);
	assert_int_equal(load_error(), -EUCLEAN);
	put_inode(FILE_NID, EROFS_FLAT_PLAIN, 0100644, 4096 * 3 + 1, 3);
	assert_int_equal(load_error(), -EUCLEAN);
	put_inode(FILE_NID, EROFS_FLAT_PLAIN, 0100644, 5, UINT32_MAX);
	assert_int_equal(load_error(), -EUCLEAN);
	put_inode(FILE_NID, EROFS_FLAT_PLAIN, 0120777, 4096, 3);
	assert_int_equal(load_error(), -EUCLEAN);
	put_inode(FILE_NID, EROFS_COMPRESSED_COMPACT, 0040755, 4096, 3);
	assert_int_equal(load_error(), -EUCLEAN);
	/* The end beside the inode would reach into the next block. */
	put_inode(FILE_NID, EROFS_FLAT_INLINE, 0100644, 4000, 3);
	assert_int_equal(load_error(), -EUCLEAN);
	put_inode(FILE_NID, 5, 0100644, 5, 3);
	assert_int_equal(load_error(), -EOPNOTSUPP);
}

static void holes_read_as_zeros(void **state)
{
	struct erofs_inode inode;
	struct erofs_extent extent;
	uint8_t data[8192 + 5];

	(void)state;
	put_inode(FILE_NID, EROFS_CHUNKED, 0100644, 8192 + 5, 0);
	put(inode_at(FILE_NID) + 32, 3, 4);
	put(inode_at(FILE_NID) + 36, UINT32_MAX, 4);
	put(inode_at(FILE_NID) + 40, 3, 4);
	inode = open_file();
	memset(data, 1, sizeof(data));
	assert_int_equal(erofs_read(&image, &inode, 0, data, sizeof(data), &scratch), 0);
	assert_memory_equal(data, "hello", 5);
	assert_memory_equal(data + 8192, "hello", 5);
	for (size_t i = 4096; i < 8192; i++)
		assert_int_equal(data[i], 0);
	assert_int_equal(erofs_map(&image, &inode, 5000, &extent), 0);
	assert_int_equal(extent.kind, EROFS_EXTENT_HOLE);
	assert_int_equal(extent.start, 4096);
	assert_int_equal(extent.len, 4096);
}

static void chunks_elsewhere_are_refused(void **state)
{
	(void)state;
	put_inode(FILE_NID, EROFS_CHUNKED, 0100644, 5, 0x20);
	put(inode_at(FILE_NID) + 32 + 4, 3, 4);
	assert_int_equal(read_error(), 0);
	put(inode_at(FILE_NID) + 32 + 2, 1, 2);
	assert_int_equal(read_error(), -EOPNOTSUPP);
	put(inode_at(FILE_NID) + 32 + 2, 0, 2);
	put(inode_at(FILE_NID) + 32 + 4, BLOCKS, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	put_inode(FILE_NID, EROFS_CHUNKED, 0100644, UINT32_MAX, 0);
	assert_int_equal(load_error(), -EUCLEAN);
}

/* Three clusters with full indexes; the first piece is stored plainly in block 3. */
static void put_clusters(void)
{
	size_t at = inode_at(FILE_NID) + 32;

	put_inode(FILE_NID, EROFS_COMPRESSED_FULL, 0100644, 3 * 4096, 0);
	put(at, 0, 8);
	for (size_t i = 0; i < 3; i++) {
		put(at + 16 + i * 8, 0, 4);
		put(at + 16 + i * 8 + 4, 3 + i, 4);
	}
}

static void indexes_that_loop_are_damage(void **state)
{
	size_t index = inode_at(FILE_NID) + 32 + 16;
	struct erofs_inode inode;
	uint8_t byte;

	(void)state;
	put_clusters();
	assert_int_equal(read_error(), 0);
	/* Nothing has the first bytes. */
	put(index, 5u << 16, 4);
	inode = open_file();
	assert_int_equal(erofs_read(&image, &inode, 5, &byte, 1, &scratch), 0);
	assert_int_equal(erofs_read(&image, &inode, 4, &byte, 1, &scratch), -EUCLEAN);
	put(index, 0, 4);
	/* A follower of itself. */
	put(index + 16, 2, 4);
	put(index + 20, 0, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* Of one before the beginning. */
	put(index + 20, 3, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* Of one that follows it. */
	put(index + 20, 2, 4);
	put(index, 2, 4);
	put(index + 4, 2, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* A head of no type. */
	put_clusters();
	put(index + 16, 3, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* A head that begins behind its cluster. */
	put(index + 16, 4096 << 16, 4);
	assert_int_equal(read_error(), -EUCLEAN);
}

static void pieces_that_lie_are_damage(void **state)
{
	size_t index = inode_at(FILE_NID) + 32 + 16;

	(void)state;
	/* A plain piece of more than a block. */
	put_clusters();
	put(index + 16, 2, 4);
	put(index + 20, 1, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* In no block of the image. */
	put_clusters();
	put(index + 20, BLOCKS, 4);
	assert_int_equal(read_error(), -EUCLEAN);
	/* Compressed, of nothing but zeros. */
	put_clusters();
	put(index + 16, 1, 2);
	put(index + 20, 4, 4);
	assert_int_equal(read_error(), -EUCLEAN);
}

static int lookup_error(void)
{
	struct erofs_inode root;
	uint64_t nid;

	assert_int_equal(erofs_image_open(&image, &source), 0);
	assert_int_equal(erofs_inode_load(&image, ROOT_NID, &root), 0);
	return erofs_dir_lookup(&image, &root, "file", 4, &nid);
}

static void directories_that_lie_are_damage(void **state)
{
	/* Offset of the first name: none, not of whole entries, behind the end. */
	const uint32_t wrong[] = {0, 35, 48, 0xfffc};
	size_t entries = 2 * 4096;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		put(entries + 8, wrong[i], 2);
		assert_int_equal(lookup_error(), -EUCLEAN);
	}
	put_root();
	put(entries + 12 + 8, 35, 2);
	assert_int_equal(lookup_error(), -EUCLEAN);
	put_root();
	put(entries + 24 + 8, 100, 2);
	assert_int_equal(lookup_error(), -EUCLEAN);
	put_root();
	image_bytes[entries + 40] = '/';
	assert_int_equal(lookup_error(), -EUCLEAN);
	put_root();
	image_bytes[entries + 37] = 0;
	assert_int_equal(lookup_error(), -EUCLEAN);
	put_root();
	assert_int_equal(lookup_error(), 0);
}

static void only_directories_are_looked_into(void **state)
{
	struct erofs_inode inode = open_file();
	struct erofs_dirent entry;
	uint64_t nid, position = 0;

	(void)state;
	assert_int_equal(erofs_dir_lookup(&image, &inode, "a", 1, &nid), -ENOTDIR);
	assert_int_equal(erofs_dir_next(&image, &inode, &position, &entry), -ENOTDIR);
	assert_int_equal(erofs_inode_load(&image, ROOT_NID, &inode), 0);
	assert_int_equal(erofs_dir_lookup(&image, &inode, "", 0, &nid), -ENOENT);
	position = 3;
	assert_int_equal(erofs_dir_next(&image, &inode, &position, &entry), -ENOENT);
	position = UINT64_MAX;
	assert_int_equal(erofs_dir_next(&image, &inode, &position, &entry), -ENOENT);
}

static int broken_read(struct erofs_source *from, uint64_t offset, void *buf, size_t len)
{
	if (offset >= 2 * 4096)
		return -EIO;
	memcpy(buf, image_bytes + offset, len);
	(void)from;
	return 0;
}

static void errors_of_the_source_come_through(void **state)
{
	(void)state;
	source.memory = NULL;
	source.read = broken_read;
	assert_int_equal(lookup_error(), -EIO);
}

static int whole_read(struct erofs_source *from, uint64_t offset, void *buf, size_t len)
{
	(void)from;
	memcpy(buf, image_bytes + offset, len);
	return 0;
}

static void nothing_leaks_without_memory(void **state)
{
	size_t before = fake_bytes_allocated;
	int err = -ENOMEM;

	(void)state;
	source.memory = NULL;
	source.read = whole_read;
	assert_int_equal(erofs_image_open(&image, &source), 0);
	for (uint32_t n = 1; err == -ENOMEM; n++) {
		fake_fail_alloc(n);
		err = lookup_error();
		fake_fail_alloc(0);
		assert_int_equal(fake_bytes_allocated, before);
	}
	assert_int_equal(err, 0);
}

int main(void)
{
#define CASE(function, sentence)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = make_image,             \
		.teardown_func = free_image                                                        \
	}
	const struct CMUnitTest tests[] = {
		CASE(sound_image_is_read, "a sound image is read, and not beyond a file's end"),
		CASE(other_bytes_are_no_image, "bytes that are no image are -EINVAL"),
		CASE(unknown_features_are_refused, "features that are not known are -EOPNOTSUPP"),
		CASE(short_image_is_damaged, "an image shorter than it says is -EUCLEAN"),
		CASE(root_must_be_a_directory, "a root that is no directory is -EUCLEAN"),
		CASE(algorithm_other_than_lz4_is_refused,
		     "an algorithm other than LZ4 is -EOPNOTSUPP"),
		CASE(inode_numbers_outside_are_damage,
		     "inode numbers outside the image are -EUCLEAN"),
		CASE(inodes_that_cannot_be_are_damage, "inodes that cannot be are -EUCLEAN"),
		CASE(holes_read_as_zeros, "holes of a file of chunks read as zeros"),
		CASE(chunks_elsewhere_are_refused,
		     "chunks on other devices are -EOPNOTSUPP, outside the image -EUCLEAN"),
		CASE(indexes_that_loop_are_damage,
		     "cluster indexes that lead nowhere are -EUCLEAN"),
		CASE(pieces_that_lie_are_damage,
		     "pieces that cannot be what they say are -EUCLEAN"),
		CASE(directories_that_lie_are_damage,
		     "directory blocks that contradict themselves are -EUCLEAN"),
		CASE(only_directories_are_looked_into,
		     "a lookup in a file is -ENOTDIR, a position behind the end -ENOENT"),
		CASE(errors_of_the_source_come_through, "errors of the source come through"),
		CASE(nothing_leaks_without_memory, "nothing leaks when memory runs out"),
	};

	return RUN_TESTS("erofs");
}
