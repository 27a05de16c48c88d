#!/bin/sh
# Makes an ISO image that boots the kernel by GRUB on BIOS and on UEFI.
#
# usage: mkiso.sh KERNEL ARCHIVE ISO [WORD...]
#
# ARCHIVE, unless it is empty, is loaded as a module. The words become the kernel's command line. GRUB adds quotes and backslashes
# of its own to a word that has any, so such words are refused.
set -eu

here=$(dirname "$0")
kernel=$1 archive=$2 iso=$3
shift 3

cmdline=
for word; do
	case $word in
	*[\'\"\\]* | *[[:space:]]*)
		echo "mkiso.sh: cannot pass this word through GRUB: $word" >&2
		exit 1
		;;
	esac
	cmdline="$cmdline '$word'"
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$dir/tree/boot/grub"
# Without debug information, which GRUB would only read and throw away.
"${OBJCOPY:-objcopy}" --strip-debug "$kernel" "$dir/tree/boot/themelios.elf"
module=
if [ -n "$archive" ]; then
	cp "$archive" "$dir/tree/boot/boot.cpio"
	module='module2 /boot/boot.cpio boot.cpio'
fi
awk -v cmdline="$cmdline" -v module="$module" '
	function fill(mark, text,   at)
	{
		at = index($0, mark)
		if (at)
			$0 = substr($0, 1, at - 1) text substr($0, at + length(mark))
	}
	{ fill("@CMDLINE@", cmdline); fill("@MODULE@", module); print }' "$here/grub.cfg.in" >"$dir/tree/boot/grub/grub.cfg"

if ! "${GRUB_MKRESCUE:-grub-mkrescue}" -o "$dir/iso" --locales= --themes= --fonts= "$dir/tree" \
	>"$dir/log" 2>&1; then
	cat "$dir/log" >&2
	exit 1
fi
mv "$dir/iso" "$iso"
