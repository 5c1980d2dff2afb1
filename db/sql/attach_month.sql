-- A filled month gets its primary key, and becomes a partition; the check spares the attachment a scan.
ALTER TABLE incident_incoming DETACH PARTITION {partition};
ALTER TABLE {partition} ADD PRIMARY KEY (month, incident_id);
ALTER TABLE incident ATTACH PARTITION {partition} FOR VALUES FROM ({first}) TO ({next});
ANALYZE {partition}
