"""Community segments: areas alike in their people, and within them alike in their environment."""
