# What a unit test links besides its own file and the libraries: the real sources
# under test, which then come before the stand-ins of libfake.a. A test that is
# not named here needs only what is in liblib.a and libpure.a.

tests_unit_core_random_test_SOURCES = \
	tests/unit/core/random_test.c \
	kernel/core/random.c

tests_unit_dev_fbcon_test_SOURCES = \
	tests/unit/dev/fbcon_test.c \
	kernel/dev/vga/fbcon.c \
	kernel/dev/vga/font.c \
	kernel/dev/vga/screen.c \
	kernel/dev/vga/screen_sink.c

tests_unit_dev_i8042_test_SOURCES = \
	tests/unit/dev/i8042_test.c \
	kernel/dev/ps2/i8042.c \
	kernel/dev/ps2/keyboard.c

tests_unit_core_timer_test_SOURCES = \
	tests/unit/core/timer_test.c \
	kernel/core/time.c \
	kernel/core/timer.c

tests_unit_dev_keyboard_test_SOURCES = \
	tests/unit/dev/keyboard_test.c \
	kernel/dev/ps2/keyboard.c

tests_unit_dev_ns16550_test_SOURCES = \
	tests/unit/dev/ns16550_test.c \
	kernel/dev/uart/ns16550.c

tests_unit_dev_screen_test_SOURCES = \
	tests/unit/dev/screen_test.c \
	kernel/dev/vga/font.c \
	kernel/dev/vga/screen.c

tests_unit_init_line_test_SOURCES = \
	tests/unit/init/line_test.c \
	kernel/init/monitor/line.c

# The Linux personality. The generated headers must be there first.
pty_test_sources = \
	compat/linux/pty/ldisc.c \
	compat/linux/pty/ldisc_erase.c \
	compat/linux/pty/ldisc_input.c \
	compat/linux/pty/ldisc_output.c \
	compat/linux/pty/pty.c \
	compat/linux/pty/termios.c

tests_unit_linux_ldisc_test_SOURCES = \
	tests/unit/linux/ldisc_test.c \
	tests/unit/linux/pty_host.c \
	tests/unit/linux/pty_ours.c \
	$(pty_test_sources)
tests_unit_linux_pty_test_SOURCES = tests/unit/linux/pty_test.c $(pty_test_sources)
tests_unit_linux_queue_test_SOURCES = \
	tests/unit/linux/queue_test.c \
	compat/linux/signal/info.c \
	compat/linux/signal/queue.c
tests_unit_linux_dispatch_test_SOURCES = \
	tests/unit/linux/dispatch_test.c \
	compat/linux/syscall/dispatch.c \
	compat/linux/syscall/restart.c \
	compat/linux/syscall/trace.c
tests_unit_linux_restart_test_SOURCES = \
	tests/unit/linux/restart_test.c \
	compat/linux/syscall/restart.c
$(tests_unit_linux_dispatch_test_OBJECTS) $(tests_unit_linux_restart_test_OBJECTS): \
	| $(syscalls_headers)

# The memory managers need each other; the arena is their physical memory.
mm_test_sources = \
	tests/unit/mm/arena.c \
	kernel/mm/account.c \
	kernel/mm/bootmem.c \
	kernel/mm/buddy.c \
	kernel/mm/fail.c \
	kernel/mm/kmap.c \
	kernel/mm/kmem.c \
	kernel/mm/kstack.c \
	kernel/mm/meminfo.c \
	kernel/mm/page.c \
	kernel/mm/page_fill.c \
	kernel/mm/page_section.c \
	kernel/mm/slab.c \
	kernel/mm/slab_cache.c \
	kernel/mm/slab_debug.c \
	kernel/mm/vrange.c

