"""The plain-language summary: what the people who gave their blood read."""
