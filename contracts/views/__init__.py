"""Pages of contracts and money: thin."""

from salesdept.http import Request, pk_in


def number_in(request: Request, name: str) -> int | None:
    """A row id of the address, or None for anything else."""
    return pk_in(request.GET.get(name, ""))
