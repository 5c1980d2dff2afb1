#!/usr/bin/env bash
# Make this machine ready for Redzones. Every part looks first and does nothing where nothing is missing.
#
#   scripts/setup.sh postgis             the server that the private PostGIS is made from (after venv)
#   scripts/setup.sh chromium            the browser that the page tests open
#   scripts/setup.sh venv LOCKFILE       the virtual environment with the packages of a lock file
#
# PYTHON names an interpreter, VENV the folder of the environment, REDZONES_DATABASE_URL a server to use instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV="${VENV:-.venv}"

say() { printf 'setup: %s\n' "$*" >&2; }

stop() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

has() { type -P "$1" >/dev/null; }

is_debian() { has apt-get && has dpkg; }

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

# How to become root: not at all, or by sudo; without a terminal sudo may not ask.
if [ "$(id -u)" -eq 0 ]; then
  BECOME_ROOT=(env)
elif ! has sudo; then
  BECOME_ROOT=(false)
elif [ -t 0 ]; then
  BECOME_ROOT=(sudo)
else
  BECOME_ROOT=(sudo -n)
fi
as_root() { "${BECOME_ROOT[@]}" "$@"; }

# What apt says is shown only where it fails.
apt_install() {
  local log began=$SECONDS
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  log="$(mktemp)"
  say "installing $* (Debian packages)"
  if ! { as_root "${apt[@]}" update && as_root "${apt[@]}" install -y --no-install-recommends "$@"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    stop "could not install: $*" "run this as root, then try again:  apt-get update && apt-get install $*"
  fi
  rm -f "$log"
  say "installed $* ($((SECONDS - began)) s)"
}

# --- PostGIS ----------------------------------------------------------------------------------------------------

# The engine itself knows which servers it can use; the virtual environment must be there already.
has_postgis() {
  "$VENV/bin/python" -c 'from db.binaries import find_server_programs; find_server_programs()' 2>/dev/null
}

# Debian makes and starts a cluster of its own, on port 5432, when a server is first installed. Redzones does not use
# it, so the installation is told not to make one, and the telling is taken back: a server that somebody installs later
# behaves as Debian means it to. Clusters that are there already are left alone.
CLUSTER_DROP_IN=/etc/postgresql-common/createcluster.d/redzones-setup.conf

install_postgis() {
  trap 'as_root rm -f "$CLUSTER_DROP_IN"' EXIT
  if ! { as_root mkdir -p "$(dirname "$CLUSTER_DROP_IN")" &&
    printf 'create_main_cluster = false\n' | as_root tee "$CLUSTER_DROP_IN" >/dev/null; }; then
    trap - EXIT
    stop "PostGIS is missing, and installing it needs root or sudo" \
      "run this as root, then try again:  apt-get update && apt-get install postgresql-postgis" \
      "or set REDZONES_DATABASE_URL to a PostGIS server"
  fi
  apt_install postgresql-postgis
}

setup_postgis() {
  if [ -n "${REDZONES_DATABASE_URL:-}" ]; then
    say "REDZONES_DATABASE_URL is set: that server is used, none is installed"
  elif has_postgis; then
    :
  elif is_debian; then
    install_postgis
    has_postgis || stop "postgresql-postgis was installed, but the engine finds no server of version 14 or newer" \
      "use a newer Debian or Ubuntu, or set REDZONES_DATABASE_URL to a PostGIS server"
  else
    stop "PostGIS is not on this machine. Either install it:" \
      "  RHEL, Rocky or Alma 8 and newer, with EPEL and the PostgreSQL project's own repository (PGDG):" \
      "    dnf -y module disable postgresql        (8 and 9 only)" \
      "    dnf -y install postgresql16-server postgresql16-contrib postgis34_16" \
      "or set REDZONES_DATABASE_URL to a PostGIS server (compose.yaml starts one in a container)"
  fi
}

# --- Chromium ---------------------------------------------------------------------------------------------------

# The page tests look in these two places.
has_chromium() { [ -n "${REDZONES_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ]; }

setup_chromium() {
  if has_chromium; then
    :
  elif is_debian && ! is_ubuntu; then
    apt_install chromium fonts-dejavu-core
  else
    say "no Chromium: the tests that open pages in a browser are skipped." \
      "Set REDZONES_CHROMIUM to the path of any Chrome or Chromium that is not a snap"
  fi
}

# --- Python -----------------------------------------------------------------------------------------------------

# The machine's own python3 comes first; a pyenv shim is found on the PATH and may still not run, so each is tried.
find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      type -P "$candidate"
      return 0
    fi
  done
  stop "Python 3.11 or newer is needed; none of python3, python3.13, python3.12, python3.11 is" \
    "Debian, Ubuntu:  apt-get install python3 python3-venv        RHEL 8 and newer:  dnf install python3.12" \
    "or name one:  make setup PYTHON=/path/to/python3.12"
}

need_ensurepip() {
  local python="$1" version
  "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
  version="$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}")')"
  is_debian || stop "$python cannot make virtual environments: install its venv and ensurepip modules"
  apt_install "$version-venv"
}

setup_venv() {
  local lock="$1" python began=$SECONDS
  if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    python="$(find_python)"
    need_ensurepip "$python"
    say "making $VENV with $python ($("$python" --version))"
    "$python" -m venv --clear "$VENV"
  fi
  # Bytecode is made when a module is first imported: that is quicker than compiling 900 MB that is hardly used.
  local pip=("$VENV/bin/python" -m pip --disable-pip-version-check install --no-input --quiet --no-compile)
  say "installing the packages of $lock"
  "${pip[@]}" -r "$lock"
  "${pip[@]}" --no-deps -e .
  say "packages of $lock are in place ($((SECONDS - began)) s)"
}

case "${1:-}" in
  postgis) setup_postgis ;;
  chromium) setup_chromium ;;
  venv) setup_venv "${2:?name a lock file}" ;;
  *) stop "usage: scripts/setup.sh postgis | chromium | venv LOCKFILE" ;;
esac
