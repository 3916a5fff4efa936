"""Write `imagereward.json`: what the package `image-reward` 1.5 gives for small weights.

Where the program is installed, `LAYOUTS["imagereward"]` of `engine.verify.layouts` writes the folder. In an
environment with image-reward 1.5, fairscale 0.4.13, transformers 4.55.4, timm 0.6.13, clip-anytorch and setuptools
below 81, with this repository on PYTHONPATH: `python tests/goldens/make_imagereward.py FOLDER`.

The package's classes are used as they are. Its sizes, which it has in its code, are replaced by the folder's, and the
tokenizer is read from the folder.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import torch

from tests.goldens.cells import IMAGES, PROMPTS, picture

library = torch.library.Library("torchvision", "DEF")  # names that a torchvision of another build looks for
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
sys.modules["ImageReward.ReFL"] = types.ModuleType("ReFL")  # for training, and asks for much

import ImageReward  # noqa: E402, F401
from ImageReward.models.BLIP import blip_pretrain  # noqa: E402
from ImageReward.models.BLIP.vit import VisionTransformer  # noqa: E402
from transformers import BertTokenizer  # noqa: E402

package = sys.modules["ImageReward.ImageReward"]  # the package hides its module behind the class of that name


def publisher(folder: Path) -> torch.nn.Module:
    """The package's model with the folder's sizes and weights."""
    sizes = json.loads((folder / "med_config.json").read_text())
    vision = sizes["vision"]
    small = VisionTransformer(
        img_size=vision["image_size"],
        patch_size=vision["patch_size"],
        embed_dim=vision["hidden_size"],
        depth=vision["num_hidden_layers"],
        num_heads=vision["num_attention_heads"],
        drop_path_rate=0.1,
    )
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    tokenizer.add_special_tokens({"bos_token": "[DEC]"})
    tokenizer.add_special_tokens({"additional_special_tokens": ["[ENC]"]})
    head = package.MLP
    blip_pretrain.create_vit = lambda *_: (small, vision["hidden_size"])
    blip_pretrain.init_tokenizer = lambda: tokenizer
    package.MLP = lambda _width: head(sizes["hidden_size"])
    model = package.ImageReward(med_config=str(folder / "med_config.json"))
    model.preprocess = package._transform(vision["image_size"])
    faults = model.load_state_dict(torch.load(folder / "ImageReward.pt", weights_only=True), strict=False)
    if faults.missing_keys or set(faults.unexpected_keys) - {"blip.text_encoder.embeddings.position_ids"}:
        raise SystemExit(f"the weights are not the model's: {faults}")
    return model.eval()


def main() -> None:
    """Write every cell's value."""
    model = publisher(Path(sys.argv[1]))
    with torch.inference_mode():
        values = [[model.score(prompt, picture(image)) for prompt in PROMPTS] for image in IMAGES]
    told = "image-reward 1.5, ImageReward.score, on the processor; tests/goldens/make_imagereward.py"
    golden = {"made": told, "torch": torch.__version__, "images": IMAGES, "prompts": PROMPTS, "values": values}
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    Path(__file__).with_name("imagereward.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
