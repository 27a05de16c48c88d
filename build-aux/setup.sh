# Packages, bootstrap, configure and make, for ./run and ./check. Sourced at the
# top of the tree.

run_packages="autoconf automake binutils gcc libc6-dev make python3
	grub-common grub-pc-bin grub-efi-amd64-bin mtools xorriso
	ovmf qemu-system-x86"
check_packages="$run_packages
	bzip2 erofs-utils fakeroot linux-libc-dev musl-tools
	libcmocka-dev clang-14 libclang-rt-14-dev
	clang-19 clang-format-14 clang-tidy-19 cppcheck shellcheck"

jobs=$(nproc 2>/dev/null || echo 2)

setup_fail()
{
	echo "$(basename "$0"): $1" >&2
	exit 1
}

# setup_packages PACKAGE...: installs what is missing.
setup_packages()
{
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is no Debian: nothing is installed. Needed are the contents of: $*"
		return
	fi

	missing=
	for package; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*" installed") ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0

	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || setup_fail "install these packages first:$missing"
		sudo="sudo"
	fi
	echo "Installing packages:$missing"
	log=build/packages.log
	mkdir -p build
	# shellcheck disable=SC2086 # lists of words
	{
		$sudo apt-get -q update &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
				install --no-install-recommends $missing
	} >$log 2>&1 </dev/null || {
		tail -n 20 $log >&2
		setup_fail "the packages could not be installed; $log has the rest"
	}
}

# setup_configure KIND: build/KIND is configured; KIND is release or debug.
setup_configure()
{
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		./bootstrap || return 1
	fi
	if [ ! -f "build/$1/Makefile" ] || [ configure -nt "build/$1/config.status" ]; then
		option=
		[ "$1" = debug ] && option=--enable-debug
		mkdir -p "build/$1"
		(cd "build/$1" && ../../configure --quiet $option) || return 1
		# Make does not see that flags changed.
		make -C "build/$1" clean || return 1
	fi
}

# setup_build KIND: kernel and image of build/KIND are up to date. What make
# says goes to build/KIND/build.log, its end to standard error on failure.
setup_build()
{
	mkdir -p "build/$1"
	if { setup_configure "$1" && make -C "build/$1" -j"$jobs" all; } \
		>"build/$1/build.log" 2>&1; then
		return 0
	fi
	tail -n 40 "build/$1/build.log" >&2
	echo "$(basename "$0"): the $1 build failed; build/$1/build.log has the rest" >&2
	return 1
}
