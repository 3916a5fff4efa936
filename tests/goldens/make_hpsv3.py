"""Write `hpsv3.json`: what the classes of the package `hpsv3` 1.0.0 give for small weights.

Where the program is installed, `LAYOUTS["hpsv3"]` of `engine.verify.layouts` writes the folder. In an environment with
transformers 4.45.2, torch and jinja2, with this repository and the unpacked package on PYTHONPATH:
`python tests/goldens/make_hpsv3.py FOLDER`.

The package's model, its preparation of images and its way of making a batch are used as they are, in 32 bits; what it
imports for training is not there, and is not needed. The instruction is the folder's, in our own words.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import sys
import types
from pathlib import Path

import safetensors.torch
import torch
from transformers import AutoConfig, AutoProcessor

from tests.goldens.cells import IMAGES, PROMPTS, picture

ABSENT = ("datasets", "fire", "matplotlib", "pandas", "peft", "requests", "tensorboard", "torchvision", "trl")
CHAT = (
    "{% for message in messages %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)  # what Qwen2-VL's chat template makes of one message with an image and a text


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Empty modules in the place of what is imported for training, with a class under every name."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        here = name.split(".")[0] in ABSENT or name in ("torch.utils.tensorboard", "hpsv3.utils.training_utils")
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if here else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: type(name, (), {})  # type: ignore[method-assign]
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def publisher(folder: Path) -> object:
    """The package's inferencer with the folder's weights, as its constructor would make it."""
    sys.meta_path.insert(0, _Absent())
    package = types.ModuleType("hpsv3")  # its own __init__ asks for everything at once
    package.__path__ = [str(Path(each) / "hpsv3") for each in sys.path if (Path(each) / "hpsv3").is_dir()]
    sys.modules["hpsv3"] = package
    sys.modules["hpsv3.train"] = types.ModuleType("hpsv3.train")
    sys.modules["hpsv3.train"].create_model_and_processor = None
    parser = types.ModuleType("hpsv3.utils.parser")
    parser.__getattr__ = lambda name: type(name, (), {})
    sys.modules["hpsv3.utils.parser"] = parser
    from hpsv3 import inference
    from hpsv3.model.qwen2vl_trainer import Qwen2VLRewardModelBT

    for node in ast.parse((folder / "data_collator_qwen.py").read_text()).body:
        if isinstance(node, ast.Assign):
            setattr(inference, node.targets[0].id, ast.literal_eval(node.value))
    processor = AutoProcessor.from_pretrained(folder, padding_side="right", chat_template=CHAT)
    processor.tokenizer.add_special_tokens({"additional_special_tokens": ["<|Reward|>"]})
    marks = processor.tokenizer.convert_tokens_to_ids(["<|Reward|>"])
    config = AutoConfig.from_pretrained(folder, attn_implementation="sdpa")
    model = Qwen2VLRewardModelBT(
        config, output_dim=2, reward_token="special", special_token_ids=marks, rm_head_type="ranknet"
    )
    model.resize_token_embeddings(len(processor.tokenizer))
    model.load_state_dict(safetensors.torch.load_file(folder / "HPSv3.safetensors"), strict=True)
    model.config.tokenizer_padding_side = processor.tokenizer.padding_side
    model.config.pad_token_id = processor.tokenizer.pad_token_id
    made = inference.HPSv3RewardInferencer.__new__(inference.HPSv3RewardInferencer)
    made.device, made.use_special_tokens = "cpu", True
    made.model, made.processor = model.float().eval(), processor
    return made


def main() -> None:
    """Write every cell's value, the prompts of an image in one batch."""
    inferencer = publisher(Path(sys.argv[1]))
    with torch.inference_mode():
        values = [inferencer.reward([picture(image)] * len(PROMPTS), PROMPTS)[:, 0].tolist() for image in IMAGES]
    told = "hpsv3 1.0.0, HPSv3RewardInferencer.reward, in 32 bits on the processor; tests/goldens/make_hpsv3.py"
    golden = {"made": told, "torch": torch.__version__, "images": IMAGES, "prompts": PROMPTS, "values": values}
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    Path(__file__).with_name("hpsv3.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
