#include "kernel/mm/boot_gather.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/memmap.h"

/* Of text, the bytes before a NUL, at most len. */
static size_t bounded_len(const char *text, size_t len)
{
	const char *nul = len > 0 ? memchr(text, 0, len) : NULL;

	return nul ? (size_t)(nul - text) : len;
}

static void copy_cut(char *to, size_t size, const char *text, size_t len)
{
	len = MIN(bounded_len(text, len), size - 1);
	if (len > 0)
		memcpy(to, text, len);
	to[len] = 0;
}

void boot_gather_start(struct boot_info *info, enum boot_path path)
{
	memset(info, 0, sizeof(*info));
	info->path = path;
}

/* ACPI specification 6.5, table 15.4; what is not in it is left alone. */
static enum boot_region_type type_of_e820(uint32_t type)
{
	switch (type) {
	case 1:
		return BOOT_REGION_USABLE;
	case 3:
		return BOOT_REGION_ACPI_RECLAIMABLE;
	case 4:
		return BOOT_REGION_ACPI_NVS;
	case 5:
		return BOOT_REGION_BAD;
	default:
		return BOOT_REGION_RESERVED;
	}
}

void boot_gather_e820(struct boot_info *info, paddr_t start, uint64_t len, uint32_t e820_type)
{
	memmap_add(info, start, len, type_of_e820(e820_type));
}

static bool is_word_break(char c)
{
	return (unsigned char)c <= ' ';
}

void boot_gather_cmdline(struct boot_info *info, const char *text, size_t len)
{
	uint32_t kept = info->cmdline_len;
	size_t room = sizeof(info->cmdline) - 1 - kept;
	size_t text_len = bounded_len(text, len);

	if (text_len == 0 || (info->warnings & BOOT_WARN_CMDLINE_CUT))
		return;
	memcpy(&info->cmdline[kept], text, MIN(text_len, room));
	kept += (uint32_t)MIN(text_len, room);
	if (text_len > room) {
		info->warnings |= BOOT_WARN_CMDLINE_CUT;
		if (!is_word_break(text[room])) {
			while (kept > 0 && !is_word_break(info->cmdline[kept - 1]))
				kept--;
		}
	}
	info->cmdline[kept] = 0;
	info->cmdline_len = kept;
}

void boot_gather_loader(struct boot_info *info, const char *text, size_t len)
{
	copy_cut(info->loader, sizeof(info->loader), text, len);
}

void boot_gather_module(struct boot_info *info, paddr_t start, uint64_t size, const char *name,
			size_t len)
{
	struct boot_module *module;

	if (size == 0 || start >= MEMMAP_LIMIT || size > MEMMAP_LIMIT - start) {
		info->warnings |= BOOT_WARN_BAD_MODULE;
		return;
	}
	if (info->module_count == BOOT_MAX_MODULES) {
		info->warnings |= BOOT_WARN_TOO_MANY_MODULES;
		return;
	}
	module = &info->modules[info->module_count++];
	module->start = start;
	module->len = size;
	copy_cut(module->name, sizeof(module->name), name, len);
}

int boot_gather_finish(struct boot_info *info)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < info->module_count; i++) {
		if (memmap_is_usable(info, info->modules[i].start, info->modules[i].len))
			info->modules[kept++] = info->modules[i];
		else
			info->warnings |= BOOT_WARN_BAD_MODULE;
	}
	info->module_count = kept;
	return memmap_highest_usable(info) > 0 ? 0 : -EINVAL;
}
