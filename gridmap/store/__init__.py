"""Where everything is kept: a GeoPackage file, or a PostgreSQL database with PostGIS."""

from gridmap.store.store import Store, open_store

__all__ = ["Store", "open_store"]
