"""Asking judges: each answer is stored as it comes, with what it cost, and what can't be used is a recorded failure."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

from engine.judges import ASKED, asked_of, model_of
from engine.judges.base import Answer, Judge, NoAnswer, Question
from engine.judges.reading import Malformed
from engine.plan.missing import Scope, ScorerKey
from engine.plan.questions import Asked, missing_questions
from engine.scorers.base import Kind, Role
from engine.worker.batches import reason_of
from engine.worker.bench import Bench, GaveUp
from engine.worker.models import use_threads
from engine.worker.pulse import Interrupted
from engine.worker.questions import KINDS
from store import BrokenImage, HomeUnusable, records
from store.records import NewAnswer, ScorerFacts


class Judging:
    """One judge at work. Opens its model, to know its version."""

    def __init__(self, bench: Bench, name: str):
        self._bench, self._name = bench, name
        asked = asked_of(name)
        self._questions = KINDS[asked](bench)
        version = f"{self._judge.version} {self._questions.version}"
        facts = ScorerFacts(name, version, Role.JUDGE, Kind.JUDGE, reads_prompt=True, about=f"Is asked {ASKED[asked]}.")
        with bench.home.database.write() as session:
            number = records.scorer_id(session, facts)
        self.key = ScorerKey(number, True, f"{name} {version}")

    @property
    def _judge(self) -> Judge:
        with self._bench.timers.spent("loading"):
            return self._bench.models.judge(model_of(self._name))

    def score(self, pairs: Scope, photographs: Scope) -> None:
        """Ask what is missing of these pairs; photographs alone are not asked about.

        Raises `GaveUp`, and `Interrupted`, with every answer stored that came before.
        """
        key = self.key
        taken = self._bench.take("score", key.model, lambda c: missing_questions(c, pairs, key), lambda each: each.item)
        if not taken:
            return
        judge = self._judge
        use_threads(None)
        taken = self._questions.in_order(taken)
        for start in range(0, len(taken), judge.batch_size):
            self._ask(judge, taken[start : start + judge.batch_size])

    def _ask(self, judge: Judge, some: Sequence[Asked]) -> None:
        self._bench.pulse.doing(f"asking {self._name} {len(some)} questions", len(some))
        questions: dict[Asked, Question] = {}
        for asked, question in self._questions.put(some).items():
            if isinstance(question, BrokenImage):
                self._store(asked, question)
            else:
                questions[asked] = question
        with closing(self._answers(judge, list(questions.values()))) as answers:
            for asked, answer in zip(questions, answers, strict=True):
                self._store(asked, answer)

    def _answers(self, judge: Judge, questions: Sequence[Question]) -> Generator[Answer | NoAnswer, None, None]:
        """The judge's answers; where it finds no memory, the other models give way and it goes on from there.

        Raises `GaveUp` where no further question can be answered.
        """
        answers = judge.answers(questions, self._bench.pulse.on_step)
        answered = 0
        try:
            while True:
                with self._bench.timers.spent("forward passes"):
                    answer = next(answers, None)
                if answer is None:
                    return
                if isinstance(answer, NoAnswer) and answer.full and self._bench.models.make_room(judge):
                    break
                answered += 1
                yield answer
        except (Interrupted, HomeUnusable):
            raise
        except Exception as error:  # a key that isn't right, a model that isn't there: it is so for every question
            raise GaveUp(reason_of(error)) from error
        finally:
            answers.close()
        yield from self._answers(judge, questions[answered:])

    def _store(self, asked: Asked, came: Answer | NoAnswer | BrokenImage) -> None:
        """One answer: its verdict or ratings, or why there are none, and what it cost. Raises `GaveUp`."""
        bench, key = self._bench, self.key
        fault: Exception | None = None if isinstance(came, Answer) else came
        with bench.home.database.write() as session:
            if isinstance(came, Answer):
                try:
                    self._questions.keep(session, key.id, self._name, asked, came.text)
                except Malformed as error:
                    fault = error
            answer = came.answer if isinstance(came, NoAnswer) else came
            if isinstance(answer, Answer):
                new = NewAnswer(asked.item, fault is None, answer.text, answer.tokens, answer.cost, answer.facts)
                records.add_answer(session, bench.run_id, key.id, new)
            failures = [(asked.item, str(fault))] if fault else []
            bench.finish(session, "score", key.model, int(fault is None), failures, asked.item)
        if reason := bench.note(key.model, [_against_the_judge(fault)]):
            raise GaveUp(reason)


def _against_the_judge(fault: Exception | None) -> Exception | None:
    """The error that speaks against the judge: neither a refusal nor an unreadable image does."""
    refused = isinstance(fault, NoAnswer) and fault.refused
    return None if refused or isinstance(fault, BrokenImage) else fault
