/*
 * Multiboot2 boot information (Multiboot2 specification 1.6, section 3.6).
 *
 * A sequence of tags, each with a type and a size, padded to 8 bytes. Nothing
 * in it is believed: the walk stays inside the smallest of the size that the
 * caller can read and the size that the structure claims, every tag is cut to a
 * span of bytes before its handler sees it, and a handler that finds its span
 * too short or its numbers absurd skips the tag and leaves a warning.
 *
 * UEFI's own memory map is used only when the loader's converted one is missing
 * or has nothing usable. It is read in a second walk, because the order of tags
 * is the loader's choice.
 */
#include "kernel/arch/x86_64/multiboot2.h"

#include <stdbool.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"
#include "kernel/mm/boot_gather.h"
#include "kernel/mm/memmap.h"

#define INFO_HEADER_LEN 8
#define TAG_HEADER_LEN 8
#define TAG_ALIGN 8

enum tag_type {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER = 2,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_RSDP_V1 = 14,
	TAG_RSDP_V2 = 15,
	TAG_EFI_MEMORY_MAP = 17,
	TAG_EFI_BOOT_SERVICES = 18, /* boot services were not terminated */
};

/* One tag, header included; len bytes may be read. */
struct tag {
	const uint8_t *data;
	uint32_t type;
	size_t len;
	paddr_t addr;
};

struct walk {
	const uint8_t *data;
	size_t len;
	size_t pos;
	paddr_t addr;
	struct boot_info *out;
	bool has_boot_services;
	bool has_cmdline;
};

static void bad_tag(struct walk *walk)
{
	walk->out->warnings |= BOOT_WARN_BAD_TAG;
}

/*
 * The next tag, false at the end. A tag that goes beyond the end or is shorter
 * than its own header leaves no way to find the next one: the walk ends.
 */
static bool next_tag(struct walk *walk, struct tag *tag)
{
	size_t left = walk->len - walk->pos;
	size_t padded;
	uint32_t size;

	if (left < TAG_HEADER_LEN) {
		walk->out->warnings |= BOOT_WARN_TRUNCATED;
		return false;
	}
	tag->data = walk->data + walk->pos;
	tag->type = le32_load(tag->data);
	tag->addr = walk->addr + walk->pos;
	size = le32_load(tag->data + 4);
	if (tag->type == TAG_END)
		return false;
	if (size < TAG_HEADER_LEN || size > left) {
		walk->out->warnings |= BOOT_WARN_BAD_TAG | BOOT_WARN_TRUNCATED;
		return false;
	}
	tag->len = size;
	padded = ALIGN_UP((size_t)size, TAG_ALIGN);
	walk->pos += MIN(padded, left);
	return true;
}

static void take_cmdline(struct walk *walk, const struct tag *tag)
{
	if (walk->has_cmdline) {
		bad_tag(walk);
		return;
	}
	walk->has_cmdline = true;
	boot_gather_cmdline(walk->out, (const char *)tag->data + 8, tag->len - 8);
}

static void take_loader(struct walk *walk, const struct tag *tag)
{
	boot_gather_loader(walk->out, (const char *)tag->data + 8, tag->len - 8);
}

/* 8: start, 12: end (first byte after), both 32 bits; 16: command line. */
static void take_module(struct walk *walk, const struct tag *tag)
{
	uint32_t start;
	uint32_t end;

	if (tag->len < 16) {
		bad_tag(walk);
		return;
	}
	start = le32_load(tag->data + 8);
	end = le32_load(tag->data + 12);
	boot_gather_module(walk->out, start, end > start ? end - start : 0,
			   (const char *)tag->data + 16, tag->len - 16);
}

/* 8: size of an entry, 12: its version; from 16 entries: address, length, type. */
static void take_memory_map(struct walk *walk, const struct tag *tag)
{
	uint32_t entry_size;

	if (tag->len < 16) {
		bad_tag(walk);
		return;
	}
	entry_size = le32_load(tag->data + 8);
	if (entry_size < 24 || entry_size > tag->len || !IS_ALIGNED(entry_size, 8)) {
		bad_tag(walk);
		return;
	}
	for (size_t pos = 16; tag->len - pos >= entry_size; pos += entry_size) {
		const uint8_t *entry = tag->data + pos;

		boot_gather_e820(walk->out, le64_load(entry), le64_load(entry + 8),
				 le32_load(entry + 16));
	}
}

