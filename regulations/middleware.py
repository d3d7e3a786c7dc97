"""A page that only reads asks for the terms of its day once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from regulations.queries import remembering_terms


class TermsMiddleware:
    """Remembers versions of terms while a GET is answered; whatever writes reads them afresh."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "GET":
            return self.get_response(request)
        with remembering_terms():
            return self.get_response(request)
