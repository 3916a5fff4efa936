"""Pairs as lines and sentences: what the list, the chips and the details say, with no widget and no query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap
from time import localtime, strftime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from engine.taxonomy import DIMENSIONS, EFFECTS, with_photographic
from store.queries.pairs import COULD, PairFilter
from tui.figures import NONE, number, plural, signed
from tui.keys import Named, key_name
from tui.text import MUTED, content, plain, sized
from tui.views import judges

if TYPE_CHECKING:
    from sqlite3 import Row

    from store.queries.pairs import PairDetail, PairImage

REWARD_MODEL = "reward model"
SIGNS = {"wide": "▲", "original": "▼", "tie": "=", "scored": "±", "missing": "·"}
VERDICT_WORDS = {
    "wide": "put the wide image first",
    "original": "put the original first",
    "tie": "gave both the same value",
    "scored": "has scored it",
    "missing": "has not scored it",
}
STATUS_SIGNS = {"curated": "✓", "rejected": "✗", "candidate": " "}
COLOURS = {"wide": "$text-success", "original": "$text-warning", "tie": "", "missing": MUTED}
"""Of the verdicts, beside their signs."""


def verdict(margin: float | None) -> str:
    """wide, original, tie or missing."""
    if margin is None:
        return "missing"
    return "wide" if margin > 0 else "original" if margin < 0 else "tie"


def said(role: str, reads_prompt: bool, margin: float | None) -> str:
    """What one scorer's margin means in words. Only a reward model that reads the prompt can overrule it."""
    found = verdict(margin)
    overrules = role == REWARD_MODEL and reads_prompt and found == "original"
    return "overruled the prompt" if overrules else VERDICT_WORDS[found]


def dimension_title(dimension: str) -> str:
    """A dimension as it is shown; one that no taxonomy knows, such as an imported one, by its own name."""
    return DIMENSIONS[dimension].title if dimension in DIMENSIONS else plain(dimension)


def effect_title(effect: str) -> str:
    """An effect as it is shown."""
    return EFFECTS[effect].title if effect in EFFECTS else plain(effect)


@dataclass(frozen=True)
class PairLine:
    """A pair in the list: harmless texts, not yet cut to a width."""

    verdict: str
    margin: str
    prompt: str
    witnessed: str
    dimensions: str
    source: str
    status: str
    stars: str

    def text(self, column: str) -> str:
        """What stands in a column."""
        return SIGNS[self.verdict] if column == "sign" else str(getattr(self, column))


def pair_line(row: Row) -> PairLine:
    """A row of `store.queries.pairs.pair_rows` as text."""
    names = sorted(row["dimensions"].split(",")) if row["dimensions"] else []
    return PairLine(
        verdict=verdict(row["margin"]),
        margin=signed(row["margin"]),
        prompt=plain(row["original_prompt"]),
        witnessed=f"{row['witnessed']}/{row['could_witness']}" if row["could_witness"] else NONE,
        dimensions=", ".join(dimension_title(name) for name in names),
        source=plain(row["source"]),
        status=STATUS_SIGNS[row["status"]],
        stars=f"★{row['stars']}" if row["stars"] else "",
    )


HEADINGS = {
    "sign": "",
    "margin": "margin",
    "prompt": "original prompt",
    "dimensions": "asks for",
    "source": "source",
    "witnessed": "seen",
    "status": "",
    "stars": "",
}
RIGHT = {"margin", "witnessed"}
"""Columns of numbers."""


