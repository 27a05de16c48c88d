#include "kernel/acpi/fadt.h"

#include "kernel/lib/string.h"

#define FADT_V1_LEN 116

/* Offsets of fields. */
#define DSDT 40
#define SCI_INT 46
#define SMI_CMD 48
#define ACPI_ENABLE 52
#define ACPI_DISABLE 53
#define PM1A_EVT 56
#define PM1B_EVT 60
#define PM1A_CNT 64
#define PM1B_CNT 68
#define PM_TMR 76
#define PM1_EVT_LEN 88
#define PM1_CNT_LEN 89
#define PM_TMR_LEN 91
#define CENTURY 108
#define BOOT_ARCH 109
#define FLAGS 112
#define RESET_REG 116
#define RESET_VALUE 128
#define X_DSDT 140
#define X_PM1A_EVT 148
#define X_PM1B_EVT 160
#define X_PM1A_CNT 172
#define X_PM1B_CNT 184
#define X_PM_TMR 208
#define SLEEP_CONTROL 244
#define SLEEP_STATUS 256

#define FLAG_TMR_VAL_EXT (1u << 8)
#define FLAG_RESET_REG_SUP (1u << 10)
#define FLAG_HW_REDUCED (1u << 20)

#define BOOT_ARCH_8042 (1u << 1)
#define BOOT_ARCH_VGA_ABSENT (1u << 2)
#define BOOT_ARCH_NO_CMOS_RTC (1u << 5)

/* A register that the processor can reach; ports have 16 bits of address. */
static bool register_is_sound(const struct acpi_register *reg)
{
	uint64_t bytes = (reg->bits + 7u) / 8;

	switch (reg->space) {
	case ACPI_SPACE_IO:
		return reg->addr <= 0x10000 - MAX(bytes, 1);
	case ACPI_SPACE_MEMORY:
		return reg->addr < ACPI_PHYS_LIMIT;
	case ACPI_SPACE_PCI:
		return reg->addr >> 48 == 0;
	default:
		return false;
	}
}

/* A generic address structure: space, width, offset in bits, access, address. */
static struct acpi_register read_register(const struct acpi_table *table, uint32_t offset)
{
	struct acpi_register reg = {
		.space = (enum acpi_space)acpi_u8(table, offset),
		.bits = acpi_u8(table, offset + 1),
		.addr = acpi_u64(table, offset + 4),
	};

	if (acpi_u8(table, offset + 2) != 0 || !register_is_sound(&reg))
		return (struct acpi_register){0};
	return reg;
}

/* A block given as a port and a length; the extended form counts if it is there. */
static struct acpi_register read_block(const struct acpi_table *table, uint32_t extended,
				       uint32_t port, uint32_t len)
{
	struct acpi_register reg = read_register(table, extended);
	uint8_t bytes = acpi_u8(table, len);

	if (reg.addr)
		return reg;
	reg.addr = acpi_u32(table, port);
	reg.space = ACPI_SPACE_IO;
	reg.bits = (uint8_t)MIN(bytes * 8u, 255u);
	if (reg.addr == 0 || bytes == 0 || !register_is_sound(&reg))
		return (struct acpi_register){0};
	return reg;
}

static void read_reset(const struct acpi_table *table, struct fadt *out)
{
	if (!(acpi_u32(table, FLAGS) & FLAG_RESET_REG_SUP))
		return;
	out->reset = read_register(table, RESET_REG);
	out->reset_value = acpi_u8(table, RESET_VALUE);
	out->has_reset = out->reset.addr != 0 && out->reset.bits == 8;
}

/* Tables of ACPI 1.0 (revision 1) have no such flags: everything is there. */
static void read_legacy_devices(const struct acpi_table *table, struct fadt *out)
{
	uint16_t boot_arch = acpi_u16(table, BOOT_ARCH);
	uint8_t revision = acpi_u8(table, 8);

	out->has_8042 = revision < 2 || (boot_arch & BOOT_ARCH_8042);
	out->has_vga = revision < 2 || !(boot_arch & BOOT_ARCH_VGA_ABSENT);
	out->has_cmos_rtc = revision < 2 || !(boot_arch & BOOT_ARCH_NO_CMOS_RTC);
	out->century_reg = acpi_u8(table, CENTURY);
}

enum acpi_reason fadt_parse(const struct acpi_table *table, struct fadt *out)
{
	uint32_t flags = acpi_u32(table, FLAGS);

