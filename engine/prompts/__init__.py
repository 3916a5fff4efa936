"""Wide prompts: which effects to ask for, and how to ask for them in words. No model is involved."""

from engine.prompts.draw import EXCLUDES, STRENGTHS, draw_asks
from engine.prompts.writer import WORD_LIMIT, WRITER_VERSION, write_wide_prompt

__all__ = ["EXCLUDES", "STRENGTHS", "WORD_LIMIT", "WRITER_VERSION", "draw_asks", "write_wide_prompt"]