tests_unit_mm_account_test_SOURCES = tests/unit/mm/account_test.c $(mm_test_sources)
tests_unit_mm_bootmem_test_SOURCES = tests/unit/mm/bootmem_test.c $(mm_test_sources)
tests_unit_mm_buddy_test_SOURCES = tests/unit/mm/buddy_test.c $(mm_test_sources)
tests_unit_mm_kmap_test_SOURCES = tests/unit/mm/kmap_test.c $(mm_test_sources)
tests_unit_mm_page_test_SOURCES = tests/unit/mm/page_test.c $(mm_test_sources)
tests_unit_mm_slab_test_SOURCES = tests/unit/mm/slab_test.c $(mm_test_sources)
tests_unit_mm_vrange_test_SOURCES = tests/unit/mm/vrange_test.c $(mm_test_sources)
tests_unit_mm_user_test_SOURCES = \
	tests/unit/mm/user_test.c \
	kernel/mm/user.c

tests_unit_sched_fair_test_SOURCES = tests/unit/sched/fair_test.c kernel/sched/fair.c
tests_unit_sched_fair_path_test_SOURCES = \
	tests/unit/sched/fair_path_test.c kernel/sched/fair.c kernel/sched/fair_path.c
tests_unit_sched_rt_test_SOURCES = tests/unit/sched/rt_test.c kernel/sched/rt.c

# The whole scheduler on a machine of one CPU.
sched_test_sources = \
	tests/unit/sched/machine.c \
	kernel/core/time.c \
	kernel/core/timer.c \
	kernel/sched/affinity.c \
	kernel/sched/balance.c \
	kernel/sched/fair.c \
	kernel/sched/fair_path.c \
	kernel/sched/group.c \
	kernel/sched/idle.c \
	kernel/sched/mutex.c \
	kernel/sched/park.c \
	kernel/sched/rt.c \
	kernel/sched/runq.c \
	kernel/sched/rwlock.c \
	kernel/sched/start.c \
	kernel/sched/stats.c \
	kernel/sched/switch.c \
	kernel/sched/thread.c \
	kernel/sched/waitq.c \
	kernel/sched/work.c

tests_unit_sched_lock_test_SOURCES = tests/unit/sched/lock_test.c $(sched_test_sources)
tests_unit_sched_sched_test_SOURCES = tests/unit/sched/sched_test.c $(sched_test_sources)
tests_unit_sched_waitq_test_SOURCES = tests/unit/sched/waitq_test.c $(sched_test_sources)
tests_unit_sched_work_test_SOURCES = tests/unit/sched/work_test.c $(sched_test_sources)

# Capabilities, over the whole scheduler: their threads really sleep.
cap_test_sources = \
	tests/unit/cap/world.c \
	kernel/cap/audit.c \
	kernel/cap/authority.c \
	kernel/cap/cap.c \
	kernel/cap/cspace.c \
	kernel/cap/cspace_table.c \
	kernel/cap/grant.c \
	kernel/cap/kobject.c \
	kernel/cap/registry.c \
	kernel/cap/revoke.c \
	kernel/cap/transfer.c \
	kernel/cap/use.c \
	kernel/ipc/event.c \
	kernel/mm/account.c \
	$(sched_test_sources)

tests_unit_cap_authority_test_SOURCES = tests/unit/cap/authority_test.c $(cap_test_sources)
tests_unit_cap_cap_test_SOURCES = tests/unit/cap/cap_test.c $(cap_test_sources)
tests_unit_cap_cspace_test_SOURCES = tests/unit/cap/cspace_test.c $(cap_test_sources)
tests_unit_cap_grant_test_SOURCES = tests/unit/cap/grant_test.c $(cap_test_sources)
tests_unit_cap_model_test_SOURCES = \
	tests/unit/cap/model_test.c \
	tests/unit/cap/model.c \
	$(cap_test_sources)
tests_unit_cap_revoke_test_SOURCES = tests/unit/cap/revoke_test.c $(cap_test_sources)
tests_unit_ipc_endpoint_test_SOURCES = \
	tests/unit/ipc/endpoint_test.c \
	kernel/ipc/endpoint.c \
	kernel/ipc/message.c \
	kernel/ipc/reply.c \
	$(cap_test_sources)
