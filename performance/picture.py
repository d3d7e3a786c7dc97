"""The 日报 as a PNG for the group chat, drawn on the server with the vendored font."""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

from django.contrib.staticfiles import finders
from PIL import Image, ImageDraw, ImageFont

FONT = "vendor/fonts/NotoSansSC-400.ttf"
WIDTH, MARGIN, LINE = 750, 40, 46
PAPER, INK, SEAL, MUTED = "#ffffff", "#1a2230", "#b3402e", "#5c6675"


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = finders.find(FONT)
    if not isinstance(path, str):
        raise FileNotFoundError(FONT)
    return ImageFont.truetype(path, size)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines, line = [], ""
    for char in text:
        if line and font.getlength(line + char) > width:
            lines.append(line)
            line = ""
        line += char
    return [*lines, line]


def draw(lines: Sequence[str], foot: str) -> bytes:
    """PNG bytes of the report: first line as title, the rest below, `foot` in small print."""
    title, body, small = _font(34), _font(27), _font(20)
    rows = [part for line in lines[1:] for part in _wrapped(line, body, WIDTH - 2 * MARGIN)]
    height = 2 * MARGIN + 70 + LINE * len(rows) + 50
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 10), fill=SEAL)
    pen.text((MARGIN, MARGIN), lines[0], font=title, fill=INK)
    for i, row in enumerate(rows):
        pen.text((MARGIN, MARGIN + 70 + i * LINE), row, font=body, fill=INK)
    pen.text((MARGIN, height - MARGIN - 10), foot, font=small, fill=MUTED)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
