"""Import kinds of the chapter: one module a sheet."""

from inventory.resources.units import UNITS

__all__ = ["UNITS"]
