"""Each code block of the documentation runs as it stands, or says beside it why it does not."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.docs.conftest import ROOT, Block, Reader, blocks, pages, pattern

pytestmark = pytest.mark.slow

RUNS = {"python", "bash"}
SHOWS = {"text", "mermaid"}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_runs_and_prints_what_the_page_says(page: Path, reader: Reader) -> None:
    output = ""
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        if block.remark == "not run":
            output = ""
        elif block.language in RUNS:
            output, error = reader.types(block)
            assert error == (block.reason if block.remark else ""), f"{where}\n{output}"
        elif block.language in SHOWS:
            check_output(block, output, where)
        else:
            check_syntax(block, where)


def check_output(block: Block, output: str, where: str) -> None:
    if block.after_code and output:
        assert pattern(block.text).fullmatch(output), f"{where} says\n{block.text}\nbut it printed\n{output}"


def check_syntax(block: Block, where: str) -> None:
    match block.language:
        case "yaml":
            yaml.safe_load(block.text)
        case "toml":
            tomllib.loads(block.text)
        case "json":
            json.loads(block.text)
        case other:
            raise AssertionError(
                f"{where}: a block in {other or 'no language'}; name one that is checked, or say why it is not run"
            )
