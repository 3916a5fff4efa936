"""The report: every figure with its n and 95% interval, as JSON values, and the same as readable tables.

`report` computes, `tables` arranges what it computed, `to_markdown` and `to_csv` write that down. A report of the
same store with the same options is the same to the last digit. It never says that a control or an encoder overruled
a prompt: those only put one image first.
"""

from engine.report.figures import report
from engine.report.tables import Table, tables
from engine.report.texts import to_csv, to_markdown

__all__ = ["Table", "report", "tables", "to_csv", "to_markdown"]