tests_unit_ipc_event_test_SOURCES = tests/unit/ipc/event_test.c $(cap_test_sources)

tests_unit_vm_area_test_SOURCES = \
	tests/unit/vm/area_test.c \
	kernel/vm/area.c

# Address spaces over the memory managers' arena, with locks and grants of the machine.
vm_test_sources = \
	tests/unit/vm/machine.c \
	kernel/arch/x86_64/user_paging.c \
	kernel/cap/kobject.c \
	kernel/vm/access.c \
	kernel/vm/area.c \
	kernel/vm/fault.c \
	kernel/vm/fork.c \
	kernel/vm/map.c \
	kernel/vm/mapping.c \
	kernel/vm/remap.c \
	kernel/vm/tables.c \
	kernel/vm/vmobj.c \
	kernel/vm/vmspace.c \
	$(mm_test_sources)

tests_unit_vm_fault_test_SOURCES = tests/unit/vm/fault_test.c $(vm_test_sources)
tests_unit_vm_vmspace_test_SOURCES = tests/unit/vm/vmspace_test.c $(vm_test_sources)

# Files over the real scheduler; page frames and accounts are the world's.
vfs_test_sources = \
	tests/unit/vfs/world.c \
	kernel/cap/audit.c \
	kernel/cap/authority.c \
	kernel/cap/cap.c \
	kernel/cap/cspace.c \
	kernel/cap/cspace_table.c \
	kernel/cap/grant.c \
	kernel/cap/kobject.c \
	kernel/cap/registry.c \
	kernel/cap/revoke.c \
	kernel/cap/transfer.c \
	kernel/cap/use.c \
	kernel/fs/tmpfs/dir.c \
	kernel/fs/tmpfs/file.c \
	kernel/fs/tmpfs/super.c \
	kernel/vfs/anon.c \
	kernel/vfs/attr.c \
	kernel/vfs/cached.c \
	kernel/vfs/cred.c \
	kernel/vfs/dentry.c \
	kernel/vfs/dentry_move.c \
	kernel/vfs/device.c \
	kernel/vfs/dirops.c \
	kernel/vfs/file.c \
	kernel/vfs/filelock.c \
	kernel/vfs/init.c \
	kernel/vfs/inode.c \
	kernel/vfs/io.c \
	kernel/vfs/lookup.c \
	kernel/vfs/mount.c \
	kernel/vfs/mount_ops.c \
	kernel/vfs/mount_tree.c \
	kernel/vfs/mountns.c \
	kernel/vfs/open.c \
	kernel/vfs/path.c \
	kernel/vfs/pipe.c \
	kernel/vfs/pipe_file.c \
	kernel/vfs/poll.c \
	kernel/vfs/propagate.c \
	kernel/vfs/readdir.c \
	kernel/vfs/rename.c \
	kernel/vfs/super.c \
	kernel/vfs/xattr.c \
	kernel/vm/filecache.c \
	kernel/vm/vmobj.c \
	$(sched_test_sources)

tests_unit_vfs_file_test_SOURCES = tests/unit/vfs/file_test.c $(vfs_test_sources)
tests_unit_vfs_filelock_test_SOURCES = tests/unit/vfs/filelock_test.c $(vfs_test_sources)
tests_unit_vfs_lookup_test_SOURCES = tests/unit/vfs/lookup_test.c $(vfs_test_sources)
tests_unit_vfs_mount_test_SOURCES = tests/unit/vfs/mount_test.c $(vfs_test_sources)
tests_unit_vfs_names_test_SOURCES = tests/unit/vfs/names_test.c $(vfs_test_sources)
tests_unit_vfs_pipe_test_SOURCES = tests/unit/vfs/pipe_test.c $(vfs_test_sources)
