#!/bin/sh
# Puts in place what some tests need besides Python packages, on Debian or Ubuntu: Chromium and a Chinese font for the
# browser tests, PostgreSQL with PostGIS for the store's (the tests start a private server themselves), GDAL's programs and
# its GeoPackage validator, and exiftool, which says what a photo still tells. What is there already is left alone. What cannot be had is named: the tests that need it are
# then skipped with that reason, but under CI this ends with an error.
set -eu

# Not named after the programs: "command -v chromium" would find a function of that name.
has_chromium() {
    for program in chromium-headless-shell chromium chromium-browser; do
        command -v "$program" >/dev/null 2>&1 && return 0
    done
    return 1
}
has_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ]; }
has_postgis() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 &&
        ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1
}
has_gdal() {
    command -v ogrinfo >/dev/null 2>&1 && /usr/bin/python3 -c 'import osgeo_utils.samples.validate_gpkg' >/dev/null 2>&1
}
has_exiftool() { command -v exiftool >/dev/null 2>&1; }

wanted=
has_chromium || wanted="$wanted chromium"
has_font || wanted="$wanted fonts-noto-cjk fontconfig"
has_postgis || wanted="$wanted postgresql postgresql-postgis"
has_gdal || wanted="$wanted gdal-bin python3-gdal"
has_exiftool || wanted="$wanted libimage-exiftool-perl"
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then as_root=env; else as_root="sudo -n env"; fi
if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
    # No cluster of Debian's own: nobody would use it.
    $as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    # One package that cannot be had must not keep the others away.
    $as_root apt-get update -qq || echo "test-services: the list of packages could not be brought up to date" >&2
    for package in $wanted; do
        $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            echo "test-services: $package could not be installed" >&2
    done
fi

missing=
has_chromium || missing="$missing Chromium"
has_font || missing="$missing Chinese-font"
has_postgis || missing="$missing PostGIS"
has_gdal || missing="$missing GDAL"
has_exiftool || missing="$missing exiftool"
if [ -n "$missing" ]; then
    echo "test-services: not on this machine:$missing; the tests that need them are skipped" >&2
    [ -z "${CI:-}" ] || exit 1
fi
