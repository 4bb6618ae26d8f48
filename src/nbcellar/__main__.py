"""``python -m nbcellar`` is ``nbcellar``."""

import sys

from nbcellar.frontends.cli import main

sys.exit(main())
