#!/bin/sh
# Sets up what the terminal needs on Debian 12 or 13, Ubuntu 24.04 or Raspberry Pi OS: `image/setup.sh run`, or `test`
# for what the tests need beside it. System packages come from the machine's package manager: as root at once, with
# sudo after asking, otherwise the command to type is printed. Python packages go into .venv, exactly as the lock files
# say, from wherever this machine's pip is told to look. When there is nothing to do, it says nothing; otherwise each
# step has a line, and long ones say how far they are.
set -eu

purpose=${1:-}
case $purpose in
    run) lock=requirements.lock ;;
    test) lock=requirements-dev.lock ;;
    *) echo "usage: image/setup.sh run|test" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
python=.venv/bin/python

fail() { echo "setup: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# .venv keeps a stamp for each purpose it serves. The place is part of it, as .venv points to the tree it belongs to.
wanted=$(cat requirements*.lock pyproject.toml image/setup.sh | sha256sum)"$PWD"
stamp() { echo ".venv/counterfoil-$1"; }

venv_fits() { [ "$(cat "$(stamp "$purpose")" 2>/dev/null)" = "$wanted" ] && "$python" -c "" 2>/dev/null; }

# The interpreter must be CPython 3.11 to 3.13, able to make an environment and to compile for itself.
python_fits() {
    "$1" - 2>/dev/null <<'PY'
import ensurepip, os, sys, sysconfig, venv
supported = sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 13)
sys.exit(not (supported and os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))))
PY
}

# The distribution's comes first: it is what the box ships, and one that was compiled by hand is often a third slower.
find_python() {
    for name in /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.11 python3.13 python3.12 python3.11 python3; do
        if has "$name" && python_fits "$name"; then echo "$name"; return; fi
    done
}

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

# The real card service can be given virtual readers in Debian 12, and wherever else the package lists say so.
has_virtual_readers() {
    grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || apt-cache show vsmartcard-vpcd >/dev/null 2>&1
}

needed_packages() {
    # The reader's client library, and a font that has every Chinese name: receipts print it where the printer cannot.
    echo libpcsclite1 fonts-noto-cjk
    if ! venv_fits; then
        echo gcc libc6-dev linux-libc-dev libpcsclite-dev
        [ -n "$(find_python)" ] || echo python3 python3-venv python3-dev
    fi
    if [ "$purpose" = test ]; then
        # The crash tests compile a small library; the journeys drive the distribution's browser.
        echo gcc libc6-dev
        if ! has chromium && ! has chromium-browser && ! is_ubuntu; then echo chromium; fi
        if has_virtual_readers; then echo pcscd vsmartcard-vpcd; fi
    fi
}

missing_packages() {
    # shellcheck disable=SC2046 # the names are words
    set -- $(needed_packages)
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
    for package in "$@"; do
        echo "$installed" | grep -qx "$package" || echo "$package"
    done | sort -u | tr '\n' ' '
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    has apt-get || fail "no apt-get here. Install what Debian calls: $missing"
    command="apt-get install --yes --no-install-recommends $missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=env
    elif has sudo && [ -t 0 ]; then
        printf 'setup: these system packages are missing: %s\nInstall them now with sudo? [y/N] ' "$missing"
        read -r answer
        case $answer in [yY]*) ;; *) fail "not installed. To do it yourself: sudo $command" ;; esac
        as_root="sudo env"
    else
        fail "system packages are missing. As root type: apt-get update && $command"
    fi
    echo "setup: system packages (1 of 2): reading the package lists"
    $as_root apt-get update -q
    echo "setup: system packages (2 of 2): installing $missing"
    # shellcheck disable=SC2086 # the command is words
    $as_root DEBIAN_FRONTEND=noninteractive $command
    case " $missing " in *" vsmartcard-vpcd "*)
        # The package gives the machine's own card service a virtual reader, which listens on the network. The tests
        # start services of their own, and no till wants it.
        $as_root rm -f /etc/reader.conf.d/vpcd
        if has systemctl; then $as_root systemctl --quiet try-restart pcscd.service || true; fi ;;
    esac
}

# What pip says becomes few words: how many packages it has, which one it builds. A terminal sees one line that changes,
# a file a line now and then. Fails unless pip's last line is the one that install_python adds.
show_progress() {
    total=$1 count=0 code=1
    while IFS= read -r line; do
        words=
        case $line in
            "pip is done") code=0 ;;
            Collecting*|Ignoring*|"Requirement already"*)
                count=$((count + 1))
                if [ -t 1 ] || [ $((count % 10)) -eq 0 ]; then words="$count of $total"; fi ;;
            *"Building wheel for "*": started"*)
                words=${line#*Building wheel for }
                words="building ${words%% *}" ;;
            "Installing collected"*) words="putting them in place" ;;
        esac
        if [ -n "$words" ] && [ -t 1 ]; then printf '\r\033[K       %s ' "$words"
        elif [ -n "$words" ]; then echo "       $words"; fi
    done
    [ ! -t 1 ] || printf '\r\033[K'
    return "$code"
}

# install_python NUMBER WORDS COUNT PIP-ARGUMENTS...: one of pip's three runs.
install_python() {
    echo "setup: Python packages ($1 of 3): $2"
    number=$1 count=$3 log=.venv/counterfoil-pip.log
    shift 3
    {
        PYTHONUNBUFFERED=1 "$python" -m pip install --no-input --no-color --progress-bar off \
            --disable-pip-version-check --root-user-action=ignore "$@" 2>&1 && echo "pip is done"
    } | tee "$log" | show_progress "$count" || {
        tail -n 30 "$log" >&2
        fail "the Python packages ($number of 3) could not be installed; pip's last words are above, all of them in $log"
    }
}

make_venv() {
    ! venv_fits || return 0
    # A .venv that works is brought up to date; one of another interpreter, or half made, is made anew.
    if ! "$python" -m pip --version >/dev/null 2>&1 || ! python_fits "$python"; then
        found=$(find_python)
        [ -n "$found" ] || fail "no CPython 3.11, 3.12 or 3.13 with venv and headers was found; looked for python3.13, python3.12, python3.11 and python3"
        echo "setup: making .venv with $("$found" --version); the first time, all of this takes a minute or two"
        "$found" -m venv --clear .venv
    fi
    rm -f "$(stamp run)" "$(stamp test)"
    # swig is one of the build tools and is looked for on the PATH. The build tools are complete: nothing unpinned is
    # fetched to build with.
    PATH="$PWD/.venv/bin:$PATH"
    [ -w "${HOME:-/nonexistent}" ] || export PIP_NO_CACHE_DIR=1
    install_python 1 "what the others are built with" "$(grep -c == requirements-build.lock)" \
        --require-hashes --no-deps -r requirements-build.lock
    install_python 2 "those of $lock" "$(grep -c == "$lock")" \
        --require-hashes --no-deps --no-build-isolation -r "$lock"
    # This mode only puts the tree on the path; the other adds an import hook to each start.
    install_python 3 "the till itself" 1 \
        --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
    echo "$wanted" >"$(stamp run)"
    # What the tests need includes what the terminal needs.
    if [ "$purpose" = test ]; then echo "$wanted" >"$(stamp test)"; fi
}

install_packages
make_venv
if [ "$purpose" = test ] && ! has chromium && ! has chromium-browser; then
    # Ubuntu's package of that name only fetches a snap, which needs snapd and is not installed behind anyone's back.
    fail "Ubuntu has Chromium as a snap only. Type: sudo snap install chromium"
fi
