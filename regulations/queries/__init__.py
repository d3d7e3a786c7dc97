"""Read models: terms of a day, and what the pages show."""

from regulations.queries.terms import remembering_terms, terms_and_version, terms_for, version_for

__all__ = ["remembering_terms", "terms_and_version", "terms_for", "version_for"]
