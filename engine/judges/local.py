"""Judges on this machine: vision-language models of the Qwen2-VL kind, through transformers.

The most likely token is taken each time, so the same question gets the same answer on the same machine. Weights are
safetensors; no code of a repository runs, and its chat template, which would be one more program, isn't asked either:
the chat's form is the same in the whole family and stands here.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    GenerationConfig,
    Qwen2Tokenizer,
    Qwen2VLImageProcessorPil,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.utils.logging import disable_progress_bar

from engine.devices import out_of_memory
from engine.judges.base import LONGEST_SIDE, Answer, Judge, Listener, NoAnswer, Question
from engine.scorers.checkpoint import remedy
from engine.scorers.marks import without_marks
from engine.scorers.precision import chosen
from engine.scorers.weights import UnreadableWeights, fingerprint

FAMILY = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe")
"""Model types that share the chat, the tokenizer and the preparation of images."""
CODE_VERSION = "1"
"""Changes whenever the same question would be put to a model in another way."""
MOST_TOKENS = 512
"""Of an answer; one that goes on is cut off, and of no use."""
OPENING = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
CLOSING = "<|im_end|>\n<|im_start|>assistant\n"
BEFORE_IMAGE, IMAGE, AFTER_IMAGE = "<|vision_start|>", "<|image_pad|>", "<|vision_end|>"
END = "<|im_end|>"


class Local(Judge):
    """A model of the Qwen2-VL, Qwen2.5-VL or Qwen3-VL kind.

    Args:
        name: as the catalogue has it, for messages.
        folder: its repository's files: configuration, preprocessor, tokenizer, weights.
        device: as torch names it.
        precision: `fp32`, `bf16`, or `publisher`, which is bf16 on every device, as these models are published.

    Raises `UnreadableWeights`.
    """

    def __init__(self, name: str, folder: Path, device: str = "cpu", precision: str = "publisher"):
        self._device = torch.device(device)
        how = chosen("bf16" if precision == "publisher" else precision, self._device, publisher_autocasts=False)
        self._precision = how
        disable_progress_bar()  # a worker's log is no place for it
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            if config.model_type not in FAMILY:
                raise ValueError(f"it is of the kind {config.model_type}, and not {', '.join(FAMILY)}")
            self._processor = Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True)
            self._tokenizer = Qwen2Tokenizer.from_pretrained(folder, local_files_only=True)
            self._model = _whole(config, folder, how.dtype).to(self._device)
        except Exception as error:  # the loaders have a dozen errors of their own; each means a bad folder
            if out_of_memory(error):
                raise
            raise UnreadableWeights(folder, error, remedy(name)) from error
        self._marks = list(self._tokenizer.get_added_vocab())
        self._image, self._end = self._tokenizer.convert_tokens_to_ids([IMAGE, END])
        self._how = GenerationConfig(
            do_sample=False,
            max_new_tokens=MOST_TOKENS,
            eos_token_id=self._end,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        weights = " ".join(fingerprint(path) for path in sorted(folder.glob("*.safetensors")))
        self._version = (
            f"{config.model_type} weights@{weights} code-{CODE_VERSION} {LONGEST_SIDE}-pixels greedy "
            f"{MOST_TOKENS}-tokens · {how.name}"
        )

    @property
    def version(self) -> str:
        return self._version

    def answers(
        self, questions: Sequence[Question], heard: Listener | None = None
    ) -> Generator[Answer | NoAnswer, None, None]:
        """As the base class says, one after the other: in a batch, what else is in it would move an answer."""
        for number, question in enumerate(questions):
            hearing = [_Hearing(heard, number, len(questions))] if heard else []
            try:
                answer = self._answer(question, StoppingCriteriaList(hearing))
            except (RuntimeError, ValueError) as error:  # out of memory, or an image thinner than the model takes
                answer = NoAnswer(f"{type(error).__name__}: {error}", full=out_of_memory(error))
            yield answer

    def _answer(self, question: Question, hearing: StoppingCriteriaList) -> Answer | NoAnswer:
        given = self._read(question)
        asked = given["input_ids"].shape[1]
        with self._precision.computing(self._device):
            written = self._model.generate(**given, generation_config=self._how, stopping_criteria=hearing)[0, asked:]
        text = self._tokenizer.decode(written, skip_special_tokens=True)
        came = Answer(text, asked + len(written))
        if self._end not in written[-1:]:
            return NoAnswer(f"the answer was cut off after {len(written)} tokens", came)
        return came

    def _read(self, question: Question) -> dict[str, Any]:
        """What the model is given: tokens, which of them stand for an image, and the images' patches."""
        ids = self._ids(OPENING)
        images = []
        for part in question.parts:
            if isinstance(part, Image.Image):
                images.append(self._processor(part, return_tensors="pt"))
                count = int(images[-1]["image_grid_thw"].prod()) // self._processor.merge_size**2
                ids += [*self._ids(BEFORE_IMAGE), *[self._image] * count, *self._ids(AFTER_IMAGE)]
            else:
                ids += self._ids(without_marks(part, self._marks))
        tokens = torch.tensor([ids + self._ids(CLOSING)], device=self._device)
        given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
        if images:
            pixels = torch.cat([each["pixel_values"] for each in images])
            given["pixel_values"] = pixels.to(self._device, self._precision.dtype)
            given["image_grid_thw"] = torch.cat([each["image_grid_thw"] for each in images]).to(self._device)
            given["mm_token_type_ids"] = (tokens == self._image).int()
        return given

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, verbose=False)["input_ids"]
        return ids


class _Hearing(StoppingCriteria):
    """Asks at every token whether the answer is still wanted."""

    def __init__(self, heard: Listener, number: int, count: int):
        self._heard, self._number, self._count = heard, number, count

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        self._heard(self._number, self._count)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def _whole(config: Any, folder: Path, dtype: torch.dtype) -> Any:
    """The model, every weight of it from the folder. Raises `ValueError`, and whatever the loader raises."""
    model, found = AutoModelForImageTextToText.from_pretrained(
        folder,
        config=config,
        dtype=dtype,
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if found.get(what):
            raise ValueError(f"{what.replace('_', ' ')}: {', '.join(map(str, sorted(found[what])[:4]))}")
    return model.eval().requires_grad_(False)
