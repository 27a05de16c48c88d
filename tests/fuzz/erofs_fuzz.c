/*
 * EROFS images: everything in them is looked at, in place and as from a disk. The
 * first byte says which; the image follows. Zeros are taken for granted behind it,
 * so that a short input can be a whole image.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/erofs/erofs.h"
#include "tests/unit/fs/erofs_walk.h"

#define LARGEST (64u << 10)

static const uint8_t *disk;

static int disk_read(struct erofs_source *source, uint64_t offset, void *buf, size_t len)
{
	if (offset > source->size || len > source->size - offset)
		abort();
	memcpy(buf, disk + offset, len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct erofs_source source = {.read = disk_read};
	const char *problem;
	uint8_t *image;

	if (len < 1 || len > LARGEST)
		return 0;
	source.size = data[0] & 2 ? len - 1 : (len + 4094) / 4096 * 4096;
	image = calloc(1, source.size ? source.size : 1);
	memcpy(image, data + 1, len - 1);
	/* The check sum would hide the rest. */
	if (len > 1034)
		image[1032] &= 0xfe;
	disk = image;
	if (data[0] & 1)
		source.memory = image;
	problem = erofs_walk_image(&source, 64, 1u << 18);
	if (problem) {
		printf("%s\n", problem);
		abort();
	}
	free(image);
	return 0;
}
