"""What stands before every page: the headers that bind the browser, the hosts and origins that are
answered, and the token that opens a local door once.
"""

from exvivo.web.guard.headers import CONTENT_POLICY, Headers
from exvivo.web.guard.origin import SameOrigin
from exvivo.web.guard.ready import ReadyReports
from exvivo.web.guard.token import LocalKeeper

__all__ = ["CONTENT_POLICY", "Headers", "LocalKeeper", "ReadyReports", "SameOrigin"]
