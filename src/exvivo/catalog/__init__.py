"""What the field already agrees on, as data: names of analytes. Studies may override all of it."""

from exvivo.catalog.load import Entry, analytes, known_as

__all__ = ["Entry", "analytes", "known_as"]
