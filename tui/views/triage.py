"""The lines of Triage: what the queue is, how far it is, what was just done, and what to do where it is empty."""

from __future__ import annotations

from textual.content import Content

from engine.taxonomy import DIMENSIONS
from store.queries.triage import Order, TriageFilter, TriageItem
from tui.figures import duration, plural
from tui.keys import Named, key_name
from tui.text import MUTED, content, plain
from tui.views.pairs import dimension_title
from tui.views.sitting import Sitting

SUBJECTS = {"image": "photographs", "pair": "pairs"}
SCOPE_WORDS = {"shown": "where it shows", "open": "where nobody has said", "every": "every one"}
"""The scopes of a `TriageFilter` with a dimension."""
STATUS_WORDS = {
    "candidate": "candidates",
    "curated": "curated",
    "rejected": "rejected",
    "conventional": "conventional originals",
    None: "all",
}
SETTLING = {"accept": "✓ accepted", "reject": "✗ rejected", "skip": "→ skipped"}
"""The decisions that go on to the next entry."""
SAID = {
    **SETTLING,
    "tag": "✓ there",
    "untag": "✗ not there",
    "note": "note",
    "caption": "caption",
    "wide_prompt": "wide prompt",
    "title": "title",
    "author": "author",
    "license": "licence",
}
GAUGE = 16


def in_triage_order() -> list[str]:
    """The names of all dimensions, the photographic ones first, since these are seen in photographs."""
    return sorted(DIMENSIONS, key=lambda name: DIMENSIONS[name].taxonomy != "photograph")


def item_title(item: TriageItem | None) -> str:
    """What a person would call it."""
    if item is None:
        return ""
    return plain(item.title) or plain(item.caption) or f"{item.kind} {item.entry.id}"


def stars(number: int) -> str:
    """Five stars, full or empty."""
    return "★" * number + "☆" * (5 - number)


def order_words(order: Order | None) -> str:
    """By which number a queue is sorted, and which way."""
    return f"{order.name} {'↓' if order.falling else '↑'}" if order else "as added"


def chips(wanted: TriageFilter, given: str, key: Named = key_name) -> Content:
    """What the queue is, each part behind the key that changes it.

    Args:
        given: what a queue is that another page chose; "" for one that the filter chose.
    """
    dimension = dimension_title(wanted.dimension) if wanted.dimension else "any dimension"
    parts = [("subject", SUBJECTS[wanted.subject]), ("dimension", dimension)]
    if given:
        parts.append(("reload", given))
    else:
        parts += [("scope", SCOPE_WORDS[wanted.scope])] * bool(wanted.dimension)
        parts += [("status", STATUS_WORDS[wanted.status]), ("order", order_words(wanted.order))]
    shown = [
        Content.assemble((key(f"triage.{action}"), "$text-accent bold"), " ", content(words)) for action, words in parts
    ]
    return Content("   ").join(shown)


def progress(sitting: Sitting, remarks: list[str]) -> Content:
    """How far one is, how fast it goes, and how long it takes."""
    size = len(sitting.entries)
    if not size:
        return content(" · ".join(remarks), MUTED)
    parts = [f"{min(sitting.position + 1, size)} of {size}", f"{sitting.left} left"]
    if seconds := sitting.seconds_each:
        parts += [f"{min(60 / seconds, 999):.0f} a minute", f"{duration(sitting.left * seconds)} to go"]
    done = round(GAUGE * (size - sitting.left) / size)
    gauge = Content.assemble(("━" * done, "$primary"), ("─" * (GAUGE - done), MUTED))
    return Content.assemble(gauge, "  ", content(" · ".join([*parts, *remarks])))


def done(action: str, value: str, title: str) -> Content:
    """What was just decided."""
    if action == "stars":
        words = stars(int(value))
    elif action in ("tag", "untag"):
        words = f"{SAID[action]}: {dimension_title(value)}"
    else:
        words = SAID[action]
    return Content.assemble(content(words), ("   ", ""), content(title, MUTED))


def taken_back(action: str, value: str, title: str) -> Content:
    """What was just undone."""
    return Content.assemble("↶ undone: ", done(action, value, title))


def nothing(wanted: TriageFilter, sitting: Sitting, key: Named = key_name) -> Content:
    """What to do where no entry is shown: the end of the queue, or an empty one."""
    another_status = f"{key('triage.status')} another status"
    another = f"{key('triage.dimension')} another dimension · {another_status}"
    if sitting.entries:
        tally = [f"{SETTLING[action]} {n}" for action, n in sitting.tally(SETTLING).items() if n]
        lines = ["The end of this queue", "", "   ".join(tally) or "nothing was decided"]
        if sitting.left:
            lines.append(f"{sitting.left} passed without a decision: {key('triage.move.previous')} goes back")
        lines += ["", f"{key('triage.undo')} undoes · {key('triage.reload')} reads the queue again", another]
        return content_lines(lines)
    kind = SUBJECTS[wanted.subject]
    what = {"candidate": f"candidate {kind}", None: kind}.get(wanted.status, f"{wanted.status} {kind}")
    if not wanted.dimension:
        more = {
            "image": "widespectrum add FOLDER adds photographs",
            "pair": f"{key('global.page.runs')} opens Runs, where pairs are made",
        }[wanted.subject]
        others = f"{another_status} · {key('triage.subject')} photographs or pairs"
        return content_lines([f"No {what}.", "", others, more])
    title = dimension_title(wanted.dimension)
    if wanted.scope == "open":
        said = f"Of all {what} somebody has said whether {title} is there."
        return content_lines([said, "", f"{key('triage.scope')} widens", another])
    widens = f"{key('triage.scope')} asks of those it was not proposed for"
    return content_lines([f"No {what} for {title}.", "", widens, another])


def content_lines(lines: list[str]) -> Content:
    """Lines of data, the first of them bold."""
    return Content("\n").join(content(line, "bold" if number == 0 else "") for number, line in enumerate(lines))


def chosen_elsewhere(number: int, subject: str) -> str:
    """What a queue is that another page chose."""
    return f"{plural(number, SUBJECTS[subject].removesuffix('s'))} chosen elsewhere"
