"""Backup of a server while it runs, and the way back: the studies and the database of the door, in
a folder that holds each content once.
"""

from exvivo.web.backup.making import Backed, back_up, bring_back
from exvivo.web.backup.manifest import Manifest

__all__ = ["Backed", "Manifest", "back_up", "bring_back"]
