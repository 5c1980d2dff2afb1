# Sourced by the run.sh of each example, with DATA_DIR and WORK_DIR; $needs says what DATA_DIR must hold.
# Sets data and work, keeps settings, site and database inside the example, and defines step.
set -euo pipefail

usage() {
  echo "usage: ${0##*/} DATA_DIR WORK_DIR" >&2
  echo "  DATA_DIR  folder with $needs" >&2
  echo "  WORK_DIR  folder for the site, the exports and the private database; made if absent" >&2
  exit 2
}
[[ $# -eq 2 ]] || usage
[[ -d $1 ]] || { echo "${0##*/}: DATA_DIR $1 is not a folder" >&2; usage; }

here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
work=$(cd -- "$2" && pwd)

redzones=$(command -v redzones || true)
[[ -n $redzones ]] || redzones="$here/../../.venv/bin/redzones"
[[ -x $redzones ]] || { echo "${0##*/}: redzones is not installed; run make setup first" >&2; exit 1; }

export REDZONES_CONFIG="$here/redzones.toml"
export REDZONES_DATA_DIR="$work/database"
export REDZONES_SITE__FOLDER="$work/site"
unset REDZONES_DATABASE_URL # an example never touches a force's own server

step() {
  echo "\$ redzones ${*:1:3} ..."
  local began=$SECONDS
  "$redzones" --quiet "$@"
  echo "  $((SECONDS - began)) s"
}
