#!/bin/sh
# Fetches the third-party sources that third-party/manifest lists, checks their
# SHA-256 and puts them into a cache outside the build tree.
#
# They come as Debian source packages through this machine's own apt
# configuration, which stays as it is: a copy of its entries, turned into source
# entries, lives in a directory of our own, with lists and cache of its own. No
# privileges are needed. On another system, download the files by any means and
# name their directory with --from.
set -eu

usage()
{
	cat <<EOF
usage: fetch.sh [--from DIR] [--cache DIR] [--manifest FILE] [--list] [NAME...]

Makes sure that the archives of the named sources (default: all) are in the
cache, and prints their paths.

  --from DIR       take the archives from DIR instead of fetching them
  --cache DIR      default: \$THEMELIOS_CACHE, else \$XDG_CACHE_HOME/themelios,
                   else ~/.cache/themelios
  --manifest FILE  default: the manifest beside this script
  --list           print name, version, licence and origin of each; fetch nothing
EOF
}

fail()
{
	echo "fetch.sh: $1" >&2
	exit 1
}

manifest=$(dirname "$0")/manifest
cache=${THEMELIOS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/themelios}
from=
names=
tab=$(printf '\t')
work=

cleanup()
{
	[ -z "$work" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# entries: the manifest without comments.
entries()
{
	grep -v -e '^#' -e '^[[:space:]]*$' "$manifest"
}

# verify FILE SHA256
verify()
{
	echo "$2  $1" | sha256sum --check --status -
}

# A private apt: our own copy of the entries, as source entries.
prepare_apt()
{
	[ -z "$apt" ] || return 0
	command -v apt-get >/dev/null ||
		fail "there is no apt-get here; download the archives and use --from"

	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/files"
	: >"$work/none.list"
	number=0
	for origin in "$list" "$parts"*.list; do
		[ -f "$origin" ] || continue
		number=$((number + 1))
		sed -n -E 's/^[[:space:]]*deb(-src)?([[:space:]])/deb-src\2/p' "$origin" |
			sort -u >"$work/parts/$number.list"
	done
	for origin in "$parts"*.sources; do
		[ -f "$origin" ] || continue
		number=$((number + 1))
		sed -E 's/^[Tt]ypes:.*/Types: deb-src/' "$origin" >"$work/parts/$number.sources"
	done
	apt="-o Dir::Etc::SourceList=$work/none.list -o Dir::Etc::SourceParts=$work/parts
		-o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache
		-o APT::Sandbox::User=root -o Debug::NoLocking=1 -o Acquire::Languages=none"
	# shellcheck disable=SC2086 # a list of words
	apt-get $apt -qq update >&2 || fail "apt-get update failed"
}

# download PACKAGE VERSION FILE: leaves FILE in $work/files. The pinned version
# first; when it is gone, any version whose upstream archive is the same file.
download()
{
	prepare_apt
	for request in "$1=$2" "$1"; do
		# shellcheck disable=SC2086 # a list of words
		(cd "$work/files" &&
			apt-get $apt -qq source --download-only --tar-only "$request") >&2 || continue
		[ -f "$work/files/$3" ] && return 0
	done
	fail "$3 is not to be had from this machine's package archive; use --from"
}

# obtain NAME PACKAGE VERSION FILE SHA256
obtain()
{
	if [ -f "$cache/$4" ] && verify "$cache/$4" "$5"; then
		return 0
	fi
	if [ -n "$from" ]; then
		[ -f "$from/$4" ] || fail "$from/$4: no such file"
		source=$from/$4
	else
		download "$2" "$3" "$4"
		source=$work/files/$4
	fi
	verify "$source" "$5" || fail "$4: wrong SHA-256; it is not the file that the manifest names"
	# A name of our own until it is complete: another fetch may run beside us.
	cp "$source" "$cache/.$4.$$"
	mv "$cache/.$4.$$" "$cache/$4"
}

is_list=no
while [ $# -gt 0 ]; do
	case $1 in
	--from | --cache | --manifest)
		[ $# -ge 2 ] || fail "$1 needs an argument"
		case $1 in
		--from) from=$2 ;;
		--cache) cache=$2 ;;
		--manifest) manifest=$2 ;;
		esac
		shift
		;;
	--list) is_list=yes ;;
	-h | --help)
		usage
		exit 0
		;;
	-*) fail "unknown option $1; --help explains" ;;
	*) names="$names $1" ;;
	esac
	shift
done

[ -f "$manifest" ] || fail "$manifest: no such file"
if [ $is_list = yes ]; then
	entries | cut -f 1,3,6,7
	exit 0
fi
for name in $names; do
	entries | cut -f 1 | grep -q -x -F -e "$name" || fail "$name is not in the manifest"
done

apt=
work=$(mktemp -d)
mkdir -p "$cache"
entries >"$work/entries"
while IFS=$tab read -r name package version file sha256 _; do
	case " $names " in
	"  " | *" $name "*) ;;
	*) continue ;;
	esac
	obtain "$name" "$package" "$version" "$file" "$sha256"
	echo "$cache/$file"
done <"$work/entries"
