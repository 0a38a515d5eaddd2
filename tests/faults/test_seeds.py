"""A sample of the seeded runs; `make faults` makes five hundred on each database."""

from collections.abc import Iterator

import pytest

from tests.faults.runs import Stage


@pytest.fixture(scope="module")
def stage(database_server: str | None) -> Iterator[Stage]:
    with Stage(database_server) as stage:
        yield stage


@pytest.mark.parametrize("seed", range(1, 26))
def test_a_day_with_faults_keeps_every_promise(stage: Stage, seed: int) -> None:
    failure = stage.run(seed)
    assert failure is None, str(failure)


def test_the_same_seed_makes_the_same_run(stage: Stage) -> None:
    stories = []
    for _ in range(2):
        stage.run(seed=7)
        stories.append(stage.story)
    assert len(stories[0]) > 50
    assert stories[0] == stories[1]
