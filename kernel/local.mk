# The kernel. One line a source, grouped by directory, lowest layer first; a
# source that is not listed here is not in the kernel (make lint says so).

kernel_sources =
kernel_arch_sources =
kernel_arch_asm =

kernel_sources += \
	kernel/lib/atomic.h \
	kernel/lib/bitmap.c \
	kernel/lib/bitmap.h \
	kernel/lib/bits.h \
	kernel/lib/chacha20.c \
	kernel/lib/chacha20.h \
	kernel/lib/checked.h \
	kernel/lib/compiler.h \
	kernel/lib/cpio.c \
	kernel/lib/cpio.h \
	kernel/lib/crc32c.c \
	kernel/lib/crc32c.h \
	kernel/lib/div.c \
	kernel/lib/div.h \
	kernel/lib/errno.h \
	kernel/lib/fmt.c \
	kernel/lib/fmt.h \
	kernel/lib/hash.c \
	kernel/lib/hash.h \
	kernel/lib/hashtab.h \
	kernel/lib/idmap.c \
	kernel/lib/idmap.h \
	kernel/lib/le.h \
	kernel/lib/list.h \
	kernel/lib/lz4.c \
	kernel/lib/lz4.h \
	kernel/lib/parse.c \
	kernel/lib/parse.h \
	kernel/lib/radix.c \
	kernel/lib/radix.h \
	kernel/lib/rbtree.c \
	kernel/lib/rbtree.h \
	kernel/lib/refcount.c \
	kernel/lib/refcount.h \
	kernel/lib/ring.c \
	kernel/lib/ring.h \
	kernel/lib/sort.c \
	kernel/lib/sort.h \
	kernel/lib/string.c \
	kernel/lib/string.h \
	kernel/lib/types.h \
	kernel/lib/utf8.c \
	kernel/lib/utf8.h

kernel_sources += \
	kernel/arch/boot.h \
	kernel/arch/clock.h \
	kernel/arch/cpu.h \
	kernel/arch/fault.h \
	kernel/arch/io.h \
	kernel/arch/irq.h \
	kernel/arch/mmu.h \
	kernel/arch/smp.h \
	kernel/arch/thread.h \
	kernel/arch/trap.h \
	kernel/arch/uaccess.h \
	kernel/arch/user.h \
	kernel/arch/user_test.h

kernel_sources += \
	kernel/core/assert.h \
	kernel/core/boot_info.h \
	kernel/core/boot_memory.h \
	kernel/core/cmdline.c \
	kernel/core/cmdline.h \
	kernel/core/irq.c \
	kernel/core/irq.h \
	kernel/core/ksym.c \
	kernel/core/ksym.h \
	kernel/core/lock_rank.def \
	kernel/core/lockdep.c \
	kernel/core/lockdep.h \
	kernel/core/log.c \
	kernel/core/log.h \
	kernel/core/panic.c \
	kernel/core/panic.h \
	kernel/core/percpu.c \
	kernel/core/percpu.h \
	kernel/core/preempt.h \
	kernel/core/random.c \
	kernel/core/random.h \
	kernel/core/selftest.h \
	kernel/core/selftest_core.c \
	kernel/core/selftest_random.c \
	kernel/core/smp_call.c \
	kernel/core/smp_call.h \
	kernel/core/spinlock.c \
	kernel/core/spinlock.h \
	kernel/core/stack_guard.c \
	kernel/core/stack_guard.h \
	kernel/core/time.c \
	kernel/core/time.h \
	kernel/core/timer.c \
	kernel/core/timer.h \
	kernel/core/trap.c \
	kernel/core/trap.h \
	kernel/core/ubsan.c \
	kernel/core/ubsan.def \
	kernel/core/ubsan.h

kernel_sources += \
	kernel/acpi/acpi_tables.c \
	kernel/acpi/acpi_tables.h \
	kernel/acpi/fadt.c \
	kernel/acpi/fadt.h \
	kernel/acpi/hpet.c \
	kernel/acpi/hpet.h \
	kernel/acpi/madt.c \
	kernel/acpi/madt.h \
	kernel/acpi/mcfg.c \
	kernel/acpi/mcfg.h

