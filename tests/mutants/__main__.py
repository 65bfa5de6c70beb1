"""``python -m tests.mutants``: seed one bug after the other; the tests have to catch each."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from tests.mutants.mutant import PACKAGE, ROOT, Stale, applied
from tests.mutants.page import table
from tests.mutants.running import Verdict, judge
from tests.mutants.seeded import MUTANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutants.mutant import Mutant


def main() -> int:
    """The exit code: 0 if each was caught, 1 if not, or if what is without a bug fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="this one; more than once")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at a time")
    parser.add_argument("--table", action="store_true", help="print the table of docs/mutants.rst")
    options = parser.parse_args()
    if options.table:
        print(table(), end="")
        return 0
    unknown = set(options.only or ()) - {mutant.name for mutant in MUTANTS}
    if unknown:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    chosen = [one for one in MUTANTS if not options.only or one.name in options.only]
    if not fresh(chosen):
        return 1
    with ThreadPoolExecutor(options.jobs) as pool:
        try:
            return 0 if sound(chosen, pool) and caught(chosen, pool) else 1
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def fresh(chosen: Sequence[Mutant]) -> bool:
    """Whether all of them still fit the code."""
    fits = True
    for mutant in chosen:
        try:
            applied(mutant, (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8"))
        except Stale as error:
            fits = False
            print(f"STALE     {error}")
    return fits


def sound(chosen: Sequence[Mutant], pool: ThreadPoolExecutor) -> bool:
    """Whether the tests pass while there is no bug, which is what makes a failure mean one."""
    places = sorted({place for mutant in chosen for place in mutant.layer})
    runs = {pool.submit(judge, [place]): place for place in places}
    good = True
    for run in as_completed(runs):
        verdict = run.result()
        show(verdict.word, runs[run], verdict)
        if verdict.word != "passed":
            good = False
            print(verdict.said)
    return good


def caught(chosen: Sequence[Mutant], pool: ThreadPoolExecutor) -> bool:
    """Whether each of them makes a test fail."""
    begun = time.monotonic()
    words: Counter[str] = Counter()
    runs = {pool.submit(judge, mutant.layer, mutant): mutant for mutant in chosen}
    for run in as_completed(runs):
        verdict = run.result()
        word = "SURVIVED" if verdict.word == "passed" else verdict.word
        words[word] += 1
        show(word, runs[run].name, verdict)
        if word == "broken":
            print(verdict.said)
    seconds = time.monotonic() - begun
    found = ", ".join(f"{number} {word}" for word, number in words.items())
    print(f"{len(chosen)} mutants in {seconds:.0f} s: {found}")
    return set(words) <= {"caught", "hung"}


def show(word: str, what: str, verdict: Verdict) -> None:
    """A line of the report."""
    print(f"{word:9} {verdict.seconds:6.1f} s  {what:40} {verdict.by}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
