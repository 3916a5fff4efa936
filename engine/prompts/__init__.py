"""Wide prompts: which effects to ask for, and how to ask for them in words.

The draw is the program's own. The words come from the template, with no model involved, or from a language model.
"""

from engine.prompts.draw import EXCLUDES, STRENGTHS, draw_asks
from engine.prompts.writer import WORD_LIMIT, WRITER_VERSION, write_wide_prompt

__all__ = ["EXCLUDES", "STRENGTHS", "WORD_LIMIT", "WRITER_VERSION", "draw_asks", "write_wide_prompt"]
