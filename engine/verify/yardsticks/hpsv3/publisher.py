"""HPSv3 as its publisher computes it: `HPSv3RewardInferencer.reward()` of the package `hpsv3` 1.0.0.

What is done to the package, so that it runs here and on the weights of a folder; no line that computes is changed:

- Its configuration is its own file, with the folder in place of the hub's name for Qwen2-VL and without flash
  attention, which needs a card of a certain kind; for fp32, without the two lines that say bf16.
- It would first read Qwen2-VL's own weights, only to overwrite every one of them (it loads strictly): the same class is
  made from the folder's configuration instead.
- Qwen2-VL's chat template is the tokenizer's where the folder has no file of it, or else the one below.
- The instruction is the package's, or that of the folder's `data_collator_qwen.py` where it is another.
- Gradients are off, which it leaves on.
"""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path
from typing import Any

import torch

PACKAGE = "hpsv3"
INSTRUCTION = "data_collator_qwen.py"
CHAT = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)  # what Qwen2-VL's own makes of one message with an image and a text


class Publisher:
    """The package's inferencer with the weights of a folder."""

    def __init__(self, folder: Path, device: str, precision: str):
        if precision == "publisher" and device == "cpu":
            raise SystemExit("hpsv3 computes in bf16, and its code can do that on a CUDA device alone: take fp32 here")
        from hpsv3 import inference, train

        train.Qwen2VLRewardModelBT = _Unread(train.Qwen2VLRewardModelBT)
        train.AutoProcessor = _WithChat(train.AutoProcessor)
        _use_instruction(folder / INSTRUCTION, inference)
        self._inferencer = inference.HPSv3RewardInferencer(
            config_path=_configuration(folder, inference._MODEL_CONFIG_PATH, precision),
            checkpoint_path=str(folder / "HPSv3.safetensors"),
            device=device,
        )

    @torch.inference_mode()
    def score(self, image: str, prompt: str) -> float:
        """The mean of the package's own two numbers."""
        mean: float = self._inferencer.reward([image], [prompt])[0][0].item()
        return mean


class _Unread:
    """The package's class of the model, whose `from_pretrained` reads a configuration and no weights."""

    def __init__(self, kind: Any):
        self._kind = kind

    def from_pretrained(
        self, folder: str, torch_dtype: object, attn_implementation: str, use_cache: bool, **options: object
    ) -> object:
        from transformers import AutoConfig
        from transformers.modeling_utils import no_init_weights

        config = AutoConfig.from_pretrained(folder, use_cache=use_cache)
        for hub_only in ("revision", "device_map", "quantization_config", "cache_dir"):
            options.pop(hub_only)
        with no_init_weights():
            return self._kind._from_config(
                config, torch_dtype=torch_dtype, attn_implementation=attn_implementation, **options
            )


class _WithChat:
    """transformers' `AutoProcessor`, whose processors always have a chat template."""

    def __init__(self, kind: Any):
        self._kind = kind

    def from_pretrained(self, folder: str, **options: object) -> object:
        processor = self._kind.from_pretrained(folder, **options)
        processor.chat_template = processor.chat_template or processor.tokenizer.chat_template or CHAT
        return processor


def _configuration(folder: Path, configurations: Path, precision: str) -> str:
    import yaml

    stated = yaml.safe_load((Path(configurations) / "HPSv3_7B.yaml").read_text(encoding="utf-8"))
    temporary = tempfile.mkdtemp(prefix="hpsv3-")
    stated |= {"model_name_or_path": str(folder), "disable_flash_attn2": True, "output_dir": temporary}
    if precision == "fp32":
        stated |= {"bf16": False, "torch_dtype": "float32"}
    path = Path(temporary) / "HPSv3_7B.yaml"
    path.write_text(yaml.safe_dump(stated), encoding="utf-8")
    return str(path)


def _use_instruction(path: Path, inference: object) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and hasattr(inference, target.id):
                    setattr(inference, target.id, node.value.value)
