"""Wide prompts of a language model are a stage of the run: written once, kept, and made into pairs as any others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from engine.plan.wants import GenerateWants, Wants
from engine.prompts.asking import TRIES
from engine.runs import estimate, pause, progress, resume, retry, start_run
from engine.worker.worker import Worker
from store import Home
from store.blobs import open_blob
from store.queries.work import failures
from store.work import add_run
from tests.engine.answering import chat
from tests.engine.prompts.obliging import obeying
from tests.engine.worker.test_interruptions import Spawn

CATALOGUE = """
[mine]
kind = "writer"
licence = "provider's terms"
remote = "maker/model"
endpoint = "{endpoint}"
key = "MY_SERVICE_KEY"
service = {{ at_once = 2 }}
sources = []
"""
WANTS = Wants(GenerateWants(per_original=2, singles=1, writer="mine"), ("plain",), probes=True)
Work = Callable[[Home], str]


@pytest.fixture
def own(filled: Home, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A filled home whose own catalogue has the service; the service obeys."""
    (filled.folder / "catalogue.toml").write_text(CATALOGUE.format(endpoint=service.endpoint))
    monkeypatch.setenv("MY_SERVICE_KEY", "sk-not-to-be-seen")
    service.answer = lambda number, body: chat(content=obeying(body["messages"]))
    return filled


def stage(home: Home, run: int, name: str) -> tuple[int, int, int]:
    """Done, failed and left."""
    return next(tuple(each[2:]) for each in progress(home, run).stages if each.stage == name)


def asked_for(service: SimpleNamespace) -> list[str]:
    return [each.body["messages"][1]["content"] for each in service.asked]


def test_the_prompts_are_written_and_then_made_and_scored(own: Home, service: SimpleNamespace, work: Work) -> None:
    assert estimate(own, WANTS).prompts == 8
    run = start_run(own, "written", WANTS)
    assert stage(own, run, "write") == (0, 0, 8)
    assert stage(own, run, "generate") == (0, 0, 8)
    work(own)
    seen = progress(own, run)
    assert [each.stage for each in seen.stages] == ["write", "generate", "measure", "score"]
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    assert len(service.asked) == 8
    rows = own.database.reader().execute(
        "SELECT p.writer, p.written_id, w.asks, w.seed, w.facts, a.text, a.id = w.prompt_id AS same, "
        "o.id = w.original_prompt_id AS whose, i.sha256, b.suffix, i.provenance FROM pair p "
        "JOIN written_prompt w ON w.id = p.written_id JOIN prompt a ON a.id = p.wide_prompt_id "
        "JOIN prompt o ON o.id = p.original_prompt_id JOIN image i ON i.id = p.wide_image_id JOIN blob b USING (sha256)"
    )
    rows = rows.fetchall()
    assert len(rows) == 8
    for row in rows:
        assert row["writer"] == "mine maker/model code-1.1"
        assert row["text"].startswith("Ruled by ")
        assert row["same"]
        assert row["whose"]
        facts = json.loads(row["facts"])
        assert (facts["tokens"], facts["cost"], facts["answered_by"], facts["tries"]) == (1290, 0.039, "m", 1)
        written = {"writer": "mine maker/model code-1.1", **facts}
        assert json.loads(row["provenance"])["written"] == written
        in_file = json.loads(open_blob(own, row["sha256"], row["suffix"]).info["widespectrum"])
        assert in_file["written"] == written


def test_what_is_written_serves_other_generators_and_runs_and_is_not_asked_for_again(
    own: Home, service: SimpleNamespace, work: Work
) -> None:
    start_run(own, "first", Wants(GenerateWants(per_original=2, singles=1, writer="mine")))
    work(own)
    again = start_run(own, "again", WANTS)
    assert stage(own, again, "write") == (8, 0, 0)
    work(own)
    assert progress(own, again).left == 0
    more = start_run(own, "more", Wants(GenerateWants(per_original=3, singles=1, writer="mine")))
    assert stage(own, more, "write")[0] >= 4
    work(own)
    assert len(asked_for(service)) == len(set(asked_for(service)))


def test_the_template_has_no_stage_and_says_so_in_the_provenance(filled: Home, work: Work) -> None:
    run = start_run(filled, "rules", Wants(GenerateWants(per_original=1, singles=1)))
    work(filled)
    assert [each.stage for each in progress(filled, run).stages] == ["generate"]
    row = filled.database.reader().execute(
        "SELECT p.writer, p.written_id, i.provenance FROM pair p JOIN image i ON i.id = p.wide_image_id"
    )
    writer, written_id, provenance = row.fetchone()
    assert (writer, written_id) == ("rules-1", 0)
    assert json.loads(provenance)["written"] == {"writer": "rules-1"}


