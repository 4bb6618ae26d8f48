"""``python -m nbcellar`` is ``nbcellar``."""

from nbcellar.frontends.program import run

run()
