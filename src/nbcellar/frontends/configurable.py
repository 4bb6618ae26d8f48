"""``%config Cellar``: the settings as a traitlets class, apart from the settings since traitlets is slow."""

from __future__ import annotations

from traitlets import Enum, Int, List, Unicode
from traitlets.config import Configurable
from traitlets.utils.bunch import Bunch

from nbcellar.settings import CHOICES, NAMES, Settings, set_for_session

_DEFAULTS = Settings()


class Cellar(Configurable):
    """Settings of nbcellar for this session; what is set here goes before variables and files."""

    store_url = Unicode(help="Where packs and journal lie; empty for .cellar in the project's folder.").tag(config=True)
    catalogue_url = Unicode(help="Where the catalogue lies; empty for the file beside a local store.").tag(config=True)
    project = Unicode(help="The project's name; empty for its folder's name.").tag(config=True)
    match = List(Unicode(), help="What a task keeps where it does not say.").tag(config=True)
    ignore = List(Unicode(), help="Further ignore rules, as lines of a .cellarignore.").tag(config=True)
    max_file_bytes = Int(help="A larger file is refused; 0 for no limit.").tag(config=True)
    soft_limit_bytes = Int(_DEFAULTS.soft_limit_bytes, help="A card speaks of disk use from here on.").tag(config=True)
    summary = Enum(CHOICES["summary"], _DEFAULTS.summary, help="What follows a cell.").tag(config=True)
    trash_days = Int(_DEFAULTS.trash_days, help="How long what was removed can be put back.").tag(config=True)
    workdir = Enum(CHOICES["workdir"], _DEFAULTS.workdir, help="Where task cells run.").tag(config=True)
    allowed_types = List(Unicode(), help="What `type:` in a workflow file may import.").tag(config=True)
    kernels = Enum(CHOICES["kernels"], _DEFAULTS.kernels, help="How a workflow's kernels begin.").tag(config=True)
    processes = Int(help="How many submitted calls run at once; 0 for one a core.").tag(config=True)

    workers = Enum(
        CHOICES["workers"], _DEFAULTS.workers, help="When a second process helps with thousands of small files."
    ).tag(config=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for name in NAMES:
            self.observe(_take_over, name)
        # What IPython's own configuration says of us was set before anybody observed it.
        for name in self.config.get("Cellar", {}):
            if name in NAMES:
                set_for_session(name, getattr(self, name))


def _take_over(change: Bunch) -> None:
    set_for_session(change["name"], change["new"])
