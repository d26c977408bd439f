"""Writes the files beside it, and expected.json, which says what they hold: python3 test/golden/io/make.py

The committed ones were written by NumPy 2.4 and safetensors 0.8, under Python 3.11.
"""

import datetime
import io
import json
import pathlib
import zipfile

import numpy as np
from numpy.lib import format as npy_format
from safetensors.numpy import save as save_safetensors

folder = pathlib.Path(__file__).parent
expected = {}

integers = {
    "i1": [-128, -1, 0, 127],
    "u1": [0, 1, 128, 255],
    "i2": [-32768, -1, 0, 32767],
    "u2": [0, 1, 32768, 65535],
    "i4": [-(2**31), -1, 0, 2**31 - 1],
    "u4": [0, 1, 65536, 2**31 - 1],
    "i8": [-(2**31), -1, 0, 2**31 - 1],
    "u8": [0, 1, 65536, 2**31 - 1],
}
special = [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan")]
floats = {
    # The largest, the smallest normal and the smallest subnormal number, and one that is rounded.
    "f2": [*special, 65504, 2.0**-14, 2.0**-24, 1 / 3],
    "f4": [*special, 3.4028234663852886e38, 2.0**-126, 2.0**-149, 1 / 3],
    "f8": [*special, 1.7976931348623157e308, 2.0**-1022, 5e-324, 1 / 3],
}
parts = [complex(1.5, -2.5), complex(0.0, float("inf")), complex(-0.0, 1 / 3)]


def number(value):
    return repr(float(value))


def note(name, array):
    flat = np.ascontiguousarray(array).ravel()
    if array.dtype.kind == "c":
        values = [[number(x.real), number(x.imag)] for x in flat]
    elif array.dtype.kind == "b":
        values = [bool(x) for x in flat]
    else:
        values = [number(x) for x in flat]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": values}


def npy(name, array, version=None):
    with open(folder / f"{name}.npy", "wb") as file:
        npy_format.write_array(file, array, version=version)
    expected[f"{name}.npy"] = note(name, array)


def refused(name, array):
    with open(folder / f"refused_{name}.npy", "wb") as file:
        npy_format.write_array(file, array)


npy("b1", np.array([True, False, True]))
for descr, values in {**integers, **floats, "c8": parts, "c16": parts}.items():
    array = np.array(values).astype(descr)
    npy(descr, array.astype("<" + descr))
    if array.itemsize > 1:
        npy(f"{descr}_big_endian", array.astype(">" + descr))
grid = np.arange(24, dtype="<f8").reshape(2, 3, 4)
npy("fortran", np.asfortranarray(grid))
npy("fortran_big_endian", np.asfortranarray(grid.astype(">f4")))
npy("zero_d", np.array(2.5))
npy("empty", np.zeros((3, 0, 2), "<c8"))
npy("fortran_empty", np.zeros((3, 0, 2), order="F"))
npy("version_2", grid[0], version=(2, 0))
npy("version_3", grid[0], version=(3, 0))
npy("wide_i8", np.array([-(2**53), 2**53, 2**62, -(2**63)]))
npy("wide_u8", np.array([2**53, 2**64 - 1], "u8"))

refused("object", np.array([{"a": 1}, None], object))
refused("bytes", np.array([b"ab"]))
refused("string", np.array(["ab"]))
refused("structured", np.array([(1, 2.0)], [("a", "<i4"), ("b", "<f8")]))
refused("void", np.zeros(2, "V3"))
refused("date", np.array([datetime.date(2026, 1, 1)], "M8[D]"))
refused("timedelta", np.array([1], "m8[s]"))
refused("longdouble", np.zeros(2, np.longdouble))
refused("clongdouble", np.zeros(2, np.clongdouble))

named = {"a": np.arange(3.0), "folder/é": np.float32(2), "__proto__": np.array([[True], [False]])}


def archive(name, arrays):
    expected[name] = {key: note(key, np.asarray(array)) for key, array in arrays.items()}


np.savez(folder / "savez.npz", **named)
archive("savez.npz", named)
repetitive = {**named, "zeros": np.zeros((4, 500))}
np.savez_compressed(folder / "compressed.npz", **repetitive)
archive("compressed.npz", repetitive)
np.savez(folder / "none.npz")
archive("none.npz", {})


class Pipe(io.RawIOBase):
    """Cannot go back to fill in sizes: they follow the members."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


with open(folder / "streamed.npz", "wb") as file:
    np.savez_compressed(Pipe(file), **named)
archive("streamed.npz", named)

# As if all were beyond 2 GiB.
limit = zipfile.ZIP64_LIMIT
zipfile.ZIP64_LIMIT = 0
np.savez(folder / "zip64.npz", **named)
zipfile.ZIP64_LIMIT = limit
archive("zip64.npz", named)

# What other tools make of such archives: names without extension, a comment.
with zipfile.ZipFile(folder / "by_hand.npz", "w") as file:
    data = io.BytesIO()
    np.save(data, np.arange(4, dtype="<i4"))
    file.writestr("plain", data.getvalue())
    file.comment = b"PK\x05\x06 is how the record at the end begins"
archive("by_hand.npz", {"plain": np.arange(4, dtype="<i4")})

types = {descr: np.array(values).astype("<" + descr) for descr, values in {**integers, **floats, "c8": parts}.items()}
types |= {"b1": np.array([True, False, True]), "scalar": np.array(2.5), "none": np.zeros((0, 3)), "é": np.ones(2)}
(folder / "types.safetensors").write_bytes(save_safetensors(types, {"format": "np"}))
archive("types.safetensors", types)

own = {
    "b": np.array([True, False, True]),
    "ints": np.arange(3, dtype="<i4"),
    "10": np.ones((2, 2)),
    "9": np.zeros((0, 3)),
    "c": np.array(parts).astype("<c8"),
    'quo"te\n': np.array(1.5, "<f4"),
}
(folder / "own.safetensors").write_bytes(save_safetensors(own, {"step": "3"}))
archive("own.safetensors", {key: np.asarray(array) for key, array in own.items()})

(folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
