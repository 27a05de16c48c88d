/*
 * The processor that unit tests run on: it stands in for the file of the same
 * name that configure links to a real one. Interrupts are a flag, ports are
 * functions of the test, per-CPU data is real for as many CPUs as a test asks
 * for (tests/unit/fake/fake.h). See kernel/arch/cpu.h for each contract.
 */
#ifndef TESTS_UNIT_FAKE_TARGET_H
#define TESTS_UNIT_FAKE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/x86_64/mmu_entry.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define ARCH_IRQ_COUNT 256
#define ARCH_IRQ_FIRST 48
#define ARCH_IRQ_LAST 239

#define ARCH_CACHE_LINE 64

/* Variables, so that a test can put the areas where its arena is. */
extern uintptr_t fake_direct_map_base;
extern uintptr_t fake_vmemmap_base;
extern uintptr_t fake_kmap_base;

#define ARCH_USER_END 0x00007ffffffff000ul
#define ARCH_DIRECT_MAP_BASE fake_direct_map_base
#define ARCH_DIRECT_MAP_END (fake_direct_map_base + (64ul << 40))
#define ARCH_KMAP_BASE fake_kmap_base
#define ARCH_KMAP_END (fake_kmap_base + (512ul << 30))
#define ARCH_VMEMMAP_BASE fake_vmemmap_base
#define ARCH_VMEMMAP_END (fake_vmemmap_base + (512ul << 30))
#define ARCH_KERNEL_BASE 0xffffffff80000000ul

struct trap_frame {
	uint64_t pc, sp, fp;
	bool is_user;
	uint64_t words[8];
	uint64_t call, args[8];
	int64_t result;
};

#define ARCH_SYSCALL_NUMBER(frame) ((frame)->call)
#define ARCH_SYSCALL_ARG(frame, index) ((frame)->args[index])
#define ARCH_SYSCALL_SET_RESULT(frame, value) ((frame)->result = (value))
#define ARCH_SYSCALL_RESULT(frame) ((frame)->result)
#define ARCH_SYSCALL_RESTART(frame, number) ((frame)->pc -= 2, (frame)->call = (number))
#define ARCH_SYSCALL_SET_MESSAGE(frame, badge, info) ((frame)->words[0] = (badge), (void)(info))

static inline void arch_user_copy_words(struct trap_frame *to, const struct trap_frame *from)
{
	for (int i = 0; i < 8; i++)
		to->words[i] = from->words[i];
}

struct arch_thread {
	vaddr_t sp;
	vaddr_t stack_top;
	void (*entry)(void *arg);
	void *arg;
};

extern bool fake_irqs_on;

static inline void arch_irq_enable(void)
{
	fake_irqs_on = true;
}

static inline void arch_irq_disable(void)
{
	fake_irqs_on = false;
}

static inline bool arch_irqs_are_enabled(void)
{
	return fake_irqs_on;
}

static inline irqflags_t arch_irq_save(void)
{
	irqflags_t flags = fake_irqs_on;

	fake_irqs_on = false;
	return flags;
}

static inline void arch_irq_restore(irqflags_t flags)
{
	fake_irqs_on = flags;
}

/* Calls what the test hung in fake_on_relax; panics after a million spins. */
void arch_cpu_relax(void);

/* Calls fake_on_wait with interrupts off; they are on afterwards. */
void arch_wait_for_interrupt(void);

/* Steps by one each time. */
uint64_t arch_cycle_counter(void);

extern uintptr_t fake_percpu_offset;
/* As on x86-64, where percpu_attach() fills it; nobody reads it here. */
extern uintptr_t percpu_self_offset;

static inline uintptr_t arch_percpu_offset(void)
{
	return fake_percpu_offset;
}

#define FAKE_PERCPU(var)                                                                           \
	(*({                                                                                       \
		uintptr_t fake_addr_ = (uintptr_t) & (var);                                        \
		HIDE_VALUE(fake_addr_);                                                            \
		(__typeof__(&(var)))(fake_addr_ + fake_percpu_offset);                             \
	}))

#define ARCH_PERCPU_READ(var) (FAKE_PERCPU(var))
#define ARCH_PERCPU_WRITE(var, value)                                                              \
	do {                                                                                       \
		FAKE_PERCPU(var) = (value);                                                        \
	} while (0)
#define ARCH_PERCPU_ADD(var, delta)                                                                \
	do {                                                                                       \
		FAKE_PERCPU(var) += (__typeof__(var))(delta);                                      \
	} while (0)

/* The port space: what the test hung in fake_io_read and fake_io_write. */
uint8_t arch_io_read8(uint16_t port);
uint16_t arch_io_read16(uint16_t port);
uint32_t arch_io_read32(uint16_t port);
void arch_io_write8(uint16_t port, uint8_t value);
void arch_io_write16(uint16_t port, uint16_t value);
void arch_io_write32(uint16_t port, uint32_t value);

static inline void arch_io_delay(void)
{
}

static inline void arch_mmio_read_barrier(void)
{
	COMPILER_BARRIER();
}

static inline void arch_mmio_write_barrier(void)
{
	COMPILER_BARRIER();
}

#endif
