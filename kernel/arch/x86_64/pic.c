/*
 * The two 8259 interrupt controllers of a PC (Intel 8259A data sheet).
 *
 * They are moved away from the exception vectors, because even with all lines
 * masked they may send a spurious interrupt, and masked. Only on a machine where
 * no I/O APIC can be found do they carry interrupts: to the boot CPU, whose
 * local APIC passes them on.
 */
#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/platform_impl.h"
#include "kernel/core/irq.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA 0x21
#define SLAVE_COMMAND 0xa0
#define SLAVE_DATA 0xa1

#define LINE_COUNT 16
#define CASCADE_LINE 2

#define ICW1_INIT_WITH_ICW4 0x11
#define ICW4_8086 0x01
#define OCW2_EOI 0x20
#define OCW3_READ_IN_SERVICE 0x0b

static struct spinlock pic_lock = SPINLOCK_INIT(LOCK_DEVICE);
static uint16_t masked GUARDED_BY(&pic_lock) = 0xffff;

/* 0: not routed. Written before the line is unmasked. */
static uint32_t line_irq[LINE_COUNT];
static struct atomic64 spurious_count;

static void write_masks(uint16_t mask)
{
	arch_io_write8(MASTER_DATA, (uint8_t)mask);
	arch_io_write8(SLAVE_DATA, (uint8_t)(mask >> 8));
}

static void init_one(uint16_t command, uint16_t data, uint8_t vector, uint8_t cascade)
{
	arch_io_write8(command, ICW1_INIT_WITH_ICW4);
	arch_io_delay();
	arch_io_write8(data, vector);
	arch_io_delay();
	arch_io_write8(data, cascade);
	arch_io_delay();
	arch_io_write8(data, ICW4_8086);
	arch_io_delay();
}

void pic_init(void)
{
	init_one(MASTER_COMMAND, MASTER_DATA, VECTOR_PIC_BASE, 1u << CASCADE_LINE);
	init_one(SLAVE_COMMAND, SLAVE_DATA, VECTOR_PIC_BASE + 8, CASCADE_LINE);
	write_masks(0xffff);
}

int pic_route(uint32_t line, uint32_t irq)
{
	if (line >= LINE_COUNT || line == CASCADE_LINE)
		return -ENODEV;
	line_irq[line] = irq;
	apic_accept_8259();
	return 0;
}

void pic_mask(uint32_t line)
{
	irqflags_t flags;

	if (line >= LINE_COUNT)
		return;
	flags = spin_lock_irqsave(&pic_lock);
	masked |= (uint16_t)(1u << line);
	write_masks(masked);
	spin_unlock_irqrestore(&pic_lock, flags);
}

void pic_unmask(uint32_t line)
{
	irqflags_t flags;

	if (line >= LINE_COUNT || line_irq[line] == 0)
		return;
	flags = spin_lock_irqsave(&pic_lock);
	masked &= (uint16_t) ~(1u << line | 1u << CASCADE_LINE);
	write_masks(masked);
	spin_unlock_irqrestore(&pic_lock, flags);
}

/* Lines 7 and 15 are also what a controller sends when a request went away. */
static bool is_in_service(uint32_t line)
{
	uint16_t command = line < 8 ? MASTER_COMMAND : SLAVE_COMMAND;

	arch_io_write8(command, OCW3_READ_IN_SERVICE);
	return (arch_io_read8(command) >> (line & 7) & 1) != 0;
}

void pic_spurious_interrupt(uint32_t vector)
{
	uint32_t line = vector - VECTOR_PIC_BASE;
	uint32_t irq = line_irq[line];

	if (irq == 0 || !is_in_service(line)) {
		atomic64_inc(&spurious_count);
		return;
	}
	if (line >= 8)
		arch_io_write8(SLAVE_COMMAND, OCW2_EOI);
	arch_io_write8(MASTER_COMMAND, OCW2_EOI);
	irq_dispatch(irq);
}
