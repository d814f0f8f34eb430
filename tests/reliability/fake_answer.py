"""An answer for tests: a report, figures that are texts, and tables, whatever the experiment is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from PIL import Image

from experiments.study.experiment import Results


@dataclass(frozen=True)
class FakeFigure:
    """What is saved as a figure is."""

    text: object

    def savefig(self, file: Any, *, format: str, **_: Any) -> None:
        if format == "png":
            Image.new("RGB", (1, 1)).save(file, format)
        else:
            file.write_text(str(self.text), encoding="utf-8")


@dataclass(frozen=True)
class FakeAnswer:
    """What functions make of the runs."""

    report: Callable[[Results], str]
    figures: Callable[[Results], Iterable[tuple[str, Any]]]
    tables: Callable[[Results], Mapping[str, pd.DataFrame]] = lambda results: {}
