"""Environments: named values kept between tasks, in a folder, each save a version."""

from nbcellar.tasks.environments.environment import Environment
from nbcellar.tasks.environments.lookup import get_or_create_env
from nbcellar.tasks.environments.scope import bound_environment, env_task, in_environment

__all__ = ["Environment", "bound_environment", "env_task", "get_or_create_env", "in_environment"]
