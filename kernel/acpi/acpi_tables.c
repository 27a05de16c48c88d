/* ACPI specification 6.5, section 5.2.5 (root pointer) to 5.2.8 (root tables). */
#include "kernel/acpi/acpi_tables.h"

#include <stdbool.h>

#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

#define RSDP_V1_LEN 20
#define RSDP_V2_LEN 36
#define RSDP_MAX_LEN 4096
#define RSDP_STEP 16

#define BIOS_AREA_START 0xe0000
#define BIOS_AREA_LEN 0x20000
#define EBDA_SEGMENT_ADDR 0x40e
#define EBDA_SEARCH_LEN 1024
#define SEARCH_CHUNK 0x1000

struct root_pointer {
	paddr_t rsdt;
	paddr_t xsdt; /* 0: none */
	uint8_t revision;
	const uint8_t *oem_id;
};

static bool sum_is_zero(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + data[i]);
	return sum == 0;
}

static void copy_printable(char *to, const uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool is_printable = from[i] >= 0x20 && from[i] < 0x7f;

		to[i] = (char)(is_printable ? from[i] : '?');
	}
	to[len] = 0;
}

/*
 * Checks a root pointer. One of version 2 whose extended part is no good still
 * serves as version 1, since its first checksum holds.
 */
static enum acpi_reason read_rsdp(const struct boot_memory *mem, paddr_t addr,
				  struct root_pointer *out)
{
	const uint8_t *rsdp = boot_memory_map(mem, addr, RSDP_V1_LEN);
	uint32_t len;

	if (!rsdp)
		return ACPI_UNREACHABLE;
	if (memcmp(rsdp, "RSD PTR ", 8) != 0)
		return ACPI_BAD_SIGNATURE;
	if (!sum_is_zero(rsdp, RSDP_V1_LEN))
		return ACPI_BAD_CHECKSUM;
	out->oem_id = rsdp + 9;
	out->revision = rsdp[15];
	out->rsdt = le32_load(rsdp + 16);
	out->xsdt = 0;
	if (out->revision < 2)
		return ACPI_OK;

	rsdp = boot_memory_map(mem, addr, RSDP_V2_LEN);
	len = rsdp ? le32_load(rsdp + 20) : 0;
	if (len < RSDP_V2_LEN || len > RSDP_MAX_LEN)
		return out->rsdt ? ACPI_OK : ACPI_BAD_LENGTH;
	rsdp = boot_memory_map(mem, addr, len);
	if (!rsdp || !sum_is_zero(rsdp, len))
		return out->rsdt ? ACPI_OK : ACPI_BAD_CHECKSUM;
	out->xsdt = le64_load(rsdp + 24);
	return ACPI_OK;
}

/* Tries every 16th byte of the range; the part that cannot be reached is skipped. */
static paddr_t search_range(const struct boot_memory *mem, paddr_t start, size_t len,
			    struct root_pointer *out)
{
	for (paddr_t chunk = start; chunk < start + len; chunk += SEARCH_CHUNK) {
		size_t chunk_len = MIN((size_t)(start + len - chunk), (size_t)SEARCH_CHUNK);
		const uint8_t *data = boot_memory_map(mem, chunk, chunk_len);

		for (size_t i = 0; data && i + RSDP_STEP <= chunk_len; i += RSDP_STEP) {
			if (memcmp(data + i, "RSD PTR ", 8) == 0 &&
			    read_rsdp(mem, chunk + i, out) == ACPI_OK)
				return chunk + i;
		}
	}
	return 0;
}

/* First the extended BIOS data area, then the BIOS itself; 0: not there. */
static paddr_t search_rsdp(const struct boot_memory *mem, struct root_pointer *out)
{
	const uint8_t *segment = boot_memory_map(mem, EBDA_SEGMENT_ADDR, 2);
	paddr_t ebda = segment ? (paddr_t)le16_load(segment) << 4 : 0;
	paddr_t found = 0;

	if (ebda >= 0x400 && ebda < 0xa0000)
		found = search_range(mem, ebda, EBDA_SEARCH_LEN, out);
	if (!found)
		found = search_range(mem, BIOS_AREA_START, BIOS_AREA_LEN, out);
	return found;
}

/* Checks everything but the signature; *len is set once the header is readable. */
static enum acpi_reason check_table(const struct boot_memory *mem, paddr_t addr,
				    struct acpi_table *out, uint32_t *len, uint8_t *signature)
{
	const uint8_t *header = boot_memory_map(mem, addr, ACPI_HEADER_LEN);
	const uint8_t *data;

	if (!header)
		return ACPI_UNREACHABLE;
	memcpy(signature, header, 4);
	*len = le32_load(header + 4);
	if (*len < ACPI_HEADER_LEN || *len > ACPI_MAX_TABLE_LEN)
		return ACPI_BAD_LENGTH;
	data = boot_memory_map(mem, addr, *len);
	if (!data)
		return ACPI_UNREACHABLE;
	if (!sum_is_zero(data, *len))
		return ACPI_BAD_CHECKSUM;
	out->data = data;
	out->len = *len;
	return ACPI_OK;
}

enum acpi_reason acpi_check_table(const struct boot_memory *mem, paddr_t addr,
				  const char *signature, struct acpi_table *out)
{
	enum acpi_reason reason;
	struct acpi_table table;
	uint8_t found[4];
	uint32_t len;

	reason = check_table(mem, addr, &table, &len, found);
	if (reason)
		return reason;
	if (signature && memcmp(found, signature, 4) != 0)
		return ACPI_BAD_SIGNATURE;
	*out = table;
	return ACPI_OK;
}

