"""What the views of this app share."""

from django.http import HttpResponse, HttpResponseRedirect

from salesdept.http import Request


class CallRedirect(HttpResponseRedirect):
    """To the phone's own dialler."""

    allowed_schemes = ["tel"]


def to(request: Request, url: str) -> HttpResponse:
    """After a verb: a redirect that htmx follows as a page."""
    if not request.htmx:
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