/* UEFI specification 2.10, section 7.2, EFI_MEMORY_DESCRIPTOR. */
#define EFI_LOADER_CODE 1
#define EFI_LOADER_DATA 2
#define EFI_BOOT_SERVICES_CODE 3
#define EFI_BOOT_SERVICES_DATA 4
#define EFI_CONVENTIONAL 7
#define EFI_UNUSABLE 8
#define EFI_ACPI_RECLAIM 9
#define EFI_ACPI_NVS 10
#define EFI_ATTRIBUTE_WRITE_BACK (1ull << 3)
#define EFI_ATTRIBUTE_SPECIAL_PURPOSE (1ull << 18)

static enum boot_region_type efi_region_type(const struct walk *walk, uint32_t type,
					     uint64_t attributes)
{
	bool is_plain = (attributes & EFI_ATTRIBUTE_WRITE_BACK) &&
			!(attributes & EFI_ATTRIBUTE_SPECIAL_PURPOSE);

	switch (type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_CONVENTIONAL:
		return is_plain ? BOOT_REGION_USABLE : BOOT_REGION_RESERVED;
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
		if (walk->has_boot_services)
			return BOOT_REGION_RESERVED;
		return is_plain ? BOOT_REGION_USABLE : BOOT_REGION_RESERVED;
	case EFI_UNUSABLE:
		return BOOT_REGION_BAD;
	case EFI_ACPI_RECLAIM:
		return BOOT_REGION_ACPI_RECLAIMABLE;
	case EFI_ACPI_NVS:
		return BOOT_REGION_ACPI_NVS;
	default:
		return BOOT_REGION_RESERVED;
	}
}

/* 8: size of a descriptor, 12: its version; from 16 the descriptors. */
static void take_efi_memory_map(struct walk *walk, const struct tag *tag)
{
	uint32_t entry_size;

	if (tag->len < 16) {
		bad_tag(walk);
		return;
	}
	entry_size = le32_load(tag->data + 8);
	if (entry_size < 40 || entry_size > tag->len || !IS_ALIGNED(entry_size, 8)) {
		bad_tag(walk);
		return;
	}
	for (size_t pos = 16; tag->len - pos >= entry_size; pos += entry_size) {
		const uint8_t *entry = tag->data + pos;
		uint64_t pages = le64_load(entry + 24);
		uint64_t bytes = pages <= UINT64_MAX >> PAGE_SHIFT ? pages << PAGE_SHIFT : 0;

		memmap_add(walk->out, le64_load(entry + 8), bytes,
			   efi_region_type(walk, le32_load(entry), le64_load(entry + 32)));
	}
}

#define FRAMEBUFFER_RGB 1
#define FRAMEBUFFER_TEXT 2
#define FRAMEBUFFER_MAX_SIDE 32768u

static bool colour_fits(uint8_t pos, uint8_t size, uint8_t bits)
{
	return size > 0 && size <= 8 && pos + size <= bits;
}

/* What holds for text and pixels alike: sides, lines and address are possible. */
static bool framebuffer_fits(const struct boot_framebuffer *fb)
{
	uint32_t cell_bytes = (fb->bits_per_pixel + 7u) / 8;

	if (fb->width == 0 || fb->width > FRAMEBUFFER_MAX_SIDE)
		return false;
	if (fb->height == 0 || fb->height > FRAMEBUFFER_MAX_SIDE)
		return false;
	if (fb->pitch < fb->width * cell_bytes || fb->pitch > 16 * FRAMEBUFFER_MAX_SIDE)
		return false;
	return fb->addr > 0 && fb->addr < MEMMAP_LIMIT &&
	       (uint64_t)fb->pitch * fb->height <= MEMMAP_LIMIT - fb->addr;
}

