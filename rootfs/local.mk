# The root image. `make rootfs` makes it; BusyBox is built at the first time, and
# its source is fetched.

rootfs_sources = \
	rootfs/busybox.config \
	rootfs/busybox.sh \
	rootfs/check_manifest.awk \
	rootfs/etc/fstab \
	rootfs/etc/group \
	rootfs/etc/hostname \
	rootfs/etc/hosts \
	rootfs/etc/init.d/console \
	rootfs/etc/init.d/rcK \
	rootfs/etc/init.d/rcS \
	rootfs/etc/inittab \
	rootfs/etc/issue \
	rootfs/etc/nsswitch.conf \
	rootfs/etc/os-release \
	rootfs/etc/passwd \
	rootfs/etc/profile \
	rootfs/etc/protocols \
	rootfs/etc/services \
	rootfs/etc/shadow \
	rootfs/etc/shells \
	rootfs/manifest \
	rootfs/mkrootfs.sh \
	rootfs/udhcpc/default.script

EXTRA_DIST += $(rootfs_sources) rootfs/README.md
CLEANFILES += rootfs.erofs

.PHONY: rootfs
rootfs: rootfs.erofs

rootfs.erofs: $(rootfs_sources) third-party/manifest
	$(AM_V_GEN)AWK='$(AWK)' MKFS_EROFS='$(MKFS_EROFS)' FAKEROOT='$(FAKEROOT)' \
		$(SHELL) $(srcdir)/rootfs/mkrootfs.sh $@
