"""The salons' pictures, as `sandbox.draw` painted them."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, abort, send_file
from werkzeug.wrappers import Response as BaseResponse

PICTURES = Path(__file__).parent / "pictures"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<slug>/<name>.webp")
def show_picture(slug: str, name: str) -> BaseResponse:
    path = PICTURES / slug / f"{name}.webp"
    if not NAME.fullmatch(slug) or not NAME.fullmatch(name) or not path.is_file():
        abort(404)
    answer = send_file(path, mimetype="image/webp", conditional=True, etag=True, max_age=31536000)
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    return answer
