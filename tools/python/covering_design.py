"""Rows of factor levels in which every pair of levels occurs: a covering design of strength two.

Greedy: each row starts from a pair that no row has yet and takes, factor by factor, the level that
brings the most new pairs. Source of the idea: Cohen, Dalal, Fredman and Patton, "The AETG System",
IEEE Transactions on Software Engineering 23(7), 1997.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

Row = dict[str, object]
Pair = tuple[str, object, str, object]


class Choices:
    """Numbers that look random and are the same with every version of Python (splitmix64)."""

    MASK = 2**64 - 1

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, limit: int) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        value = self.state
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            value = ((value ^ (value >> shift)) * factor) & self.MASK
        return (value >> 32) % limit

    def pick(self, levels: Sequence[object]) -> object:
        return levels[self.below(len(levels))]


def pairs_of(row: Mapping[str, object]) -> list[Pair]:
    return [(a, row[a], b, row[b]) for a, b in combinations(sorted(row), 2)]


def possible_pairs(
    factors: Mapping[str, Sequence[object]], allowed: Callable[[Row], bool]
) -> list[Pair]:
    return [
        (a, one, b, other)
        for a, b in combinations(sorted(factors), 2)
        for one in factors[a]
        for other in factors[b]
        if allowed({a: one, b: other})
    ]


def cover_pairs(
    factors: Mapping[str, Sequence[object]], allowed: Callable[[Row], bool], choices: Choices
) -> list[Row]:
    """Rows that have every pair which `allowed` lets pass; it is asked about parts of rows too."""
    missing = dict.fromkeys(possible_pairs(factors, allowed))
    rows = []
    while missing:
        first, one, second, other = next(iter(missing))
        row = complete({first: one, second: other}, factors, allowed, choices, missing)
        for pair in pairs_of(row):
            missing.pop(pair, None)
        rows.append(row)
    return rows


def complete(
    part: Row,
    factors: Mapping[str, Sequence[object]],
    allowed: Callable[[Row], bool],
    choices: Choices,
    missing: Iterable[Pair] = (),
) -> Row:
    """Fills a part of a row up, with as many of the missing pairs as the greedy choice finds."""
    row = dict(part)
    for name in factors:
        if name in row:
            continue
        levels = [level for level in factors[name] if allowed({**row, name: level})]
        gains = [
            sum(
                ((name, level, k, v) if name < k else (k, v, name, level)) in missing
                for k, v in row.items()
            )
            for level in levels
        ]
        best = [level for level, gain in zip(levels, gains) if gain == max(gains)]
        row[name] = choices.pick(best)
    return row
