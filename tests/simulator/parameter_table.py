"""The table of parameters in docs/simulator.md. Run: python -m tests.simulator.parameter_table writes it anew."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import MISSING, fields
from pathlib import Path

from simulator.world import parameters
from simulator.world.parameters import Parameters

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
_BEGIN, _END = "<!-- parameters -->", "<!-- end of parameters -->"


def table() -> str:
    """One row per parameter, as its class describes it."""
    meanings = _meanings()
    defaults = {each.name: each.default for each in fields(Parameters)}
    rows = [f"| `{name}` | {_text(defaults[name])} | {meanings[name]} |" for name in defaults]
    return "\n".join(["| parameter | default | what it is |", "|---|---|---|", *rows])


def table_of_the_page() -> str:
    return PAGE.read_text("utf-8").split(_BEGIN)[1].split(_END)[0].strip()


def write() -> None:
    before, rest = PAGE.read_text("utf-8").split(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}\n\n{table()}\n\n{_END}{rest.split(_END)[1]}", "utf-8")


def _meanings() -> dict[str, str]:
    """The text below each attribute."""
    (module,) = (node for node in ast.parse(inspect.getsource(parameters)).body if _is_parameters(node))
    assert isinstance(module, ast.ClassDef)
    found: dict[str, str] = {}
    for attribute, text in zip(module.body, module.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            assert isinstance(text, ast.Expr), attribute.target.id
            assert isinstance(text.value, ast.Constant)
            found[attribute.target.id] = re.sub(r"\s+", " ", str(text.value.value))
    return found


def _is_parameters(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == "Parameters"


def _text(default: object) -> str:
    if default is MISSING:
        return ""
    if isinstance(default, tuple):
        return ", ".join(map(_text, default))
    return f"{default:.4g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    write()
