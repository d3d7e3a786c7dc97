"""Thin doors: parse, call, render."""

from django.http import HttpRequest

from salesdept.http import pk_in


def number_in(request: HttpRequest, name: str) -> int:
    """A positive whole number from the address, 0 when absent or unreadable."""
    return pk_in(request.GET.get(name, "")) or 0