static bool is_listed(const struct acpi_tables *tables, paddr_t addr)
{
	for (uint32_t i = 0; i < tables->count; i++) {
		if (tables->refs[i].addr == addr)
			return true;
	}
	return false;
}

static void list_table(struct acpi_tables *tables, paddr_t addr)
{
	struct acpi_table_ref *ref;
	uint8_t signature[4] = "????";
	struct acpi_table table;
	bool is_duplicate;

	/* Firmware leaves empty slots at the end; they are no mistake. */
	if (addr == 0)
		return;
	if (tables->count == ACPI_MAX_TABLES) {
		tables->dropped++;
		return;
	}
	is_duplicate = is_listed(tables, addr);
	ref = &tables->refs[tables->count++];
	ref->addr = addr;
	ref->len = 0;
	if (is_duplicate)
		ref->reason = ACPI_DUPLICATE;
	else
		ref->reason = check_table(&tables->mem, addr, &table, &ref->len, signature);
	if (ref->reason == ACPI_OK &&
	    (memcmp(signature, "XSDT", 4) == 0 || memcmp(signature, "RSDT", 4) == 0))
		ref->reason = ACPI_SELF_REFERENCE;
	copy_printable(ref->signature, signature, 4);
}

/* Lists what the root table at addr holds: addresses of entry_len bytes each. */
static enum acpi_reason read_root(struct acpi_tables *tables, paddr_t addr, const char *signature,
				  size_t entry_len)
{
	struct acpi_table root;
	enum acpi_reason reason = acpi_check_table(&tables->mem, addr, signature, &root);
	size_t count;

	if (reason)
		return reason;
	tables->root = addr;
	count = (root.len - ACPI_HEADER_LEN) / entry_len;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *entry = root.data + ACPI_HEADER_LEN + i * entry_len;

		list_table(tables, entry_len == 8 ? le64_load(entry) : le32_load(entry));
	}
	return ACPI_OK;
}

enum acpi_reason acpi_tables_init(const struct boot_memory *mem, paddr_t rsdp,
				  struct acpi_tables *out)
{
	struct root_pointer pointer;
	enum acpi_reason reason = ACPI_NOT_FOUND;

	memset(out, 0, sizeof(*out));
	out->mem = *mem;
	if (rsdp)
		reason = read_rsdp(mem, rsdp, &pointer);
	if (reason) {
		rsdp = search_rsdp(mem, &pointer);
		if (!rsdp)
			return reason;
	}
	out->rsdp = rsdp;
	out->revision = pointer.revision;
	copy_printable(out->oem_id, pointer.oem_id, 6);

	reason = ACPI_NOT_FOUND;
	if (pointer.xsdt)
		reason = read_root(out, pointer.xsdt, "XSDT", 8);
	if (reason && pointer.rsdt)
		reason = read_root(out, pointer.rsdt, "RSDT", 4);
	return reason;
}

enum acpi_reason acpi_find_table(const struct acpi_tables *tables, const char *signature,
				 uint32_t index, struct acpi_table *out)
{
	enum acpi_reason reason = ACPI_NOT_FOUND;

	for (uint32_t i = 0; i < tables->count; i++) {
		const struct acpi_table_ref *ref = &tables->refs[i];

		if (memcmp(ref->signature, signature, 4) != 0)
			continue;
		if (ref->reason) {
			reason = ref->reason;
			continue;
		}
		if (index-- > 0)
			continue;
		return acpi_check_table(&tables->mem, ref->addr, signature, out);
	}
	return reason;
}

const char *acpi_reason_text(enum acpi_reason reason)
{
	static const char *const texts[] = {
		[ACPI_OK] = "sound",
		[ACPI_NOT_FOUND] = "not found",
		[ACPI_UNREACHABLE] = "not in reachable memory",
		[ACPI_BAD_SIGNATURE] = "wrong signature",
		[ACPI_BAD_LENGTH] = "impossible length",
		[ACPI_BAD_CHECKSUM] = "wrong checksum",
		[ACPI_SELF_REFERENCE] = "a root table that refers to a root table",
		[ACPI_DUPLICATE] = "listed twice",
		[ACPI_BAD_CONTENT] = "impossible content",
	};

	return reason < ARRAY_SIZE(texts) ? texts[reason] : "unknown reason";
}

/* The field's first byte, or NULL when it is not wholly in the table. */
static const uint8_t *field(const struct acpi_table *table, uint32_t offset, uint32_t size)
{
	if (table->len < size || offset > table->len - size)
		return NULL;
	return table->data + offset;
}

uint8_t acpi_u8(const struct acpi_table *table, uint32_t offset)
{
	const uint8_t *at = field(table, offset, 1);

	return at ? *at : 0;
}

uint16_t acpi_u16(const struct acpi_table *table, uint32_t offset)
{
	const uint8_t *at = field(table, offset, 2);

	return at ? le16_load(at) : 0;
}

uint32_t acpi_u32(const struct acpi_table *table, uint32_t offset)
{
	const uint8_t *at = field(table, offset, 4);

	return at ? le32_load(at) : 0;
}

uint64_t acpi_u64(const struct acpi_table *table, uint32_t offset)
{
	const uint8_t *at = field(table, offset, 8);

	return at ? le64_load(at) : 0;
}
