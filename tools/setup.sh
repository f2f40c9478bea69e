# setup.sh - sourced by ./quickstart and ./run-tests: installs what the build needs (Debian packages, by name) and defines
# build_berth. Nothing is installed when everything is there, so running again is fast.

BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libyaml-dev libcjson-dev libgsl-dev libsqlite3-dev \
libcairo2-dev libpango1.0-dev libcsv-dev librandom123-dev zlib1g-dev libzstd-dev libssl-dev libcmocka-dev \
fonts-dejavu-core tzdata ca-certificates"
TEST_PACKAGES="clang-19 libclang-rt-19-dev libomp-19-dev python3-jsonschema python3-yaml sqlite3 poppler-utils binutils"

missing_packages() {
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
	done
}

install_packages() {
	missing=$(missing_packages "$@")
	[ -z "$missing" ] && return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || { echo "please install as root: $missing" >&2; return 1; }
		as_root=sudo
	fi
	echo "installing:" $missing >&2
	$as_root apt-get update -qq >&2 || return 1
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >&2
}

# build_berth DIRECTORY [meson options]: configures once, then builds what changed.
build_berth() {
	directory=$1
	shift
	[ -f "$directory/build.ninja" ] || meson setup "$directory" "$@" >"$directory.setup.log" 2>&1 || { cat "$directory.setup.log" >&2; return 1; }
	rm -f "$directory.setup.log"
	ninja -C "$directory" --quiet >&2
}
