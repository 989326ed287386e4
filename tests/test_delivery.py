"""A delivery is what an editor was promised: colours, alpha, even frames, timecode, timelines, captions."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
import srt
import webvtt
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from rendering import delivered, delivery, producing
from rendering.captions import Line, escaped, subrip, web_captions
from rendering.delivered import Order, read_delivery
from rendering.encode import pictures, transcode
from rendering.finish import DeliveryError
from rendering.handover import delivery_rate
from rendering.manifest import Beat, Record, RecordError
from rendering.plan import PlanError
from rendering.probing import probe
from rendering.profiles import PROFILES, PROXY
from rendering.shots import LONGEST_NAME, Rendered, shots_of, slug
from rendering.take import Picture, Take
from rendering.timecode import RATES, timecode
from rendering.timeline import Cut, timeline, write_timelines
from scenes.storyboard import CHAPTERS

SWATCHES = {"blue": (88, 196, 221), "red": (252, 98, 85), "green": (0, 255, 0), "grey": (136, 136, 136)}
SIZE, FRAMES, HANDLE = (128, 72), 24, 6
KINDS = {**PROFILES, "proxy": PROXY}


def picture(step: int = 0) -> np.ndarray:
    """Flat swatches side by side; below them white that is half there, premultiplied; a mark that moves."""
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    for place, color in enumerate(SWATCHES.values()):
        pixels[:32, 32 * place : 32 * place + 32] = (*color, 255)
    pixels[40:64, :64] = 128
    pixels[40:64, 70 + step : 80 + step] = 255
    return pixels


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A lossless film: the mark moves in the first half, and then rests."""
    path = tmp_path_factory.mktemp("source") / "film.mov"
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("png", rate=Fraction(60000, 1001))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "rgba"
        kept = [av.VideoFrame.from_ndarray(picture(min(step, FRAMES // 2)), format="rgba") for step in range(FRAMES)]
        for step, frame in enumerate(kept):
            frame.pts, frame.time_base = step, Fraction(1001, 60000)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))
    return path


def take(rate: Fraction = Fraction(60000, 1001), **other) -> Take:
    return Take(rate, 0, FRAMES, 2, 100, HANDLE, chapters=[("one", 0), ("two", 10)], **other)


@pytest.fixture(scope="module")
def files(source, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    paths = {name: folder / f"clip{kind.mark}{kind.ending}" for name, kind in KINDS.items()}
    transcode(source, {paths[name]: kind for name, kind in KINDS.items()}, take(), {folder / "still.png": 3})
    return paths


def seen(path: Path, number: int = 8) -> np.ndarray:
    """A frame of a film as red, green, blue and alpha, read as what its tags say."""
    with av.open(str(path)) as reader:
        frames = list(reader.decode(video=0))
    frame = frames[number]
    return frame.reformat(format="rgba", src_colorspace=frame.colorspace).to_ndarray()


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.is_film])
def test_films_are_tagged_even_and_timed(files, name):
    kind = KINDS[name]
    with av.open(str(files[name])) as reader:
        stream = reader.streams.video[0]
        context = stream.codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        titles = [chapter["metadata"]["title"] for chapter in reader.chapters()]
        times = sorted(packet.pts for packet in reader.demux(stream) if packet.pts is not None)
        start = stream.metadata.get("timecode")
        tag = context.codec_tag
    steps = set(np.diff(times).tolist())
    assert titles == ["one", "two"]
    assert len(times) == FRAMES + 2 * HANDLE * kind.has_handles
    if kind.tag:
        assert tag == kind.tag
        assert len(steps) == 1
        assert start == timecode(2, 100 - HANDLE * kind.has_handles, Fraction(60000, 1001))
    else:
        assert steps <= {16, 17}
    assert probe(files[name].parent, Path(files[name].name), kind, take()).frames == len(times)


@pytest.mark.parametrize("name", ["master", "overlay", "web"])
def test_swatches_come_back_as_they_were(files, name):
    pixels = seen(files[name]).astype(int)
    for place, color in enumerate(SWATCHES.values()):
        assert pixels[16, 32 * place + 16, :3] == pytest.approx(color, abs=3)


def test_half_white_is_white_and_half_there(files):
    assert seen(files["overlay"])[52, 30].astype(int) == pytest.approx([255, 255, 255, 128], abs=2)
    assert seen(files["overlay"])[70, 30, 3] == 0
    with Image.open(sorted(files["png"].glob("*.png"))[0]) as first:
        assert first.getpixel((30, 52)) == pytest.approx((255, 255, 255, 128), abs=2)


def test_opaque_files_have_the_background_where_nothing_is():
    over = Picture(picture(), (250, 250, 247)).opaque
    assert over[70, 30].tolist() == [250, 250, 247, 255]
    assert over[52, 30].astype(int) == pytest.approx([253, 253, 251, 255], abs=1)


@given(st.integers(1, 255), st.integers(0, 255))
def test_a_straight_colour_weighed_again_is_what_it_was(alpha, color):
    weighed = round(color * alpha / 255)
    pixel = np.array([[[weighed, 0, 0, alpha]]], np.uint8)
    again = Picture(pixel, (0, 0, 0)).straight[0, 0]
    assert again[3] == alpha
    assert abs(int(again[0]) * alpha / 255 - weighed) <= 0.5 + 1e-9


def test_pictures_that_rest_are_read_once_and_come_back_exactly(source):
    runs = list(pictures(source))
    assert [repeat for _, repeat in runs] == [1] * (FRAMES // 2) + [FRAMES - FRAMES // 2]
    assert all((pixels == picture(step)).all() for step, (pixels, _) in enumerate(runs))


def test_a_sequence_is_numbered_from_1001_with_handles(files):
    names = sorted(path.name for path in files["png"].iterdir())
    assert names[0] == "clip.001001.png"
    assert len(names) == FRAMES + 2 * HANDLE
    first, held = (np.asarray(Image.open(files["png"] / name)) for name in (names[0], names[HANDLE]))
    assert (first == held).all()


def test_a_gif_lasts_as_long_as_its_clip(files):
    with Image.open(files["gif"]) as gif:
        assert gif.n_frames == int(FRAMES * 20 / Fraction(60000, 1001))
        assert gif.convert("RGB").getpixel((80, 80)) == pytest.approx(SWATCHES["blue"], abs=3)


def test_a_film_that_is_too_short_is_refused(source, tmp_path):
    longer = Take(Fraction(60000, 1001), 10, FRAMES)
    with pytest.raises(DeliveryError, match="14 of the 24 frames"):
        transcode(source, {tmp_path / "x.mov": PROFILES["master"]}, longer, {})


def test_a_wrong_file_is_noticed(files):
    folder, name = files["master"].parent, Path(files["master"].name)
    longer = Take(Fraction(60000, 1001), 0, FRAMES + 1, 2, 100, HANDLE)
    with pytest.raises(DeliveryError, match="frames 36 was found and 37 was expected"):
        probe(folder, name, PROFILES["master"], longer)
    with pytest.raises(DeliveryError, match="codec tag"):
        probe(folder, name, PROFILES["overlay"], take())
    with pytest.raises(DeliveryError, match="timecode"):
        probe(folder, name, PROFILES["master"], Take(Fraction(60000, 1001), 0, FRAMES, 2, 101, HANDLE))


# -- timelines ---------------------------------------------------------------------------------------------------------


def record(name: str, rate: Fraction) -> Record:
    beats = [
        Beat(act="Words", number=1, name="beat 1", narration="first <i>a & b</i>", start_frame=0, frames=100),
        Beat(act="Scores", number=2, name="beat 2", narration="second", start_frame=100, frames=140),
    ]
    return Record(scene=name, fps=(rate.numerator, rate.denominator), frames=240, beats=beats)


def cut_of(rate: Fraction, folder: Path, by_act: bool = False, spoken: bool = False):
    names = ["SameWordTwoContexts", "QueryKeySpaces"]
    scenes = [Rendered(n, name, name, Path("none"), record(name, rate)) for n, name in enumerate(names, 1)]
    shots = shots_of(scenes, 2, 1, by_act)
    cut = Cut("ch02_attention_v001", "Attention", 2, rate, 12, 1920, 1080)
    sounds = [f"audio/{shot.name}.wav" for shot in shots] if spoken else []
    film = timeline(cut, shots, [f"clips/{shot.name}.mov" for shot in shots], sounds)
    return shots, write_timelines(film, cut, folder)


@pytest.mark.parametrize("by_act", [False, True])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_timelines_come_back_with_the_same_cuts(rate, by_act, tmp_path):
    shots, files = cut_of(rate, tmp_path, by_act)
    hour = 2 * 3600 * round(rate)
    wanted = [(shot.name, hour + shot.place, shot.frames) for shot in shots]
    for path in files:
        if path.suffix == ".fcpxml":
            continue
        back = otio.adapters.read_from_file(str(path), **({"rate": round(rate)} if path.suffix == ".edl" else {}))
        clips = [clip for clip in back.video_tracks()[0] if isinstance(clip, otio.schema.Clip)]
        found = [(c.name, c.source_range.start_time.value, c.source_range.duration.value) for c in clips]
        assert found == wanted, path.suffix
        if path.suffix != ".edl":
            assert back.global_start_time.value == hour
            markers = [marker.name for clip in clips for marker in clip.markers]
            assert markers == ["Words", "beat 1", "Scores", "beat 2"] * 2


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_final_cut_gets_exact_fractions(rate, tmp_path):
    shots, files = cut_of(rate, tmp_path)
    root = etree.fromstring(files[1].read_bytes())

    def frames(text: str) -> Fraction:
        return Fraction(text.removesuffix("s")) * rate

    clips = root.findall(".//spine/asset-clip")
    hour = 2 * 3600 * round(rate)
    assert [frames(clip.get("start")) for clip in clips] == [hour + shot.place for shot in shots]
    assert [frames(clip.get("duration")) for clip in clips] == [shot.frames for shot in shots]
    assert frames(root.find(".//sequence").get("tcStart")) == hour
    assert [frames(asset.get("duration")) for asset in root.findall(".//asset")] == [shot.frames + 24 for shot in shots]
    assert [mark.get("value") for mark in root.findall(".//chapter-marker")] == ["Words", "Scores"] * 2
    assert root.find(".//marker").get("note") == "first <i>a & b</i>"


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_premiere_gets_the_size_and_markers_counted_from_the_file(rate, tmp_path):
    shots, files = cut_of(rate, tmp_path)
    root = etree.fromstring(files[2].read_bytes())
    shape = root.find(".//format/samplecharacteristics")
    assert [shape.findtext(name) for name in ("width", "height", "rate/timebase")] == ["1920", "1080", str(round(rate))]
    assert root.find(".//file/media/audio") is None
    for clip, shot in zip(root.iterfind(".//clipitem"), shots, strict=True):
        assert int(clip.findtext("in")) == 12
        beats = [one for one in clip.iterfind("marker") if one.findtext("comment")]
        assert [int(one.findtext("in")) for one in beats] == [12 + beat.start_frame for beat in shot.beats]
        assert [one.findtext("comment") for one in beats] == [beat.narration for beat in shot.beats]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_what_is_said_lies_under_its_clip_in_every_timeline_with_sound(rate, tmp_path):
    shots, files = cut_of(rate, tmp_path, spoken=True)
    hour = 2 * 3600 * round(rate)
    wanted = [(f"audio/{shot.name}.wav", hour + shot.place, shot.frames) for shot in shots]
    for path in (files[0], files[2]):
        [track] = otio.adapters.read_from_file(str(path)).audio_tracks()
        found = [
            (c.media_reference.target_url, c.source_range.start_time.value, c.source_range.duration.value)
            for c in track
        ]
        assert found == wanted, path.suffix
    root = etree.fromstring(files[1].read_bytes())
    for outer in root.iterfind(".//spine/asset-clip"):
        inner = outer.find("asset-clip")
        assert [inner.get(name) for name in ("lane", "offset", "start", "duration")] == [
            "-1", outer.get("start"), outer.get("start"), outer.get("duration"),
        ]  # fmt: skip
        assert [one.tag for one in outer][0] == "asset-clip"  # the format wants it before the markers
        asset = root.find(f".//asset[@id='{inner.get('ref')}']")
        assert (asset.get("hasAudio"), asset.get("hasVideo")) == ("1", None)
    assert "audio/" not in files[3].read_text()


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_an_edit_list_says_what_the_files_say(rate, tmp_path):
    shots, files = cut_of(rate, tmp_path)
    events = [line.split() for line in files[3].read_text().splitlines() if line[:3].isdigit()]
    starts = [timecode(2, shot.place, rate) for shot in shots]
    assert [event[4] for event in events] == [event[6] for event in events] == starts


def test_a_handle_before_the_first_clip_is_in_the_hour_before():
    assert timecode(2, -15, Fraction(30)) == "01:59:59:15"
    assert timecode(24, -1, Fraction(24)) == "23:59:59:23"


def test_rates_without_timecode_are_refused():
    assert delivery_rate(None, "l") == 30
    assert delivery_rate(None, "h") == 60
    assert delivery_rate(Fraction(24000, 1001), "h") == Fraction(24000, 1001)
    with pytest.raises(PlanError, match="has no timecode"):
        delivery_rate(Fraction(15), "l")


# -- names -------------------------------------------------------------------------------------------------------------


def test_all_names_are_short_small_ascii_and_different():
    for chapter in CHAPTERS:
        scenes = [
            Rendered(n, entry.name, entry.title, Path("none"), record(entry.name, Fraction(60)))
            for n, entry in enumerate(chapter.scenes, 1)
        ]
        for by_act in (False, True):
            names = [
                f"{shot.name}{kind.mark}{kind.ending}"
                for shot in shots_of(scenes, chapter.number, 1, by_act)
                for kind in KINDS.values()
            ]
            assert len(set(names)) == len(names)
            assert max(map(len, names)) <= LONGEST_NAME
            assert all(re.fullmatch(r"[a-z0-9_.-]+", name) for name in names)


@given(st.text(max_size=40))
@example("\N{MATHEMATICAL BOLD DIGIT ZERO}")
def test_a_slug_is_safe_whatever_the_name(name):
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(slug(name)) <= 9


# -- captions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_captions_begin_with_their_frame_and_never_overlap(rate):
    lines = [Line("one", 0, 100), Line("two", 100, 77), Line("", 177, 5), Line("three", 182, 1)]
    one, two, three = srt.parse(subrip(lines, rate))
    for caption, start in ((one, 0), (two, 100), (three, 182)):
        assert 0 <= start / rate - Fraction(caption.start.total_seconds()).limit_denominator(1000) < Fraction(1, 1000)
    assert one.end == two.start


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60))
def test_web_captions_hold_any_text_and_no_tags(text):
    if not text.strip():
        return
    written = web_captions(subrip([Line(text, 0, 50)], Fraction(25)))
    body = written.split("\n\n", 1)[1]
    assert "<" not in body and body.count("-->") == 1
    [caption] = webvtt.from_string(written)
    assert caption.end == "00:00:02.000"


