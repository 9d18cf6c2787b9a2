"""Meaning as a sum of word pieces."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
meaning = pytest.importorskip("bot.search.meaning")


def test_synonyms_are_nearer_than_strangers() -> None:
    """The table knows that shares are stock, and that choirs are neither."""
    shares, stock, choir = meaning.table().embed(["shares fell sharply", "the stock dropped", "a choir sang hymns"])
    assert shares @ stock > shares @ choir + 0.2


def test_a_text_without_words_means_nothing() -> None:
    """Silence has no direction, and dividing by its length is no error."""
    assert not meaning.table().embed(["", " \n", "…", "漢字"]).any()


def test_case_and_accents_do_not_matter() -> None:
    """People leave them out when they type."""
    one, other = meaning.table().embed(["Café MÜNCHEN", "cafe munchen"])
    assert one @ other == pytest.approx(1)


def test_packed_vectors_keep_their_direction() -> None:
    """One byte for each number is enough."""
    vectors = meaning.table().embed(["memory prices doubled", "a choir sang hymns"])
    restored = meaning.unpack(meaning.join(meaning.pack(vectors), vectors.shape[1]))
    assert np.sum(vectors * restored, axis=1) == pytest.approx([1, 1], abs=1e-3)


def test_a_word_of_any_length_is_taken() -> None:
    """A pasted key or address is no reason to fail, or to take long."""
    (vector,) = meaning.table().embed(["x" * 100_000])
    assert not vector.any()
