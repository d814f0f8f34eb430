"""Asking memory for what will be read soon: at millions of persons most rows are far from the processor.

It changes no result and no rule.  Loops over lists of rows ask for the row some places ahead; where everything is near
anyway it costs next to nothing.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from abm.engine.compiled import compiler_is_on

__all__ = ["AHEAD", "prefetch"]

AHEAD = 12  # places in a list; what is asked for takes as long to come as a dozen rows take to be dealt with

LARGEST_ALIGNED = 8  # bytes of a number, which lies on one line of the cache


def _prefetch(array: Any, index: Any) -> None:
    """Do nothing: without the compiler there is no such instruction."""


def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Ask for the first byte of an element, and for the last if they may lie on two lines of the cache."""
    kind, flag = signature.args[0], ir.IntType(32)
    view = context.make_array(kind)(context, builder, arguments[0])
    indices = [arguments[1], *[context.get_constant(types.intp, 0)] * (kind.ndim - 1)]
    element = cgutils.get_item_pointer(context, builder, kind, view, indices, wraparound=False)
    bytes_asked_for = [builder.bitcast(element, cgutils.voidptr_t)]
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    if size > LARGEST_ALIGNED:
        bytes_asked_for.append(builder.gep(bytes_asked_for[0], [context.get_constant(types.intp, size - 1)]))
    instruction = builder.module.declare_intrinsic(
        "llvm.prefetch",
        [cgutils.voidptr_t],
        ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag]),
    )
    for byte in bytes_asked_for:
        # to read, into the nearest cache, as data
        builder.call(instruction, [byte, flag(0), flag(3), flag(1)])
    return context.get_dummy_value()


def _typed(_: Any, array: Any, index: Any) -> Any:
    return types.void(array, types.intp), _generate


# prefetch(array, index): ask for the element (or the beginning of the row) at an index that is inside the array
prefetch = intrinsic(_typed) if compiler_is_on() else _prefetch
