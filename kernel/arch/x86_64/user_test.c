#include "kernel/arch/user_test.h"

#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/trap_impl.h"
#include "kernel/core/percpu.h"

/* DR7: breakpoint 0 is enabled, of instruction kind (Intel SDM vol. 3B 18.2.4). */
#define DR7_ENABLE_0 0x2
#define DR7_RESET 0x400

#define PROGRAM(name)                                                                              \
	{                                                                                          \
		user_program_##name, user_program_##name##_end                                     \
	}
#define DECLARE(name) extern const uint8_t user_program_##name[], user_program_##name##_end[]

DECLARE(null_loop);
DECLARE(registers);
DECLARE(single_step);
DECLARE(bases);
DECLARE(vectors);
DECLARE(faults);
DECLARE(jump_away);
DECLARE(touch);
DECLARE(spin);
DECLARE(sleep);
DECLARE(threads);
DECLARE(bug);
DECLARE(spawn);
DECLARE(exec);

const struct user_test_programs user_test_programs = {
	.null_loop = PROGRAM(null_loop),
	.registers = PROGRAM(registers),
	.single_step = PROGRAM(single_step),
	.bases = PROGRAM(bases),
	.vectors = PROGRAM(vectors),
	.faults = PROGRAM(faults),
	.jump_away = PROGRAM(jump_away),
	.touch = PROGRAM(touch),
	.spin = PROGRAM(spin),
	.sleep = PROGRAM(sleep),
	.threads = PROGRAM(threads),
	.bug = PROGRAM(bug),
	.spawn = PROGRAM(spawn),
	.exec = PROGRAM(exec),
};

const uint8_t user_test_syscall[] = {0x0f, 0x05};
const uint32_t user_test_syscall_len = sizeof(user_test_syscall);

void user_test_read_counts(cpu_id_t cpu, struct user_test_counts *out)
{
	const struct trap_entry_counts *counts = cpu_ptr(trap_entry_counts, cpu);

	out->nmi = READ_ONCE(counts->nmi);
	out->nmi_at_entry = READ_ONCE(counts->nmi_at_entry);
	out->debug = READ_ONCE(counts->debug);
	out->debug_at_entry = READ_ONCE(counts->debug_at_entry);
}

void user_test_expect_nmi(bool is_expected)
{
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		WRITE_ONCE(cpu_ptr(trap_entry_counts, cpu)->expects_nmi, is_expected);
}

void user_test_send_nmi(cpu_id_t cpu)
{
	apic_send_nmi(cpu);
}

void user_test_break_at_entry(bool is_set)
{
	__asm__ volatile("mov %0, %%dr0" ::"r"(&syscall_entry));
	__asm__ volatile("mov %0, %%dr7" ::"r"(DR7_RESET | (is_set ? DR7_ENABLE_0 : 0ul)));
}

bool user_test_has_base_instructions(void)
{
	return cpu_features.has_fsgsbase;
}

bool user_test_is_gs_sane(void)
{
	return read_msr(MSR_GS_BASE) == arch_percpu_offset();
}
