"""What a body is lent by name: its environment and live objects, there before it begins and put away when it ended."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import ExitStack

from nbcellar.tasks.environments import Environment, bound_environment
from nbcellar.tasks.taskline.options import TaskOptions


class Lent:
    """What one attempt lends its body.

    Attributes:
        environment: The one that the line names; None where it names none, or before it is opened.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.environment: Environment | None = None
        self._stack = ExitStack()

    def open(self, options: TaskOptions, namespace: MutableMapping[str, object]) -> None:
        """Load the environment that the line names, and make its live objects; `close` saves and closes them."""
        option = options.environment
        if option is not None:
            opened = bound_environment(namespace, option.name, new=option.new, symlink=option.symlink)
            self.environment = self._stack.enter_context(opened)
        if options.use:
            from nbcellar.tasks.resources.session import SESSION  # few tasks use live objects

            self._stack.enter_context(SESSION.lent(options.use, namespace))

    def close(self, error: BaseException | None) -> BaseException | None:
        """Save the environment and close live objects; the error that the attempt ends with then."""
        try:
            if error is None:
                self._stack.close()
            else:
                self._stack.__exit__(type(error), error, error.__traceback__)
        except Exception as problem:
            if problem is not error:
                return problem if error is None else error
        return error

    def words(self) -> tuple[str, ...]:
        """Which version the environment was saved as."""
        env = self.environment
        return (f"environment {env.env_name.name} is {env.version}",) if env is not None and env.version else ()

    @property
    def own_files(self) -> set[str]:
        """Files that are written for what is lent, not by the body."""
        return set() if self.environment is None else self.environment.own_files
