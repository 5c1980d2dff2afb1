-- Its months have been attached to the incident table.
DROP TABLE incident_incoming
