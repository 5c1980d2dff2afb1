-- A filled month gets its primary key, and becomes a partition; statistics are of the columns that are joined or chosen by.
ALTER TABLE {partition} ADD PRIMARY KEY (month, incident_id);
ALTER TABLE incident ATTACH PARTITION {partition} FOR VALUES FROM ({first}) TO ({next});
ANALYZE {partition} (
    month, incident_id, load_id, kind_id, siting_id, reference, time_precision, not_counted_because, not_scored_because,
    source_agency
)
