"""Read pickled numbers, text and JSON without unpickling: nothing that a pickle names is imported or called.

Runs belong to other people, and loading a pickle runs whatever it says. Only the standard library is
imported here.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

_DEPTH = 100  # levels of nesting; pprint and json stop at some hundreds
_EXPANSION = 20  # items and characters per byte of the pickle, when what it shares is written out

_VALUES = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    }
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KEYS = (str, int, float, type(None))

# The two classes of Metaflow's own that a parameter may be of.
_INCLUDED_FILE = ("metaflow.includefile", "IncludedFile")
_CONFIG = ("metaflow.user_configs.config_parameters", "ConfigValue")


class NotPlain(ValueError):
    """The value is not made of numbers, text, booleans, None, lists, tuples and dicts alone."""


class IncludedFile:
    """The value of an `IncludeFile`: where the file is; never the file itself."""

    def __init__(self) -> None:
        self.descriptor: dict[str, Any] = {}


class _Class:
    """A class that a pickle names; it is not looked up."""

    def __init__(self, module: Any, name: Any) -> None:
        if (module, name) not in (_INCLUDED_FILE, _CONFIG):
            raise NotPlain(f"it contains {module}.{name}")
        self.named = (module, name)


def read_plain(data: bytes) -> Any:
    """The value of a pickle of plain data.

    Parameters
    ----------
    data
        The pickle, not compressed.

    Returns
    -------
    object
        Numbers, text, booleans, None, and lists, tuples and dicts of these; an `IncludedFile` for a file
        that Metaflow included; a dict for a `Config`.

    Raises
    ------
    NotPlain
        If the pickle holds anything else, or is broken.

    Examples
    --------
    >>> import pickle
    >>> read_plain(pickle.dumps({"rates": [0.1, 0.2], "deep": (None, True)}))
    {'rates': [0.1, 0.2], 'deep': (None, True)}
    >>> read_plain(pickle.dumps(range(3)))
    Traceback (most recent call last):
    metaflow_extensions.lineage.plugins.metadata.plain_pickle.NotPlain: it contains builtins.range
    """
    try:
        value = _Machine().run(data)
    except NotPlain:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise NotPlain(f"it is not a pickle of plain data ({error})") from error
    plain = value.descriptor if isinstance(value, IncludedFile) else value
    _check(plain, [_EXPANSION * len(data) + 1000], _DEPTH)
    return value


class _Machine:
    """The stack and the memo of a pickle (pickletools.py has the meaning of each operation)."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        operation: pickletools.OpcodeInfo
        argument: Any
        for operation, argument, _ in pickletools.genops(data):
            name = operation.name
            if name == "STOP":
                return self.stack.pop()
            if name in _VALUES:
                self.stack.append(argument)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name]())
            elif name in _TUPLES:
                self.stack.append(tuple(self.last(_TUPLES[name])))
            elif name in _PUTS:
                self.memo[argument] = self.stack[-1]
            elif name in _GETS:
                self.stack.append(self.memo[argument])
            elif name == "GLOBAL":
                self.stack.append(_Class(*argument.split(" ", 1)))
            elif name not in ("PROTO", "FRAME"):
                self.other(name)
        raise NotPlain("the pickle does not end")

    def other(self, name: str) -> None:
        operation = _OPERATIONS.get(name)
        if operation is None:
            raise NotPlain(f"it contains the operation {name}")
        operation(self)

    def last(self, count: int) -> list[Any]:
        """Take so many values off the stack."""
        if len(self.stack) < count:
            raise NotPlain("the pickle is broken")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def since_mark(self) -> list[Any]:
        return self.last(len(self.stack) - self.marks.pop())

    def mark(self) -> None:
        self.marks.append(len(self.stack))

    def memoize(self) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def extend(self, items: list[Any]) -> None:
        self.top(list).extend(items)

    def update(self, items: list[Any]) -> None:
        self.top(dict).update(_pairs(items))

    def top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise NotPlain("the pickle is broken")
        return self.stack[-1]

    def named_class(self) -> None:
        self.stack.append(_Class(*self.last(2)))

    def new_object(self) -> None:
        made, arguments = self.last(2)
        if not isinstance(made, _Class) or made.named != _INCLUDED_FILE or arguments != ():
            raise NotPlain("the pickle is broken")
        self.stack.append(IncludedFile())

    def build(self) -> None:
        (state,) = self.last(1)
        descriptor = state.get("_descriptor") if isinstance(state, dict) else None
        if not isinstance(descriptor, dict):
            raise NotPlain("the pickle is broken")
        self.top(IncludedFile).descriptor = descriptor

    def reduce(self) -> None:
        made, arguments = self.last(2)
        config = isinstance(made, _Class) and made.named == _CONFIG
        if not config or type(arguments) is not tuple or list(map(type, arguments)) != [dict]:
            raise NotPlain("the pickle is broken")
        self.stack.append(arguments[0])


_OPERATIONS: dict[str, Callable[[_Machine], None]] = {
    "MARK": _Machine.mark,
    "MEMOIZE": _Machine.memoize,
    "APPEND": lambda machine: machine.extend(machine.last(1)),
    "APPENDS": lambda machine: machine.extend(machine.since_mark()),
    "LIST": lambda machine: machine.stack.append(machine.since_mark()),
    "TUPLE": lambda machine: machine.stack.append(tuple(machine.since_mark())),
    "SETITEM": lambda machine: machine.update(machine.last(2)),
    "SETITEMS": lambda machine: machine.update(machine.since_mark()),
    "DICT": lambda machine: machine.stack.append(_pairs(machine.since_mark())),
    "STACK_GLOBAL": _Machine.named_class,
    "NEWOBJ": _Machine.new_object,
    "BUILD": _Machine.build,
    "REDUCE": _Machine.reduce,
}


def _pairs(items: list[Any]) -> dict[Any, Any]:
    """Keys and values in turn, as a dict; hashing a nested tuple could take for ever."""
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, _KEYS) for key in keys):
        raise NotPlain("it has keys that JSON does not have")
    return dict(zip(keys, items[1::2], strict=True))


def _check(value: Any, left: list[int], depth: int) -> None:
    """Refuse what is left of classes, and a small pickle that is huge when it is written out."""
    left[0] -= 1 + (len(value) if isinstance(value, str) else 0)
    if left[0] < 0 or depth < 0:
        raise NotPlain("it is nested too deeply, or repeats itself too often")
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(item, left, depth - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, left, depth - 1)
            _check(item, left, depth - 1)
    elif not isinstance(value, _KEYS):
        raise NotPlain("the pickle is broken")
