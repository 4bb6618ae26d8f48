"""``python -m nbcellar`` is ``nbcellar``."""

from nbcellar.frontends.cli import run

run()
