"""The sources as trees, for checks of structure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("tenants", "channels", "service")


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the three packages, by its path below the root."""
    return {
        path.relative_to(ROOT): ast.parse(path.read_text())
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node


def decorators(function: ast.FunctionDef) -> Iterator[str]:
    """The names of a function's decorators."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        yield ast.unparse(called)


def calls(tree: ast.AST) -> Iterator[str]:
    """The names of everything called within a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
