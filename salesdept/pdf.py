"""The one door to PDF: a template and its words become an A4 file with our own font, and nothing is fetched.

The page says who printed it and when, at its foot and across it, so that a copy that goes astray has a name.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpResponse
from django.template.loader import render_to_string

from salesdept.clock import SHANGHAI
from salesdept.models import User

OWN = "static:"  # the only addresses a paper may name: files of static/
SHEET = "pdf.css"
TYPES = {".ttf": "font/ttf", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


class PdfUnavailableError(Exception):
    """The machine lacks the layout library (Pango): the page is printed by the browser instead."""


def render_pdf(template: str, context: Mapping[str, Any], *, by: User, now: datetime) -> bytes:
    """A template as A4 PDF. No request is asked, so that a job of the night can make one too.

    `printed_by` and `printed_at` join the context. Raises PdfUnavailableError where Pango is missing.
    """
    at = f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    html = render_to_string(template, {**context, "printed_by": by.name, "printed_at": at})
    engine = _engine()
    fonts, fetcher = engine.text.fonts.FontConfiguration(), _fetcher(engine)
    sheet = engine.CSS(url=OWN + SHEET, url_fetcher=fetcher, font_config=fonts)
    page = engine.HTML(string=html, base_url=OWN, url_fetcher=fetcher)
    made: bytes = page.write_pdf(stylesheets=[sheet], font_config=fonts)
    return made


def pdf_response(body: bytes, name: str) -> HttpResponse:
    """The file as a download. `name` is plain letters and digits, without the ending."""
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def _engine() -> Any:
    """WeasyPrint, imported when it is needed: it takes half a second and loads Pango."""
    try:
        import weasyprint
        import weasyprint.text.fonts
        import weasyprint.urls
    except OSError as error:
        raise PdfUnavailableError from error
    return weasyprint


def own_file(url: str) -> Path:
    """The file of static/ that an address names. Raises ValueError for any other address."""
    try:
        path = finders.find(url.removeprefix(OWN)) if url.startswith(OWN) else None
    except SuspiciousFileOperation:  # a way out of static/
        path = None
    if not path:
        raise ValueError("not one of our own files")
    return Path(str(path))


def _fetcher(engine: Any) -> Any:
    class OwnFiles(engine.urls.URLFetcher):  # type: ignore[misc]
        """Opens files of static/ and nothing else: no network, no file of the machine."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = own_file(url)
            kind = {"Content-Type": TYPES[path.suffix]}
            return engine.urls.URLFetcherResponse(url, body=path.open("rb"), headers=kind)

    return OwnFiles()
