/* Builds ACPI tables in fake physical memory. */
#ifndef TESTS_UNIT_ACPI_FAKE_TABLES_H
#define TESTS_UNIT_ACPI_FAKE_TABLES_H

#include "kernel/acpi/acpi_tables.h"
#include "tests/unit/boot/fake_phys.h"

/* Makes the len bytes at data sum to 0 by changing the one at where. */
static inline void fix_checksum(uint8_t *data, size_t len, size_t where)
{
	uint8_t sum = 0;

	data[where] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + data[i]);
	data[where] = (uint8_t)-sum;
}

/* A header and len - 36 bytes of body; NULL leaves the body as it is. */
static inline uint8_t *put_table(struct fake_phys *phys, paddr_t addr, const char *signature,
				 const void *body, uint32_t len)
{
	uint8_t *table = fake_phys_at(phys, addr);

	memcpy(table, signature, 4);
	put32(table + 4, len);
	table[8] = 2;
	memcpy(table + 10, "THEMELTEST  ", 12);
	if (body)
		memcpy(table + ACPI_HEADER_LEN, body, len - ACPI_HEADER_LEN);
	fix_checksum(table, len, 9);
	return table;
}

static inline void put_rsdp(struct fake_phys *phys, paddr_t addr, uint8_t revision, uint32_t rsdt,
			    uint64_t xsdt)
{
	uint8_t *rsdp = fake_phys_at(phys, addr);

	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9,
	       "OEM\x01"
	       "56",
	       6);
	rsdp[15] = revision;
	put32(rsdp + 16, rsdt);
	fix_checksum(rsdp, 20, 8);
	if (revision >= 2) {
		put32(rsdp + 20, 36);
		put64(rsdp + 24, xsdt);
		fix_checksum(rsdp, 36, 32);
	}
}

/* A table by itself, from a body that holds everything after the header. */
static inline struct acpi_table make_table(uint8_t *storage, const void *body, uint32_t body_len)
{
	memset(storage, 0, ACPI_HEADER_LEN);
	if (body)
		memcpy(storage + ACPI_HEADER_LEN, body, body_len);
	return (struct acpi_table){.data = storage, .len = ACPI_HEADER_LEN + body_len};
}

#endif
