"""Pictures: encoded images, PIL images, figures of matplotlib and plotly."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

LARGEST = 140_000  # bytes of an encoded picture; in base64 they take a third more, and 200 kB is the limit
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_WIDTHS = (1000, 640, 400, 240)  # pixels; the first one that fits is shown
_DPI = (110, 80, 55, 35)


def picture_view(value: Any) -> dict[str, Any] | None:
    """Describe a picture or a figure; None if the value is neither."""
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(bytes(value))
    # a value can be of a library only if the library has been imported
    pillow, matplotlib, plotly = map(
        sys.modules.get, ("PIL.Image", "matplotlib.figure", "plotly.basedatatypes")
    )
    if pillow is not None and isinstance(value, pillow.Image):
        return _of_pillow(value)
    if matplotlib is not None and isinstance(value, matplotlib.Figure):
        return _of_matplotlib(value)
    if plotly is not None and isinstance(value, plotly.BaseFigure):
        return {"kind": "plotly", "figure": value.to_json()}
    return None


def _of_bytes(data: bytes) -> dict[str, Any] | None:
    mime = next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)
    if mime is None:
        return None
    if len(data) <= LARGEST:
        return _picture(mime, data, None)
    from PIL import Image  # a picture that must be made smaller; without Pillow it is shown as bytes

    return _of_pillow(Image.open(BytesIO(data)))


def _of_pillow(image: Any) -> dict[str, Any] | None:
    def encode(width: int) -> bytes:
        smaller = image.copy()
        smaller.thumbnail((width, width))
        target = BytesIO()
        smaller.convert("RGBA" if "A" in smaller.mode else "RGB").save(target, "PNG")
        return target.getvalue()

    return _first_that_fits(encode, _WIDTHS, list(image.size))


def _of_matplotlib(figure: Any) -> dict[str, Any] | None:
    def encode(dpi: int) -> bytes:
        target = BytesIO()
        figure.savefig(target, format="png", dpi=dpi)
        return target.getvalue()

    return _first_that_fits(encode, _DPI, None)


def _first_that_fits(
    encode: Callable[[int], bytes], sizes: tuple[int, ...], size: list[int] | None
) -> dict[str, Any] | None:
    for at in sizes:
        if len(data := encode(at)) <= LARGEST:
            return _picture("image/png", data, size)
    return None


def _picture(mime: str, data: bytes, size: list[int] | None) -> dict[str, Any]:
    return {"kind": "picture", "mime": mime, "data": base64.b64encode(data).decode("ascii"), "size": size}
