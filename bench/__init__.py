"""Benches: a module has `run(quick) -> Iterator[Line]`; each engine gets a database of its own."""
