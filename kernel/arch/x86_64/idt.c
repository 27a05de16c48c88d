#include "kernel/arch/x86_64/idt.h"

#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define GATE_INTERRUPT 0x8e
#define GATE_DPL3 0x60

/* Intel SDM vol. 3A 6.14.1. */
struct PACKED idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

struct PACKED idt_pointer {
	uint16_t limit;
	uint64_t base;
};

/* 256 entry points of 16 bytes each, made by entry.S. */
extern const uint8_t trap_entries[256][16];

AFTER_BOOT_CONST static struct idt_gate idt[256] ALIGNED(16);

static void set_gate(uint32_t vector, enum ist ist, uint8_t type)
{
	uint64_t entry = (uint64_t)trap_entries[vector];

	idt[vector] = (struct idt_gate){
		.offset_low = (uint16_t)entry,
		.selector = SEL_KERNEL_CODE,
		.ist = (uint8_t)ist,
		.type = type,
		.offset_mid = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
	};
}

void idt_init(void)
{
	for (uint32_t vector = 0; vector < ARRAY_SIZE(idt); vector++)
		set_gate(vector, IST_NONE, GATE_INTERRUPT);
	set_gate(TRAP_NMI, IST_NMI, GATE_INTERRUPT);
	set_gate(TRAP_DF, IST_DOUBLE_FAULT, GATE_INTERRUPT);
	set_gate(TRAP_MC, IST_MACHINE_CHECK, GATE_INTERRUPT);
	set_gate(TRAP_DB, IST_DEBUG, GATE_INTERRUPT);
	/* INT3 and INTO are instructions that user programs may use. */
	set_gate(TRAP_BP, IST_NONE, GATE_INTERRUPT | GATE_DPL3);
	set_gate(TRAP_OF, IST_NONE, GATE_INTERRUPT | GATE_DPL3);
}

void idt_load(void)
{
	struct idt_pointer pointer = {.limit = sizeof(idt) - 1, .base = (uint64_t)idt};

	__asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
}
