# The Linux personality, part of the kernel. One line a source, as in kernel/local.mk.

kernel_sources += \
	compat/linux/syscall/dispatch.c \
	compat/linux/syscall/dispatch.h \
	compat/linux/syscall/errno.c \
	compat/linux/syscall/restart.c \
	compat/linux/syscall/restart.h \
	compat/linux/syscall/trace.c \
	compat/linux/syscall/trace.h

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
