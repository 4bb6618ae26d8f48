"""A run in a notebook is shown where it is asked for, if somebody looks on."""

from __future__ import annotations

import sys

from nbcellar.frontends.commands.reporting import logs_only
from nbcellar.workflow.views.events import Listener


def live_listener() -> Listener | None:
    """What shows a run in the cell that starts it; None where nobody looks on, or it is no notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None or logs_only():
        return None
    from nbcellar.frontends.display import may_ask  # with the cards, which a terminal does without
    from nbcellar.frontends.runplace import Following

    return Following() if may_ask(shell) else None
