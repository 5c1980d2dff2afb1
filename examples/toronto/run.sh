#!/usr/bin/env bash
# From the publishers' files to pages and a GeoPackage for Toronto, 2014-2021. See README.md.
set -euo pipefail

usage() {
  echo "usage: ${0##*/} DATA_DIR WORK_DIR" >&2
  echo "  DATA_DIR  folder with the three files that README.md names" >&2
  echo "  WORK_DIR  folder for the site, the exports and the private database; made if absent" >&2
  exit 2
}
[[ $# -eq 2 ]] || usage
[[ -d $1 ]] || { echo "${0##*/}: DATA_DIR $1 is not a folder" >&2; usage; }

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
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

step db upgrade

# Place: the incidents name a neighbourhood by the words in name_in_mci, so these words are the codes.
step load boundaries "$data/toronto_neighbourhoods_140.geojson" --geography neighbourhood:2016 \
  --code-column name_in_mci --name-column name --parent city:2016 --parent-code Toronto

# People: one column for each neighbourhood, one row for each figure; people_variables.toml says which are taken.
step load people "$data/toronto_neighbourhood_profiles_census2016.csv.gz" --geography neighbourhood:2016 \
  --variables "$here/people_variables.toml"

# Incidents: eight years with their hours.
step load incidents "$data/toronto_mci_2014_2021.csv.gz" --mapping "$here/incidents.toml"

step refresh --month 2021-12
step export red-zones --format gpkg --out "$work/exports"

echo
echo "The portal:    $work/site/current/index.html"
echo "For GIS:       $work/exports (the site carries its own copies in $work/site/current/exports)"
echo "All in all:    $SECONDS s"
