"""Packing, read back by a second reader written here from the description alone."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from mlmbook.explore.pack import Packer


def read(packer, ref):
    """Return the row at every setting."""

    def block(name):
        place = ref[name]
        data = np.frombuffer(packer.tables, place["type"], place["size"], place["at"])
        return data.astype(float)

    axes, n = ref.get("axes", []), ref["n"]
    rows = []
    for cell in np.ndindex(packer.shape):
        number = 0
        for axis in axes:
            number = number * packer.shape[axis] + cell[axis]
        length = int(block("lengths")[number]) if "lengths" in ref else n
        place = int(block("index")[number]) if "index" in ref else number
        if "rank" in ref:
            columns = block("columns").reshape(-1, ref["rank"])
            factors = block("factors").reshape(ref["rank"], n)
            row = block("base") + columns[place] @ factors
        else:
            row = block("rows")[place * n : (place + 1) * n]
        rows.append(row[:length])
    return rows


def pack(shape, rows, **options):
    packer = Packer(shape)
    return packer, packer.number("x", rows, **options)


def test_a_constant_channel_is_one_row():
    packer, ref = pack((3, 4), [np.arange(5.0)] * 12)
    assert "axes" not in ref
    assert len(packer.tables) == 5  # small whole numbers take a byte each


def test_only_controls_that_matter_are_stored():
    values = np.arange(12).reshape(3, 4)[:, :1].repeat(4, axis=1).ravel()
    packer, ref = pack((3, 4), [np.full(6, v + 0.5) for v in values])
    assert ref["axes"] == [0]
    np.testing.assert_allclose(np.concatenate(read(packer, ref)), np.repeat(values + 0.5, 6))


def test_rows_that_repeat_are_stored_once():
    rng = np.random.default_rng(1)
    two = rng.normal(size=(2, 50))
    which = rng.integers(0, 2, 40)
    packer, ref = pack((40,), [two[k] for k in which])
    assert "index" in ref
    assert len(packer.tables) < 2 * 50 * 4 + 40 + 20
    np.testing.assert_allclose(read(packer, ref), two[which], atol=1e-6)


def test_a_cloud_that_is_linear_in_two_coefficients_costs_three_clouds():
    rng = np.random.default_rng(2)
    u, e = rng.normal(size=(2, 600))
    cells = [(s, t) for s in np.linspace(0, 4, 17) for t in np.linspace(1, 8, 29)]
    rows = [50 + s * u + t * e for s, t in cells]
    packer, ref = pack((17, 29), rows)
    assert ref["rank"] == 2
    assert len(packer.tables) < 3 * 600 * 4 + 2 * len(cells) * 4 + 100  # of 1,183,200 as float32
    error = np.abs(np.array(read(packer, ref)) - rows).max()
    assert error <= 1e-6 * np.ptp(rows)


def test_full_rank_is_stored_as_it_is():
    rows = np.random.default_rng(3).normal(size=(30, 40))
    packer, ref = pack((30,), list(rows))
    assert "rank" not in ref
    np.testing.assert_allclose(read(packer, ref), rows, rtol=1e-6)


def test_large_numbers_with_a_small_range_keep_their_differences():
    rows = 1e9 + np.random.default_rng(4).normal(size=(5, 7))
    packer, ref = pack((5,), list(rows))
    assert np.abs(np.array(read(packer, ref)) - rows).max() <= 1e-6 * np.ptp(rows)


def test_exact_numbers_keep_every_bit():
    rows = np.random.default_rng(5).normal(size=(50, 1))
    packer, ref = pack((50,), list(rows), exact=True)
    assert np.array_equal(np.array(read(packer, ref)), rows)


def test_rows_of_different_lengths_come_back_with_theirs():
    rows = [np.arange(n) + 0.25 for n in (3, 1, 0, 4)]
    packer, ref = pack((4,), rows)
    assert [row.tolist() for row in read(packer, ref)] == [row.tolist() for row in rows]


def test_gaps_stay_gaps():
    packer, ref = pack((2,), [np.array([1.5, np.nan]), np.array([np.nan, 2.5])])
    assert np.isnan(read(packer, ref)).tolist() == [[False, True], [True, False]]


def test_a_hidden_mark_costs_nothing():
    shown = [np.arange(4) + 0.5 * k for k in range(3)]
    rows = [row for k in range(3) for row in (None, shown[k])]  # a toggle hides it
    packer, ref = pack((3, 2), rows)
    assert ref["axes"] == [0]
    assert [row.tolist() for row in read(packer, ref)[1::2]] == [row.tolist() for row in shown]


def test_equal_blocks_are_stored_once():
    packer = Packer((1,))
    row = np.random.default_rng(6).normal(size=100)
    assert packer.number("a", [row]) == packer.number("b", [row])
    assert packer.sizes == {"a": 800, "b": 0} or packer.sizes == {"a": 400, "b": 0}


def test_words_are_stored_once_and_found_again():
    packer = Packer((3,))
    ref = packer.word("names", [["a", "b"], ["b", "a"], ["a", "b"]])
    assert packer.words == ["a", "b"]
    found = [[packer.words[int(code)] for code in row] for row in read(packer, ref)]
    assert found == [["a", "b"], ["b", "a"], ["a", "b"]]


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        float,
        st.tuples(st.integers(1, 12), st.integers(1, 9)),
        elements=st.floats(-1e6, 1e6).map(lambda v: round(v, 3)),
    ),
    st.integers(1, 3),
)
def test_every_matrix_comes_back_within_a_millionth_of_its_range(matrix, copies):
    rows = np.repeat(matrix, copies, axis=0)
    packer, ref = pack((len(matrix), copies), list(rows))
    error = np.abs(np.array(read(packer, ref)) - rows).max()
    assert error <= 1e-6 * np.ptp(rows) + 1e-12


@pytest.mark.parametrize("shape", [(1,), (2, 3)])
def test_two_runs_pack_the_same_bytes(shape):
    rows = list(np.random.default_rng(7).normal(size=(int(np.prod(shape)), 40)))
    assert pack(shape, rows)[0].tables == pack(shape, rows)[0].tables