@given(st.text(max_size=30))
def test_a_title_cannot_add_to_the_chapter_file(text):
    lines = ("title=" + escaped(text)).replace("\\\n", "").split("\n")
    assert len(lines) == 1


# -- the whole folder --------------------------------------------------------------------------------------------------


def order(**other) -> Order:
    known = {"chapter": 2, "scenes": ("Swatches",), "quality": "l", "fps": (60000, 1001), "handle": HANDLE}
    return Order(**(known | {"profiles": ("master", "overlay")} | other))


def scenes_of(source: Path) -> list[Rendered]:
    beats = [Beat(number=1, name="beat 1", narration="said", start_frame=0, frames=FRAMES)]
    told = Record(scene="Swatches", fps=(60000, 1001), frames=FRAMES, beats=beats, text="a <b> & c")
    return [Rendered(1, "Swatches", "Colours", source, told)]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A place that has the font of the contact sheet."""
    root = tmp_path_factory.mktemp("root")
    (root / "assets").symlink_to(Path(__file__).resolve().parent.parent / "assets")
    return root


def test_a_delivery_is_whole_and_its_sums_are_right(source, root):
    folder = delivery.deliver(order(), ("ch02_attention", "Attention"), scenes_of(source), root, 1, lambda name: None)
    assert folder.name == "ch02_attention_v001"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
    listing = read_delivery(folder / "manifest.json")
    assert [file.profile for file in listing.clips[0].files] == ["master", "overlay", "proxy"]
    assert all((folder / file.path).exists() for clip in listing.clips for file in clip.files)
    assert listing.order == order()
    drawn = [picture(min(step, FRAMES // 2)).tobytes() for step in range(FRAMES)]
    digests = b"".join(hashlib.sha256(one).digest() for one in drawn)
    assert listing.clips[0].pictures_sha256 == hashlib.sha256(digests).hexdigest()
    assert not [path for path in folder.rglob(".*")]
    again = delivery.deliver(order(), ("ch02_attention", "Attention"), scenes_of(source), root, 1, lambda name: None)
    assert again.name == "ch02_attention_v002"


def test_an_interrupted_delivery_goes_on_where_it_was(source, root, monkeypatch):
    wanted, chapter = order(profiles=("web",)), ("ch03_mlp", "MLP")
    with monkeypatch.context() as broken:
        broken.setattr(delivery, "write_papers", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            delivery.deliver(wanted, chapter, scenes_of(source), root, 1, lambda name: None)
    assert not list((root / "delivery").glob("ch03*"))
    [clip] = (root / "delivery" / ".ch03_mlp_v001.part" / "clips").iterdir()
    before = clip.stat().st_mtime_ns
    folder = delivery.deliver(wanted, chapter, scenes_of(source), root, 1, lambda name: None)
    assert (folder / "clips" / clip.name).stat().st_mtime_ns == before


def test_a_clip_that_moved_in_the_chapter_is_written_anew(source, root, tmp_path):
    first = Rendered(1, "First", "First", source, scenes_of(source)[0].record)
    for scenes, place in (([replace(first, number=2)], 0), ([first, replace(first, number=2)], FRAMES)):
        shot = shots_of(scenes, 2, 1, False)[-1]
        [master, _] = producing.produce(producing.Job(shot, order(profiles=("master",)), tmp_path)).files
        assert master.start_timecode == timecode(2, place - HANDLE, Fraction(60000, 1001))


def test_a_full_disk_is_an_error_that_reaches_whoever_asked(source, tmp_path, monkeypatch):
    def full(*_):
        raise av.error.FFmpegError(28, "No space left on device", "clip.mov")

    monkeypatch.setattr(producing, "transcode", full)
    shot = shots_of(scenes_of(source), 2, 1, False)[0]
    with pytest.raises(OSError, match="No space left") as caught:
        producing.produce(producing.Job(shot, order(), tmp_path))
    assert pickle.loads(pickle.dumps(caught.value)).errno == 28


@pytest.mark.parametrize(("profiles", "shown"), [(("png", "gif"), "_px.mp4"), (("gif", "overlay"), "_ov.mov")])
def test_a_timeline_shows_films_alone(profiles, shown, source, root):
    asked = order(profiles=profiles, chapter=5)
    folder = delivery.deliver(asked, ("ch05_training", "Training"), scenes_of(source), root, 1, lambda name: None)
    film = otio.adapters.read_from_file(str(next(folder.glob("*.otio"))))
    [clip] = film.video_tracks()[0]
    assert clip.media_reference.target_url.endswith(shown)
    assert (folder / clip.media_reference.target_url).is_file()
    assert (film.metadata["transformer_film"]["width"], film.metadata["transformer_film"]["height"]) == SIZE


def test_two_deliveries_at_once_get_two_numbers(root):
    (root / "delivery").mkdir(exist_ok=True)
    one, held = delivery.claim(root / "delivery", "ch04_softmax", order())
    other, also = delivery.claim(root / "delivery", "ch04_softmax", order())
    assert (one, other) == (1, 2)
    held.release()
    also.release()


def test_the_published_schema_is_the_manifests(tmp_path):
    assert delivered.SCHEMA.read_text(encoding="utf-8") == delivered.schema()
    wrong = tmp_path / "manifest.json"
    wrong.write_text(json.dumps({"name": 3}))
    with pytest.raises(RecordError, match="is not a delivery's manifest"):
        read_delivery(wrong)
    with pytest.raises(RecordError, match="cannot be read"):
        read_delivery(tmp_path / "none.json")
