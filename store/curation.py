"""Curation: an append-only log of what people decided, and where each subject stands now.

A decision is never changed or deleted. Undo appends an entry that names the one it takes back, so it has no end,
and nobody's work is overwritten: each curator undoes only their own. The current state of a subject is folded
from its whole log in the transaction that appends to it. Verdicts are a log of their own, with an undo of the same
kind.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from store.records import prompt_id
from store.tables import (
    NO_SCORER,
    Curation,
    CurationTag,
    Decision,
    Image,
    Pair,
    Photograph,
    Prompt,
    Verdict,
    Withdrawal,
)


class Subject(StrEnum):
    """What a decision is about."""

    IMAGE = "image"
    PAIR = "pair"


class Action(StrEnum):
    """What a curator can do. The value of each: see `decide`."""

    ACCEPT = "accept"
    REJECT = "reject"
    SKIP = "skip"
    STARS = "stars"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"
    CAPTION = "caption"
    WIDE_PROMPT = "wide_prompt"
    TITLE = "title"
    AUTHOR = "author"
    LICENSE = "license"
    UNDO = "undo"


STATUS = {Action.ACCEPT: "curated", Action.REJECT: "rejected"}
SUBJECTS: dict[Subject, type[Image] | type[Pair]] = {Subject.IMAGE: Image, Subject.PAIR: Pair}
TEXTS = {Action.CAPTION, Action.WIDE_PROMPT, Action.TITLE, Action.AUTHOR, Action.LICENSE}


def decide(session: Session, curator: str, subject: Subject, subject_id: int, action: Action, value: str = "") -> int:
    """Append a decision and bring the subject's state up to date. Returns the id of the entry.

    Args:
        value: the number of stars (0–5), a dimension, or a text, as the action needs.

    Raises:
        ValueError: the value does not fit the action, or there is no such subject.
    """
    if session.get(SUBJECTS[subject], subject_id) is None:
        raise ValueError(f"there is no {subject} {subject_id}")
    if action is Action.STARS and value not in set("012345"):
        raise ValueError(f"stars must be 0 to 5, not {value!r}")
    if action in (Action.TAG, Action.UNTAG) and not value:
        raise ValueError(f"{action} needs a dimension")
    if action is Action.UNDO:
        raise ValueError("call undo() to undo")
    if action in TEXTS and (subject is not Subject.IMAGE or session.get(Photograph, subject_id) is None):
        raise ValueError(f"{subject} {subject_id} is no photograph or artwork: it has no {action} to edit")
    previous = _text_of(session, subject_id, action) if action in TEXTS else ""
    return _append(session, curator, subject, subject_id, action, value, previous)


def undo(session: Session, curator: str) -> Decision | None:
    """Take back this curator's latest decision that stands. Returns it, or None if none is left."""
    query = text(
        "SELECT d.id FROM decision d WHERE d.curator = :curator AND d.action != 'undo' "
        "AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.id) ORDER BY d.id DESC LIMIT 1"
    )
    found = session.execute(query, {"curator": curator}).scalar()
    if found is None:
        return None
    taken_back = session.get_one(Decision, found)
    _append(session, curator, Subject(taken_back.subject), taken_back.subject_id, Action.UNDO, undoes=found)
    return taken_back


def _append(
    session: Session,
    curator: str,
    subject: Subject,
    subject_id: int,
    action: Action,
    value: str = "",
    previous: str = "",
    undoes: int = 0,
) -> int:
    entry = Decision(
        at=time.time(),
        curator=curator,
        subject=subject,
        subject_id=subject_id,
        action=action,
        value=value,
        previous=previous,
        undoes=undoes,
    )
    session.add(entry)
    session.flush()
    refresh_curation(session, subject, subject_id)
    assert entry.id is not None
    return entry.id