@lru_cache(4)
def columns(width: int) -> dict[str, int]:
    """The columns that a list of this width has, and how wide each is; one blank stands after each."""
    chosen = {"sign": 1, "margin": 7, "prompt": 0}
    if width >= 56:
        chosen["dimensions"] = max(16, (width - 30) * 2 // 5)
    if width >= 100:
        chosen["source"] = 12
    if width >= 44:
        chosen["witnessed"] = 4
    chosen |= {"status": 1, "stars": 2}
    chosen["prompt"] = max(8, width - 1 - sum(chosen.values()) - len(chosen))
    return chosen


def in_columns(texts: Mapping[str, str], widths: Mapping[str, int]) -> list[str]:
    """One padded text per column, the blank after it included."""
    return [
        (sized(texts[name].rjust(width) if name in RIGHT else texts[name], width)) + " "
        for name, width in widths.items()
    ]


def found(shown: int | None, total: int | None) -> str:
    """How many pairs a filter leaves, of how many; … for what isn't known yet."""
    if shown is None or total is None:
        return "…"
    return plural(total, "pair") if shown == total else f"{shown:,} of {plural(total, 'pair')}"


def chips(
    wanted: PairFilter,
    scorer: Row | None,
    source: str,
    shown: int | None,
    total: int | None,
    key: Named = key_name,
) -> Content:
    """How many pairs are shown, of whom, and every filter that is on, behind the key that changes it."""
    parts = [Content(f" {found(shown, total)} ")]

    def chip(head: str, text: str) -> None:
        parts.append(Content.assemble((f" {head} ", f"{MUTED} on $panel"), (f"{plain(text)} ", "on $panel"), " "))

    if scorer:
        chip(key("pairs.filter.scorer"), f"{scorer['name']} · {scorer['role']}")
    if wanted.dimension:
        chip(key("pairs.filter.dimension"), dimension_title(wanted.dimension))
    if source:
        chip(key("pairs.filter.source"), source)
    if wanted.verdict:
        chip(key("pairs.filter.verdict"), f"{SIGNS[wanted.verdict]} {VERDICT_WORDS[wanted.verdict]}")
    if wanted.witnessed is not None:
        chip(key("pairs.filter.witnessed"), witnessed_words(wanted.witnessed))
    if wanted.strength is not None:
        chip("swept", f"at strength {wanted.strength:g}")
    if wanted.status:
        chip(key("pairs.filter.status"), wanted.status)
    if wanted.text:
        chip(key("pairs.search"), wanted.text)
    if wanted.order != "oldest":
        chip(key("pairs.filter.order"), wanted.order)
    if narrowed(wanted):
        parts.append(Content.styled(f" {key('pairs.clear')} clears", MUTED))
    return Content("").join(parts)


def witnessed_words(witnessed: bool | tuple[str, ...]) -> str:
    """What a filter asks of the probes. Of dimensions that count together the first gives them its name."""
    if isinstance(witnessed, tuple):
        return f"± a probe could see {dimension_title(witnessed[0]) if witnessed else 'an effect'}"
    return "✓ all witnessed" if witnessed else "✗ one not witnessed"


def effects_counted(dimension: str | None) -> tuple[str, ...]:
    """The dimensions whose effects count under one, of which a probe could see one; `COULD` under none."""
    return with_photographic(dimension) if dimension else COULD


def narrowed(wanted: PairFilter) -> bool:
    """Whether a filter leaves anything out."""
    return wanted != PairFilter(scorer_id=wanted.scorer_id, order=wanted.order)


def nothing(wanted: PairFilter, total: int | None, key: Named = key_name) -> str:
    """Why there is no pair, and what brings some; "" before it is known how many pairs there are."""
    if total is None:
        return ""
    if total == 0:
        return (
            f"No pairs yet. {key('global.page.runs')} opens Runs, "
            f"where {key('runs.new')} makes some of your photographs. "
            "No photographs yet? `widespectrum demo` brings some, `widespectrum add FOLDER` brings yours."
        )
    if narrowed(wanted):
        return (
            f"No pair is left. {key('pairs.clear')} takes every filter off; "
            f"from a search, {key('pairs.back')} leads back."
        )
    return f"No pair has a margin yet, by which they are ordered: {key('pairs.filter.order')} chooses another order."


def bar(margin: float, scale: float, half: int) -> str:
    """A margin from a middle line, `half` cells to each side: left is the original first, right the wide image."""
    steps = min(round(abs(margin) / scale * half * 2), half * 2) if scale else 0
    whole, rest = divmod(steps, 2)
    if margin < 0:
        return f"{('▐' if rest else '') + '█' * whole:>{half}}│{'':{half}}"
    return f"{'':{half}}│{'█' * whole + ('▌' if rest else ''):<{half}}"


BAR, LEAST_BAR = 8, 4
"""Cells to each side of a bar's middle, at most and at least."""
CELLS = ("oiop", "oidp", "diop", "didp")
NAME = 12
"""Cells for the name of a scorer, at least."""
STRENGTH = 12
"""Cells of a strength and the blanks before it."""


def facts(
    pair: PairDetail, scales: Mapping[int, float], width: int, provenance: bool, key: Named = key_name
) -> Content:
    """All that is said of a pair below its images, in lines of at most `width` cells where they can be wrapped."""
    lines = [
        *_prompt("P_o", pair.original_prompt, width),
        *_prompt("P_a", pair.wide_prompt, width),
        Content(""),
        *_asked(pair, width),
        Content(""),
        *_scores(pair, scales, width, provenance),
        Content(""),
        *_judges(pair, width, provenance),
        *_people(pair, width, key("pairs.edited")),
    ]
    if provenance:
        lines += [Content(""), *_provenance("I_o", pair.original, width), *_provenance("I_a", pair.wide, width)]
    return Content("\n").join(lines)


def _wrapped(text: str, width: int, first: str, style: str = "") -> list[Content]:
    """A text beside a heading, its further lines below its first."""
    room = max(width - len(first), 16)
    parts = wrap(plain(text), room) or [""]
    heads = [first, *[" " * len(first)] * (len(parts) - 1)]
    return [Content.assemble((head, MUTED), content(part, style)) for head, part in zip(heads, parts, strict=True)]


def _prompt(name: str, text: str, width: int) -> list[Content]:
    return _wrapped(text, width, f"{name}  ")


def _heading(text: str, rest: str, width: int) -> Content:
    return Content.assemble((text, "bold"), (f"  {rest}" if len(text) + len(rest) + 2 <= width else "", MUTED))


def _asked(pair: PairDetail, width: int) -> list[Content]:
    """Every effect that P_a asks for, how strongly, and what its probe saw: below it where both are too wide."""
    seen = {row["dimension"]: row for row in pair.witnesses}
    asked = [row for row in pair.dimensions if row["asked"]]
    names = [f"{effect_title(row['effect'])} · {dimension_title(row['dimension'])}" for row in asked]
    saws = [_saw(seen.get(row["dimension"])) for row in asked]
    longest = max(map(cell_len, names), default=0)
    beside = width - STRENGTH - 4 - max(map(cell_len, saws), default=0)
    one_line = beside >= min(longest, 24)
    room = min(longest, beside if one_line else width - STRENGTH - 2)
    lines = [_heading("P_a asks for", "strength, and what the probe of it saw from I_o to I_a", width)]
    for row, name, saw in zip(asked, names, saws, strict=True):
        witness = seen.get(row["dimension"])
        sign, style = ("–", MUTED) if witness is None else ("✓", "") if witness["witnessed"] else ("✗", "")
        strength = f"  {'▰' * round(row['strength'] * 5):▱<5} {row['strength']:.2f}"
        head = Content.assemble((f"{sign} ", "bold"), sized(name, room), strength)
        lines += (
            [Content.assemble(head, "  ", (saw, style))] if one_line else [head, *_wrapped(saw, width, "  ", style)]
        )
    related = [dimension_title(row["dimension"]) for row in pair.dimensions if not row["asked"]]
    if related:
        lines += _wrapped(", ".join(related), width, "  falls under ", MUTED)
    return lines


def _saw(witness: Row | None) -> str:
    """What a probe measured of both images."""
    if witness is None:
        return "no probe can witness it"
    return f"{plain(witness['probe'])} {number(witness['original'])} → {number(witness['wide'])}"


def _scores(pair: PairDetail, scales: Mapping[int, float], width: int, versions: bool) -> list[Content]:
    """The four cells of every scorer, its margin, and what that means; versions where asked for or needed."""
    names = [row["scorer"] for row in pair.margins]
    heads = "".join(f"{name:>8}" for name in CELLS)
    beside = 2 + len(heads) + 9
    half = min((width - NAME - beside - 3) // 2, BAR)
    with_bar = half >= LEAST_BAR
    name_room = max(width - beside - (2 * half + 3 if with_bar else 0), NAME)
    lines = [Content.assemble((sized("Scorers", name_room + 2), "bold"), (f"{heads}   margin", MUTED))]
    if not pair.margins:
        lines.append(Content.styled("· no scorer has scored this pair", MUTED))
    for row in pair.margins:
        found = verdict(row["margin"])
        values = "".join(f"{number(row[name]):>8}" for name in CELLS)
        drawn = f"  {bar(row['margin'], scales.get(row['scorer_id'], 0.0), half)}" if with_bar else ""
        lines.append(
            Content.assemble(
                (f"{SIGNS[found]} ", COLOURS[found]),
                (sized(plain(row["scorer"]), name_room), "bold"),
                values,
                f"{signed(row['margin']):>9}",
                (drawn, COLOURS[found]),
            )
        )
        notes = [
            row["role"],
            said(row["role"], bool(row["reads_prompt"]), row["margin"]),
            "" if row["reads_prompt"] else "prompt-blind",
            "a prompt was truncated" if row["truncated"] else "",
            f"version {row['version']}" if versions or names.count(row["scorer"]) > 1 else "",
            "" if row["origin"] == "here" else f"from {row['origin']}",
        ]
        lines += _wrapped(" · ".join(filter(None, notes)), width, "  ", MUTED)
    if pair.margins and with_bar:
        lines += _wrapped(
            "bars: ◂ original, wide ▸; full at the end of the middle 95% of the scorer's margins",
            width,
            "  ",
            MUTED,
        )
    return lines


def _judges(pair: PairDetail, width: int, versions: bool) -> list[Content]:
    """What judges, the models that are asked in words, said of it; nothing where none was asked."""
    said = [
        *judges.verdicts(pair.judged),
        *judges.ratings(pair.ratings, {name: each.title for name, each in DIMENSIONS.items()}),
    ]
    if not said:
        return []
    lines = [_heading("Judges", "which image follows P_a, in both orders; what each shows, I_o → I_a", width)]
    names = [each.judge for each in said]
    for each in said:
        named = versions or names.count(each.judge) > 1
        text = f"{each.judge}: {each.words}{f' · version {each.version}' if named else ''}"
        lines += _wrapped(text, width, f"{SIGNS[each.choice]} ", COLOURS[each.choice])
    for row in pair.answers if versions else ():
        lines += _wrapped(f"{row['judge']}, {judges.ABOUT[row['about']]}: {row['text']}", width, "  said  ", MUTED)
    return [*lines, Content("")]


def _people(pair: PairDetail, width: int, key: str) -> list[Content]:
    """Where the pair comes from, and what people decided of it; with the key that leads to the edited pair."""
    where = f"{pair.source} {pair.source_version} · seed {pair.seed} · pair {pair.id}"
    stars = f" · {'★' * pair.stars}" if pair.stars else ""
    lines = _wrapped(where, width, "from  ")
    lines += _wrapped(" · ".join(_words(pair, key)), width, "words ")
    if pair.edits:
        edits = ", ".join(f"{edit_words(edit)}{_key(pair, edit['made'], key)}" for edit in pair.edits)
        lines += _wrapped(f"P_a, edited by hand: {edits}", width, "edit  ")
    lines += _wrapped(f"{STATUS_SIGNS[pair.status].strip()} {pair.status}{stars}", width, "is    ")
    if pair.note:
        lines += _wrapped(pair.note, width, "note  ")
    if pair.tags:
        tags = ", ".join(f"{'' if row['present'] else 'not '}{dimension_title(row['dimension'])}" for row in pair.tags)
        lines += _wrapped(tags, width, "tags  ")
    for row in pair.verdicts:
        lines += _wrapped(f"{row['judge']}: {row['choice']} · seen as {row['fidelity']}", width, "says  ")
    return lines


def edited(pair: PairDetail) -> int:
    """The pair that `pairs.edited` goes to: of the latest edit of P_a, or else the one that was edited; 0 for none."""
    before = pair.written["pair_id"] if pair.written is not None else 0
    return next((edit["made"] for edit in reversed(pair.edits) if edit["made"] is not None), before)


def _key(pair: PairDetail, other: int | None, key: str) -> str:
    return f" ({key})" if other and other == edited(pair) else ""


def edit_words(edit: Row) -> str:
    """Where the pair of an edit is, or what it waits for: a row of `store.queries.edits.edits`."""
    if edit["made"] is not None:
        return f"pair {edit['made']}"
    if edit["run_id"] is None:
        return "no run was asked to make its pair"
    return f"run {edit['run_id']} is to make its pair, and is {edit['state']}"


def _words(pair: PairDetail, key: str) -> Iterator[str]:
    """Who wrote P_a and how; or who edited it, when, and from which prompt."""
    yield pair.writer
    if pair.written is None:
        return
    if pair.written["edited_from"]:
        when = strftime("%Y-%m-%d %H:%M", localtime(pair.written["created"]))
        before = pair.written["pair_id"]
        yield f"edited by hand by {pair.written['author']}, {when}, from P_a of pair {before}{_key(pair, before, key)}"
    known = json.loads(pair.written["facts"])
    for name in ("answered_by", "tokens", "cost", "tries"):
        if name in known:
            yield f"{name.replace('_', ' ')} {known[name]}"


def _provenance(name: str, image: PairImage, width: int) -> list[Content]:
    """How an image was made, every setting."""
    lines = [_heading(f"{name} provenance", f"{image.kind} · {image.width}×{image.height}", width)]
    lines += _wrapped(f"{image.sha256}{image.suffix}", width, "  file  ")
    for key, value in json.loads(image.provenance).items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines += _wrapped(shown, width, f"  {plain(key)}  ")
    return lines


def orders(has_scorer: bool, known: Sequence[str]) -> list[str]:
    """The orders that can be asked for: margins need a scorer."""
    return [order for order in known if has_scorer or not order.startswith("margin")]