def test_answers_that_never_do_are_failures_with_a_reason_and_their_pairs_are_not_made(
    own: Home, service: SimpleNamespace, work: Work
) -> None:
    service.answer = lambda number, body: (
        chat(content="Something nice.") if "number 2" in str(body) else chat(content=obeying(body["messages"]))
    )
    run = start_run(own, "some", WANTS)
    work(own)
    assert stage(own, run, "write") == (6, 2, 0)
    assert stage(own, run, "generate") == (6, 0, 0)
    assert progress(own, run).state == "done"
    found = failures(own.database.reader(), run)
    assert {each["stage"] for each in found} == {"write"}
    assert all("lacks these words of the subject: square, thing, number" in each["reason"] for each in found)
    assert len(service.asked) == 6 + 2 * TRIES
    service.answer = lambda number, body: chat(content=obeying(body["messages"]))
    retry(own, run)
    work(own)
    assert stage(own, run, "write") == (8, 0, 0)
    assert stage(own, run, "generate") == (8, 0, 0)


def test_a_writer_that_fails_on_everything_is_given_up_and_the_rest_of_the_run_goes_on(
    own: Home, service: SimpleNamespace, work: Work
) -> None:
    service.answer = lambda number, body: (
        chat(content=obeying(body["messages"])) if number <= 2 else chat(content="no idea")
    )
    wants = Wants(GenerateWants(per_original=12, singles=6, writer="mine"), ("plain",))
    run = start_run(own, "lost", wants)
    work(own)
    assert stage(own, run, "write") == (2, 46, 0)
    assert stage(own, run, "generate") == (2, 0, 0)
    assert stage(own, run, "score")[1:] == (0, 0)
    assert progress(own, run).state == "done"
    assert len(service.asked) < 48
    assert "8 errors in a row" in failures(own.database.reader(), run)[-1]["reason"]


def test_refusals_are_findings_and_end_no_writer(own: Home, service: SimpleNamespace, work: Work) -> None:
    service.answer = lambda number, body: chat(content=None, refusal="I can't help with that.")
    wants = Wants(GenerateWants(per_original=4, singles=2, writer="mine"))
    run = start_run(own, "refused", wants)
    work(own)
    assert stage(own, run, "write") == (0, 16, 0)
    reasons = {each["reason"] for each in failures(own.database.reader(), run)}
    assert reasons == {"the service refused: I can't help with that."}
    assert own.database.reader().execute("SELECT count(*) FROM pair").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [("", None, "set MY_SERVICE_KEY to the service's key"), ("sk", (401, {"error": "no"}), "401")],
)
def test_without_a_key_that_holds_the_run_says_so_and_makes_what_is_written(
    own: Home, service: SimpleNamespace, work: Work, monkeypatch: pytest.MonkeyPatch, key: str, answer: Any, words: str
) -> None:
    start_run(own, "first", Wants(GenerateWants(originals=(1,), per_original=2, singles=1, writer="mine")))
    work(own)
    run = start_run(own, "all", WANTS)
    monkeypatch.setenv("MY_SERVICE_KEY", key)
    service.answer = lambda number, body: answer
    work(own)
    assert stage(own, run, "write") == (2, 6, 0)
    assert stage(own, run, "generate") == (2, 0, 0)
    assert words in failures(own.database.reader(), run)[-1]["reason"]


def test_weights_that_are_not_here_any_more_are_the_reason_of_the_failure(filled: Home, work: Work) -> None:
    wants = Wants(GenerateWants(per_original=1, singles=1, writer="qwen2.5-1.5b-instruct"))
    with filled.database.write() as session:
        run = add_run(session, "of old", wants.to_json())
    work(filled)
    assert progress(filled, run).state == "done"
    assert stage(filled, run, "write") == (0, 4, 0)
    assert "models fetch qwen2.5-1.5b-instruct" in failures(filled.database.reader(), run)[-1]["reason"]


def test_a_random_model_of_this_machine_fails_prompt_by_prompt(filled: Home, work: Work, tmp_path: Any) -> None:
    from engine.models.places import use
    from engine.verify.layouts.causal import write

    name = "qwen2.5-1.5b-instruct"
    use(name, write(tmp_path / "weights"), filled.folder)
    entry = (
        '["qwen2.5-1.5b-instruct"]\nkind = "writer"\nlicence = "none"\nsettings = { max_tokens = 4 }\nsources = []\n'
    )
    (filled.folder / "catalogue.toml").write_text(entry)
    run = start_run(filled, "random", Wants(GenerateWants(per_original=1, singles=1, writer=name)))
    work(filled)
    assert stage(filled, run, "write") == (0, 4, 0)
    assert stage(filled, run, "generate") == (0, 0, 0)
    assert all("after 3 tries" in each["reason"] for each in failures(filled.database.reader(), run))
    assert filled.database.reader().execute("SELECT count(*) FROM written_prompt").fetchone()[0] == 0


