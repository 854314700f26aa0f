"""A tensor as the Python code that makes it."""

from __future__ import annotations

import math

import torch

# Beyond this many elements a tensor that is not constant is still printed whole: code that
# leaves values out cannot be pasted.


def literal(tensor: torch.Tensor, *, requires_grad: bool = False, device: bool = True) -> str:
    """`torch.tensor(...)` that makes a contiguous tensor with the same values.

    Args:
        tensor: any dense tensor.
        requires_grad: whether the code says so too.
        device: whether the code names a device other than the CPU.
    """
    options = []
    if not _is_default(tensor):
        options.append(f"dtype={tensor.dtype}")
    if device and tensor.device.type != "cpu":
        options.append(f"device={str(tensor.device)!r}")
    if requires_grad:
        options.append("requires_grad=True")
    flat = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    shape = tuple(tensor.shape)
    if tensor.numel() == 0:
        return f"torch.empty({', '.join([str(shape), *options])})"
    texts = _texts(flat)
    if tensor.numel() > 8 and len(set(texts)) == 1:
        return f"torch.full({', '.join([str(shape), texts[0], *options])})"
    return f"torch.tensor({', '.join([_nested(texts, shape), *options])})"


def _is_default(tensor: torch.Tensor) -> bool:
    if tensor.numel() == 0:
        return tensor.dtype == torch.get_default_dtype()
    if tensor.dtype.is_complex:
        return tensor.dtype == torch.get_default_dtype().to_complex()
    if tensor.dtype.is_floating_point:
        return tensor.dtype == torch.get_default_dtype()
    return tensor.dtype in (torch.int64, torch.bool)


def _nested(texts: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return texts[0]
    if len(shape) == 1:
        return "[" + ", ".join(texts) + "]"
    step = len(texts) // shape[0]
    rows = (texts[n * step : (n + 1) * step] for n in range(shape[0]))
    return "[" + ", ".join(_nested(row, shape[1:]) for row in rows) + "]"


def _texts(flat: torch.Tensor) -> list[str]:
    if flat.dtype.is_complex:
        parts = torch.view_as_real(flat).reshape(-1)
        texts = _floats(parts)
        return [_complex(*texts[n : n + 2]) for n in range(0, len(texts), 2)]
    if flat.dtype.is_floating_point:
        return _floats(flat.reshape(-1))
    return [repr(value) for value in flat.reshape(-1).tolist()]


def _complex(real: str, imag: str) -> str:
    # 0 + nan*1j has the real part nan: only `complex` keeps the two apart.
    return f"complex({real}, {imag})"


def _floats(values: torch.Tensor) -> list[str]:
    wide = values.to(torch.float64).tolist()
    known = {repr(value): _float(value, values.dtype) for value in wide}
    return [known[repr(value)] for value in wide]


def _float(value: float, dtype: torch.dtype) -> str:
    """The shortest decimal that rounds to the value in its dtype."""
    if math.isnan(value):
        return "torch.nan"
    if math.isinf(value):
        return "torch.inf" if value > 0 else "-torch.inf"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}."
    for digits in range(1, 18):
        text = f"{value:.{digits}g}"
        if float(torch.tensor(float(text), dtype=torch.float64).to(dtype)) == value:
            return text if "." in text or "e" in text else text + "."
    return repr(value)
