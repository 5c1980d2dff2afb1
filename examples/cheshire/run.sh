#!/usr/bin/env bash
# From the publishers' files to pages and shapefiles for Cheshire, 2025. See README.md.
needs="boundaries/, lookups/, people/ and crime/ (README.md says which files)"
source "$(dirname -- "${BASH_SOURCE[0]}")/../begin.sh" "$@"

step db upgrade

# Place: the areas, and how they hang together.
step load boundaries "$data"/boundaries/lsoa/*.geojson.gz --geography lsoa:2021
step load boundaries "$data"/boundaries/lsoa11/*.geojson.gz --geography lsoa:2011
step load boundaries "$data"/boundaries/ward/*.geojson.gz --geography ward:2025 --parent district:2025
step load boundaries "$data"/boundaries/cheshire_force.kml --geography force:2025
step load lookup "$data"/lookups/lsoa11_lsoa21_lad22.csv.gz --source lsoa:2011 --target lsoa:2021
step load lookup "$data"/lookups/lsoa21_pwc/LSOA_PopCentroids_EW_2021_V3.shp --centroids lsoa:2021
step load lookup "$data"/lookups/oa21_lsoa21_EW.csv.gz --source oa:2021 --target lsoa:2021 --target-column geography_code

# People: the census and the Indices of Deprivation. Areas of other forces in these national files are left out.
# Tables by output area are added up to LSOAs; where a table by LSOA is there, it comes last and is the one that is read.
step load people "$data"/people/census2021_oa/ts*.csv.gz --geography oa:2021 --to lsoa:2021
step load people \
  "$data"/people/census2021-ts021-lsoa.csv.gz \
  "$data"/people/census2021-ts045-lsoa.csv.gz \
  "$data"/people/census2021-ts062-lsoa.csv.gz \
  "$data"/people/census2021-ts067-lsoa.csv.gz \
  "$data"/people/census21_pop_agegroup_lsoa21.csv.gz \
  "$data"/people/imd2025_england_lsoa21.csv.gz \
  --geography lsoa:2021

# Incidents: twelve months of open data.
step load incidents "$data"/crime/2025-{01,02,03,04,05,06,07,08,09,10,11,12}-cheshire-street.csv.gz

step refresh --month 2025-12

exports="$work/site/current/exports"
for format in shp gpkg geojson csv; do
  step export red-zones --format "$format" --out "$work/exports"
done

echo
echo "The portal:    $work/site/current/index.html"
echo "For GIS:       $work/exports (the site carries its own copies in $exports)"
