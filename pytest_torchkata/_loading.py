"""The moment at which torch is imported: a test that imports it in its body starts seeded too."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class TorchImport(MetaPathFinder):
    """Calls a function once, right after torch was imported."""

    def __init__(self, then: Callable[[], None]) -> None:
        """Call `then`."""
        self._then = then

    def start(self) -> None:
        """Wait for the import; call at once if it was made."""
        if "torch" in sys.modules:
            self._then()
        else:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Leave every module to the other finders; for torch, follow the loader they give."""
        if name != "torch":
            return None
        self.stop()
        spec = importlib.util.find_spec(name)
        if spec is not None and (loader := spec.loader) is not None:

            def load_and_tell(module: ModuleType) -> None:
                # Torch keeps its loader: what that holds, a whole run, would never be freed.
                del loader.exec_module
                loader.exec_module(module)
                self._then()

            loader.exec_module = load_and_tell  # type: ignore[method-assign]  # this one's
        return spec