kernel_sources += \
	kernel/mm/account.c \
	kernel/mm/account.h \
	kernel/mm/boot_gather.c \
	kernel/mm/boot_gather.h \
	kernel/mm/bootmem.c \
	kernel/mm/bootmem.h \
	kernel/mm/buddy.c \
	kernel/mm/buddy.h \
	kernel/mm/fail.c \
	kernel/mm/fail.h \
	kernel/mm/kmap.c \
	kernel/mm/kmap.h \
	kernel/mm/kmap_impl.h \
	kernel/mm/kmem.c \
	kernel/mm/kstack.c \
	kernel/mm/kstack.h \
	kernel/mm/meminfo.c \
	kernel/mm/meminfo.h \
	kernel/mm/memmap.c \
	kernel/mm/memmap.h \
	kernel/mm/page.c \
	kernel/mm/page.h \
	kernel/mm/page_fill.c \
	kernel/mm/page_impl.h \
	kernel/mm/page_list.h \
	kernel/mm/page_section.c \
	kernel/mm/selftest_kmap.c \
	kernel/mm/selftest_page.c \
	kernel/mm/selftest_slab.c \
	kernel/mm/slab.c \
	kernel/mm/slab.h \
	kernel/mm/slab_cache.c \
	kernel/mm/slab_debug.c \
	kernel/mm/slab_impl.h \
	kernel/mm/user.c \
	kernel/mm/user.h \
	kernel/mm/vrange.c \
	kernel/mm/vrange.h

kernel_sources += \
	kernel/sched/affinity.c \
	kernel/sched/balance.c \
	kernel/sched/cpumask.h \
	kernel/sched/fair.c \
	kernel/sched/fair.h \
	kernel/sched/fair_path.c \
	kernel/sched/fair_path.h \
	kernel/sched/group_impl.h \
	kernel/sched/group.c \
	kernel/sched/group.h \
	kernel/sched/idle.c \
	kernel/sched/mutex.c \
	kernel/sched/mutex.h \
	kernel/sched/park.c \
	kernel/sched/park.h \
	kernel/sched/rt.c \
	kernel/sched/rt.h \
	kernel/sched/runq.c \
	kernel/sched/runq_impl.h \
	kernel/sched/rwlock.c \
	kernel/sched/rwlock.h \
	kernel/sched/sched.h \
	kernel/sched/selftest_common.c \
	kernel/sched/selftest_group.c \
	kernel/sched/selftest_impl.h \
	kernel/sched/selftest_lock.c \
	kernel/sched/selftest_stress.c \
	kernel/sched/selftest_thread.c \
	kernel/sched/selftest_waitq.c \
	kernel/sched/start.c \
	kernel/sched/stats.c \
	kernel/sched/switch.c \
	kernel/sched/thread.c \
	kernel/sched/thread.h \
	kernel/sched/waitq.c \
	kernel/sched/waitq.h \
	kernel/sched/work.c \
	kernel/sched/work.h

kernel_sources += \
	kernel/cap/audit.c \
	kernel/cap/audit.h \
	kernel/cap/authority.c \
	kernel/cap/authority.def \
	kernel/cap/authority.h \
	kernel/cap/cap.c \
	kernel/cap/cap.h \
	kernel/cap/cap_impl.h \
	kernel/cap/cspace.c \
	kernel/cap/cspace.h \
	kernel/cap/cspace_table.c \
	kernel/cap/grant.c \
	kernel/cap/grant.h \
	kernel/cap/kobject.c \
	kernel/cap/kobject.h \
	kernel/cap/registry.c \
	kernel/cap/registry.h \
	kernel/cap/revoke.c \
	kernel/cap/rights.def \
	kernel/cap/rights.h \
	kernel/cap/selftest_cap.c \
	kernel/cap/selftest_impl.h \
	kernel/cap/selftest_race.c \
	kernel/cap/selftest_revoke.c \
	kernel/cap/transfer.c \
	kernel/cap/types.def \
	kernel/cap/use.c

kernel_sources += \
	kernel/ipc/endpoint.c \
	kernel/ipc/endpoint.h \
	kernel/ipc/endpoint_impl.h \
	kernel/ipc/event.c \
	kernel/ipc/event.h \
	kernel/ipc/message.c \
	kernel/ipc/message.h \
	kernel/ipc/reply.c \
	kernel/ipc/reply.h

kernel_sources += \
	kernel/vm/access.c \
	kernel/vm/area.c \
	kernel/vm/area.h \
	kernel/vm/fault.c \
	kernel/vm/fault.h \
	kernel/vm/filecache.c \
	kernel/vm/filecache.h \
	kernel/vm/fork.c \
	kernel/vm/map.c \
	kernel/vm/mapping.c \
	kernel/vm/remap.c \
	kernel/vm/selftest_common.c \
	kernel/vm/selftest_impl.h \
	kernel/vm/selftest_smp.c \
	kernel/vm/selftest_vm.c \
	kernel/vm/tables.c \
	kernel/vm/vm_impl.h \
	kernel/vm/vmobj.c \
	kernel/vm/vmobj.h \
	kernel/vm/vmspace.c \
	kernel/vm/vmspace.h

