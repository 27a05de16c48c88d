#!/bin/sh
# Builds BusyBox, static, against musl, and keeps the result in a cache outside
# the build tree: it takes a minute of processor time and nearly never changes.
# What it is made from is in the name of its directory there: the archive, the
# configuration, this script, the compiler and the C library.
#
# Prints that directory: `busybox` is the program, `busybox.links` has the path of
# an applet on each line.
set -eu

usage()
{
	cat <<EOM
usage: busybox.sh [--cache DIR] [--from DIR] [--jobs N] [--key]

  --cache DIR  default: as for third-party/fetch.sh
  --from DIR   take the source archive from DIR instead of fetching it
  --jobs N     default: the number of processors
  --key        only print the name that the result has in the cache

CC names the compiler for musl (default: musl-gcc), HOSTCC that for tools.
EOM
}

fail()
{
	echo "busybox.sh: $1" >&2
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
cache=${THEMELIOS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/themelios}
from=
jobs=$(nproc 2>/dev/null || echo 1)
key_only=no
while [ $# -gt 0 ]; do
	case $1 in
	--cache | --from | --jobs)
		[ $# -ge 2 ] || fail "$1 needs an argument"
		case $1 in
		--cache) cache=$2 ;;
		--from) from=$2 ;;
		--jobs) jobs=$2 ;;
		esac
		shift
		;;
	--key) key_only=yes ;;
	-h | --help)
		usage
		exit 0
		;;
	*) fail "unknown argument $1; --help explains" ;;
	esac
	shift
done

cc=${CC:-musl-gcc}
hostcc=${HOSTCC:-gcc}
command -v "$cc" >/dev/null || fail "$cc is missing (package musl-tools)"
libc=$("$cc" -print-file-name=libc.a)
[ -f "$libc" ] || fail "$cc has no libc.a (package musl-dev)"

sum=$(awk -F '\t' '$1 == "busybox" { print $5 }' "$here/../third-party/manifest")
[ -n "$sum" ] || fail "third-party/manifest does not name busybox"
key=$({
	echo "$sum"
	cat "$here/busybox.config" "$here/busybox.sh" "$libc"
	"$cc" -dumpfullversion
} | sha256sum | cut -c 1-32)
if [ $key_only = yes ]; then
	echo "$key"
	exit 0
fi
result=$cache/busybox-$key

# The sum lies beside the files: a result that was damaged is made again.
is_complete()
{
	[ -f "$result/sums" ] && (cd "$result" && sha256sum --check --status sums)
}
if is_complete; then
	echo "$result"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Header files of the kernel that the build machine has: musl brings none. They
# come after all others, and nothing but linux, asm, asm-generic and mtd is seen.
# Their path is compiled in, so it is a relative one: from the build directory.
kernel_headers()
{
	triplet=$("$hostcc" -print-multiarch 2>/dev/null || true)
	mkdir "$work/headers"
	for name in linux asm-generic mtd asm; do
		for dir in "/usr/include/$triplet" /usr/include; do
			[ -d "$dir/$name" ] || continue
			ln -s "$dir/$name" "$work/headers/$name"
			break
		done
		[ -d "$work/headers/$name" ] ||
			fail "the header files <$name/...> are missing (package linux-libc-dev)"
	done
}

# configure: the default configuration, less the lines that ours gives, and ours.
configure()
{
	make -C "$work/source" O="$work/build" HOSTCC="$hostcc" defconfig
	sed -n -E 's/^(# )?(CONFIG_[A-Z0-9_]+)(=| is not set).*/\2/p' "$here/busybox.config" \
		>"$work/names"
	echo CONFIG_EXTRA_CFLAGS >>"$work/names"
	sed -E 's/.*/^(# )?&(=| )/' "$work/names" >"$work/patterns"
	grep -v -E -f "$work/patterns" "$work/build/.config" >"$work/config"
	grep -E '^(# )?CONFIG_' "$here/busybox.config" >>"$work/config"
	echo "CONFIG_EXTRA_CFLAGS=\"-idirafter ../headers\"" >>"$work/config"
	mv "$work/config" "$work/build/.config"
	yes '' | make -C "$work/build" HOSTCC="$hostcc" oldconfig
	# A line that the configuration does not know is dropped in silence.
	while read -r line; do
		case $line in
		CONFIG_* | "# CONFIG_"*) grep -q -x -F -e "$line" "$work/build/.config" ||
			fail "the configuration did not take: $line" ;;
		esac
	done <"$here/busybox.config"
}

build()
{
	make -C "$work/build" CC="$cc" HOSTCC="$hostcc" -j"$jobs" busybox busybox.links
}

archive=$("$here/../third-party/fetch.sh" --cache "$cache" ${from:+--from "$from"} busybox)
mkdir "$work/source" "$work/build" "$work/result"
tar -x -f "$archive" -C "$work/source" --strip-components=1
kernel_headers
# Or the time of configuration gets into the program.
export KCONFIG_NOTIMESTAMP=1
# Neither messages nor variables of the make that may have called us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CFLAGS CPPFLAGS LDFLAGS
{ configure && build; } >"$work/log" 2>&1 </dev/null || {
	tail -n 40 "$work/log" >&2
	fail "the build failed"
}
cp "$work/build/busybox" "$work/result/busybox"
sort "$work/build/busybox.links" >"$work/result/busybox.links"
(cd "$work/result" && sha256sum busybox busybox.links >sums)

# A name of our own until it is complete: another build may run beside us.
mkdir -p "$cache"
rm -rf "$cache/.busybox.$$"
cp -r "$work/result" "$cache/.busybox.$$"
rm -rf "$result"
mv "$cache/.busybox.$$" "$result" 2>/dev/null || {
	rm -rf "$cache/.busybox.$$"
	is_complete || fail "cannot write $result"
}
echo "$result"
