/* The third channel of the 8254 interval timer, 1.193182 MHz (Intel 8254 data sheet). */
#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/clock_impl.h"

#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61 /* system control port B */
#define GATE_CHANNEL2 (1u << 0)
#define GATE_SPEAKER (1u << 1)

#define COMMAND_CHANNEL2_MODE2 0xb4 /* low byte then high, rate generator, binary */
#define COMMAND_LATCH_CHANNEL2 0x80

#define PIT_PERIOD_FS 838095110

/* Counts down from 65536 and starts over; the difference makes it count up. */
static uint64_t read_pit(void)
{
	uint32_t low, high;

	arch_io_write8(PIT_COMMAND, COMMAND_LATCH_CHANNEL2);
	low = arch_io_read8(PIT_CHANNEL2);
	high = arch_io_read8(PIT_CHANNEL2);
	return 0x10000u - (high << 8 | low);
}

void pit_init(struct clock_reference *out)
{
	uint8_t gate = arch_io_read8(PIT_GATE);

	arch_io_write8(PIT_GATE, (uint8_t)((gate & ~GATE_SPEAKER) | GATE_CHANNEL2));
	arch_io_write8(PIT_COMMAND, COMMAND_CHANNEL2_MODE2);
	arch_io_write8(PIT_CHANNEL2, 0);
	arch_io_write8(PIT_CHANNEL2, 0);
	*out = (struct clock_reference){
		.name = "PIT",
		.read = read_pit,
		.mask = 0xffff,
		.period_fs = PIT_PERIOD_FS,
		.window_us = 8000,
	};
}

void pit_stop(void)
{
	arch_io_write8(PIT_GATE, (uint8_t)(arch_io_read8(PIT_GATE) & ~GATE_CHANNEL2));
}
