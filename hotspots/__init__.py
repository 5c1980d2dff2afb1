"""Red Zones (where), Red Times (when), and the measured accuracy of both."""
