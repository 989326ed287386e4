import numpy as np
import pytest

from model import recorded, sealed


def test_a_recording_reads_back_what_was_put_in_with_its_passport(tmp_path):
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float16)
    path = tmp_path / "trial.safetensors"
    digest = recorded.save(path, {"curve": values}, {"curve": ("step", "loss")}, {"seed": 0})
    recording = recorded.load(path)
    np.testing.assert_array_equal(recording["curve"].values, values.astype(np.float32))
    assert recording["curve"].at(step=1).passport == ("curve", (1, (0, 5, 1)), f"trial@{digest[:12]}")
    assert recording.facts == {"seed": 0}


@pytest.mark.parametrize(
    ("array", "axes", "words"),
    [
        (np.zeros((2, 2)), ("a",), "shape"),
        (np.array([np.nan]), ("a",), "NaN"),
    ],
)
def test_what_could_not_be_shown_is_not_recorded(tmp_path, array, axes, words):
    with pytest.raises(ValueError, match=words):
        recorded.save(tmp_path / "a.safetensors", {"a": array}, {"a": axes}, {})
    assert not list(tmp_path.iterdir())


def test_one_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    recorded.save(path, {"a": np.arange(4.0)}, {"a": ("n",)}, {})
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(sealed.SealError, match="changed after it was written"):
        recorded.load(path)


def test_a_missing_recording_or_name_is_said_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="there is no recording 'nothing'"):
        recorded.load("nothing")
    path = tmp_path / "a.safetensors"
    recorded.save(path, {"a": np.arange(4.0)}, {"a": ("n",)}, {})
    with pytest.raises(KeyError, match="has no 'b'; it has a"):
        recorded.load(path)["b"]


@pytest.mark.parametrize("size", [1e-9, 1.0, 7e4, 1e12])
def test_half_precision_keeps_three_digits_of_small_and_large_numbers(tmp_path, size):
    values = (np.random.default_rng(0).normal(size=(40, 5)) * size).astype(np.float32)
    path = tmp_path / "trial.safetensors"
    recorded.save(path, {"a": values, "zero": np.zeros(3)}, {"a": ("n", "m"), "zero": ("n",)}, {}, half=("a", "zero"))
    recording = recorded.load(path)
    np.testing.assert_allclose(recording["a"].values, values, rtol=6e-4)
    assert recording.arrays["a"].dtype == np.float16 and not recording["zero"].values.any()
