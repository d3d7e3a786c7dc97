"""Reads back the files that salesdept.pdf makes: pages, and the words of each in the order they are drawn."""

import re
import zlib


def _streams(body: bytes) -> list[bytes]:
    found = []
    for start in re.finditer(rb"stream\r?\n", body):
        try:
            found.append(zlib.decompressobj().decompress(body[start.end() :]))
        except zlib.error:  # the word stands in `endstream` too
            continue
    return found


def _letters(streams: list[bytes]) -> dict[int, str]:
    """Glyph number → character. One map: a second would be a second font."""
    (table,) = [stream for stream in streams if b"begincmap" in stream]
    pairs = re.findall(rb"<([0-9a-fA-F]+)> <([0-9a-fA-F]+)>", table)
    return {int(glyph, 16): bytes.fromhex(code.decode()).decode("utf-16-be") for glyph, code in pairs}


def pages_of(body: bytes) -> list[str]:
    """The words of each page. Fails for a file with other fonts than our one."""
    assert body.startswith(b"%PDF-1.")
    assert body.rstrip().endswith(b"%%EOF")
    streams = _streams(body)
    letters = _letters(streams)
    pages = []
    for stream in streams:
        if b"BT" not in stream or b"begincmap" in stream or not stream.startswith(b"1 0 0 -1 0 841.88"):
            continue
        words = []
        for drawn in re.findall(rb"\[([^\]]*)\] ?TJ", stream):
            glyphs = b"".join(re.findall(rb"<([0-9a-fA-F]*)>", drawn)).decode()
            words.append("".join(letters[int(glyphs[n : n + 4], 16)] for n in range(0, len(glyphs), 4)))
        pages.append("\n".join(words))
    return pages
