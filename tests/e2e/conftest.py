"""What several files of tests share, so that it is trained and published once."""

from collections.abc import Iterator

import pytest

from perennial import Admin
from tests.e2e.steps import Published, publish_people


@pytest.fixture(scope="session")
def published(admin: Admin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The people experiment, published both ways; tests add endpoints and leave the services as they are."""
    with admin.create_workspace("Shared") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("shared"))
