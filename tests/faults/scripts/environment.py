"""Changes the values of an environment and saves it: ``environment.py PROJECT WORD``."""

import os
import sys

project, word = sys.argv[1:]
os.chdir(project)

from nbcellar.tasks.environments import Environment, get_or_create_env  # noqa: E402

env: Environment = get_or_create_env(not os.path.exists("xp1/env"), "xp1", symlink=False)
env["word"] = word
env["list"] = [word] * 1000
env.dump()
print(env.log()[0].number)
