from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcellar.assets.scanning.ignore import ALWAYS, DEFAULTS, IgnoreRules
from nbcellar.assets.scanning.scanner import SkipReason, scan
from nbcellar.errors import UsageError


def kept(root: Path, *extra: str, include_secrets: bool = False) -> list[str]:
    rules = IgnoreRules.load(root, extra, include_secrets=include_secrets)
    return [name.decode() for name in scan(root, rules).names]


def make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


def test_what_tools_leave_behind_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "__pycache__/a.pyc", ".git/HEAD", "x/.ipynb_checkpoints/n.ipynb", ".venv/bin/python", "x/b")
    make(tmp_path, "node_modules/m/index.js", ".cellar/catalogue.db", ".nbcellar-tmp-1", ".hidden")
    assert kept(tmp_path) == [".hidden", "a.py", "x/b"]


def test_rules_follow_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "a.log", "keep.log", "sub/b.log", "build/x", "sub/build/y", "data/1.tmp", "sub/data/1.tmp", "a/q/z")
    make(tmp_path, "a/q/y", "data/x", "foo", "caf\udce9.log", "A.LOG")
    (tmp_path / ".cellarignore").write_text("# logs\n*.log\n!keep.log\nbuild/\n/data/*.tmp\na/**/z\n\\#x\n")
    assert kept(tmp_path) == [".cellarignore", "A.LOG", "a/q/y", "data/x", "foo", "keep.log", "sub/data/1.tmp"]


def test_rules_of_the_project_hold_in_its_folders_and_nearer_ones_decide(tmp_path: Path) -> None:
    make(tmp_path, "pyproject.toml", "nb/a.csv", "nb/b.tmp", "nb/deep/c.tmp", "nb/deep/a.csv", "nb/deep/only.txt")
    (tmp_path / ".cellarignore").write_text("*.tmp\nnb/deep/only.txt\n")
    (tmp_path / "nb" / "deep" / ".cellarignore").write_text("!c.tmp\n/a.csv\n")
    assert kept(tmp_path / "nb") == ["a.csv", "deep/.cellarignore", "deep/c.tmp"]
    assert kept(tmp_path) == [
        ".cellarignore",
        "nb/a.csv",
        "nb/deep/.cellarignore",
        "nb/deep/c.tmp",
        "pyproject.toml",
    ]


def test_a_folder_in_which_all_is_left_out_counts_as_empty(tmp_path: Path) -> None:
    make(tmp_path, "pkg/__pycache__/a.pyc", "pkg/sub/__pycache__/b.pyc")
    assert kept(tmp_path) == ["pkg/sub"]


def test_further_rules_come_last_and_can_take_back_a_default(tmp_path: Path) -> None:
    make(tmp_path, "a", "b", "__pycache__/x", ".cellar/y")
    (tmp_path / ".cellarignore").write_text("a\n")
    assert kept(tmp_path, "!a", "b", "!__pycache__", "!.cellar") == [".cellarignore", "__pycache__/x", "a"]


def test_a_rule_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ignore rule"):
        IgnoreRules.load(tmp_path, ["!"])


SECRETS = [
    ".env", ".env.production", "id_rsa", "id_ed25519", "server.pem", ".netrc", ".aws/credentials", ".ssh/config",
    "credentials.json", "client_secret.json", "secrets.yaml", "service-account-1.json", "my.kdbx", "private_key",
    "tls.key",
]  # fmt: skip
HARMLESS = [
    ".env.example", "id_mapping.csv", "environment.yml", "talk.key", "secretary.csv", "client.csv", "servers.json",
    "credits.json", "pem", "hosts.txt", "service.json", "id_rsa.pub", "keys.csv",
]  # fmt: skip


def test_names_that_look_like_credentials_are_left_out_and_listed(tmp_path: Path) -> None:
    make(tmp_path, *SECRETS, *HARMLESS)
    found = scan(tmp_path, IgnoreRules.load(tmp_path))
    assert [name.decode() for name in found.names] == sorted(HARMLESS)
    assert {skip.reason for skip in found.skipped} == {SkipReason.SECRET}
    assert [skip.name.decode() for skip in found.skipped] == sorted({name.split("/")[0] for name in SECRETS})
    assert kept(tmp_path, include_secrets=True) == sorted(SECRETS + HARMLESS)


ODD = """a .env .env.local x.pem .pem pem id_rsa my_id_rsa server.key .aws aws secrets.json mysecret credentials x.kdbx
.nbcellar-tmp- .nbcellar-tmp-1 nbcellar git .gi .gitx x.git data.csv kubeconfig hostkey .netrc a.p12 a.p12x"""
TOKENS = [*(base.decode() for base in ALWAYS | DEFAULTS), *ODD.split()]
TEXTS = st.text(min_size=1, max_size=8).filter(lambda text: not {"/", "\0"} & set(text))


@given(st.lists(st.sampled_from(TOKENS) | TEXTS, max_size=5))
@settings(max_examples=400, deadline=None)
def test_names_that_one_search_lets_through_would_each_have_been_kept(names: list[str]) -> None:
    bases = {name.encode("utf-8", "surrogatepass") for name in names}
    rules = IgnoreRules()
    if rules.keep_all(bases):
        assert not any(rules.ignores(base, folder) or rules.secret(base) for base in bases for folder in (True, False))


def test_one_search_is_enough_for_usual_names_and_never_where_rules_are(tmp_path: Path) -> None:
    usual = {b"train.csv", b"model-01.npz", b"README", b"a b", b"x.gitignore", b"n.env"}
    assert IgnoreRules().keep_all(usual)
    assert not IgnoreRules.load(tmp_path, ["*.csv"]).keep_all(usual)
    assert [base for base in ALWAYS | DEFAULTS if IgnoreRules().keep_all(usual | {base})] == []
