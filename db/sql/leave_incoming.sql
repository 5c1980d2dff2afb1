-- A month that was filled with others stands by itself again.
ALTER TABLE incident_incoming DETACH PARTITION {partition}
