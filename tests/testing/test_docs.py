"""The examples of docs/testing.rst do what the page says."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path

import pytest

from kinesis_producer.testing import FaultProxy, LocalKinesis

PAGE = Path(__file__).parents[2] / "docs" / "testing.rst"
MARK = ".. code-block:: python\n\n"


def examples() -> list[str]:
    """The Python of each code block: the indented lines behind its mark."""
    blocks = PAGE.read_text(encoding="utf-8").split(MARK)[1:]
    return [textwrap.dedent(_indented(block)) for block in blocks]


def _indented(block: str) -> str:
    lines = block.splitlines(keepends=True)
    ends = (n for n, line in enumerate(lines) if line.strip() and not line.startswith("    "))
    return "".join(lines[: next(ends, len(lines))])


@pytest.mark.parametrize("number", range(len(examples())))
def test_an_example_runs(number: int) -> None:
    """An example of the page runs; a test in it passes on a local Kinesis of its own."""
    names: dict[str, object] = {}
    exec(compile(examples()[number], f"{PAGE.name}:{number}", "exec"), names)  # noqa: S102 - our page
    for name, test in list(names.items()):
        if name.startswith("test_") and inspect.isfunction(test):
            with LocalKinesis() as kinesis, FaultProxy(kinesis.endpoint_url) as proxy:
                fixtures = {"local_kinesis": kinesis, "fault_proxy": proxy}
                test(**{name: fixtures[name] for name in inspect.signature(test).parameters})
