"""Wrote `test-*.parquet` and `test-pyarrow.jsonl` with pyarrow 26.0.1; run in their folder to write them again."""

# pyarrow is in no lock: these files are made once.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
nested = pa.list_(pa.struct([("x", pa.int32()), ("y", pa.list_(pa.string()))]))
columns: dict[str, pa.Array] = {
    "id": pa.array([1, 2**53 + 1, -(2**63), 4, 2**63 - 1], pa.int64()),
    "unsigned": pa.array([1, 2**64 - 1, 0, None, 5], pa.uint64()),
    "decimal_32": pa.array([D("1.50"), D("-0.01"), D("123.78"), None, D("0.00")], pa.decimal128(5, 2)),
    "decimal_256": pa.array(
        [D("1.50"), D("-0.01"), D("9" * 50 + ".78"), None, D("0.00")], pa.decimal256(60, 2)
    ),
    "zoned": pa.array([1704448800123456, 0, -315619200000000, None, 1], pa.timestamp("us", "UTC")),
    "nanoseconds": pa.array([1704448800123456789, 0, -1, None, 1], pa.timestamp("ns", "UTC")),
    "seconds": pa.array([1704448800, 0, -315619200, None, 1], pa.timestamp("s")),
    "date": pa.array(
        [datetime.date(2024, 1, 5), datetime.date(1, 1, 1), None, None, datetime.date(9999, 12, 31)]
    ),
    "time": pa.array(
        [datetime.time(10, 0, 0, 123456), datetime.time(0), None, None, datetime.time(1)], pa.time64("us")
    ),
    "binary": pa.array([b"\xff\x00", b"", b"abc", None, b"x"], pa.binary()),
    "double": pa.array([1.5, math.nan, math.inf, None, -0.0], pa.float64()),
    "half": pa.array(np.array([1.5, 0, 2, -3, 0.25], "float16")),
    "boolean": pa.array([True, False, True, None, False]),
    "uuid": pa.array([uuid.UUID(int=7**i).bytes if i else None for i in range(5)], pa.uuid()),
    "struct": pa.array(
        [{"a": 1, "__proto__": "x"}, {"a": None, "__proto__": None}, None, {"a": 2, "__proto__": "y"}, None],
        pa.struct([("a", pa.int32()), ("__proto__", pa.string())]),
    ),
    "lists": pa.array([[[1], [], None], [], None, [[2, 3], [4]], [None]], pa.list_(pa.list_(pa.int64()))),
    "map": pa.array(
        [[("a", 1), ("b", None)], [], None, [("c", 3)], [("d", 4)]],
        pa.map_(pa.string(), pa.int32()),
    ),
    "nested": pa.array(
        [[{"x": 1, "y": ["p", None]}, {"x": None}], [], None, [None], [{"x": 2, "y": []}]], nested
    ),
    "nothing": pa.nulls(5),
    "dictionary": pa.array(["a", "b", "a", None, "b"]).dictionary_encode(),
}
texts = pa.array(["one", "zwei ü 😀", "", "four\x00nul", "five"])


def as_json(column: str, value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity"}[str(value)]
    if isinstance(value, decimal.Decimal | uuid.UUID | datetime.date | datetime.time) and not hasattr(
        value, "hour"
    ):
        return str(value)
    if isinstance(value, datetime.time):
        return value.isoformat()
    if column == "map" and isinstance(value, list):
        return [{"key": key, "value": item} for key, item in value]
    return value


def timestamp(nanoseconds: int | None, digits: int) -> str | None:
    if nanoseconds is None:
        return None
    seconds, rest = divmod(nanoseconds, 10**9)
    day = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return f"{day.isoformat()}{f'.{rest:09}'[: digits + 1] if rest else ''}Z"


times = (
    "zoned",
    "nanoseconds",
    "seconds",
)  # printed from their numbers: Python's own have microseconds at most
plain = pa.table({name: column for name, column in columns.items() if name not in times})
rows = [{name: as_json(name, value) for name, value in row.items()} for row in plain.to_pylist()]
for name, scale, digits in (("zoned", 1000, 6), ("nanoseconds", 1, 9), ("seconds", 10**9, 3)):
    for row, value in zip(rows, columns[name].cast(pa.int64()).to_pylist(), strict=True):
        row[name] = timestamp(None if value is None else value * scale, digits)

pq.write_table(
    pa.table({"text": texts, **columns}),
    "test-pyarrow.parquet",
    compression="snappy",
    data_page_version="2.0",
    write_page_checksum=True,
    row_group_size=4,
    # A page for each row: lists begin in one page and end with the next.
    data_page_size=1,
    write_batch_size=1,
    store_schema=False,
)
with open("test-pyarrow.jsonl", "w", encoding="utf-8") as lines:
    lines.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)

small = {
    "id": pa.array([f"doc-{i}" for i in range(6)]),
    "text": pa.array([f"Page {i} says that {1900 + i} was a good year." for i in range(6)]),
    "views": pa.array([i * 2**50 if i % 3 else None for i in range(6)], pa.int64()),
    "tags": pa.array([["a", "b"][: i % 3] for i in range(6)]),
}
pq.write_table(
    pa.table(small),
    "test-checksums.parquet",
    compression="zstd",
    write_page_checksum=True,
    write_statistics=False,
    store_schema=False,
)
