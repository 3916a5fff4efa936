"""Models for tests of the worker, small and quick, some with a fault; installed as a package of its own would be."""

import os
import threading
import time
from typing import ClassVar

import numpy as np

from engine.contracts import Answer, Conversation, Generator, Kind, Refused, Role, Scorer, Text, Writer

ENTRY_POINTS = """\
[widespectrum.scorers]
plain = test_models:Plain
blind = test_models:Blind
gated = test_models:Gated
hungry = test_models:Hungry
big = test_models:Big
bigger = test_models:Bigger
crowded = test_models:Crowded
picky = test_models:Picky
broken = test_models:Broken
unloadable = test_models:Unloadable
numberless = test_models:Numberless
[widespectrum.prompt_blind]
blind = test_models:Blind
[widespectrum.writers]
scribe = test_models:Scribe
[widespectrum.generators]
painter = test_models:Painter
faulty = test_models:Faulty
meeting = test_models:Meeting
"""


class Plain(Scorer):
    """Mean brightness plus the length of the prompt; keeps count of what it was given."""

    name = "plain"
    role = Role.CONTROL
    kind = Kind.DUAL
    text_limit = 60
    about = "for tests"
    images: ClassVar[list] = []
    origins: ClassVar[list] = []
    texts: ClassVar[list] = []
    batches: ClassVar[list] = []
    seconds = float(os.environ.get("TEST_MODELS_SECONDS", "0"))

    @property
    def version(self):
        return f"{self.name}-1"

    def encode_images(self, images, origins=()):
        self.batches.append(len(images))
        self.images.extend(image.tobytes() for image in images)
        self.origins.extend(origins)
        time.sleep(self.seconds * len(images))
        return [float(np.asarray(image, dtype=np.float64).mean()) for image in images]

    def encode_texts(self, prompts):
        self.texts.extend(prompts)
        return [Text(len(prompt) / 1000, len(prompt) > self.text_limit) for prompt in prompts]

    def compare(self, images, texts):
        return np.array([image + text.features for image, text in zip(images, texts, strict=True)])


class Blind(Plain):
    name = "blind"
    reads_prompt = False


class Gated(Plain):
    """Waits inside its first batch until it is let go on."""

    name = "gated"
    entered = threading.Event()
    go_on = threading.Event()

    def encode_images(self, images, origins=()):
        self.entered.set()
        assert self.go_on.wait(30)
        return super().encode_images(images, origins)


class Hungry(Plain):
    """Has memory for two images at a time."""

    name = "hungry"
    batches: ClassVar[list] = []

    def encode_images(self, images, origins=()):
        if len(images) > 2:
            raise MemoryError("no room")
        return super().encode_images(images, origins)


class Big(Plain):
    """Leaves no room for another of its kind."""

    name = "big"
    alive: ClassVar[set] = set()
    loaded: ClassVar[list] = []

    def __init__(self):
        if Big.alive:
            raise MemoryError("no room for two")
        Big.alive.add(id(self))
        Big.loaded.append(self.name)

    def __del__(self):
        Big.alive.discard(id(self))


class Bigger(Big):
    name = "bigger"


class Crowded(Plain):
    """Loads beside others, and has memory to work only where it is alone."""

    name = "crowded"

    def encode_images(self, images, origins=()):
        if Big.alive:
            raise MemoryError("no room to work")
        return super().encode_images(images, origins)


class Picky(Plain):
    """Fails on dark images and on long prompts."""

    name = "picky"

    def encode_images(self, images, origins=()):
        if any(np.asarray(image).mean() < 60 for image in images):
            raise ValueError("too dark for me")
        return super().encode_images(images, origins)


class Broken(Plain):
    name = "broken"
    mended = False

    def encode_images(self, images, origins=()):
        if not Broken.mended:
            raise RuntimeError("I am broken")
        return super().encode_images(images, origins)


class Unloadable(Plain):
    name = "unloadable"

    def __init__(self):
        raise FileNotFoundError("weights.safetensors is not there")


class Numberless(Plain):
    name = "numberless"

    def compare(self, images, texts):
        values = super().compare(images, texts)
        values[0], values[-1] = np.nan, np.inf
        return values


class Painter(Generator):
    """Makes images from text alone: the seed says the colour, the length of the prompt how bright."""

    name = "painter"
    about = "for tests"
    version = "painter-1"

    def generate(self, requests, on_step=None):
        from PIL import Image

        for request in requests:
            on_step(1, 1)
            yield Image.new("RGB", (40, 30), (request.seed % 256, len(request.prompt) % 256, 90))


class Meeting(Painter):
    """Keeps pair by pair, and lets the test know of each image before it is made."""

    name = "meeting"
    version = "meeting-1"
    batch_size = 1
    before = staticmethod(lambda request: None)

    def generate(self, requests, on_step=None):
        for request in requests:
            Meeting.before(request)
            yield from super().generate([request], on_step)


class Faulty(Painter):
    """Refuses whatever asks for one effect, and breaks on prompts with an even number of characters."""

    name = "faulty"
    version = "faulty-1"

    def generate(self, requests, on_step=None):
        for request, image in zip(requests, super().generate(requests, on_step), strict=True):
            if len(request.asks) == 1:
                yield Refused("one effect is too little")
            elif request.asks and len(request.prompt) % 2 == 0:
                raise ArithmeticError("even")
            else:
                yield image


class Scribe(Writer):
    """Names the effects and then the subject, as it is told to."""

    def __init__(self, name):
        self.name = name

    @classmethod
    def open(cls, name, home, device=None):
        return cls(name)

    @property
    def version(self):
        return "1"

    def answers(self, conversations: list[Conversation], on_step=None):
        for conversation in conversations:
            subject, effects = conversation.messages[-1].content.removeprefix("Subject: ").split("\nEffects:\n")
            yield Answer(f"{effects.removeprefix('- ').replace(chr(10) + '- ', ', ')} over {subject}", {"tokens": 3})
