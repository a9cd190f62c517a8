"""Bands keep every row's keys and values through joins, moves and leaves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repro_worker.engines.transformers.key_value_band import KeyValueBand, band_capacity


@given(st.integers(1, 100_000))
def test_a_band_wastes_at_most_half(tokens: int) -> None:
    capacity = band_capacity(tokens)
    assert tokens <= capacity <= max(256, 2 * tokens)
    assert band_capacity(capacity) == capacity


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "next"]), st.integers(0, 100)), max_size=40))
def test_rows_keep_what_was_written(steps: list[tuple[str, int]]) -> None:
    import torch

    band = KeyValueBand(capacity=256)
    rows: list[list[float]] = []  # what each row of the band should hold
    for number, (step, choice) in enumerate(steps):
        if step == "join":
            alone = KeyValueBand(capacity=256)
            alone.add_row()
            written = [number + index / 100 for index in range(1 + choice % 20)]
            run = torch.tensor(written)[None, :, None]  # (1 head, tokens, 1)
            alone.write_run(0, 0, run, -run.bfloat16())
            alone.advance(len(written))
            band.move_row_from(alone, 0)
            rows.append(written)
        elif step == "leave" and rows:
            place = choice % len(rows)
            band.remove_row(place)
            rows[place] = rows[-1]
            rows.pop()
        elif step == "next" and rows:
            new = torch.arange(len(rows))[:, None, None] + float(number)
            band.write_next(0, torch.tensor(band.lengths), new, -new.bfloat16())
            band.advance(1)
            for index, row in enumerate(rows):
                row.append(float(number + index))
        assert band.lengths == [len(row) for row in rows]
    for index, row in enumerate(rows):
        keys, values = band.read(0, len(row))
        assert torch.equal(keys[index, 0, :, 0], torch.tensor(row))
        assert torch.equal(values, -keys.bfloat16())  # each in the format it came in