kernel_sources += \
	kernel/vfs/anon.c \
	kernel/vfs/attr.c \
	kernel/vfs/cached.c \
	kernel/vfs/cached.h \
	kernel/vfs/cred.c \
	kernel/vfs/cred.h \
	kernel/vfs/dentry.c \
	kernel/vfs/dentry.h \
	kernel/vfs/dentry_impl.h \
	kernel/vfs/dentry_move.c \
	kernel/vfs/device.c \
	kernel/vfs/device.h \
	kernel/vfs/dirops.c \
	kernel/vfs/file.c \
	kernel/vfs/file.h \
	kernel/vfs/filelock.c \
	kernel/vfs/filelock.h \
	kernel/vfs/init.c \
	kernel/vfs/inode.c \
	kernel/vfs/inode.h \
	kernel/vfs/io.c \
	kernel/vfs/io.h \
	kernel/vfs/lookup.c \
	kernel/vfs/lookup.h \
	kernel/vfs/mount.c \
	kernel/vfs/mount.h \
	kernel/vfs/mount_impl.h \
	kernel/vfs/mount_ops.c \
	kernel/vfs/mount_tree.c \
	kernel/vfs/mountns.c \
	kernel/vfs/mountns.h \
	kernel/vfs/open.c \
	kernel/vfs/path.c \
	kernel/vfs/path.h \
	kernel/vfs/pipe.c \
	kernel/vfs/pipe.h \
	kernel/vfs/pipe_file.c \
	kernel/vfs/pipe_impl.h \
	kernel/vfs/poll.c \
	kernel/vfs/poll.h \
	kernel/vfs/propagate.c \
	kernel/vfs/readdir.c \
	kernel/vfs/rename.c \
	kernel/vfs/stat.h \
	kernel/vfs/super.c \
	kernel/vfs/super.h \
	kernel/vfs/vfs.h \
	kernel/vfs/vfs_impl.h \
	kernel/vfs/xattr.c \
	kernel/vfs/xattr.h

kernel_sources += \
	kernel/fs/tmpfs/dir.c \
	kernel/fs/tmpfs/file.c \
	kernel/fs/tmpfs/selftest_common.c \
	kernel/fs/tmpfs/selftest_fs.c \
	kernel/fs/tmpfs/selftest_impl.h \
	kernel/fs/tmpfs/selftest_smp.c \
	kernel/fs/tmpfs/super.c \
	kernel/fs/tmpfs/tmpfs.h \
	kernel/fs/tmpfs/tmpfs_impl.h

kernel_sources += \
	kernel/task/commit_bug.h \
	kernel/task/contain.c \
	kernel/task/elf.c \
	kernel/task/elf.h \
	kernel/task/exec.c \
	kernel/task/exit.c \
	kernel/task/hooks.c \
	kernel/task/job.c \
	kernel/task/job.h \
	kernel/task/job_impl.h \
	kernel/task/job_limit.c \
	kernel/task/job_walk.c \
	kernel/task/load.c \
	kernel/task/load.h \
	kernel/task/oom.c \
	kernel/task/oom.h \
	kernel/task/personality.h \
	kernel/task/process.c \
	kernel/task/process.h \
	kernel/task/process_impl.h \
	kernel/task/selftest_common.c \
	kernel/task/selftest_contain.c \
	kernel/task/selftest_impl.h \
	kernel/task/selftest_job.c \
	kernel/task/selftest_load.c \
	kernel/task/selftest_personality.c \
	kernel/task/selftest_personality.h \
	kernel/task/selftest_stress.c \
	kernel/task/selftest_user.c \
	kernel/task/threads.c \
	kernel/task/uthread.c \
	kernel/task/uthread.h

kernel_sources += \
	kernel/fs/erofs/cluster.c \
	kernel/fs/erofs/data.c \
	kernel/fs/erofs/dir.c \
	kernel/fs/erofs/erofs.h \
	kernel/fs/erofs/erofs_impl.h \
	kernel/fs/erofs/image.c \
	kernel/fs/erofs/inode.c \
	kernel/fs/erofs/mount.h \
	kernel/fs/erofs/mount_impl.h \
	kernel/fs/erofs/node.c \
	kernel/fs/erofs/selftest_erofs.c \
	kernel/fs/erofs/super.c \
	kernel/fs/erofs/xattr.c

