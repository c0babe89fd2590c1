"""What the field already agrees on, as data: names of analytes, beads of kits. Studies may override all of it."""

from exvivo.catalog.kits import Kit, kit_named, kits
from exvivo.catalog.load import Entry, analytes, known_as

__all__ = ["Entry", "Kit", "analytes", "kit_named", "kits", "known_as"]
