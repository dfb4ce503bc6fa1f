"""Which pairs of a run have been answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.check import check_pair, wanted
from modelcheck.studies.matrix.model import Pair
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import PairTask


def keyed(spec: ast.Spec, tasks: Sequence[PairTask], options: Options) -> Sequence[PairTask]:
    """Give tasks the keys of their entries, if the options want results to be kept. ``spec``: as loaded."""
    if options.cache is None:
        return tasks
    from modelcheck.studies.matrix.cache.pairs import PairKeys

    keys = PairKeys(spec, options)
    return [replace(task, key=keys.key(task.variant, task.scenario)) for task in tasks]


def tidy(pairs: Sequence[Pair], options: Options) -> None:
    """Keep the cache from growing without bound, once a run has added to it."""
    if options.cache is not None and not all(pair.reused for pair in pairs):
        from modelcheck.ground.store import Store

        Store(Path(options.cache)).trim()


def answered(task: PairTask) -> Pair:
    """Return one pair, from an earlier run if there is one that the options may use."""
    known = recall((task,)).get(0)
    return check_pair(task) if known is None else known


def recall(tasks: Sequence[PairTask]) -> Mapping[int, Pair]:
    """Return the pairs that are known already, by index. A run that is to leave certificates makes everything anew."""
    found: dict[int, Pair] = {}
    for index, task in enumerate(tasks):
        if task.key and task.options.certificate is None:
            from modelcheck.studies.matrix.cache.pairs import recall_pair

            pair = recall_pair(task.key, task.options, task.expectations, task.spec)
            if pair is not None:
                found[index] = wanted(pair, task.options)
    return found
