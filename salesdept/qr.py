"""An address as a QR drawing: SVG without style or script, so that it may stand in a page under our CSP."""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 2  # modules of white around the code: what cameras ask for


def qr(address: str, title: str) -> SafeString:
    """The drawing, one unit a module; `title` is what a screen reader says."""
    rows = [list(row) for row in segno.make(address, error="m", micro=False).matrix_iter(border=QUIET)]
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return format_html(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{title}" '
        'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path d="{path}" fill="#000"/></svg>',
        size=str(len(rows)),
        title=title,
        path=path,
    )
