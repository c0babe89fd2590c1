"""Changes that people make in the browser, as changes of the files of the study: a value of
study.yaml, a cell of a table, a well of a layout; none of them lost, and none made over what
somebody else wrote meanwhile.
"""

from exvivo.web.edits.edit import Clash, Conflict, Edit
from exvivo.web.edits.files import applied, current
from exvivo.web.edits.saved import put, save, version

__all__ = ["Clash", "Conflict", "Edit", "applied", "current", "put", "save", "version"]