kernel_sources += \
	kernel/native/cap_calls.c \
	kernel/native/debug_calls.c \
	kernel/native/dispatch.c \
	kernel/native/event_calls.c \
	kernel/native/first.c \
	kernel/native/first.h \
	kernel/native/ipc_calls.c \
	kernel/native/job_calls.c \
	kernel/native/mem_calls.c \
	kernel/native/native.h \
	kernel/native/native_abi.h \
	kernel/native/native_impl.h \
	kernel/native/spawn.c \
	kernel/native/spawn.h \
	kernel/native/system.c \
	kernel/native/system.h \
	kernel/native/task_calls.c

kernel_sources += \
	kernel/dev/console.c \
	kernel/dev/console.h \
	kernel/dev/selftest_console.c

kernel_sources += \
	kernel/dev/uart/ns16550.c \
	kernel/dev/uart/ns16550.h \
	kernel/dev/uart/selftest_uart.c

kernel_sources += \
	kernel/dev/vga/fbcon.c \
	kernel/dev/vga/fbcon.h \
	kernel/dev/vga/font.c \
	kernel/dev/vga/font.h \
	kernel/dev/vga/screen.c \
	kernel/dev/vga/screen.h \
	kernel/dev/vga/screen_sink.c \
	kernel/dev/vga/screen_sink.h \
	kernel/dev/vga/text.c \
	kernel/dev/vga/text.h

kernel_sources += \
	kernel/dev/ps2/i8042.c \
	kernel/dev/ps2/i8042.h \
	kernel/dev/ps2/keyboard.c \
	kernel/dev/ps2/keyboard.h

kernel_sources += \
	kernel/init/monitor/cmd_cap.c \
	kernel/init/monitor/cmd_machine.c \
	kernel/init/monitor/cmd_memory.c \
	kernel/init/monitor/cmd_thread.c \
	kernel/init/monitor/command.h \
	kernel/init/monitor/line.c \
	kernel/init/monitor/line.h \
	kernel/init/monitor/monitor.c \
	kernel/init/monitor/monitor.h

kernel_sources += \
	kernel/init/fault.c \
	kernel/init/fault.h \
	kernel/init/first.c \
	kernel/init/first.h \
	kernel/init/linux.c \
	kernel/init/linux.h \
	kernel/init/main.c \
	kernel/init/linux_init.c \
	kernel/init/linux_init.h \
	kernel/init/rootfs.c \
	kernel/init/rootfs.h \
	kernel/init/modules.c \
	kernel/init/modules.h \
	kernel/init/selftest.c \
	kernel/init/selftest.h \
	kernel/init/version.c \
	kernel/init/version.h

if ARCH_X86_64
kernel_arch_sources += \
	kernel/arch/x86_64/acpi_init.c \
	kernel/arch/x86_64/acpi_init.h \
	kernel/arch/x86_64/apic.c \
	kernel/arch/x86_64/apic.h \
	kernel/arch/x86_64/boot.c \
	kernel/arch/x86_64/clock_impl.h \
	kernel/arch/x86_64/cpuid.c \
	kernel/arch/x86_64/cpuid.h \
	kernel/arch/x86_64/fault.c \
	kernel/arch/x86_64/fpu.c \
	kernel/arch/x86_64/fpu.h \
	kernel/arch/x86_64/frame.h \
	kernel/arch/x86_64/gdt.c \
	kernel/arch/x86_64/gdt.h \
	kernel/arch/x86_64/hpet.c \
	kernel/arch/x86_64/hw_random.c \
	kernel/arch/x86_64/idt.c \
	kernel/arch/x86_64/idt.h \
	kernel/arch/x86_64/io.h \
	kernel/arch/x86_64/ioapic.c \
	kernel/arch/x86_64/kernel_map.c \
	kernel/arch/x86_64/layout.h \
	kernel/arch/x86_64/mmu_entry.h \
	kernel/arch/x86_64/mmu_entry.h \
	kernel/arch/x86_64/multiboot2.c \
	kernel/arch/x86_64/multiboot2.h \
	kernel/arch/x86_64/paging.c \
	kernel/arch/x86_64/paging.h \
	kernel/arch/x86_64/pic.c \
	kernel/arch/x86_64/pit.c \
	kernel/arch/x86_64/platform.c \
	kernel/arch/x86_64/platform.h \
	kernel/arch/x86_64/platform_impl.h \
	kernel/arch/x86_64/pm_timer.c \
	kernel/arch/x86_64/power.c \
	kernel/arch/x86_64/pvh.c \
	kernel/arch/x86_64/pvh.h \
	kernel/arch/x86_64/regs.h \
	kernel/arch/x86_64/rtc.c \
	kernel/arch/x86_64/selftest_clock.c \
	kernel/arch/x86_64/selftest_fpu.c \
	kernel/arch/x86_64/selftest_paging.c \
	kernel/arch/x86_64/selftest_smp.c \
	kernel/arch/x86_64/smp.c \
	kernel/arch/x86_64/target.h \
	kernel/arch/x86_64/thread.c \
	kernel/arch/x86_64/thread_impl.h \
	kernel/arch/x86_64/tlb.c \
	kernel/arch/x86_64/trap.c \
	kernel/arch/x86_64/trap_impl.h \
	kernel/arch/x86_64/tsc.c \
	kernel/arch/x86_64/unwind.c \
	kernel/arch/x86_64/user_test.c \
	kernel/arch/x86_64/user.c \
	kernel/arch/x86_64/user_paging.c \
	kernel/arch/x86_64/user_tlb.c

