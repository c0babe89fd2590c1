"""Scripts and styles: all ours or vendored, by addresses that change with their bytes, so that a
browser may keep them for ever.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from exvivo.web.render import STATIC


class _Kept(StaticFiles):
    """Static files that a browser keeps."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept where its address names its bytes."""
        answer = await super().get_response(path, scope)
        if answer.status_code == 200 and b"v=" in scope.get("query_string", b""):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def static_files() -> StaticFiles:
    """The app that serves them."""
    return _Kept(directory=STATIC)
