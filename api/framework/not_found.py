"""Unknown URLs under /api/v1/ get the API's own error format, for signed-in callers."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.framework.permissions import Open
from common.errors import NotFound


class NoSuchAddress(APIView):
    rights = dict.fromkeys(("get", "post", "put", "patch", "delete"), Open.STAFF)
    schema = None

    def get(self, request: Request, **_: Any) -> Response:
        raise NotFound

    post = put = patch = delete = get
