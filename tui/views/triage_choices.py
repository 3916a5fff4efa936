"""What the dialogs of Triage offer: dimensions, statuses and orders, with how much there is of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.taxonomy import DIMENSIONS, GROUPS
from store.queries.triage import STATUSES, Order
from tui.screens.choose import Choice
from tui.views.pairs import dimension_title
from tui.views.triage import STATUS_WORDS, in_triage_order, order_words

ANY = "*"
"""Stands for no restriction where None means that nothing was chosen."""


def dimension_choices(counts: Mapping[str, int]) -> list[Choice[str]]:
    """Every dimension, those that show somewhere first; no counts: they are not known yet."""
    names = [*in_triage_order(), *sorted(counts.keys() - DIMENSIONS.keys())]
    names.sort(key=lambda name: bool(counts) and name not in counts)
    choices = [Choice(ANY, "any dimension")]
    for name in names:
        group = GROUPS[DIMENSIONS[name].group] if name in DIMENSIONS else "of no taxonomy"
        number = f"{counts.get(name, 0):>5,}" if counts else ""
        choices.append(Choice(name, dimension_title(name), f"{number:5}  {group}"))
    return choices


def status_choices(counts: Mapping[str, int]) -> list[Choice[str]]:
    """Every status, and all together; no counts: they are not known yet."""
    statuses = [*STATUSES, *(["conventional"] if "conventional" in counts else [])]
    choices = [Choice(name, STATUS_WORDS[name], f"{counts.get(name, 0):,}" if counts else "") for name in statuses]
    return [*choices, Choice(ANY, STATUS_WORDS[None], f"{sum(counts.values()):,}" if counts else "")]


def order_choices(
    orders: Sequence[Order], dimension: str | None, telling: Mapping[str, bool]
) -> list[Choice[Order | str]]:
    """Every order both ways, those by a probe that witnesses the dimension first.

    Args:
        telling: probe -> whether a large value is what obeying means.
    """

    def witnesses(order: Order) -> bool:
        return order.kind == "probe" and telling.get(order.name) == order.falling

    both = [replace(order, falling=falling) for order in orders for falling in (False, True)]
    both.sort(key=lambda order: not witnesses(order))
    choices: list[Choice[Order | str]] = [Choice(ANY, order_words(None))]
    for order in both:
        why = f"witnesses {dimension_title(dimension or '')}, most likely first" if witnesses(order) else order.kind
        choices.append(Choice(order, order_words(order), f"{'falling' if order.falling else 'rising '}  {why}"))
    return choices
