"""Files of a study edited by several people: each save says which version it was made on, an older
one ends in a merge, and what was acknowledged stands on the disk and on record.
"""

from exvivo.web.edits.applied import applied, value_of
from exvivo.web.edits.edit import Clash, Conflict, Edit
from exvivo.web.edits.saving import put, save, version

__all__ = ["Clash", "Conflict", "Edit", "applied", "put", "save", "value_of", "version"]
