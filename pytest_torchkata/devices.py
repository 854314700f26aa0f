"""The devices that tests run on: what is there, what was asked for, and why the rest is missing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch

_LABELS = {"cpu": "CPU", "cuda": "CUDA", "mps": "MPS", "xpu": "XPU", "meta": "meta"}


@dataclass(frozen=True)
class Accelerator:
    """A kind of accelerator and how many of it this process sees (count >= 1)."""

    kind: str
    count: int


def accelerators() -> tuple[Accelerator, ...]:
    """The accelerators of this machine, fastest first.

    Tests of GPU logic replace this one function: nothing else asks the hardware.
    """
    found = {}
    for kind in _kinds_to_ask():
        count = _count(kind)
        if count:
            found[kind] = Accelerator(kind, count)
    return tuple(found.values())


def available() -> list[str]:
    """The kinds of device that are here: cpu first, then the accelerators."""
    return ["cpu", *(accelerator.kind for accelerator in accelerators())]


def select(wanted: str) -> list[str]:
    """The devices that `--torchkata-device` names.

    Args:
        wanted: "auto" or "all" (the CPU and every accelerator that is there), or names
            separated by commas: "cpu", "cuda", "cuda:1", "mps", "xpu", "meta", ...

    Returns:
        Names in the order given, each once.

    Raises:
        ValueError: a device is not there; the message lists those that are and says why.
    """
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    if not names:
        raise ValueError(f"{wanted!r} names no device. Available: {', '.join(available())}.")
    if names in (["auto"], ["all"]):
        return available()
    here = accelerators()
    for name in names:
        reason = _why_absent(name, here)
        if reason:
            there = ", ".join(["cpu", *(_listed(accelerator) for accelerator in here)])
            raise ValueError(f"{name!r} is not available here. Available: {there}. {reason}")
    return names


def as_device(name: str) -> torch.device:
    """The device of that name, with its index where tensors on it carry one.

    `torch.device("cuda") != torch.zeros(1, device="cuda").device`, which is `cuda:0`: a test
    that compares the two should pass.
    """
    device = torch.device(name)
    if device.index is None and device.type not in ("cpu", "meta"):
        return torch.device(device.type, 0)
    return device


def free_memory(name: str) -> int | None:
    """The bytes that are free on a device; None where nothing says so."""
    device = as_device(name)
    if device.type == "cuda":
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    if device.type == "cpu" and hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def label(kind: str) -> str:
    """The name of a kind of device in a sentence: CUDA, MPS, CPU."""
    return _LABELS.get(kind, kind)


def _kinds_to_ask() -> list[str]:
    kinds = ["cuda", "xpu", "mps"]
    accelerator = getattr(torch, "accelerator", None)  # torch 2.6 and later
    current = accelerator.current_accelerator() if accelerator else None
    if current is not None:
        kinds.append(current.type)
    # A back end outside torch (PrivateUse1): torch gives it a module once it has a name.
    kinds.append(torch._C._get_privateuse1_backend_name())
    return list(dict.fromkeys(kinds))


def _count(kind: str) -> int:
    module = getattr(torch, kind, None)
    if module is None:
        return 0
    # `torch.cuda.device_count()` asks the driver's library and makes no CUDA context, so that a
    # DataLoader may still fork. Other back ends count only after `is_available`.
    if kind != "cuda" and not module.is_available():
        return 0
    count = getattr(module, "device_count", None)
    return int(count()) if count is not None else 1


def _listed(accelerator: Accelerator) -> str:
    if accelerator.count == 1:
        return accelerator.kind
    return f"{accelerator.kind} (cuda:0 to cuda:{accelerator.count - 1})".replace(
        "cuda:", f"{accelerator.kind}:"
    )


def _why_absent(name: str, here: Sequence[Accelerator]) -> str:
    """Why that device cannot be used; empty where it can."""
    kind, colon, index = name.partition(":")
    if kind in ("auto", "all"):
        return f"{kind!r} stands alone: it already means every device that is here."
    if colon and not (index.isascii() and index.isdigit()):
        return f"After the colon comes a number, as in {kind}:0."
    if kind in ("cpu", "meta"):
        return ""
    counts = {accelerator.kind: accelerator.count for accelerator in here}
    if kind in counts:
        if colon and int(index) >= counts[kind]:
            there = f"{counts[kind]} {label(kind)} device" + "s" * (counts[kind] != 1)
            return f"There {'is' if counts[kind] == 1 else 'are'} {there}, counted from 0."
        return ""
    return _why_no(kind)


def _why_no(kind: str) -> str:
    if kind == "cuda":
        return _why_no_cuda()
    if kind == "mps":
        if not torch.backends.mps.is_built():
            return f"This build of torch ({torch.__version__}) has no MPS: it needs macOS on arm64."
        return "This build of torch has MPS, but this Mac has no GPU for it, or too old a macOS."
    if hasattr(torch, kind) and hasattr(getattr(torch, kind), "is_available"):
        return f"torch knows {kind!r} but finds none: no driver, or a build of torch without it."
    try:
        torch.device(kind)
    except RuntimeError:
        return f"torch {torch.__version__} knows no device type of that name."
    return f"torch knows {kind!r} but no back end for it is installed or loaded."


def _why_no_cuda() -> str:
    if torch.version.cuda is None and torch.version.hip is None:
        return f"This build of torch ({torch.__version__}) is for the CPU only."
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None:
        return f"CUDA_VISIBLE_DEVICES={hidden!r} hides the GPUs, or no NVIDIA driver answers."
    return "No NVIDIA driver answers: see what nvidia-smi says."
