# SPDX-License-Identifier: Apache-2.0
# Sourced by libexec/try and libexec/test: what both need of the host.

# Debian packages: what the build needs, and what the clients of the tests are.
build_packages="libssl-dev libcap-dev liblmdb-dev libcrypt-dev libldap2-dev pkg-config git"
client_packages="curl openssl python3"
# What packaging/build-deb needs, and packaging/test-deb on top of it.
packaging_packages="dpkg-dev binutils chrpath"
test_packages="$client_packages $packaging_packages swaks libnet-ssleay-perl procps strace libcap2-bin debootstrap iproute2
    slapd ldap-utils mount e2fsprogs xfsprogs btrfs-progs"

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }

# stage NAME LOG COMMAND…: runs a command with its output in LOG, prints one line with duration and result. Exit status
# 77 of the command is no failure: it has said in LOG why it skipped its work.
stage() {
    local name=$1 log=$2 start=$SECONDS status=0 spent
    shift 2
    if [ -t 1 ]; then printf '%-28s …' "$name"; fi
    "$@" >"$log" 2>&1 || status=$?
    spent=$((SECONDS - start))
    if [ -t 1 ]; then printf '\r'; fi
    if [ $status = 0 ]; then
        printf '%-28s %3dm%02ds  ok\n' "$name" $((spent / 60)) $((spent % 60))
    elif [ $status = 77 ]; then
        printf '%-28s %3dm%02ds  skipped\n' "$name" $((spent / 60)) $((spent % 60))
        status=0
    else
        printf '%-28s %3dm%02ds  FAILED (exit status %d), the whole output is in %s\n' \
            "$name" $((spent / 60)) $((spent % 60)) $status "$log"
    fi
    return $status
}

# build_shown LOG COMMAND…: runs a build with its output in LOG and shows how far it is.
build_shown() {
    local log=$1 start=$SECONDS shown="" now pid status=0
    shift
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        now=$(tail -n 1 "$log" | cut -c 1-70)
        if [ -t 1 ]; then
            printf '\r  %3ds  %-70s' $((SECONDS - start)) "$now"
            sleep 0.5
        else
            # In a file, a line every half minute tells enough.
            if [ $((SECONDS - start)) -ge $((${shown:-0} + 30)) ]; then
                shown=$((SECONDS - start))
                printf '  %3ds  %s\n' "$shown" "$now"
            fi
            sleep 1
        fi
    done
    wait $pid || status=$?
    if [ -t 1 ]; then printf '\r%80s\r' ""; fi
    return $status
}

# missing_packages NAME…: those of them that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q '^install ok' || printf '%s ' "$name"
    done
}

# install_packages NAME…: as root installs what is missing, without starting any service; otherwise says what is missing.
install_packages() {
    local missing policy=/usr/sbin/policy-rc.d made="" status=0
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian: please see that these are there, under whatever name: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        say "missing packages: ${missing% }"
        say "install them with: sudo apt-get install ${missing% }"
        return 1
    fi
    say "installing ${missing% }"
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        made=yes
    fi
    {
        apt-get -q update &&
            DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
    } >"$root/.build/apt.log" 2>&1 || status=$?
    if [ -n "$made" ]; then rm -f $policy; fi
    if [ $status != 0 ]; then
        tail -n 5 "$root/.build/apt.log" >&2
        say "apt-get failed, the whole output is in $root/.build/apt.log"
    fi
    return $status
}

# find_swift: puts a Swift 6.2 (or newer) toolchain into PATH.
find_swift() {
    local folder homes version
    homes="$HOME"
    # Under sudo, the toolchain is often in the home of who called it.
    if [ -n "${SUDO_USER:-}" ]; then homes="$homes $(getent passwd "$SUDO_USER" | cut -d: -f6)"; fi
    if ! command -v swift >/dev/null; then
        for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin /usr/share/swift/usr/bin \
            $(for home in $homes; do printf '%s ' "$home/.local/share/swiftly/bin" "$home/.swiftly/bin"; done); do
            if [ -x "$folder/swift" ]; then
                PATH=$folder:$PATH
                break
            fi
        done
    fi
    if ! command -v swift >/dev/null; then
        say "There is no Swift toolchain here (looked in PATH, /opt/swift, ~/.local/share/swiftly)."
        say "relais is built with Swift 6.2 or newer: https://www.swift.org/install/linux/ has it for this system."
        return 1
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $version in
    6.[2-9]* | 6.[1-9][0-9]* | [7-9].* | [1-9][0-9].*) ;;
    *)
        say "Swift ${version:-?} in $(command -v swift) is too old: relais is built with 6.2 or newer (https://www.swift.org/install/linux/)."
        return 1
        ;;
    esac
    export PATH
}

# make_accounts: as root makes the system accounts that a relais of root runs as, where they are missing.
make_accounts() {
    [ "$(id -u)" = 0 ] || return 0
    getent group relais-drop >/dev/null || groupadd --system relais-drop
    for account in relais relais-net relais-auth relais-login; do
        getent passwd $account >/dev/null ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin $account
    done
}
