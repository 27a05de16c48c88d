/*
 * Boot, the C side: from boot.S to kernel_main(), and what the common start of
 * the kernel asks back.
 */
#include "kernel/arch/boot.h"

#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/idt.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/multiboot2.h"
#include "kernel/arch/x86_64/platform.h"
#include "kernel/arch/x86_64/pvh.h"
#include "kernel/arch/x86_64/trap_impl.h"
#include "kernel/core/boot_memory.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/memmap.h"
#include "kernel/mm/page.h"

extern uint64_t boot_entry_tsc;
extern char __kernel_start[], __kernel_end[];
extern const uint64_t __smap_sites_start[], __smap_sites_end[];

/* In boot.S's registers at entry. */
NORETURN void arch_boot_entry(uint32_t magic, paddr_t info);

static uint32_t loader_magic;
static paddr_t loader_info;

uintptr_t percpu_self_offset SECTION(".bss.percpu");

static const void *map_boot_memory(void *ctx UNUSED, paddr_t addr, size_t len)
{
	if (addr >= ARCH_BOOT_MAPPED || len > ARCH_BOOT_MAPPED - addr)
		return NULL;
	return paddr_to_vaddr(addr);
}

static const struct boot_memory boot_memory = {.map = map_boot_memory};

/*
 * The trampoline for other CPUs has to lie below 1 MiB. Page 0 is never used;
 * firmware likes the last pages before its own area least.
 */
static paddr_t find_trampoline_page(const struct boot_info *info)
{
	for (paddr_t page = 0x9000; page > 0; page -= PAGE_SIZE) {
		if (memmap_is_usable(info, page, PAGE_SIZE))
			return page;
	}
	return 0;
}

int arch_boot_info(struct boot_info *out)
{
	int err;

	cpu_features_check();
	if (loader_magic == MULTIBOOT2_BOOT_MAGIC) {
		if (loader_info >= ARCH_BOOT_MAPPED)
			return -EINVAL;
		err = multiboot2_parse(paddr_to_vaddr(loader_info), ARCH_BOOT_MAPPED - loader_info,
				       loader_info, out);
	} else if (loader_magic == PVH_START_MAGIC) {
		err = pvh_parse(&boot_memory, loader_info, out);
	} else {
		return -ENOEXEC;
	}
	if (!err)
		smp_trampoline_page = find_trampoline_page(out);
	return err;
}

bool arch_boot_reservation(uint32_t index, paddr_t *start_out, uint64_t *len_out)
{
	switch (index) {
	case 0:
		*start_out = (paddr_t)__kernel_start - ARCH_KERNEL_BASE;
		*len_out = (uint64_t)(__kernel_end - __kernel_start);
		return true;
	case 1:
		/* Page 0 when there is no trampoline: that is reserved anyhow. */
		*start_out = smp_trampoline_page;
		*len_out = PAGE_SIZE;
		return true;
	default:
		return false;
	}
}

uint64_t arch_boot_entry_cycles(void)
{
	return boot_entry_tsc;
}

void arch_platform_init(const struct boot_info *info)
{
	platform_init(info);
}

bool arch_platform_has_i8042(void)
{
	return !acpi_platform.has_fadt || acpi_platform.fadt.has_8042;
}

void arch_platform_timers_ready(void)
{
	clock_refine_start();
}

void uaccess_init(void)
{
	if (cpu_features.has_smap)
		return;
	for (const uint64_t *site = __smap_sites_start; site < __smap_sites_end; site++) {
		uint8_t *insn = (uint8_t *)*site;

		/* nopl (%rax): three bytes, as STAC and CLAC are. */
		insn[0] = 0x0f;
		insn[1] = 0x1f;
		insn[2] = 0x00;
	}
}

void arch_boot_entry(uint32_t magic, paddr_t info)
{
	loader_magic = magic;
	loader_info = info;
	cpu_features_init();
	gdt_init_cpu();
	idt_init();
	idt_load();
	kernel_main();
}