def test_a_worker_killed_while_it_writes_asks_for_nothing_twice_that_was_kept(
    own: Home, service: SimpleNamespace, spawn: Spawn, work: Work
) -> None:
    reached = threading.Event()

    def answer(number: int, body: dict) -> tuple[int, Any]:
        if number == 6:  # both that may be asked for at once are
            reached.set()
        if number > 4:
            service.release.wait(30)
        return chat(content=obeying(body["messages"]))

    service.answer = answer
    run = start_run(own, "killed", WANTS)
    process = spawn(own, MY_SERVICE_KEY="sk")
    assert reached.wait(60), process.communicate()[1]
    process.kill()
    process.wait()
    kept = stage(own, run, "write")[0]
    assert kept == 4
    lost = asked_for(service)[kept:]
    service.answer = lambda number, body: chat(content=obeying(body["messages"]))
    before = len(service.asked)
    work(own)
    assert stage(own, run, "write") == (8, 0, 0)
    assert stage(own, run, "generate") == (8, 0, 0)
    asked_after = asked_for(service)[before:]
    assert len(asked_after) == 4
    assert set(lost) <= set(asked_after), "only the batch in hand is asked for again"
    assert not set(asked_for(service)[:kept]) & set(asked_after)


def test_pausing_ends_the_asking_at_once_and_resuming_goes_on(
    own: Home, service: SimpleNamespace, models: ModuleType
) -> None:
    reached = threading.Event()

    def answer(number: int, body: dict) -> tuple[int, Any]:
        if number > 2:
            reached.set()
            service.release.wait(30)
        return chat(content=obeying(body["messages"]))

    service.answer = answer
    run = start_run(own, "paused", WANTS)
    thread = threading.Thread(target=Worker(own).run)
    thread.start()
    assert reached.wait(30)
    pause(own, run)
    thread.join(30)
    assert not thread.is_alive()
    assert not service.release.is_set()
    assert stage(own, run, "write") == (2, 0, 6)
    assert own.database.reader().execute("SELECT count(*) FROM claim").fetchone()[0] == 0
    service.answer = lambda number, body: chat(content=obeying(body["messages"]))
    resume(own, run)
    Worker(own).run()
    assert progress(own, run).left == 0


def test_another_version_of_the_writer_writes_anew_and_what_the_first_wrote_stays(
    own: Home, service: SimpleNamespace, work: Work, models: ModuleType
) -> None:
    wants = Wants(GenerateWants(per_original=1, singles=1, writer="mine"))
    start_run(own, "first", wants)
    work(own)
    catalogue = own.folder / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace("maker/model", "maker/model-2"))
    service.answer = lambda number, body: chat(content=obeying(body["messages"]).replace("Ruled by", "All of it"))
    run = start_run(own, "second", wants)
    work(own)
    assert progress(own, run).left == 0
    assert len(service.asked) == 8
    counts = own.database.reader().execute("SELECT writer, count(*) FROM pair GROUP BY 1 ORDER BY 1").fetchall()
    assert [tuple(row) for row in counts] == [("mine maker/model code-1.1", 4), ("mine maker/model-2 code-1.1", 4)]


def test_what_was_written_is_never_rewritten(own: Home, work: Work) -> None:
    start_run(own, "first", Wants(GenerateWants(per_original=1, singles=1, writer="mine")))
    work(own)
    for change in ("UPDATE written_prompt SET facts = '{}'", "DELETE FROM written_prompt"):
        with pytest.raises(Exception, match="written"), own.database.write() as session:
            session.connection().exec_driver_sql(change)


def test_an_unknown_writer_is_refused_before_the_run_is_queued(own: Home) -> None:
    with pytest.raises(ValueError, match="unknown writer 'mind': did you mean mine"):
        start_run(own, "wrong", Wants(GenerateWants(writer="mind")))


def test_a_writer_of_another_package_writes_as_the_others_do(filled: Home, models: ModuleType, work: Work) -> None:
    run = start_run(filled, "scribe", Wants(GenerateWants(per_original=2, singles=1, writer="scribe")))
    work(filled)
    assert stage(filled, run, "write") == (8, 0, 0)
    assert stage(filled, run, "generate") == (8, 0, 0)
    row = filled.database.reader().execute("SELECT writer, provenance FROM pair p JOIN image i ON i.id = wide_image_id")
    writer, provenance = row.fetchone()
    assert writer == "scribe 1"
    assert json.loads(provenance)["written"] == {"writer": "scribe 1", "tokens": 3, "tries": 1}