static bool framebuffer_is_sound(const struct boot_framebuffer *fb)
{
	uint8_t bits = fb->bits_per_pixel;

	if (fb->is_text)
		return bits == 16 && framebuffer_fits(fb);
	if (bits != 15 && bits != 16 && bits != 24 && bits != 32)
		return false;
	return framebuffer_fits(fb) && colour_fits(fb->red_pos, fb->red_size, bits) &&
	       colour_fits(fb->green_pos, fb->green_size, bits) &&
	       colour_fits(fb->blue_pos, fb->blue_size, bits);
}

/*
 * 8: address, 16: pitch, 20: width, 24: height, 28: bits a pixel, 29: type, 32:
 * for RGB position and size of red, green and blue. Palettes are not for us.
 */
static void take_framebuffer(struct walk *walk, const struct tag *tag)
{
	const uint8_t *data = tag->data;
	struct boot_framebuffer fb = {.is_present = true};
	uint8_t type;

	if (tag->len < 32) {
		bad_tag(walk);
		return;
	}
	fb.addr = le64_load(data + 8);
	fb.pitch = le32_load(data + 16);
	fb.width = le32_load(data + 20);
	fb.height = le32_load(data + 24);
	fb.bits_per_pixel = data[28];
	type = data[29];
	fb.is_text = type == FRAMEBUFFER_TEXT;
	if (type == FRAMEBUFFER_RGB && tag->len >= 38) {
		fb.red_pos = data[32];
		fb.red_size = data[33];
		fb.green_pos = data[34];
		fb.green_size = data[35];
		fb.blue_pos = data[36];
		fb.blue_size = data[37];
	}
	if (framebuffer_is_sound(&fb))
		walk->out->framebuffer = fb;
	else
		walk->out->warnings |= BOOT_WARN_BAD_FRAMEBUFFER;
}

/* The tag holds a copy of the ACPI root pointer; the newer version wins. */
static void take_rsdp(struct walk *walk, const struct tag *tag)
{
	size_t needed = tag->type == TAG_RSDP_V2 ? 36 : 20;

	if (tag->len < TAG_HEADER_LEN + needed)
		bad_tag(walk);
	else if (tag->type == TAG_RSDP_V2 || walk->out->rsdp == 0)
		walk->out->rsdp = tag->addr + TAG_HEADER_LEN;
}

static void take_tag(struct walk *walk, const struct tag *tag)
{
	switch (tag->type) {
	case TAG_CMDLINE:
		take_cmdline(walk, tag);
		break;
	case TAG_LOADER:
		take_loader(walk, tag);
		break;
	case TAG_MODULE:
		take_module(walk, tag);
		break;
	case TAG_MEMORY_MAP:
		take_memory_map(walk, tag);
		break;
	case TAG_FRAMEBUFFER:
		take_framebuffer(walk, tag);
		break;
	case TAG_RSDP_V1:
	case TAG_RSDP_V2:
		take_rsdp(walk, tag);
		break;
	case TAG_EFI_BOOT_SERVICES:
		walk->has_boot_services = true;
		break;
	default:
		break;
	}
}

int multiboot2_parse(const void *info, size_t max_len, paddr_t info_paddr, struct boot_info *out)
{
	struct walk walk = {.data = info, .addr = info_paddr, .out = out};
	struct tag tag;

	boot_gather_start(out, BOOT_PATH_MULTIBOOT2);
	if (max_len < INFO_HEADER_LEN) {
		out->warnings |= BOOT_WARN_TRUNCATED;
		return -EINVAL;
	}
	walk.len = le32_load(walk.data);
	if (walk.len > max_len) {
		out->warnings |= BOOT_WARN_TRUNCATED;
		walk.len = max_len;
	}
	walk.len = MAX(walk.len, (size_t)INFO_HEADER_LEN);
	out->info_start = info_paddr;
	out->info_len = walk.len;

	walk.pos = INFO_HEADER_LEN;
	while (next_tag(&walk, &tag))
		take_tag(&walk, &tag);

	walk.pos = INFO_HEADER_LEN;
	while (memmap_highest_usable(out) == 0 && next_tag(&walk, &tag)) {
		if (tag.type == TAG_EFI_MEMORY_MAP)
			take_efi_memory_map(&walk, &tag);
	}
	return boot_gather_finish(out);
}