kernel_arch_asm += \
	kernel/arch/x86_64/ap_boot.S \
	kernel/arch/x86_64/boot.S \
	kernel/arch/x86_64/entry.S \
	kernel/arch/x86_64/switch.S \
	kernel/arch/x86_64/syscall_entry.S \
	kernel/arch/x86_64/uaccess.S \
	kernel/arch/x86_64/user_programs.S
endif

# Assembler sources have objects of their own name, so that x.S may stand beside
# x.c; all of them are linked.
noinst_LIBRARIES = kernel/libasm.a
kernel_libasm_a_SOURCES = $(kernel_arch_asm)
kernel_libasm_a_CPPFLAGS = $(TREE_CPPFLAGS) $(KERNEL_CPPFLAGS)
kernel_libasm_a_CCASFLAGS = $(KERNEL_CFLAGS)

noinst_PROGRAMS += kernel/themelios.elf
kernel_themelios_elf_SOURCES = $(kernel_sources) $(kernel_arch_sources)
kernel_themelios_elf_CPPFLAGS = $(TREE_CPPFLAGS) $(KERNEL_CPPFLAGS)
kernel_themelios_elf_CFLAGS = $(KERNEL_CFLAGS)
kernel_themelios_elf_LDFLAGS = $(KERNEL_LDFLAGS) -Wl,-T,kernel/kernel.lds \
	-Wl,--orphan-handling=error -Wl,--whole-archive
kernel_themelios_elf_LDADD = kernel/libasm.a
EXTRA_kernel_themelios_elf_DEPENDENCIES = \
	kernel/kernel.lds \
	kernel/link.sh \
	kernel/core/gen_ksym.awk
kernel_themelios_elf_LINK = $(SHELL) $(srcdir)/kernel/link.sh '$(AWK)' '$(NM)' \
	$(srcdir)/kernel/core/gen_ksym.awk \
	$(CC) $(kernel_themelios_elf_LDFLAGS) -o $@

kernel/kernel.lds: kernel/kernel.lds.S kernel/$(am__dirstamp)
	$(AM_V_GEN)$(CC) -E -P -undef -x assembler-with-cpp $(TREE_CPPFLAGS) \
		$(srcdir)/kernel/kernel.lds.S >$@.tmp && mv $@.tmp $@

# What is made from the list of native calls. It must be there before the first
# compilation, when it is not known yet who includes it.
native_gen = $(AWK) -f $(srcdir)/kernel/native/gen_native.awk
native_headers = \
	kernel/native/native_calls.h \
	kernel/native/native_numbers.h \
	kernel/native/native_table.h

$(native_headers): kernel/native/native.tbl kernel/native/gen_native.awk \
		kernel/native/$(am__dirstamp)
	$(AM_V_GEN)case $@ in \
	*_calls.h) out=kernel ;; \
	*_numbers.h) out=abi ;; \
	*) out=table ;; \
	esac; \
	$(native_gen) -v out=$$out $(srcdir)/kernel/native/native.tbl >$@.tmp && mv $@.tmp $@

$(kernel_themelios_elf_OBJECTS): | $(native_headers)

CLEANFILES += $(native_headers)
EXTRA_DIST += \
	kernel/native/gen_native.awk \
	kernel/native/native.tbl

CLEANFILES += kernel/kernel.lds kernel/kernel.lds.tmp
EXTRA_DIST += \
	kernel/DEPS \
	kernel/README.md \
	kernel/cap/README.md \
	kernel/ipc/README.md \
	kernel/kernel.lds.S \
	kernel/link.sh \
	kernel/native/README.md \
	kernel/sched/README.md \
	kernel/task/README.md \
	kernel/vfs/README.md \
	kernel/vm/README.md \
	kernel/core/gen_ksym.awk
