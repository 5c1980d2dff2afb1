"""The words that every room speaks: reference systems, errors, areas, incidents, months, table schemas, progress."""
