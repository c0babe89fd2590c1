"""A REDCap project: its dictionary and an export of its records."""
