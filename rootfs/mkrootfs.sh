#!/bin/sh
# Makes the root image, an EROFS file system, from rootfs/manifest. The same input
# gives the same bytes: names come in the order that mkfs.erofs sorts them into, and
# times, owners and the UUID are ours.
#
# Not compressed: the kernel maps the programs in it where the loader has put them.
set -eu

usage()
{
	cat <<EOM
usage: mkrootfs.sh [--manifest FILE] [--busybox DIR] IMAGE
       mkrootfs.sh [--manifest FILE] --check

  --manifest FILE  default: the manifest beside this script; paths in it are
                   relative to its directory
  --busybox DIR    has busybox and busybox.links; default: what busybox.sh makes
  --check          only check the manifest

MKFS_EROFS, FAKEROOT and AWK name the programs.
EOM
}

fail()
{
	echo "mkrootfs.sh: $1" >&2
	exit 1
}

# Nobody's: version 8 of RFC 9562 leaves the bits to us.
uuid=7468656d-656c-8007-a000-726f6f746673
# Of all files. Older than any clock that is right.
time=1500000000

here=$(cd "$(dirname "$0")" && pwd)
manifest=$here/manifest
busybox=
image=
check_only=no
while [ $# -gt 0 ]; do
	case $1 in
	--manifest | --busybox)
		[ $# -ge 2 ] || fail "$1 needs an argument"
		case $1 in
		--manifest) manifest=$2 ;;
		--busybox) busybox=$2 ;;
		esac
		shift
		;;
	--check) check_only=yes ;;
	-h | --help)
		usage
		exit 0
		;;
	-*) fail "unknown option $1; --help explains" ;;
	*)
		[ -z "$image" ] || fail "one image, please"
		image=$1
		;;
	esac
	shift
done
[ -f "$manifest" ] || fail "$manifest: no such file"
[ -n "$image" ] || [ $check_only = yes ] || fail "which image? --help explains"
tops=$(dirname "$manifest")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

"${AWK:-awk}" -v tops="$tops" -f "$here/check_manifest.awk" "$manifest" >"$work/lines" ||
	fail "the manifest is wrong"
[ $check_only = no ] || exit 0

mkfs=${MKFS_EROFS:-mkfs.erofs}
fakeroot=${FAKEROOT:-fakeroot}
command -v "$mkfs" >/dev/null || fail "$mkfs is missing (package erofs-utils)"
command -v "$fakeroot" >/dev/null || fail "$fakeroot is missing (package fakeroot)"
if [ -z "$busybox" ] && grep -q -E ' (busybox|applets:.*)$' "$work/lines"; then
	busybox=$("$here/busybox.sh")
fi

# put_applets PREFIX TARGET: the manifest's own lines come first.
put_applets()
{
	cut -d ' ' -f 1 "$work/lines" | sort >"$work/taken"
	while read -r path; do
		grep -q -x -F -e "$path" "$work/taken" && continue
		[ -d "$work/tree$1${path%/*}" ] || fail "no directory for the applet $path"
		ln -s "$2" "$work/tree$1$path"
	done <"$busybox/busybox.links"
}

# put PATH SOURCE
put()
{
	case $2 in
	dir) mkdir -p "$work/tree$1" ;;
	file:*) cp "$tops/${2#file:}" "$work/tree$1" ;;
	link:*) ln -s "${2#link:}" "$work/tree$1" ;;
	busybox) cp "$busybox/busybox" "$work/tree$1" ;;
	applets:*) put_applets "${1%/}" "${2#applets:}" ;;
	*) fail "unknown source $2" ;;
	esac
}

mkdir "$work/tree"
while read -r path mode owner source; do
	put "$path" "$source"
done <"$work/lines"

# Owners and modes, deepest first so that no directory locks us out, and the image:
# in one make-believe of being root, which forgets at its end.
cat >"$work/finish" <<'EOM'
set -eu
work=$1 mkfs=$2 uuid=$3 time=$4
chown -h -R 0:0 "$work/tree"
sort -r "$work/lines" | while read -r path mode owner source; do
	chown -h "$owner" "$work/tree$path"
	case $source in
	link:*) ;;
	*) chmod "$mode" "$work/tree$path" ;;
	esac
done
"$mkfs" --quiet -x-1 -T"$time" -U"$uuid" -Eforce-inode-compact "$work/image" "$work/tree"
EOM
unset SOURCE_DATE_EPOCH
"$fakeroot" -- sh "$work/finish" "$work" "$mkfs" "$uuid" "$time" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	fail "$mkfs failed"
}
mv "$work/image" "$image"
