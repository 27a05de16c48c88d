#include "kernel/init/modules.h"

#include "kernel/core/boot_info.h"
#define LOG_PREFIX "init/modules: "
#include "kernel/core/log.h"
#include "kernel/lib/cpio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/vmobj.h"

struct module {
	char name[BOOT_MODULE_NAME_LEN];
	const uint8_t *bytes;
	size_t len;
};

static struct module modules[MODULES_MAX] AFTER_BOOT_CONST;
static uint32_t count AFTER_BOOT_CONST;
static bool keeps_archives AFTER_BOOT_CONST;

void modules_keep_archives(void)
{
	keeps_archives = true;
}

static void add(const char *name, const uint8_t *bytes, size_t len)
{
	if (count == MODULES_MAX) {
		log_warn("too many, %s is left out", name);
		return;
	}
	if (strlcpy(modules[count].name, name, sizeof(modules[count].name)) >=
	    sizeof(modules[count].name))
		log_warn("name too long, cut: %s", name);
	modules[count].bytes = bytes;
	modules[count].len = len;
	count++;
}

static void add_archive(const char *archive, const uint8_t *bytes, size_t len)
{
	struct cpio_entry entry;
	size_t offset = 0;
	int err;

	while ((err = cpio_next(bytes, len, &offset, &entry)) == 0)
		add(entry.name, entry.data, entry.len);
	if (err != -ENOENT)
		log_warn("archive %s is broken at byte %lu", archive, (uint64_t)offset);
}

void modules_gather(const struct boot_info *info)
{
	const struct boot_module *module;
	const uint8_t *bytes;

	for (uint32_t i = 0; i < info->module_count; i++) {
		module = &info->modules[i];
		bytes = paddr_to_vaddr(module->start);
		if (!keeps_archives && cpio_is_archive(bytes, module->len))
			add_archive(module->name, bytes, module->len);
		else
			add(module->name, bytes, module->len);
	}
}

uint32_t modules_count(void)
{
	return count;
}

const char *modules_name(uint32_t index)
{
	return modules[index].name;
}

void modules_bytes(uint32_t index, const uint8_t **bytes, size_t *len)
{
	*bytes = modules[index].bytes;
	*len = modules[index].len;
}

/* --- A module as a memory object --- */

struct module_object {
	struct vmobj obj;
	const struct module *module; /* const */
};

static int make_page(struct vmobj *obj, uint64_t index, struct page **out)
{
	const struct module_object *object = container_of(obj, struct module_object, obj);
	const struct module *module = object->module;
	struct page *page = page_alloc(0, PAGE_ALLOC_ZERO);
	uint64_t offset = index << PAGE_SHIFT;

	if (!page)
		return -ENOMEM;
	if (offset < module->len)
		memcpy(page_vaddr(page), module->bytes + offset,
		       MIN(PAGE_SIZE, module->len - offset));
	*out = page;
	return 0;
}

static void destroy(struct vmobj *obj)
{
	kmem_free(container_of(obj, struct module_object, obj), sizeof(struct module_object));
}

static const struct vmobj_ops module_ops = {
	.make_page = make_page,
	.destroy = destroy,
};

int modules_open(uint32_t index, struct vmobj **out)
{
	struct module_object *object = kmem_zalloc(sizeof(*object));

	if (!object)
		return -ENOMEM;
	object->module = &modules[index];
	vmobj_init(&object->obj, &module_ops, NULL, modules[index].len);
	*out = &object->obj;
	return 0;
}
