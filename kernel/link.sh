#!/bin/sh
# Links the kernel with its own symbol table inside.
#
# usage: link.sh AWK NM GEN_KSYM LINKER [ARG...] -o OUTPUT [OBJECT...]
#
# The table names addresses, and its size moves what lies behind it. So: link
# with an empty table, make the table from the result, link again, and repeat
# until the table made from the result is the one that is in it. Its size does
# not change after the first round, so the third link settles it.
set -eu

awk=$1 nm=$2 gen=$3
shift 3

output=
previous=
for word; do
	[ "$previous" = -o ] && output=$word
	previous=$word
done
[ -n "$output" ] || { echo "link.sh: no -o OUTPUT" >&2; exit 1; }

table=$output.ksym
trap 'rm -f "$table.s" "$table.new.s" "$table.nm"' EXIT

"$awk" -f "$gen" /dev/null >"$table.s"
for round in 1 2 3 4; do
	"$@" "$table.s" || { rm -f "$output"; exit 1; }
	"$nm" -n "$output" >"$table.nm"
	"$awk" -f "$gen" "$table.nm" >"$table.new.s"
	if cmp -s "$table.s" "$table.new.s"; then
		exit 0
	fi
	mv "$table.new.s" "$table.s"
done

echo "link.sh: the symbol table does not settle after $round links" >&2
rm -f "$output"
exit 1
