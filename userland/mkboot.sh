#!/bin/sh
# Makes a boot archive of programs, without their debug information.
#
# usage: mkboot.sh ARCHIVE PROGRAM...
set -eu

here=$(dirname "$0")
archive=$1
shift

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

files=
for program; do
	"${OBJCOPY:-objcopy}" --strip-all "$program" "$dir/${program##*/}"
	files="$files $dir/${program##*/}"
done
# No path of ours has a space in it.
"${PYTHON3:-python3}" -B "$here/mkcpio.py" "$archive.tmp" $files
mv "$archive.tmp" "$archive"
