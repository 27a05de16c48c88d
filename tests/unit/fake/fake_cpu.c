/* The processors: everything that kernel/arch gives and that is not memory. */
#include "tests/unit/fake/fake.h"

#include <stdlib.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"

/* From tests/unit/fake/percpu.lds. */
extern char __percpu_start[], __percpu_end[];

#define SPIN_LIMIT 1000000

bool fake_irqs_on = true;
uintptr_t fake_percpu_offset;
uintptr_t fake_direct_map_base;
uintptr_t fake_vmemmap_base;
uintptr_t fake_kmap_base = 0xffffc80000000000ul;
uint32_t fake_ipis[MAX_CPUS][2];
uint32_t fake_reschedules;
void (*fake_on_relax)(void);
void (*fake_on_wait)(void);
void (*fake_on_schedule)(void);
uint32_t (*fake_io_read)(uint16_t port, uint32_t size);
void (*fake_io_write)(uint16_t port, uint32_t size, uint32_t value);

DEFINE_PER_CPU(uintptr_t, percpu_self_offset);

static void *areas[MAX_CPUS];
static uint32_t possible = 1;
static uint32_t spins;
static uint64_t cycles;

uint32_t arch_cpu_possible_count(void)
{
	return possible;
}

/* Byte by byte, for clang's sanitizer puts forbidden bytes between variables. */
static NO_SANITIZE_ADDRESS void clear_percpu(void)
{
	for (volatile char *p = __percpu_start; p < __percpu_end; p++)
		*p = 0;
}

/* CPU 0 keeps the original, as in the kernel; it is cleared too, so a test must
 * set up again what its per-CPU variables need. */
void fake_cpus_init(uint32_t n)
{
	clear_percpu();
	for (cpu_id_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		free(areas[cpu]);
		areas[cpu] = NULL;
		fake_ipis[cpu][IPI_RESCHEDULE] = 0;
		fake_ipis[cpu][IPI_CALL] = 0;
	}
	possible = n;
	spins = 0;
	for (cpu_id_t cpu = 1; cpu < n; cpu++) {
		areas[cpu] = calloc(1, percpu_size());
		percpu_attach(cpu, areas[cpu]);
	}
	cpu_set_online(n - 1);
	fake_cpu_switch(0);
}

void fake_cpu_switch(cpu_id_t cpu)
{
	if (cpu >= possible)
		fake_panic("no CPU %u", cpu);
	fake_percpu_offset = percpu_offsets[cpu];
}

void arch_cpu_relax(void)
{
	if (++spins == SPIN_LIMIT)
		fake_panic("spins for ever");
	if (fake_on_relax)
		fake_on_relax();
}

void arch_wait_for_interrupt(void)
{
	if (!fake_on_wait)
		fake_panic("waits for an interrupt that nobody sends");
	fake_on_wait();
	fake_irqs_on = true;
}

void arch_delay_us(uint32_t us)
{
	fake_now += us * NSEC_PER_USEC;
}

uint64_t arch_cycle_counter(void)
{
	return ++cycles;
}

void arch_halt(void)
{
	fake_panic("arch_halt");
}

void arch_power_off(void)
{
	fake_panic("arch_power_off");
}

void arch_reboot(void)
{
	fake_panic("arch_reboot");
}

void arch_stop_other_cpus(void)
{
}

void arch_ipi_send(cpu_id_t cpu, enum ipi ipi)
{
	fake_ipis[cpu][ipi]++;
}

static uint32_t io_read(uint16_t port, uint32_t size)
{
	return fake_io_read ? fake_io_read(port, size) : UINT32_MAX;
}

static void io_write(uint16_t port, uint32_t size, uint32_t value)
{
	if (fake_io_write)
		fake_io_write(port, size, value);
}

uint8_t arch_io_read8(uint16_t port)
{
	return (uint8_t)io_read(port, 1);
}

uint16_t arch_io_read16(uint16_t port)
{
	return (uint16_t)io_read(port, 2);
}

uint32_t arch_io_read32(uint16_t port)
{
	return io_read(port, 4);
}

void arch_io_write8(uint16_t port, uint8_t value)
{
	io_write(port, 1, value);
}

void arch_io_write16(uint16_t port, uint16_t value)
{
	io_write(port, 2, value);
}

void arch_io_write32(uint16_t port, uint32_t value)
{
	io_write(port, 4, value);
}
