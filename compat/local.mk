# The Linux personality, part of the kernel. One line a source, as in kernel/local.mk.

kernel_sources += \
	compat/linux/uapi/abi.h \
	compat/linux/uapi/dirent.h \
	compat/linux/uapi/fcntl.h \
	compat/linux/uapi/futex.h \
	compat/linux/uapi/ipc.h \
	compat/linux/uapi/mman.h \
	compat/linux/uapi/mount.h \
	compat/linux/uapi/poll.h \
	compat/linux/uapi/process.h \
	compat/linux/uapi/ptrace.h \
	compat/linux/uapi/seccomp.h \
	compat/linux/uapi/signal.h \
	compat/linux/uapi/socket.h \
	compat/linux/uapi/stat.h \
	compat/linux/uapi/termios.h \
	compat/linux/uapi/time.h \
	compat/linux/uapi/ucontext.h

kernel_sources += \
	compat/linux/pty/ldisc.c \
	compat/linux/pty/ldisc.h \
	compat/linux/pty/ldisc_erase.c \
	compat/linux/pty/ldisc_impl.h \
	compat/linux/pty/ldisc_input.c \
	compat/linux/pty/ldisc_output.c \
	compat/linux/pty/pty.c \
	compat/linux/pty/pty.h \
	compat/linux/pty/termios.c \
	compat/linux/pty/termios.h

kernel_sources += \
	compat/linux/syscall/dispatch.c \
	compat/linux/syscall/dispatch.h \
	compat/linux/syscall/errno.c \
	compat/linux/syscall/restart.c \
	compat/linux/syscall/restart.h \
	compat/linux/syscall/trace.c \
	compat/linux/syscall/trace.h

kernel_sources += \
	compat/linux/personality.c \
	compat/linux/personality.h \
	compat/linux/process/affinity.c \
	compat/linux/process/clone.c \
	compat/linux/process/creds.c \
	compat/linux/process/creds.h \
	compat/linux/process/creds_calls.c \
	compat/linux/process/exec.c \
	compat/linux/process/exec.h \
	compat/linux/process/exec_load.c \
	compat/linux/process/exec_strings.c \
	compat/linux/process/exit.c \
	compat/linux/process/exit.h \
	compat/linux/process/fs.h \
	compat/linux/process/ids.c \
	compat/linux/process/image.c \
	compat/linux/process/image.h \
	compat/linux/process/info.c \
	compat/linux/process/lprocess.c \
	compat/linux/process/lprocess.h \
	compat/linux/process/lthread.c \
	compat/linux/process/lthread.h \
	compat/linux/process/parts.h \
	compat/linux/process/prctl.c \
	compat/linux/process/rlimit.c \
	compat/linux/process/sched.c \
	compat/linux/process/sched.h \
	compat/linux/process/stack.c \
	compat/linux/process/start.c \
	compat/linux/process/start.h \
	compat/linux/process/tree.c \
	compat/linux/process/tree.h \
	compat/linux/process/usage.c \
	compat/linux/process/usage.h \
	compat/linux/process/wait.c

kernel_sources += \
	compat/linux/futex/futex.c \
	compat/linux/futex/futex_impl.h \
	compat/linux/futex/lfutex.h \
	compat/linux/futex/requeue.c \
	compat/linux/futex/robust.c \
	compat/linux/mm/brk.c \
	compat/linux/mm/lmm.h \
	compat/linux/mm/madvise.c \
	compat/linux/mm/mlock.c \
	compat/linux/mm/mmap.c \
	compat/linux/mm/mremap.c \
	compat/linux/signal/action.c \
	compat/linux/signal/deliver.c \
	compat/linux/signal/frame_x86_64.c \
	compat/linux/signal/info.c \
	compat/linux/signal/info.h \
	compat/linux/signal/jobctl.c \
	compat/linux/signal/kill.c \
	compat/linux/signal/lsignal.h \
	compat/linux/signal/part.c \
	compat/linux/signal/queue.c \
	compat/linux/signal/queue.h \
	compat/linux/signal/send.c \
	compat/linux/signal/signal_impl.h \
	compat/linux/signal/wait.c \
	compat/linux/time/clock.c \
	compat/linux/time/itimer.c \
	compat/linux/time/ltime.h \
	compat/linux/time/ltimer.h \
	compat/linux/time/ltimer_impl.h \
	compat/linux/time/posix_timer.c \
	compat/linux/time/sleep.c \
	compat/linux/time/timer.c

kernel_sources += \
	compat/linux/dev/devices.c \
	compat/linux/dev/devices.h \
	compat/linux/dev/mem.c \
	compat/linux/dev/mem.h \
	compat/linux/dev/tty.c \
	compat/linux/dev/tty.h \
	compat/linux/dev/tty_control.c \
	compat/linux/dev/tty_impl.h \
	compat/linux/dev/tty_session.c \
	compat/linux/file/attr.c \
	compat/linux/file/attr.h \
	compat/linux/file/dir.c \
	compat/linux/file/fdtable.c \
	compat/linux/file/fdtable.h \
	compat/linux/file/fscred.c \
	compat/linux/file/fscred.h \
	compat/linux/file/ioctl.c \
	compat/linux/file/names.c \
	compat/linux/file/lock.c \
	compat/linux/file/lock.h \
	compat/linux/file/map.c \
	compat/linux/file/map.h \
	compat/linux/file/open.c \
	compat/linux/file/pathref.c \
	compat/linux/file/pathref.h \
	compat/linux/file/poll.c \
	compat/linux/file/program.c \
	compat/linux/file/program.h \
	compat/linux/file/rw.c \
	compat/linux/file/stat.c \
	compat/linux/file/uio.c \
	compat/linux/file/uio.h

# What is made from the list of system calls.
syscalls_gen = $(AWK) -f $(srcdir)/compat/linux/syscall/gen_syscalls.awk
syscalls_headers = \
	compat/linux/syscall/syscall_formats.h \
	compat/linux/syscall/syscall_numbers.h \
	compat/linux/syscall/syscall_proto.h \
	compat/linux/syscall/syscall_table.h

$(syscalls_headers): compat/linux/syscall/syscalls.tbl compat/linux/syscall/gen_syscalls.awk \
		compat/linux/syscall/$(am__dirstamp)
	$(AM_V_GEN)out=$$(echo $@ | sed 's/.*syscall_\(.*\)\.h/\1/'); \
	$(syscalls_gen) -v out=$$out $(srcdir)/compat/linux/syscall/syscalls.tbl >$@.tmp && \
		mv $@.tmp $@

$(kernel_themelios_elf_OBJECTS): | $(syscalls_headers)

# Checked by make lint, so that the page in the tree is the current one.
.PHONY: docs-syscalls
docs-syscalls:
	$(syscalls_gen) -v out=docs $(srcdir)/compat/linux/syscall/syscalls.tbl \
		>$(srcdir)/docs/syscalls.md

CLEANFILES += $(syscalls_headers)
EXTRA_DIST += \
	compat/linux/syscall/gen_syscalls.awk \
	compat/linux/syscall/syscalls.tbl \
	docs/syscalls.md
