"""`hpsv3`: Human Preference Score v3 (Ma et al., 2025, arXiv 2508.03789), from `MizzenAI/HPSv3`.

Qwen2-VL-7B reads the image, its publisher's instruction and the prompt; a head on one token's state gives the mean and
the spread of the preference. The value is the mean.

A prompt stands near the end of a text whose beginning is the same for every prompt. So an image with that beginning is
read once, and each prompt goes on from there: the model only ever looks back, and so gives the same value. What would
follow the reward's token is not read at all.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import nn
from transformers import AddedToken, Qwen2Tokenizer, Qwen2VLConfig, Qwen2VLImageProcessorPil, Qwen2VLModel
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from engine.scorers.base import Kind, Role, Scorer, Text
from engine.scorers.checkpoint import build, head, read_state, remedy, require_shapes, shapes_of
from engine.scorers.dual_encoder import images_at_once, prepared_ahead
from engine.scorers.hpsv3_instruction import REWARD, read_instruction
from engine.scorers.marks import without_marks
from engine.scorers.precision import chosen
from engine.scorers.weights import UnreadableWeights, fingerprint

CHECKPOINT, INSTRUCTION = "HPSv3.safetensors", "data_collator_qwen.py"
AREA = 256 * 28 * 28  # pixels to which every image is scaled, about
OPENING = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|>"  # Qwen's chat
)
CLOSING = "<|vision_end|>"


class HPSv3(Scorer):
    """HPSv3.

    Args:
        folder: `HPSv3.safetensors`; `config.json`, `preprocessor_config.json` and the tokenizer's files of
            `Qwen/Qwen2-VL-7B-Instruct`; `data_collator_qwen.py` of the `hpsv3` package, for the instruction.
        device: as torch names it.
        precision: `fp32`, `bf16`, or `publisher`, which is bf16 on every device; the head is in fp32 in each.

    Raises `UnreadableWeights`.
    """

    name: ClassVar[str] = "hpsv3"
    role: ClassVar[Role] = Role.REWARD_MODEL
    kind: ClassVar[Kind] = Kind.VLM
    about: ClassVar[str] = (
        "A vision-language model trained on which of two images people preferred for a prompt. It sees the whole image "
        "at about 448×448 pixels in its own proportions, and reads prompts of any length."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        path, self._device = folder / CHECKPOINT, torch.device(device)
        how = chosen("bf16" if precision == "publisher" else precision, self._device, publisher_autocasts=False)
        self._precision = how
        self._instruction = read_instruction(folder / INSTRUCTION, remedy(self.name))
        try:
            config = Qwen2VLConfig.from_pretrained(folder, local_files_only=True)
            self._processor = Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True)
            self._tokenizer = Qwen2Tokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # the loaders have a dozen errors of their own; each means a bad folder
            raise UnreadableWeights(folder, error, remedy(self.name)) from error
        self._tokenizer.add_tokens([AddedToken(REWARD, special=True, normalized=False)], special_tokens=True)
        self._marks = list(self._tokenizer.get_added_vocab())
        config.text_config.vocab_size = len(self._tokenizer)  # the publisher cut the table of tokens to what is used
        self._load(path, config)
        self._opening = self._ids(OPENING)
        self._beginning = self._ids(CLOSING + self._instruction.before.rstrip())
        vision = config.vision_config
        self.batch_size = images_at_once(self._device, AREA // vision.patch_size**2 * vision.embed_dim)
        self._version = (
            f"{CHECKPOINT}@{fingerprint(path)} about-{AREA}-pixels bicubic PIL, instruction@"
            f"{fingerprint(folder / INSTRUCTION)} plain positions · {how.name}"
        )

    def _load(self, path: Path, config: Qwen2VLConfig) -> None:
        state = read_state(path, self.name)
        width, tokens = config.text_config.hidden_size, config.text_config.vocab_size
        mlp = layers(width)
        ours = shapes_of(Qwen2VLModel, config)
        expected = {published(key): shape for key, shape in ours.items()}
        expected |= {f"rm_head.{key}": tensor.shape for key, tensor in mlp.state_dict().items()}
        expected |= {"lm_head.weight": torch.Size((tokens, width))}  # to write answers with: it is not asked to
        require_shapes(state, expected, path, self.name)
        weights = {key: state[published(key)] for key in ours}
        self._model = build(Qwen2VLModel, config, weights, self._precision.dtype, path, self.name).to(self._device)
        self._head = head(mlp, state, "rm_head.").to(self._device)

    @property
    def version(self) -> str:
        return self._version

    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[torch.Tensor]:
        """Each image as its tokens' embeddings [tokens, width], on the device, in the precision's dtype.

        Raises `ValueError` for an image that is thinner than 1:200.
        """
        features: list[torch.Tensor] = []
        for batch in prepared_ahead(self._patches, images, self.batch_size):
            with self._precision.computing(self._device):
                pixels = torch.cat([each for each, _ in batch]).to(self._device, self._precision.dtype)
                grids = torch.cat([grid for _, grid in batch])
                embedded = self._model.visual(pixels, grid_thw=grids.to(self._device)).pooler_output
                lengths = (grids.prod(-1) // self._processor.merge_size**2).tolist()
                features += [each.clone() for each in embedded.split(lengths)]  # a view would keep the whole batch
        return features

    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Each prompt as the tokens that follow the image, up to the reward's. The model's own marks are taken out of
        the prompt: with them it could end the question, or add an image or a second reward."""
        texts = (CLOSING + self._instruction.asking(without_marks(prompt, self._marks)) for prompt in prompts)
        return [Text(self._ids(text)) for text in texts]

    def compare(self, images: Sequence[torch.Tensor], texts: Sequence[Text]) -> np.ndarray:
        """Values [n] of n couples; an image that comes in several is read once."""
        cells: dict[int, list[int]] = {}
        for index, image in enumerate(images):
            cells.setdefault(id(image), []).append(index)
        values = np.zeros(len(images))
        for indices in cells.values():
            values[indices] = self._rewards(images[indices[0]], [texts[index].features for index in indices])
        return values

    def _rewards(self, image: torch.Tensor, rows: Sequence[list[int]]) -> np.ndarray:
        """Values [n] of one image with n texts."""
        shared = min(_in_common(self._beginning, row) for row in rows)
        values = []
        with self._precision.computing(self._device):
            read = self._read(torch.cat([self._embedded(self._opening), image, self._embedded(rows[0][:shared])])[None])
            for start in range(0, len(rows), self.batch_size):
                rest = [row[shared:] for row in rows[start : start + self.batch_size]]
                values.append(self._rewards_after(copy.deepcopy(read.past_key_values), rest))
        return np.concatenate(values)

    def _rewards_after(self, past: Any, rows: Sequence[list[int]]) -> np.ndarray:
        """Values [n] of texts that go on where `past` ends. Padding stands behind the token that is read, out of its
        sight, so it needs no mask."""
        past.batch_repeat_interleave(len(rows))
        longest = max(map(len, rows))
        given = self._embedded([row + row[-1:] * (longest - len(row)) for row in rows])
        states = self._read(given, past).last_hidden_state
        last = torch.tensor([len(row) - 1 for row in rows], device=self._device)
        rewards = self._head(states[torch.arange(len(rows), device=self._device), last].float())
        means: np.ndarray = rewards[:, 0].cpu().numpy()
        return means

    def _read(self, given: torch.Tensor, past: Any = None) -> Any:
        """The language model's output for embeddings [n, length, width] that follow `past`.

        Positions count tokens, for those of the image too: so did the version of transformers that HPSv3 was trained
        and is served with, whose model was never told where the image lies.
        """
        start = past.get_seq_length() if past else 0
        positions = torch.arange(start, start + given.shape[1], device=self._device).expand(3, len(given), -1)
        return self._model.language_model(
            inputs_embeds=given, position_ids=positions, past_key_values=past, use_cache=True
        )

    def _embedded(self, ids: Sequence[int] | Sequence[list[int]]) -> torch.Tensor:
        embedded: torch.Tensor = self._model.language_model.embed_tokens(torch.tensor(ids, device=self._device))
        return embedded

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, verbose=False)["input_ids"]
        return ids

    def _patches(self, image: Image.Image) -> tuple[torch.Tensor, torch.Tensor]:
        """An image's patches [patches, numbers] and its grid [1, 3]: frames, rows, columns."""
        factor = self._processor.patch_size * self._processor.merge_size
        height, width = smart_resize(image.height, image.width, factor, AREA, AREA)
        scaled = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        given = self._processor(scaled, do_resize=False, return_tensors="pt")
        return given["pixel_values"], given["image_grid_thw"]


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two rows begin with alike."""
    return next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def layers(width: int) -> nn.Sequential:
    """The head: a state to the mean and the spread of the preference."""
    return nn.Sequential(
        nn.Linear(width, 1024), nn.ReLU(), nn.Identity(), nn.Linear(1024, 16), nn.ReLU(), nn.Linear(16, 2)
    )  # the third is dropout, idle outside training


def published(key: str) -> str:
    """The publisher's name of a weight that transformers now calls `key`."""
    return f"model.{key.removeprefix('language_model.')}" if key.startswith("language_model.") else key
