"""The steps of a refresh, a module each: read from PostGIS, compute in the core, write back."""
