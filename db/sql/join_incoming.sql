-- One of several bare months that are filled at once.
ALTER TABLE incident_incoming ATTACH PARTITION {partition} FOR VALUES FROM ({first}) TO ({next})
