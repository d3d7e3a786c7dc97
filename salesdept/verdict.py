from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


class Denied(PermissionDenied):
    """A no with its reason and clause; answered with 403 and shown like a refusal."""

    def __init__(self, reason: str, clause: str = "", way_out: str = "") -> None:
        super().__init__(reason)
        self.code, self.message, self.clause, self.way_out, self.url = "denied", reason, clause, way_out, ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A yes, or a no with its reason. Truthy when allowed; templates show `reason` by the dead button."""

    reason: str = ""
    clause: str = ""
    way_out: str = ""

    def __bool__(self) -> bool:
        return not self.reason

    def or_raise(self) -> None:
        """Raise `Denied` (403) when this is a no."""
        if self.reason:
            raise Denied(self.reason, self.clause, self.way_out)


ALLOWED = Verdict()