def refresh_curation(session: Session, subject: Subject, subject_id: int) -> None:
    """Fold a subject's log into its current state."""
    about = (Decision.subject == subject, Decision.subject_id == subject_id)
    log = session.exec(select(Decision).where(*about).order_by(col(Decision.id))).all()
    undone = {entry.undoes for entry in log}
    standing = [entry for entry in log if entry.action != Action.UNDO and entry.id not in undone]
    state = Curation(subject=subject, subject_id=subject_id)
    tags: dict[str, bool] = {}
    for entry in standing:
        state.curator = entry.curator
        match Action(entry.action):
            case Action.ACCEPT | Action.REJECT as verdict:
                state.status = STATUS[verdict]
            case Action.STARS:
                state.stars = int(entry.value)
            case Action.NOTE:
                state.note = entry.value
            case Action.TAG | Action.UNTAG as tagging:
                tags[entry.value] = tagging is Action.TAG
    for table in (Curation, CurationTag):
        session.exec(delete(table).where(col(table.subject) == subject, col(table.subject_id) == subject_id))
    if standing:
        session.add(state)
    for dimension, present in tags.items():
        session.add(CurationTag(subject=subject, subject_id=subject_id, dimension=dimension, present=present))
    _restore_texts(session, subject_id, log, standing)
    session.flush()


def _restore_texts(session: Session, image_id: int, log: Sequence[Decision], standing: Sequence[Decision]) -> None:
    """Each edited text is what its last standing edit says, or else what the first edit replaced."""
    for action in TEXTS & {Action(entry.action) for entry in log}:
        edits = [entry.value for entry in standing if entry.action == action]
        original = next(entry.previous for entry in log if entry.action == action)
        _set_text(session, image_id, action, edits[-1] if edits else original)


def _text_of(session: Session, image_id: int, action: Action) -> str:
    photograph = session.get_one(Photograph, image_id)
    if action in (Action.CAPTION, Action.WIDE_PROMPT):
        return session.get_one(Prompt, getattr(photograph, f"{action}_id")).text
    return str(getattr(photograph, action))


def _set_text(session: Session, image_id: int, action: Action, value: str) -> None:
    photograph = session.get_one(Photograph, image_id)
    if action in (Action.CAPTION, Action.WIDE_PROMPT):
        setattr(photograph, f"{action}_id", prompt_id(session, value))
    else:
        setattr(photograph, action, value)


def rebuild_curation(session: Session) -> None:
    """Fold every subject's log again."""
    session.execute(text("DELETE FROM curation"))
    session.execute(text("DELETE FROM curation_tag"))
    for subject, subject_id in session.execute(text("SELECT DISTINCT subject, subject_id FROM decision")).all():
        refresh_curation(session, Subject(subject), subject_id)


def add_verdict(
    session: Session,
    pair_id: int,
    judge: str,
    choice: str,
    order_shown: str,
    fidelity: str,
    scorer_id: int = NO_SCORER,
) -> int:
    """Record what one person or judge says of a pair: wide, original, tie or neither.

    Args:
        judge: the person's or the judge's name.
        order_shown: `original-wide` or `wide-original`, as the two were laid out.
        fidelity: what the judge could see, such as `half-cells 60×30`.
        scorer_id: of a model that judges, once for each pair and order; none for a person.

    Raises:
        ValueError: the choice is none of these.
    """
    if choice not in ("wide", "original", "tie", "neither"):
        raise ValueError(f"a verdict is wide, original, tie or neither, not {choice!r}")
    verdict = Verdict(
        at=time.time(),
        pair_id=pair_id,
        judge=judge,
        choice=choice,
        order_shown=order_shown,
        fidelity=fidelity,
        scorer_id=scorer_id,
    )
    session.add(verdict)
    session.flush()
    assert verdict.id is not None
    return verdict.id


def undo_verdict(session: Session, judge: str) -> Verdict | None:
    """Take back this person's latest verdict that stands. Returns it, or None if none is left."""
    taken_back = session.exec(
        select(Verdict)
        .where(
            Verdict.judge == judge,
            Verdict.scorer_id == NO_SCORER,
            col(Verdict.id).not_in(select(Withdrawal.verdict_id)),
        )
        .order_by(col(Verdict.id).desc())
        .limit(1)
    ).first()
    if taken_back is not None:
        assert taken_back.id is not None
        session.add(Withdrawal(verdict_id=taken_back.id, at=time.time()))
        session.flush()
    return taken_back