	memset(out, 0, sizeof(*out));
	if (table->len < FADT_V1_LEN)
		return ACPI_BAD_LENGTH;
	out->dsdt = acpi_u64(table, X_DSDT);
	if (out->dsdt == 0 || out->dsdt >= ACPI_PHYS_LIMIT)
		out->dsdt = acpi_u32(table, DSDT);
	out->sci_irq = acpi_u16(table, SCI_INT);
	out->is_hw_reduced = flags & FLAG_HW_REDUCED;
	if (out->is_hw_reduced) {
		out->sleep_control = read_register(table, SLEEP_CONTROL);
		out->sleep_status = read_register(table, SLEEP_STATUS);
	} else {
		out->smi_cmd =
			acpi_u32(table, SMI_CMD) <= UINT16_MAX ? acpi_u32(table, SMI_CMD) : 0;
		out->acpi_enable = acpi_u8(table, ACPI_ENABLE);
		out->acpi_disable = acpi_u8(table, ACPI_DISABLE);
		out->pm1a_event = read_block(table, X_PM1A_EVT, PM1A_EVT, PM1_EVT_LEN);
		out->pm1b_event = read_block(table, X_PM1B_EVT, PM1B_EVT, PM1_EVT_LEN);
		out->pm1a_control = read_block(table, X_PM1A_CNT, PM1A_CNT, PM1_CNT_LEN);
		out->pm1b_control = read_block(table, X_PM1B_CNT, PM1B_CNT, PM1_CNT_LEN);
	}
	out->pm_timer = read_block(table, X_PM_TMR, PM_TMR, PM_TMR_LEN);
	out->is_pm_timer_32bit = flags & FLAG_TMR_VAL_EXT;
	read_reset(table, out);
	read_legacy_devices(table, out);
	return ACPI_OK;
}

/*
 * AML (ACPI specification 6.5, chapter 20): Name(\_S5_, Package(n) {...}) is
 *
 *	08 [5c] "_S5_" 12 PkgLength NumElements element element ...
 *
 * PkgLength has 1 to 4 bytes, the top two bits of the first say how many follow,
 * and counts itself. An element is 00, 01 or ff (Zero, One, Ones) or 0a, 0b, 0c
 * with 1, 2 or 4 bytes of constant.
 */
#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_NAME 0x08
#define AML_BYTE 0x0a
#define AML_WORD 0x0b
#define AML_DWORD 0x0c
#define AML_PACKAGE 0x12
#define AML_ROOT 0x5c
#define SLEEP_TYPE_MAX 7

/* Reads one constant at *pos and moves on. False: it is no small constant. */
static bool read_constant(const struct acpi_table *aml, uint32_t *pos, uint8_t *out)
{
	uint8_t op = acpi_u8(aml, *pos);
	uint32_t value;
	uint32_t len;

	switch (op) {
	case AML_ZERO:
	case AML_ONE:
		value = op;
		len = 1;
		break;
	case AML_BYTE:
		value = acpi_u8(aml, *pos + 1);
		len = 2;
		break;
	case AML_WORD:
		value = acpi_u16(aml, *pos + 1);
		len = 3;
		break;
	case AML_DWORD:
		value = acpi_u32(aml, *pos + 1);
		len = 5;
		break;
	default:
		return false;
	}
	if (value > SLEEP_TYPE_MAX || len > aml->len - *pos)
		return false;
	*out = (uint8_t)value;
	*pos += len;
	return true;
}

/* Reads the package that begins at pos. */
static bool read_sleep_package(const struct acpi_table *aml, uint32_t pos,
			       struct acpi_sleep_type *out)
{
	struct acpi_table package = *aml;
	uint32_t more_bytes;
	uint32_t len;

	if (acpi_u8(aml, pos) != AML_PACKAGE)
		return false;
	pos++;
	len = acpi_u8(aml, pos);
	more_bytes = len >> 6;
	len &= more_bytes ? 0x0f : 0x3f;
	for (uint32_t i = 1; i <= more_bytes; i++)
		len |= (uint32_t)acpi_u8(aml, pos + i) << (8 * i - 4);
	if (pos > aml->len || len > aml->len - pos || len < more_bytes + 4)
		return false;

	package.len = pos + len;
	pos += 1 + more_bytes;
	if (acpi_u8(&package, pos) < 2)
		return false;
	pos++;
	return read_constant(&package, &pos, &out->a) && pos < package.len &&
	       read_constant(&package, &pos, &out->b);
}

static bool is_name_op(const struct acpi_table *aml, uint32_t name)
{
	if (acpi_u8(aml, name - 1) == AML_ROOT)
		name--;
	return acpi_u8(aml, name - 1) == AML_NAME;
}

enum acpi_reason acpi_find_s5(const struct acpi_table *aml, struct acpi_sleep_type *out)
{
	for (uint32_t pos = ACPI_HEADER_LEN + 1; pos + 8 <= aml->len; pos++) {
		struct acpi_sleep_type found;

		if (memcmp(aml->data + pos, "_S5_", 4) != 0 || !is_name_op(aml, pos))
			continue;
		if (read_sleep_package(aml, pos + 4, &found)) {
			*out = found;
			return ACPI_OK;
		}
	}
	return ACPI_NOT_FOUND;
}

enum acpi_reason acpi_find_sleep_type(const struct acpi_tables *tables, const struct fadt *fadt,
				      struct acpi_sleep_type *out)
{
	enum acpi_reason reason = ACPI_NOT_FOUND;
	struct acpi_table aml;

	if (fadt->dsdt)
		reason = acpi_check_table(&tables->mem, fadt->dsdt, "DSDT", &aml);
	if (!reason)
		reason = acpi_find_s5(&aml, out);
	for (uint32_t i = 0; reason && i < tables->count; i++) {
		if (acpi_find_table(tables, "SSDT", i, &aml))
			break;
		if (!acpi_find_s5(&aml, out))
			reason = ACPI_OK;
	}
	return reason;
}
