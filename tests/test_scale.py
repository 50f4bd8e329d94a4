from __future__ import annotations

import pytest

from benchmarks.scale import MEASURED, PARENTS, SCHOOL, cores_for, money, snow_day, waits
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text()


def test_the_page_has_the_tables_that_are_worked_out() -> None:
    for row in (*snow_day(MEASURED), *money(MEASURED)):
        assert row in PAGE


def test_the_page_has_the_costs_that_were_measured() -> None:
    for cost in (
        f"| of the bot's process | {MEASURED.turn} ms |",
        f"| of the database | {MEASURED.turn_in_database} ms |",
        f"| a process | {MEASURED.memory} MB |",
        f"| one more school in a process | {SCHOOL} MB,",
    ):
        assert cost in PAGE


@pytest.mark.parametrize("schools", [1, 500])
def test_with_enough_cores_nobody_waits_and_with_half_of_them_it_ends(schools: int) -> None:
    parents = schools * PARENTS
    cores = cores_for(MEASURED, parents)

    assert waits(MEASURED, parents, cores) == (0.0, 0.0)
    longest, mean = waits(MEASURED, parents, cores / 2)
    assert 0 < mean < longest < 600
