#include "compat/linux/process/image.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vm/vmobj.h"

struct image {
	char name[IMAGE_NAME_MAX];
	struct vmobj *object;
	uint32_t mode;
};

/* Const once programs run. */
static struct image images[IMAGES_MAX];
static uint32_t image_count;

static const struct image *find(const char *path)
{
	for (uint32_t i = 0; i < image_count; i++) {
		if (strcmp(images[i].name, exec_base_name(path)) == 0)
			return &images[i];
	}
	return NULL;
}

int image_add(const char *path, struct vmobj *object, uint32_t mode)
{
	struct image *image = &images[image_count];

	if (image_count == IMAGES_MAX)
		return -ENOSPC;
	if (find(path))
		return -EEXIST;
	if (strlcpy(image->name, exec_base_name(path), sizeof(image->name)) >= sizeof(image->name))
		return -ENAMETOOLONG;
	vmobj_get(object);
	image->object = object;
	image->mode = mode;
	image_count++;
	return 0;
}

static int open_image(struct lthread *lt UNUSED, int32_t dirfd UNUSED, const char *path,
		      uint32_t flags UNUSED, struct exec_file *out)
{
	const struct image *image = find(path);

	if (!image)
		return -ENOENT;
	vmobj_get(image->object);
	*out = (struct exec_file){
		.object = image->object, .len = vmobj_size(image->object), .mode = image->mode};
	return 0;
}

static void close_image(struct exec_file *file)
{
	vmobj_put(file->object);
}

const struct exec_opener image_opener = {.open = open_image, .close = close_image};
