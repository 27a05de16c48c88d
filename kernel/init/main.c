/*
 * The start of the kernel: the ordered list of what comes up, and the one place
 * that knows every part by name. No logic lives here.
 */
#include "compat/linux/futex/lfutex.h"
#include "kernel/arch/boot.h"
#include "kernel/arch/cpu.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/random.h"
#include "kernel/core/time.h"
#include "kernel/core/timer.h"
#include "kernel/core/trap.h"
#include "kernel/dev/console.h"
#include "kernel/dev/ps2/i8042.h"
#include "kernel/dev/uart/ns16550.h"
#include "kernel/dev/vga/fbcon.h"
#include "kernel/dev/vga/text.h"
#include "kernel/fs/erofs/mount.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/init/fault.h"
#include "kernel/init/first.h"
#include "kernel/init/linux.h"
#include "kernel/init/linux_init.h"
#include "kernel/init/modules.h"
#include "kernel/init/monitor/monitor.h"
#include "kernel/init/selftest.h"
#include "kernel/init/version.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/bootmem.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/thread.h"
#include "kernel/task/process.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmspace.h"

extern const struct boot_param __boot_params_start[], __boot_params_end[];

static struct boot_info boot_info INIT_BSS;

static void report_cmdline(enum cmdline_problem problem, const char *word, const char *value)
{
	switch (problem) {
	case CMDLINE_UNKNOWN_KEY:
		log_warn("cmdline: unknown key %s", word);
		break;
	case CMDLINE_BAD_VALUE:
		log_warn("cmdline: %s: bad value \"%s\"", word, value);
		break;
	case CMDLINE_TOO_LONG:
		log_warn("cmdline: word too long, ignored: %s", word);
		break;
	case CMDLINE_BAD_QUOTE:
		log_warn("cmdline: %s: closing quote missing", word);
		break;
	}
}

static void log_boot_warnings(uint32_t warnings)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} table[] = {
		{BOOT_WARN_BAD_TAG, "an entry of impossible size was skipped"},
		{BOOT_WARN_TRUNCATED, "the boot structure ends early"},
		{BOOT_WARN_TOO_MANY_REGIONS, "too many memory regions, some were dropped"},
		{BOOT_WARN_TOO_MANY_MODULES, "too many modules, some were dropped"},
		{BOOT_WARN_BAD_REGION, "a memory region is empty or wraps, it was skipped"},
		{BOOT_WARN_OVERLAP, "memory regions overlap, the stricter type was taken"},
		{BOOT_WARN_BAD_MODULE, "a module is not in memory, it was dropped"},
		{BOOT_WARN_CMDLINE_CUT, "the command line is too long, it was cut"},
		{BOOT_WARN_BAD_FRAMEBUFFER, "the framebuffer cannot be used"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (warnings & table[i].bit)
			log_warn("boot: %s", table[i].text);
	}
}

static void init_early_console(void)
{
	if (ns16550_init(NS16550_COM1) == 0)
		console_add_sink(ns16550_log_sink(NS16550_COM1));
	log_info("ThemeliOS %s", version_string);
}

static void read_boot_info(void)
{
	int err = arch_boot_info(&boot_info);

	/* The command line first: it may say what to do after a panic. */
	cmdline_parse(boot_info.cmdline, boot_info.cmdline_len, __boot_params_start,
		      (size_t)(__boot_params_end - __boot_params_start), report_cmdline);
	log_boot_warnings(boot_info.warnings);
	if (err)
		panic("boot: the loader's information cannot be used: error %d", err);
	log_info("boot: by %s, %u memory regions, %u modules",
		 boot_info.path == BOOT_PATH_PVH ? "PVH" : boot_info.loader, boot_info.region_count,
		 boot_info.module_count);
}

static void init_memory(void)
{
	paddr_t start;
	uint64_t len;

	bootmem_init(&boot_info);
	for (uint32_t i = 0; arch_boot_reservation(i, &start, &len); i++)
		bootmem_reserve(start, len);
	arch_mmu_init(&boot_info);
	page_init();
	kmem_init();
	kmap_init();
	if (vm_init())
		panic("boot: no memory for address spaces");
	trap_hooks.page_fault = vm_page_fault;
}

static void init_display(void)
{
	struct log_sink *sink;
	int err = fbcon_init(&boot_info.framebuffer, &sink);

	if (err == -ENODEV)
		err = vga_text_init(&sink);
	if (err == 0)
		console_add_sink(sink);
	else if (err != -ENODEV)
		log_warn("vga: the display cannot be used: error %d", err);
}

static void init_devices(void)
{
	init_display();
	arch_platform_init(&boot_info);
	random_init();
}

static void init_threads(void)
{
	timer_init_cpu();
	arch_platform_timers_ready();
	if (sched_init())
		panic("boot: no memory for the first threads");
	task_init();
	lfutex_init();
	arch_irq_enable();
	sched_start_cpus();
	if (vfs_init())
		panic("boot: no memory for files");
	tmpfs_init();
	erofs_init();
}

/* What needs threads and interrupts. */
static void init_late_devices(void)
{
	int err;

	if (ns16550_is_present(NS16550_COM1) && ns16550_enable_interrupts(NS16550_COM1))
		log_warn("uart: COM1 works by polling only");
	err = i8042_init(arch_platform_has_i8042());
	if (err && err != -ENODEV)
		log_warn("ps2: the keyboard cannot be used: error %d", err);
	time_init_wall();
}

static void finish_boot(void)
{
	paddr_t init_start;
	uint64_t init_len;

	arch_mmu_seal(&init_start, &init_len);
	page_release_boot_range(init_start, init_len);
	mm_fail_start();
}

static void log_ready(void)
{
	struct meminfo info;

	meminfo_read(&info);
	log_info("boot: %u CPUs, %lu of %lu KiB free", cpu_online_count(),
		 info.free << (PAGE_SHIFT - 10), info.total << (PAGE_SHIFT - 10));
	log_info("boot: scheduler running, self-tests next (%lu cycles since kernel entry)",
		 arch_cycle_counter() - arch_boot_entry_cycles());
}

/* The rest of the boot, on a thread whose stack has a guard page like any other. */
static void finish(void *arg UNUSED)
{
	init_late_devices();
	modules_gather(&boot_info);
	first_init();
	finish_boot();
	log_ready();

	fault_run_requested();
	selftest_run_requested();
	linux_run_requested();
	linux_init_requested();
	first_start();
	monitor_start(selftest_run);
}

void kernel_main(void)
{
	init_early_console();
	read_boot_info();
	init_memory();
	init_devices();
	init_threads();
	if (thread_spawn("init", finish, NULL))
		panic("boot: no memory for the first thread");
	thread_exit();
}
