"""A place for files."""

import pytest


@pytest.fixture
def stored(tmp_path):
    """Write bytes under a name and give the path, as the view stores an upload."""

    def store(content, name="客户.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return store
