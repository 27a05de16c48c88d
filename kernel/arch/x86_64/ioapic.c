/*
 * I/O APICs (Intel 82093AA data sheet; ACPI specification 6.5, 5.2.12.3).
 *
 * Each serves a range of global system interrupts. An ISA line is one of them,
 * by default the one of its own number, edge-triggered and active high, unless a
 * MADT override says otherwise. Without any I/O APIC the 8259s stand in.
 */
#include "kernel/arch/io.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/x86_64/platform_impl.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kmap.h"

#define LOG_PREFIX "arch/ioapic: "
#include "kernel/core/log.h"

#define DEFAULT_ADDR 0xfec00000u
#define REGISTERS_LEN 0x20
#define ISA_LINES 16

#define IOREGSEL 0x00
#define IOWIN 0x10

#define REG_VERSION 1
#define REG_REDIRECTION 0x10 /* two a pin, low half first */

#define RTE_ACTIVE_LOW (1u << 13)
#define RTE_LEVEL (1u << 15)
#define RTE_MASKED (1u << 16)
#define RTE_DEST_SHIFT 24 /* in the high half */
#define PIN_COUNT_MAX 240

struct ioapic {
	struct spinlock lock;
	/* The register window, an index and a datum, is the lock's. */
	volatile uint8_t *registers PT_GUARDED_BY(&lock);
	uint32_t gsi_base;  /* const after boot, as below */
	uint32_t pin_count; /* 0: not usable */
};

static struct ioapic ioapics[MADT_MAX_IOAPICS];
AFTER_BOOT_CONST static uint32_t ioapic_count;
AFTER_BOOT_CONST static struct madt_override isa_routes[ISA_LINES];

static uint32_t read_locked(struct ioapic *io, uint32_t reg) REQUIRES(&io->lock);

static uint32_t read_locked(struct ioapic *io, uint32_t reg)
{
	mmio_write32(io->registers + IOREGSEL, reg);
	return mmio_read32(io->registers + IOWIN);
}

static void write_locked(struct ioapic *io, uint32_t reg, uint32_t value) REQUIRES(&io->lock);

static void write_locked(struct ioapic *io, uint32_t reg, uint32_t value)
{
	mmio_write32(io->registers + IOREGSEL, reg);
	mmio_write32(io->registers + IOWIN, value);
}

/* Asks the device how many pins it has, and masks them; 0 when nothing is there. */
static uint32_t start_device(struct ioapic *io)
{
	irqflags_t flags = spin_lock_irqsave(&io->lock);
	uint32_t version = read_locked(io, REG_VERSION);
	uint32_t count = (version >> 16 & 255) + 1;

	/* An absent device reads as all ones or zeros. */
	if (version == UINT32_MAX || version == 0 || count > PIN_COUNT_MAX)
		count = 0;
	for (uint32_t pin = 0; pin < count; pin++)
		write_locked(io, REG_REDIRECTION + pin * 2, RTE_MASKED);
	spin_unlock_irqrestore(&io->lock, flags);
	return count;
}

static void add_ioapic(paddr_t addr, uint32_t gsi_base)
{
	struct ioapic *io = &ioapics[ioapic_count];
	volatile void *registers;

	if (kmap_device(addr, REGISTERS_LEN, MMU_WRITE | MMU_DEVICE, &registers) != 0) {
		log_err("no memory to map the controller at 0x%lx", addr);
		return;
	}
	spin_lock_init(&io->lock, LOCK_DEVICE);
	io->registers = registers;
	io->gsi_base = gsi_base;
	io->pin_count = start_device(io);
	if (io->pin_count == 0) {
		log_warn("nothing answers at 0x%lx", addr);
		kmap_unmap(registers);
		return;
	}
	log_info("at 0x%lx, interrupts %u to %u", addr, gsi_base, gsi_base + io->pin_count - 1);
	ioapic_count++;
}

void ioapic_init(const struct madt *madt)
{
	for (uint8_t line = 0; line < ISA_LINES; line++) {
		if (madt)
			isa_routes[line] = madt_isa_route(madt, line);
		else
			isa_routes[line] = (struct madt_override){.gsi = line, .isa_irq = line};
	}
	if (madt) {
		for (uint32_t i = 0; i < madt->ioapic_count; i++)
			add_ioapic(madt->ioapics[i].addr, madt->ioapics[i].gsi_base);
	} else {
		add_ioapic(DEFAULT_ADDR, 0);
		/* Where PCs without tables that say so wire the timer. */
		isa_routes[0].gsi = 2;
	}
	if (ioapic_count == 0)
		log_warn("none found: interrupts come by the 8259s");
}

static struct ioapic *find_gsi(uint32_t gsi, uint32_t *pin_out)
{
	for (uint32_t i = 0; i < ioapic_count; i++) {
		struct ioapic *io = &ioapics[i];

		if (gsi >= io->gsi_base && gsi - io->gsi_base < io->pin_count) {
			*pin_out = gsi - io->gsi_base;
			return io;
		}
	}
	return NULL;
}

/* ISA lines by the overrides; a number from 16 on is a PCI interrupt: level, active low. */
static struct madt_override describe_line(uint32_t line)
{
	if (line < ISA_LINES)
		return isa_routes[line];
	return (struct madt_override){.gsi = line, .is_active_low = true, .is_level = true};
}

int arch_irq_route_isa(uint32_t isa_line, uint32_t irq, cpu_id_t cpu)
{
	struct madt_override route = describe_line(isa_line);
	uint32_t low = irq | RTE_MASKED;
	uint32_t apic_id = smp_apic_id(cpu);
	irqflags_t flags;
	uint32_t pin;
	struct ioapic *io = find_gsi(route.gsi, &pin);

	if (ioapic_count == 0)
		return pic_route(isa_line, irq);
	/* The destination field has eight bits. */
	if (!io || apic_id > 255)
		return -ENODEV;
	if (route.is_active_low)
		low |= RTE_ACTIVE_LOW;
	if (route.is_level)
		low |= RTE_LEVEL;

	flags = spin_lock_irqsave(&io->lock);
	/* Masked first, so that it never fires half written. */
	write_locked(io, REG_REDIRECTION + pin * 2, low);
	write_locked(io, REG_REDIRECTION + pin * 2 + 1, apic_id << RTE_DEST_SHIFT);
	spin_unlock_irqrestore(&io->lock, flags);
	return 0;
}

static void change_mask(uint32_t isa_line, uint32_t mask)
{
	struct madt_override route = describe_line(isa_line);
	irqflags_t flags;
	uint32_t pin, low;
	struct ioapic *io = find_gsi(route.gsi, &pin);

	if (!io)
		return;
	flags = spin_lock_irqsave(&io->lock);
	low = read_locked(io, REG_REDIRECTION + pin * 2);
	write_locked(io, REG_REDIRECTION + pin * 2, (low & ~RTE_MASKED) | mask);
	spin_unlock_irqrestore(&io->lock, flags);
}

void arch_irq_mask_isa(uint32_t isa_line)
{
	if (ioapic_count == 0)
		pic_mask(isa_line);
	else
		change_mask(isa_line, RTE_MASKED);
}

void arch_irq_unmask_isa(uint32_t isa_line)
{
	if (ioapic_count == 0)
		pic_unmask(isa_line);
	else
		change_mask(isa_line, 0);
}
