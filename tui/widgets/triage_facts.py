"""What a person reads while deciding on one photograph or pair: drawn from plain facts, never from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.content import Content

from engine.taxonomy.dimensions import DIMENSIONS
from store.queries.triage import Standing, TriageItem
from tui.figures import number, signed
from tui.keys import Named, key_name
from tui.text import MUTED, content, plain
from tui.views.pairs import dimension_title
from tui.views.triage import item_title, stars

TEXTS = {"note", "caption", "wide_prompt", "title", "author", "license"}
STATUS = {
    "candidate": ("○ candidate", MUTED),
    "curated": ("✓ curated", "$text-success bold"),
    "rejected": ("✗ rejected", "$text-error bold"),
}


def after(item: TriageItem, action: str, value: str) -> TriageItem:
    """The item as a decision leaves it, shown before it is written."""
    match action:
        case "accept":
            return replace(item, status="curated")
        case "reject":
            return replace(item, status="rejected")
        case "stars":
            return replace(item, stars=int(value))
        case "tag" | "untag":
            return replace(item, tags={**item.tags, value: action == "tag"})
    texts: dict[str, Any] = {action: value} if action in TEXTS else {}
    return replace(item, **texts)


def facts(item: TriageItem, question: str | None, scores: Sequence[Standing] | None, key: Named = key_name) -> Content:
    """Everything beside the picture.

    Args:
        question: the dimension that is triaged.
        scores: what the scorers say, or None to judge blind.
    """
    blocks = [_standing(item), _question(item, question, key), _credit(item)]
    blocks += [_dimensions(item, question, key), _prompts(item, key)]
    if item.note:
        blocks.append([Content.assemble(("note  ", MUTED), content(item.note, "italic"))])
    if scores is not None:
        blocks.append(_scores(item, scores))
    return Content("\n\n").join(Content("\n").join(block) for block in blocks if block)


def _standing(item: TriageItem) -> list[Content]:
    word, style = STATUS.get(item.status, (item.status, ""))
    if item.conventional and item.status == "candidate":
        word, style = "○ conventional: an original to edit", MUTED
    shown = Content.styled(stars(item.stars), "$text-warning" if item.stars else MUTED)
    return [Content.assemble((word, style), "   ", shown)]


def _question(item: TriageItem, question: str | None, key: Named) -> list[Content]:
    if question is None:
        return []
    said = {True: ("✓ yes", "$text-success bold"), False: ("✗ no", "$text-error bold")}
    answer = said.get(item.tags[question]) if question in item.tags else None
    keys = f"{key('triage.answer.tag')} yes · {key('triage.answer.untag')} no"
    lines = [Content.assemble((f"{dimension_title(question)}?  ", "bold"), answer or (keys, MUTED))]
    if question in DIMENSIONS:
        lines.append(content(DIMENSIONS[question].description, MUTED))
    return lines


def _credit(item: TriageItem) -> list[Content]:
    if item.kind == "pair":
        return [Content.assemble(("pair ", MUTED), f"{item.entry.id}", (" from ", MUTED), content(item.origin))]
    credit = [item.author or "no author", item.license or "no licence"]
    return [
        content(item_title(item), "bold"),
        content(" · ".join(credit)),
        content(" · ".join(filter(None, (item.kind, item.origin))), MUTED),
    ]


def _prompts(item: TriageItem, key: Named) -> list[Content]:
    lines = []
    for name, text, field in (("P_o", item.caption, "caption"), ("P_a", item.wide_prompt, "wide_prompt")):
        missing = content(f"none yet · {key(f'triage.edit.{field}')} writes it", MUTED)
        lines.append(Content.assemble((f"{name}  ", f"{MUTED} bold"), content(text) if plain(text) else missing))
    return lines


def _dimensions(item: TriageItem, question: str | None, key: Named) -> list[Content]:
    """Those the question is not about: what people said first, then what was only proposed."""
    people = {True: ("✓ ", "$text-success", ""), False: ("✗ ", "$text-error", MUTED)}
    lines = []
    for name, present in item.tags.items():
        if name != question:
            mark, colour, style = people[present]
            said = "" if present else "  not there"
            lines.append(Content.assemble((mark, colour), (dimension_title(name), style), (said, MUTED)))
    for name in item.proposed:
        if name not in item.tags and name != question:
            lines.append(Content.assemble(("· ", MUTED), dimension_title(name), ("  proposed", MUTED)))
    if question is not None and question in item.proposed and question not in item.tags:
        lines.insert(0, Content.assemble(("· ", MUTED), dimension_title(question), ("  proposed", MUTED)))
    nothing = "no other dimension yet" if question in item.tags else "no dimension yet"
    return lines or [content(f"{nothing} · {key('triage.tags')} tags", MUTED)]


def _scores(item: TriageItem, scores: Sequence[Standing]) -> list[Content]:
    pair = item.kind == "pair"
    heading = "margins, below zero: the original first" if pair else "scores and ranks among photographs"
    lines = [Content.styled(heading, MUTED)]
    width = max((len(plain(each.scorer)) for each in scores), default=0)
    for each in scores:
        value = signed(each.value) if pair else number(each.value)
        name = Content.assemble(content(each.scorer), " " * (width - len(plain(each.scorer))))
        rank = "" if pair else f"   {each.rank} of {each.of} · above {_below(each):.0f}%"
        lines.append(Content.assemble(name, f"  {value:>7}", rank, (f"   {plain(each.role)}", MUTED)))
    return lines if scores else [Content.styled("no scorer has scored it yet", MUTED)]


def _below(standing: Standing) -> float:
    """The share of photographs ranked lower, in percent."""
    return 100 * (standing.of - standing.rank) / max(standing.of - 1, 1)
