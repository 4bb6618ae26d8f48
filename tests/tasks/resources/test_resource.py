"""Resources: what makes them, how they close, what they hold between passes."""

from __future__ import annotations

import contextlib
import gc
import random
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.errors import ResourceError, UnsafeError, UsageError
from nbcellar.tasks.resources.resource import Resource
from nbcellar.tasks.resources.specification import ResourceScope, ResourceSpecification


class Histogram:
    def __init__(self, bins: int = 10) -> None:
        self.bins = bins


class Closing:
    """A context manager that writes down how it was left."""

    def __init__(self, said: list[object]) -> None:
        self.said = said

    def __enter__(self) -> str:
        self.said.append("entered")
        return "the object"

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.said.append(error)
        return True  # a resource cannot hide an error: its step failed all the same


def made(resource: Resource) -> object:
    resource.init()
    found = resource.obj
    resource.deinit()
    return found


def test_a_class_is_called_with_its_parameters() -> None:
    found = made(Resource("hist", Histogram, scope="runner", params={"bins": 32}))
    assert isinstance(found, Histogram)
    assert found.bins == 32


def test_a_list_of_parameters_is_positional() -> None:
    found = made(Resource("rng", random.Random, scope="node", params=[7]))
    assert isinstance(found, random.Random)
    assert found.random() == random.Random(7).random()


def test_a_function_is_called() -> None:
    assert made(Resource("n", lambda: 5, scope="node")) == 5


def test_a_generator_yields_the_object_and_goes_on_at_the_end() -> None:
    said = []

    def opened(name: str) -> Iterator[str]:
        try:
            yield name
        except ValueError as error:
            said.append(str(error))
            raise
        finally:
            said.append("closed")

    resource = Resource("file", opened, scope="node", params=["data"])
    resource.init()
    assert resource.obj == "data"
    resource.error = ValueError("the step failed")
    resource.deinit()
    assert said == ["the step failed", "closed"]
    assert resource.obj is None


def test_a_function_that_gives_a_context_manager_is_entered() -> None:
    said: list[object] = []
    resource = Resource("one", lambda: Closing(said), scope="node")
    resource.init()
    assert resource.obj == "the object"
    resource.deinit()
    assert said == ["entered", None]


def test_a_decorated_context_manager_is_entered() -> None:
    @contextlib.contextmanager
    def opened() -> Iterator[int]:
        yield 3

    assert made(Resource("one", opened, scope="node")) == 3


def test_a_class_of_context_managers_is_entered_and_gets_the_error() -> None:
    said: list[object] = []
    resource = Resource("one", Closing, scope="node", params=[said])
    resource.init()
    resource.error = error = ValueError("no")
    resource.deinit()
    assert said == ["entered", error]


def test_a_folder_of_its_own_is_gone_afterwards() -> None:
    resource = Resource("folder", tempfile.TemporaryDirectory, scope="process")
    resource.init()
    folder = Path(str(resource.obj))
    assert folder.is_dir()
    resource.deinit()
    assert not folder.exists()


def test_a_lock_is_shared_and_not_held() -> None:
    resource = Resource("lock", threading.Lock, scope="runner")
    resource.init()
    assert not resource.obj.locked()  # type: ignore[attr-defined]
    resource.deinit()


class Camera(Resource):
    port: int = 0

    def init(self) -> None:
        self.obj = f"camera at {self.port}"

    def deinit(self) -> None:
        self.obj = None


def test_a_subclass_is_its_own_type_and_takes_what_it_annotates() -> None:
    camera = Camera("camera", scope="runner", port=3)
    camera.init()
    assert camera.obj == "camera at 3"
    camera.deinit()
    again = Resource.from_specification(camera.spec)
    assert isinstance(again, Camera)
    assert made(again) == "camera at 3"


