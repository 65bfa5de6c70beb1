"""A progress bar; needs the extra ``progress``."""

from __future__ import annotations

from typing import Self

import rich.console
import rich.progress


class Bar:
    """A bar on stderr, redrawn at most ten times a second."""

    def __init__(self, title: str, total: int | None) -> None:
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.fields[note]}"),
            rich.progress.TimeElapsedColumn(),
            console=rich.console.Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(title, total=total, note="")

    def show(self, done: int, note: str = "") -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=done, note=note)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
