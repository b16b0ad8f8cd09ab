#!/bin/sh
# Puts in place what the store's tests need besides Python packages, on Debian or Ubuntu: PostgreSQL with PostGIS
# (the tests start a private server themselves), GDAL's programs, its Python binding and its validator.
# Does nothing where they are there; ends with an error where they are not and cannot be installed.
set -eu

have() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 &&
        ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 &&
        command -v ogrinfo >/dev/null 2>&1 &&
        /usr/bin/python3 -c 'import osgeo_utils.samples.validate_gpkg' >/dev/null 2>&1
}

if ! have; then
    if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root=sudo; fi
    # No cluster of Debian's own: nobody would use it.
    $as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    $as_root apt-get update
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        postgresql postgresql-postgis gdal-bin python3-gdal
fi

if ! have; then
    echo "ci-services: PostgreSQL with PostGIS, ogrinfo and GDAL's validate_gpkg are needed and could not be installed" >&2
    exit 1
fi
for initdb in /usr/lib/postgresql/*/bin/initdb; do "$initdb" --version; done
ogrinfo --version
