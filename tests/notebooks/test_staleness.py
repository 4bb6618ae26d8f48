"""What runs again after an edit: exactly what depends on it, each step with its reason."""

from __future__ import annotations

import pytest

from tests.notebooks.conftest import Project

pytestmark = pytest.mark.slow

ALL = {"clean", "fit", "report", "aside"}


def run_again(project: Project, *words: str) -> dict[str, str]:
    """Run the workflow once more; the steps that ran, each with its reason. As many kernels started as steps ran."""
    done = project.types("run", "survey.yaml", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = steps_of_last_run(project)
    assert set(steps) == ALL
    ran = {step: reason for step, (status, reason) in steps.items() if status == "succeeded"}
    assert {status for step, (status, _) in steps.items() if step not in ran} <= {"cached"}
    assert all(reason for _, reason in steps.values()), steps
    assert project.kernels() == len(ran)
    return ran


def steps_of_last_run(project: Project) -> dict[str, tuple[str, str]]:
    steps = project.lists("status", "latest")["steps"]
    assert isinstance(steps, list)
    return {step["step"]: (step["status"], step["reason"]) for step in steps}


def test_nothing_changed_runs_nothing(project: Project) -> None:
    assert run_again(project) == {}


def test_a_measured_value_of_the_raw_file_runs_all_that_depends_on_it(project: Project) -> None:
    project.edit("data/penguins-raw.csv", "39.1,18.7,181,3750", "39.1,18.7,181,3751")
    ran = run_again(project)
    assert set(ran) == {"clean", "fit", "report"}
    assert "data/penguins-raw.csv" in ran["clean"]
    assert "clean.csv" in ran["fit"]
    assert "predictions" in ran["report"]


def test_a_byte_of_the_raw_file_that_the_table_does_not_keep_stops_at_the_first_step(project: Project) -> None:
    project.edit("data/penguins-raw.csv", "Adult not sampled.\nPAL0708,5", "Adult not sampled!\nPAL0708,5")
    ran = run_again(project)
    assert set(ran) == {"clean"}
    assert "data/penguins-raw.csv" in ran["clean"]


def test_a_line_of_a_module_that_changes_no_result_runs_only_the_step_that_imports_it(
    project: Project,
) -> None:
    project.edit("survey/cleaning.py", '    "Sex": "sex",\n', '    "Sex": "sex",  # by DNA\n')
    ran = run_again(project)
    assert set(ran) == {"clean"}
    assert "survey/cleaning.py" in ran["clean"]


def test_a_line_of_a_module_that_changes_the_result_runs_what_depends_on_it(project: Project) -> None:
    project.edit("survey/cleaning.py", "table.dropna()", 'table.dropna().query("season > 2007")')
    ran = run_again(project)
    assert set(ran) == {"clean", "fit", "report"}
    assert "survey/cleaning.py" in ran["clean"]


def test_the_text_of_a_notebook_runs_nothing(project: Project) -> None:
    project.edit("02_fit.ipynb", "A linear model of body mass from", "A model of body mass, linear in")
    assert run_again(project) == {}


def test_a_parameter_runs_the_steps_that_take_it(project: Project) -> None:
    ran = run_again(project, "-p", "holdout=2008")
    assert set(ran) == {"fit", "report"}
    assert "holdout" in ran["fit"]


def test_code_of_a_notebook_runs_that_step_and_says_which_cell(project: Project) -> None:
    project.edit("03_report.ipynb", "bins=24", "bins=20")
    ran = run_again(project)
    assert set(ran) == {"report"}
    assert "cell" in ran["report"]


def test_going_back_takes_the_earlier_run(project: Project) -> None:
    before = (project.folder / "survey/cleaning.py").read_bytes()
    project.edit("survey/cleaning.py", "table.dropna()", 'table.dropna().query("season > 2007")')
    assert set(run_again(project)) == {"clean", "fit", "report"}
    (project.folder / "survey/cleaning.py").write_bytes(before)
    assert run_again(project) == {}


def test_a_project_that_moved_runs_nothing(project: Project) -> None:
    project.folder.rename(project.folder.parent / "elsewhere")
    moved = Project(project.folder.parent / "elsewhere", project.env, project.kernels_started)
    assert moved.folder.name != project.folder.name
    assert run_again(moved) == {}
