#include "kernel/vfs/device.h"

#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/stat.h"
#include "kernel/vfs/vfs.h"

/* A range of minor numbers of one major. */
struct device {
	struct list_node node;
	const struct file_ops *ops;
	uint32_t type;
	uint32_t major;
	uint32_t first;
	uint32_t last;
};

static struct spinlock lock = SPINLOCK_INIT(LOCK_OBJECT);
static struct list_node devices GUARDED_BY(&lock) = LIST_INIT(devices);

static struct device *find_locked(uint32_t type, uint32_t major, uint32_t first, uint32_t last)
	REQUIRES(&lock)
{
	list_for_each (node, &devices) {
		struct device *device = list_entry(node, struct device, node);

		if (device->type == type && device->major == major && device->first <= last &&
		    first <= device->last)
			return device;
	}
	return NULL;
}

const struct file_ops *device_find(uint32_t type, uint64_t dev)
{
	const struct file_ops *ops = NULL;
	const struct device *device;
	uint32_t minor = dev_minor(dev);

	spin_lock(&lock);
	device = find_locked(type, dev_major(dev), minor, minor);
	if (device)
		ops = device->ops;
	spin_unlock(&lock);
	return ops;
}

int vfs_register_device(uint32_t type, uint64_t dev, uint32_t count, const struct file_ops *ops)
{
	struct device *device = kmem_zalloc(sizeof(*device));
	int err = 0;

	if (!device)
		return -ENOMEM;
	device->ops = ops;
	device->type = type;
	device->major = dev_major(dev);
	device->first = dev_minor(dev);
	device->last = device->first + count - 1;
	spin_lock(&lock);
	if (find_locked(type, device->major, device->first, device->last))
		err = -EEXIST;
	else
		list_push_back(&devices, &device->node);
	spin_unlock(&lock);
	if (err)
		kmem_free(device, sizeof(*device));
	return err;
}
