"""What a snapshot leaves out: defaults, ``.cellarignore`` files, and names that look like credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.settings import STORE_FOLDER, project_folder

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".cellarignore"

ALWAYS = frozenset({STORE_FOLDER.encode()})
"""Never part of a snapshot, whatever a rule says."""

DEFAULTS = frozenset(
    b".git .hg .svn .ipynb_checkpoints __pycache__ .venv node_modules .mypy_cache .pytest_cache .ruff_cache "
    b".tox .nox .DS_Store .virtual_documents".split()
)
"""Left out by base name, unless a ``!rule`` takes it back."""

TEMPORARY_PREFIX = b".nbcellar-tmp-"
"""What an unfinished restore leaves behind begins so."""

# Expressions as text: compiling them takes 2 ms, and `re` does it once, when a name is first held against them.
_SECRET = (
    rb"\.env(?:\.(?!example$|sample$|template$|dist$).*)?|\.netrc|_netrc|\.pgpass|\.git-credentials|\.pypirc|\.npmrc"
    rb"|\.htpasswd|\.vault-token|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.*\.(?:pem|ppk|p12|pfx|jks|keystore|kdbx)"
    rb"|(?:server|private|secret|client|tls|ssl|host)[-_.]?key"
    rb"|credentials(?:\.(?:json|csv|ya?ml|ini|toml))?|application_default_credentials\.json"
    rb"|(?:client_)?secrets?(?:\.(?:json|ya?ml|toml|ini|env))?|service[-_]account.*\.json|kubeconfig"
)
_SECRET_BEGINS = tuple(
    b".env .netrc _netrc .pgpass .git-cred .pypirc .npmrc .htpasswd .vault id_ cred application_d client secret "
    b"service kubeconfig server private tls ssl host".split()
)
_SECRET_ENDS = (b".pem", b".ppk", b".p12", b".pfx", b".jks", b".keystore", b".kdbx")
_SECRET_FOLDERS = frozenset({b".aws", b".ssh", b".gnupg", b".azure", b".kube", b".docker"})
_NOTABLE_BEGINNING = (
    b"\0(?:"
    + b"|".join(re.escape(begin) for begin in (TEMPORARY_PREFIX, *_SECRET_BEGINS))
    + b"|(?:"
    + b"|".join(re.escape(base) for base in sorted(ALWAYS | DEFAULTS | _SECRET_FOLDERS))
    + b")\0)"
)
_NOTABLE_END = rb"\.(?:" + b"|".join(end[1:] for end in _SECRET_ENDS) + rb")\0"


@dataclass(frozen=True, slots=True)
class _Layer:
    """The rules of one file, for the names below its folder.

    Attributes:
        above: What stands between the rules' folder and the root of the scan; ``""`` where the rules are the root's.
        below: The folder of the rules relative to the root of the scan, with its ``/``; ``b""`` for the root's.
    """

    spec: GitIgnoreSpec
    above: str
    below: bytes

    def verdict(self, name: bytes, folder: bool) -> bool | None:
        text = self.above + name[len(self.below) :].decode("utf-8", "surrogateescape")
        return self.spec.check_file(text + "/" if folder else text).include


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules for one root; names are bytes relative to it.

    Attributes:
        layers: Outermost first; the last that has an opinion decides, as with git.
        include_secrets: Whether names that look like credentials are kept.
    """

    layers: tuple[_Layer, ...] = field(default=())
    include_secrets: bool = False

    @classmethod
    def load(cls, root: Path, extra: Iterable[str] = (), *, include_secrets: bool = False) -> IgnoreRules:
        """The rules that hold in ``root``: of the project's folders down to it, then ``extra`` lines.

        Raises:
            UsageError: A line is no rule.
        """
        root = root.resolve()
        home = project_folder(root)
        chain = [home, *(folder for folder in reversed(root.parents) if home in folder.parents)]
        chain += [root] if root != home else []
        layers = [
            _layer(_lines(folder / IGNORE_FILE), above=_slashed(root.relative_to(folder)))
            for folder in chain
            if (folder / IGNORE_FILE).is_file()
        ]
        lines = list(extra)
        if lines:
            layers.append(_layer(lines))
        return cls(tuple(layers), include_secrets)

    def enter(self, folder: bytes, lines: Sequence[str]) -> IgnoreRules:
        """The rules below ``folder``, which has a ``.cellarignore`` of its own."""
        return replace(self, layers=(*self.layers, _layer(lines, below=folder + b"/")))

    def keep_all(self, bases: Iterable[bytes]) -> bool:
        """Whether none of these base names can be left out: one search, instead of two questions for every name."""
        if self.layers:
            return False
        joined = b"\0%b\0" % b"\0".join(bases)
        return not (re.search(_NOTABLE_BEGINNING, joined) or re.search(_NOTABLE_END, joined))

    def with_lines(self, lines: Sequence[str]) -> IgnoreRules:
        """These rules and further lines.

        Raises:
            UsageError: A line is no rule.
        """
        return replace(self, layers=(*self.layers, _layer(lines))) if lines else self

    def ignores(self, name: bytes, folder: bool) -> bool:
        """Whether it is left out; a folder that is left out is not entered."""
        base = name[name.rfind(b"/") + 1 :]
        if base in ALWAYS or base.startswith(TEMPORARY_PREFIX):
            return True
        for layer in reversed(self.layers):
            verdict = layer.verdict(name, folder)
            if verdict is not None:
                return verdict
        return base in DEFAULTS

    def secret(self, name: bytes) -> bool:
        """Whether the name looks like a credential, and such are left out."""
        base = name[name.rfind(b"/") + 1 :]
        if self.include_secrets:
            return False
        if base in _SECRET_FOLDERS:
            return True
        # The two tuples only spare the expression most names: it decides.
        near = base.startswith(_SECRET_BEGINS) or base.endswith(_SECRET_ENDS)
        return near and re.fullmatch(_SECRET, base) is not None


def _slashed(path: Path) -> str:
    text = path.as_posix()
    return "" if text == "." else text + "/"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()


def _layer(lines: Iterable[str], above: str = "", below: bytes = b"") -> _Layer:
    # Here and not at the top: most folders have no rules of their own, and the import costs 20 ms.
    from pathspec import GitIgnoreSpec

    try:
        return _Layer(GitIgnoreSpec.from_lines(lines), above, below)
    except ValueError as error:
        raise UsageError(f"An ignore rule cannot be read: {error}", hint=f"Correct {IGNORE_FILE}.") from error
