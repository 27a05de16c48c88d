# The bootable image, for BIOS and UEFI.

EXTRA_DIST += grub/grub.cfg.in grub/mkiso.sh

if HAVE_ISO
noinst_DATA += themelios.iso
CLEANFILES += themelios.iso

themelios.iso: kernel/themelios.elf userland/boot.cpio grub/grub.cfg.in grub/mkiso.sh
	$(AM_V_GEN)GRUB_MKRESCUE='$(GRUB_MKRESCUE)' OBJCOPY='$(OBJCOPY)' \
		$(SHELL) $(srcdir)/grub/mkiso.sh kernel/themelios.elf userland/boot.cpio $@
endif
