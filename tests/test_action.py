"""The GitHub action: its shell steps, run as GitHub runs them (without the ones that belong to GitHub)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from surfaces import ROOT, SPINNING, project

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step.get("name"): step for step in ACTION["runs"]["steps"]}


def step(name: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "annotated"), [("", "1", True), ("--select SPN2 --level certain", "0", False)]
)
def test_the_check_annotates_writes_sarif_and_passes_its_code_on(
    tmp_path: Path, arguments: str, code: str, annotated: bool
) -> None:
    folder = project(tmp_path / "project", {"a/worker.py": SPINNING, "b/fine.py": "x = 1\n"})
    installed = tmp_path / "spinlint" / "bin"
    installed.mkdir(parents=True)
    (installed / "spinlint").symlink_to(Path(sys.executable).with_name("spinlint"))
    output = tmp_path / "output"
    env = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output), "ARGUMENTS": arguments, "PATHS": "a b"}
    result = step("Check", folder, **env)
    assert (result.returncode, output.read_text(encoding="utf-8")) == (0, f"code={code}\nsarif=true\n")
    assert result.stdout.startswith("::error file=a/worker.py,line=9,col=9,title=SPN101") is annotated
    assert len(json.loads((tmp_path / "spinlint.sarif").read_text())["runs"][0]["results"]) == int(annotated)
    assert step("Result", folder, CODE=code).returncode == int(code)


def test_a_misspelt_argument_is_said_and_nothing_is_uploaded(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", {"worker.py": SPINNING})
    installed = tmp_path / "spinlint" / "bin"
    installed.mkdir(parents=True)
    (installed / "spinlint").symlink_to(Path(sys.executable).with_name("spinlint"))
    output = tmp_path / "output"
    env = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output), "ARGUMENTS": "--levl certain", "PATHS": "."}
    result = step("Check", folder, **env)
    assert (result.returncode, output.read_text(encoding="utf-8")) == (0, "code=2\n")
    assert result.stderr.startswith("spinlint: unrecognized arguments: --levl; did you mean '--level'?")
    assert "steps.check.outputs.sarif == 'true'" in STEPS["Upload"]["if"]


def test_the_inputs_are_the_ones_that_the_steps_use() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    assert all(each["description"] for each in ACTION["inputs"].values())


def test_it_is_valid_against_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions"]
    result = subprocess.run([*command, str(ROOT / "action.yml")], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    wrong = subprocess.run([*command, str(ROOT / ".pre-commit-hooks.yaml")], capture_output=True, check=False)
    assert wrong.returncode == 1
