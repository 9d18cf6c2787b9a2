"""Meaning as a sum of word pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
encoder = pytest.importorskip("bot.search.minilm")
layer = pytest.importorskip("bot.search.vector_index")
meaning = pytest.importorskip("bot.nlp.embeddings")


def test_synonyms_are_nearer_than_strangers() -> None:
    """The table knows that shares are stock, and that choirs are neither."""
    shares, stock, choir = meaning.load_static_encoder().embed(
        ["shares fell sharply", "the stock dropped", "a choir sang hymns"]
    )
    assert shares @ stock > shares @ choir + 0.2


def test_a_text_without_words_means_nothing() -> None:
    """Silence has no direction, and dividing by its length is no error."""
    assert not meaning.load_static_encoder().embed(["", " \n", "…", "漢字"]).any()


def test_case_and_accents_do_not_matter() -> None:
    """People leave them out when they type."""
    one, other = meaning.load_static_encoder().embed(["Café MÜNCHEN", "cafe munchen"])
    assert one @ other == pytest.approx(1)


def test_packed_vectors_keep_their_direction() -> None:
    """One byte for each number is enough."""
    vectors = meaning.load_static_encoder().embed(["memory prices doubled", "a choir sang hymns"])
    (one, other) = meaning.quantize(vectors)
    matrix = layer.VectorMatrix.from_rows([(7, other), (3, one)], vectors.shape[1], 4)
    near = [matrix.cosines(np.array([3, 7]), vectors[[n]])[n] for n in (0, 1)]
    assert near == pytest.approx([1, 1], abs=1e-3)
    assert matrix.leading == pytest.approx(vectors[:, :4].T, abs=0.01)


def test_a_newer_vector_replaces_an_older_one() -> None:
    """Each row has one vector, whenever it was made; a row without one is as near as nothing."""
    east, north, nothing = b"\x7f\0", b"\0\x7f", b"\0\0"
    matrix = layer.VectorMatrix.from_rows([(1, east), (2, east)], 2, 1).merged(
        layer.VectorMatrix.from_rows([(5, nothing), (2, north)], 2, 1)
    )
    asked = np.array([[1, 0]], np.float32)
    assert matrix.cosines(np.array([2, 1, 4, 5]), asked) == pytest.approx([0, 1, np.nan, 0], nan_ok=True)
    assert matrix.leading.tolist() == [[1, 0, 0]]
    none = layer.VectorMatrix.from_rows([], 2, 1)
    assert np.isnan(none.cosines(np.array([1]), asked)).all()
    assert none.merged(matrix).ids.tolist() == [1, 2, 5]


def test_half_of_nearness_is_the_nearest_part() -> None:
    """Whoever answers one of several questions well is near to them all."""
    asked = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    assert layer.similarities(np.array([[1, 0], [0, 1]], np.float32), asked) == pytest.approx([0.5, 0.5])
    assert layer.similarities(np.array([[0.6], [0.8]], np.float32), asked[:1]) == pytest.approx([0.6])


def test_a_word_of_any_length_is_taken() -> None:
    """A pasted key or address is no reason to fail, or to take long."""
    (vector,) = meaning.load_static_encoder().embed(["x" * 100_000])
    assert not vector.any()


def test_pieces_are_those_of_the_encoder() -> None:
    """Its vocabulary is cut as it was when it was trained: no case, no accents, the longest piece first."""
    pieces = encoder.WordPieceTokenizer(
        ["[UNK]", "[CLS]", "[SEP]", "memo", "##ry", "memory", "s", "##s", "cafe", ".", "_"]
    )
    assert pieces.piece_ids("Memory memorys CAFÉ.") == [1, 5, 5, 7, 8, 9, 2]
    assert pieces.piece_ids("memo_\n unknowable \U0001f980") == [1, 3, 10, 0, 0, 2]
    assert pieces.piece_ids("") == [1, 2]
    assert len(pieces.piece_ids("memory " * 1000)) == encoder.MAX_PIECES
    assert pieces.piece_ids("x" * 100_000) == [1, 0, 2]


def test_another_model_file_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A model that we do not know is never run; one line says so, and the table goes on."""
    model = tmp_path / "model.onnx"
    model.write_bytes(b"another model")
    assert encoder.load_verified(model) is None
    (line,) = caplog.messages
    assert line.startswith("MiniLM is left out")
    assert encoder.MODEL_SHA256 in line


def test_the_model_is_loaded_with_the_first_text(tmp_path: Path) -> None:
    """Whoever never needs it doesn't wait for it."""
    pytest.importorskip("onnxruntime")
    exact = encoder.MiniLM(tmp_path / "none.onnx")
    with pytest.raises(Exception, match=r"none\.onnx"):
        exact.embed(["a choir sang hymns"])


def test_the_encoder_knows_an_order_that_a_sum_cannot() -> None:
    """Who did what to whom; a vector does not depend on the texts beside it."""
    exact = encoder.load()
    if exact is None:
        pytest.skip("the extra minilm is not installed")
    texts = ["Is borrowing money getting dearer?", "The central bank raised rates.", "The goalkeeper was hurt.", ""]
    vectors = exact.embed(texts)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1], abs=1e-3)
    assert np.sum(vectors * np.concatenate([exact.embed([text]) for text in texts]), axis=1) == pytest.approx(
        [1, 1, 1, 1], abs=0.01
    )
    one, other = exact.embed(["Harbor accuses Pontoon", "Pontoon accuses Harbor"])
    assert one @ other < 0.999