def test_a_subclass_refuses_what_it_does_not_annotate() -> None:
    with pytest.raises(UsageError, match=r"Camera has no parameter 'prot'.* Did you mean 'port'"):
        Camera("camera", scope="runner", prot=3)
    with pytest.raises(UsageError, match="Resource has no parameter 'port'"):
        Resource("camera", Histogram, scope="runner", port=3)


def test_a_subclass_may_have_an_init_of_its_own() -> None:
    class Door(Resource):
        def __init__(self, colour: str, spec: ResourceSpecification) -> None:
            super().__init__(spec=spec)
            self.colour = colour

        def init(self) -> None:
            self.obj = self.colour

    for params in ({"colour": "red"}, ["red"]):
        spec = ResourceSpecification("door", "", ResourceScope.NODE, params, factory=Door)
        assert made(Resource.from_specification(spec)) == "red"


@pytest.mark.parametrize(
    ("scope", "message"), [("", "it has no scope"), ("nod", "'nod' is no scope.*Did you mean 'node'?")]
)
def test_a_scope_is_one_of_three(scope: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Resource("hist", Histogram, scope=scope)


def test_what_making_raises_says_which_resource_it_was() -> None:
    def broken() -> None:
        raise OSError("no route")

    resource = Resource("client", broken, scope="node")
    with pytest.raises(OSError, match="no route") as raised:
        resource.init()
    assert raised.value.__notes__ == ["This was raised while the resource 'client' was made."]
    assert resource.obj is None


def test_what_must_be_awaited_is_refused() -> None:
    async def client() -> None: ...

    with pytest.raises(ResourceError, match="is async"):
        Resource("client", client, scope="node").init()


def test_it_is_made_once() -> None:
    with opened_resource() as resource, pytest.raises(ResourceError, match="is made already"):
        resource.init()


@contextlib.contextmanager
def opened_resource() -> Iterator[Resource]:
    resource = Resource("hist", Histogram, scope="runner", depends="update.hist")
    resource.init()
    yield resource
    resource.deinit()


def test_it_holds_a_copy_of_what_a_step_emitted() -> None:
    with opened_resource() as resource:
        assert resource.stored_at is None
        emitted = {"bins": [1]}
        resource.update(emitted, epoch=3)
        emitted["bins"].append(2)
        assert resource.obj == {"bins": [1]}
        assert resource.stored_at == 3
        resource.update(emitted, epoch=4, copy=False)
        assert resource.obj is emitted


def test_minus_one_is_never() -> None:
    resource = Resource("hist", Histogram, scope="runner")
    resource.stored_at = -1
    assert resource.stored_at is None


def test_what_cannot_be_copied_leaves_the_resource_as_it_was() -> None:
    with opened_resource() as resource:
        before = resource.obj
        with pytest.raises(ResourceError, match=r"What update.hist emits .* cannot be copied"):
            resource.update(threading.Lock(), epoch=1)
        assert resource.obj is before
        assert resource.stored_at is None


def test_a_forgotten_resource_warns() -> None:
    resource = Resource("hist", Histogram, scope="runner")
    resource.init()
    with pytest.warns(ResourceWarning, match="The resource 'hist' was forgotten"):
        del resource
        gc.collect()


def test_a_closed_resource_warns_nobody() -> None:
    resource = Resource("hist", Histogram, scope="runner")
    resource.init()
    resource.deinit()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del resource
        gc.collect()


def test_a_class_in_python_needs_no_permission_and_a_name_does() -> None:
    assert made(Resource("hist", Histogram, scope="node")) is not None
    with pytest.raises(UnsafeError, match="may not be imported"):
        Resource("hist", "decimal.Decimal", scope="node").init()


def test_its_repr_is_one_line() -> None:
    resource = Resource("hist", Histogram, scope="runner")
    assert repr(resource) == "<Resource hist, runner: not made>"
    resource.init()
    assert repr(resource) == "<Resource hist, runner: a Histogram>"
    resource.deinit()
