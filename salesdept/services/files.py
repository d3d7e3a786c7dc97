"""Uploaded papers: checked by content, cleaned, stored under a random name outside the web root."""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from PIL import Image, UnidentifiedImageError

from salesdept.errors import RuleError
from salesdept.text import strip_unsafe

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
ORPHAN_AGE = timedelta(days=1)
_KINDS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png")}


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored paper: its path in the store, the name it came under, its type and digest."""

    path: str
    name: str
    content_type: str
    size: int
    sha256: str


def _bad(message: str, clause: str) -> RuleError:
    return RuleError("slip_bad", message, clause, "重新拍照或扫描成 PDF、JPG、PNG 后再传")


def cleaned(data: bytes, clause: str) -> tuple[bytes, str, str]:
    """Content, type and suffix of an acceptable paper; pictures are rewritten without their metadata.

    Raises RuleError `slip_bad` for anything else, whatever the name says.
    """
    if not data:
        raise _bad("凭证文件是空的", clause)
    if len(data) > MAX_BYTES:
        raise _bad("凭证文件超过上限", clause)
    if data.startswith(b"%PDF-"):
        return data, "application/pdf", ".pdf"
    return _picture(data, clause)


def _picture(data: bytes, clause: str) -> tuple[bytes, str, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_KINDS)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise _bad("凭证图片像素过大", clause)
                kind = str(image.format)
                clean = Image.new(image.mode, image.size)
                clean.paste(image)
                if image.mode == "P" and (palette := image.getpalette()):
                    clean.putpalette(palette)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise _bad("凭证只收 PDF、JPG、PNG", clause) from error
    out = io.BytesIO()
    clean.save(out, format=kind)
    return out.getvalue(), *_KINDS[kind]


def read_upload(upload: Any, clause: str) -> tuple[bytes, str, str]:
    """The cleaned content of an uploaded file; one that says it is too big is not read."""
    if getattr(upload, "size", 0) > MAX_BYTES:
        raise _bad("凭证文件超过上限", clause)
    return cleaned(upload.read(), clause)


def store(upload: Any, folder: str, now: datetime, clause: str) -> Kept:
    """Check, clean and keep one uploaded file under `<folder>/<month>/`."""
    data, content_type, suffix = read_upload(upload, clause)
    path = default_storage.save(f"{folder}/{now:%Y%m}/{uuid4().hex}{suffix}", ContentFile(data))
    return Kept(
        path=path,
        name=strip_unsafe(str(upload.name))[:120],
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def sweep(root: str, known: Callable[[str], Iterable[str]], now: datetime) -> int:
    """Remove files below `root` that no row knows, older than a day: what a failed upload left.

    `known(folder)` gives the paths that rows of a month's folder name. Returns how many were removed.
    """
    store: Storage = default_storage
    removed = 0
    folders = [f"{root}/{month}" for month in store.listdir(root)[0]] if store.exists(root) else []
    for folder in folders:
        kept = set(known(folder))
        for name in store.listdir(folder)[1]:
            path = f"{folder}/{name}"
            if path not in kept and now - store.get_modified_time(path) > ORPHAN_AGE:
                store.delete(path)
                removed += 1
    return removed
