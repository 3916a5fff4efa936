"""A writer on this machine: a causal language model that transformers runs, read from a folder in its published layout.

Tensors come from safetensors alone, and no code of the folder is run. Answers are made one at a time, so that a
prompt's words don't hang on its company.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.devices import out_of_memory, take
from engine.models.catalogue import Entry, entry
from engine.models.places import locate
from engine.prompts.base import CUT, Answer, Conversation, Message, StepCallback, Writer
from engine.prompts.instructions import INSTRUCTIONS_VERSION
from engine.scorers.marks import without_marks

CODE_VERSION = "1"
"""Changes whenever the same weights and conversation would give other words through our own code."""
SETTINGS = {"temperature": 0.0, "max_tokens": 200}
"""What a catalogue entry may say. Temperature 0 takes the likeliest word each time; any other draws, by the seed."""


class LocalWriter(Writer):
    """A causal language model.

    Args:
        folder: config.json, tokenizer files and *.safetensors.
        weights: names the weights in the version.
        device: as torch names it; None for the graphics card if there is one.
        settings: over `SETTINGS`.

    Raises:
        ValueError: a setting that it doesn't know or can't take.
    """

    def __init__(
        self, name: str, folder: Path, weights: str, device: str | None = None, settings: Mapping[str, Any] = SETTINGS
    ):
        from engine.scorers.precision import best_device

        self.name, self._folder, self._weights = name, folder, weights
        self._device = device or best_device()
        self._settings = _checked(name, settings)
        self._loaded: tuple[Any, Any] | None = None

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None) -> Writer:
        """As the base class says. Raises `MissingWeights`."""
        folder = locate(name, home)
        from engine.scorers.weights import weights_name

        known: Entry = entry(name, home)
        return cls(name, folder, weights_name(name, folder, home), device, known.settings)

    @property
    def version(self) -> str:
        """Weights, settings, precision and code."""
        settings = [f"{name}={value}" for name, value in sorted(self._settings.items())]
        code = f"code-{CODE_VERSION}.{INSTRUCTIONS_VERSION}"
        return " ".join([self._weights, *settings, "bf16" if self._device.startswith("cuda") else "fp32", code])

    def answers(self, conversations: Sequence[Conversation], on_step: StepCallback | None = None) -> Iterator[Answer]:
        """As the base class says. Raises `UnreadableWeights` where the folder can't be loaded."""
        tokenizer, model = self._open()
        for conversation in conversations:
            yield self._answer(tokenizer, model, conversation, on_step)

    def _open(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = _load(self.name, self._folder, self._device)
            gc.collect()
        return self._loaded

    def _answer(self, tokenizer: Any, model: Any, conversation: Conversation, on_step: StepCallback | None) -> Answer:
        import torch
        from transformers import GenerationConfig

        given = _tokens(tokenizer, conversation.messages).to(model.device)
        most, temperature = self._settings["max_tokens"], self._settings["temperature"]
        drawing = {"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
        # Whatever is left unsaid here would be taken from the folder's own generation_config.json.
        wanted = GenerationConfig(
            max_new_tokens=most,
            do_sample=bool(temperature),
            repetition_penalty=1.0,
            eos_token_id=_ends(tokenizer, model),
            **drawing,
        )
        wanted.pad_token_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        with torch.inference_mode(), torch.random.fork_rng(devices=_cards(model)):
            torch.manual_seed(conversation.seed)
            made = model.generate(
                given,
                attention_mask=torch.ones_like(given),
                generation_config=wanted,
                stopping_criteria=_listening(on_step, given.shape[1], most),
            )
        new = made[0, given.shape[1] :]
        ended = bool(len(new)) and int(new[-1]) in _ends(tokenizer, model)
        return Answer(
            tokenizer.decode(new, skip_special_tokens=True), {"tokens": int(made.shape[1])}, "" if ended else CUT
        )


def _checked(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(settings.keys() - SETTINGS.keys())
    if unknown:
        raise ValueError(f"{name} knows no setting {', '.join(unknown)}; it knows {', '.join(SETTINGS)}")
    values = {**SETTINGS, **settings}
    if not (0 <= values["temperature"] <= 2 and 1 <= values["max_tokens"] <= 4096):
        raise ValueError(f"{name}: temperature lies within 0 and 2, max_tokens within 1 and 4096")
    return values


def _load(name: str, folder: Path, device: str) -> tuple[Any, Any]:
    """Tokenizer and model, on the device."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    from engine.scorers.checkpoint import remedy
    from engine.scorers.weights import UnreadableWeights

    disable_progress_bar()  # a worker's log is no place for it
    take(device)
    safely = {"local_files_only": True, "trust_remote_code": False}
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **safely)
        model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=dtype, **safely)
        return tokenizer, model.eval().to(device)
    except Exception as error:  # the loader has a dozen errors of its own; each means a bad folder
        if out_of_memory(error):
            raise
        raise UnreadableWeights(folder, error, remedy(name)) from error


def _tokens(tokenizer: Any, messages: Sequence[Message]) -> Any:
    """A conversation as the model's own chat template puts it, or where it has none, as paragraphs.

    A caption's own marks of a chat are taken out: with them it could end its turn and begin another.
    """
    marks = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    messages = [message._replace(content=without_marks(message.content, marks)) for message in messages]
    if tokenizer.chat_template:
        turns = [message._asdict() for message in messages]
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, enable_thinking=False)
        return tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    text = "\n\n".join(message.content for message in messages) + "\n\n"
    return tokenizer(text, return_tensors="pt")["input_ids"]


def _ends(tokenizer: Any, model: Any) -> list[int]:
    """The tokens with which an answer ends."""
    stated = model.generation_config.eos_token_id
    ends = stated if isinstance(stated, list) else [stated, tokenizer.eos_token_id]
    return sorted({each for each in ends if each is not None})


def _cards(model: Any) -> list[Any]:
    return [model.device] if model.device.type == "cuda" else []


def _listening(on_step: StepCallback | None, begun: int, most: int) -> Any:
    """Tells of every token, and lets an interruption through."""
    from transformers import StoppingCriteriaList

    def heard(tokens: Any, _scores: Any, **_: Any) -> Any:
        import torch

        if on_step:
            on_step(tokens.shape[1] - begun, most)
        return torch.zeros(tokens.shape[0], dtype=torch.bool, device=tokens.device)

    return StoppingCriteriaList([heard])
