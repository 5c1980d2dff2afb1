#!/usr/bin/env bash
# From the publishers' files to pages and a GeoPackage for Toronto, 2014-2021. See README.md.
needs="the three files that README.md names"
source "$(dirname -- "${BASH_SOURCE[0]}")/../begin.sh" "$@"

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
