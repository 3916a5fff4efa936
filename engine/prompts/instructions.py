"""What a language model is told when it is to write a wide prompt: the paper's procedure, in words of our own."""

from __future__ import annotations

from engine.prompts.base import Message, Writing
from engine.prompts.chance import shuffled
from engine.prompts.writer import WORD_LIMIT, clean_caption
from engine.taxonomy import effect

INSTRUCTIONS_VERSION = "1"
"""Changes whenever the same request would be put, or its answer be judged, in another way."""

TASK = f"""\
You write prompts for an image generator. You are given a subject and a list of effects.
Write one paragraph of fewer than {WORD_LIMIT} words.
First come the effects: every one of them, in the order of the list, as strong as it is described there, with its key
words. They matter more than the subject, and the image is wanted with them even if it turns out dark, damaged, ugly or
unpleasant: do not soften them.
Then comes the subject, in its own words. None of these stands before the last effect.
Ask for nothing else: no other flaw, style, quality, mood or detail.
Answer with the paragraph alone: no heading, no list, no quotation marks, no remark."""


def first_messages(writing: Writing) -> tuple[Message, ...]:
    """The task, and this subject with its effects, each in the wording that the template would draw for it."""
    subject = clean_caption(writing.caption)
    wordings = [
        shuffled(effect(ask.effect).wordings(ask.strength), writing.seed, "wording", subject, ask.effect)[0]
        for ask in writing.asks
    ]
    effects = "\n".join(f"- {wording}" for wording in wordings)
    return Message("system", TASK), Message("user", f"Subject: {subject}\nEffects:\n{effects}")


def asked_again(messages: tuple[Message, ...], answer: str, fault: str) -> tuple[Message, ...]:
    """The conversation, gone on after an answer that can't be used."""
    again = f"That can't be used: {fault}. Write the paragraph again, by the same rules."
    return (*messages, Message("assistant", answer), Message("user", again))
