/*
 * PVH start information (Xen's public header start_info.h, as QEMU implements it).
 *
 *	offset	 0 magic (32 bits)	 4 version	 8 flags	12 modules
 *		16 module list (64)	24 command line	32 RSDP
 *		40 memory map (64)	48 its entries (32)	version 1 on
 *
 * Everything is a physical address, so every step goes through the window.
 * Arrays are read entry by entry and strings page by page: whatever can be
 * reached is used, the rest leaves a warning.
 */
#include "kernel/arch/x86_64/pvh.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"
#include "kernel/mm/boot_gather.h"

#define START_INFO_V0_LEN 40
#define START_INFO_V1_LEN 56
#define MODULE_LEN 32
#define MEMMAP_ENTRY_LEN 24
/* No firmware has as many; it bounds the time a senseless count can cost. */
#define MAX_MEMMAP_ENTRIES 4096

static void read_memmap(const struct boot_memory *mem, paddr_t addr, uint32_t count,
			struct boot_info *out)
{
	if (count > MAX_MEMMAP_ENTRIES) {
		out->warnings |= BOOT_WARN_TOO_MANY_REGIONS;
		count = MAX_MEMMAP_ENTRIES;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = boot_memory_map(mem, addr + (uint64_t)i * MEMMAP_ENTRY_LEN,
						       MEMMAP_ENTRY_LEN);

		if (!entry) {
			out->warnings |= BOOT_WARN_TRUNCATED;
			return;
		}
		boot_gather_e820(out, le64_load(entry), le64_load(entry + 8),
				 le32_load(entry + 16));
	}
}

/* The bytes from addr to the end of its page, or NULL; *len says how many. */
static const char *map_page_rest(const struct boot_memory *mem, paddr_t addr, size_t *len)
{
	*len = PAGE_SIZE - (addr & ~PAGE_MASK);
	return boot_memory_map(mem, addr, *len);
}

static void read_cmdline(const struct boot_memory *mem, paddr_t addr, struct boot_info *out)
{
	size_t done = 0;

	if (addr == 0)
		return;
	while (done <= BOOT_CMDLINE_LEN) {
		size_t len;
		const char *text = map_page_rest(mem, addr + done, &len);

		if (!text) {
			out->warnings |= BOOT_WARN_TRUNCATED;
			return;
		}
		boot_gather_cmdline(out, text, len);
		if (memchr(text, 0, len))
			return;
		done += len;
	}
}

/* Reads a module's command line; a name that crosses a page loses its rest. */
static const char *map_name(const struct boot_memory *mem, paddr_t addr, size_t *len)
{
	const char *name = NULL;

	if (addr != 0) {
		*len = BOOT_MODULE_NAME_LEN;
		name = boot_memory_map(mem, addr, *len);
		if (!name)
			name = map_page_rest(mem, addr, len);
	}
	if (!name) {
		*len = 0;
		name = "";
	}
	return name;
}

static void read_modules(const struct boot_memory *mem, paddr_t addr, uint32_t count,
			 struct boot_info *out)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry;
		const char *name;
		size_t len;

		if (i == BOOT_MAX_MODULES) {
			out->warnings |= BOOT_WARN_TOO_MANY_MODULES;
			return;
		}
		entry = boot_memory_map(mem, addr + (uint64_t)i * MODULE_LEN, MODULE_LEN);
		if (!entry) {
			out->warnings |= BOOT_WARN_TRUNCATED;
			return;
		}
		name = map_name(mem, le64_load(entry + 16), &len);
		boot_gather_module(out, le64_load(entry), le64_load(entry + 8), name, len);
	}
}

int pvh_parse(const struct boot_memory *mem, paddr_t start_info, struct boot_info *out)
{
	const uint8_t *start = boot_memory_map(mem, start_info, START_INFO_V0_LEN);
	uint32_t version;

	boot_gather_start(out, BOOT_PATH_PVH);
	if (!start)
		return -EFAULT;
	if (le32_load(start) != PVH_START_MAGIC)
		return -ENOEXEC;
	boot_gather_loader(out, "PVH", 3);
	version = le32_load(start + 4);
	out->info_start = start_info;
	out->info_len = START_INFO_V0_LEN;
	out->rsdp = le64_load(start + 32);
	read_cmdline(mem, le64_load(start + 24), out);
	read_modules(mem, le64_load(start + 16), le32_load(start + 12), out);

	if (version >= 1) {
		start = boot_memory_map(mem, start_info, START_INFO_V1_LEN);
		if (!start)
			out->warnings |= BOOT_WARN_TRUNCATED;
		else
			read_memmap(mem, le64_load(start + 40), le32_load(start + 48), out);
		out->info_len = START_INFO_V1_LEN;
	}
	return boot_gather_finish(out);
}
