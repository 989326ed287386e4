"""The page of clips works in a real browser, from a disk, without a network, whatever the clips say."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from playwright.sync_api import Browser, Page, sync_playwright

from rendering.gallery_page import build_gallery, gather, page
from rendering.manifest import Clip, RecordError, add_clip, file_sha256, read_manifest
from scenes.storyboard import CHAPTERS
from tests.films import steps_film

CHROME_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), CHROME_ON_MACOS)
HOSTILE = (
    """</script><script>document.title="owned"</script>"""
    """<img src=x onerror="document.title='owned'">"'&amp; {{ 7*7 }} 😀 "漢字"""
)
RATE, FRAMES = Fraction(30000, 1001), 120
SAID = ("A softmax turns scores into shares.", HOSTILE, "And the king is gone.")
FIRST, SECOND = "ch02-attention-attentionpattern-720p29.97", "ch02-attention-softmaxcolumns-720p29.97"


def beats() -> list[dict]:
    tensors = ({"blocks.0.attn.pattern": 12}, {}, {"blocks.2.mlp.hook_post": 3, "unembed": 1})
    return [
        {"act": "one" if number < 3 else "two", "number": number, "narration": said, "start_frame": 40 * (number - 1),
         "frames": 40, "tensors": of_beat}
        for number, (said, of_beat) in enumerate(zip(SAID, tensors, strict=True), 1)
    ]  # fmt: skip


def add(media: Path, scene: str, height: int = 720, **changes: object) -> Clip:
    """A clip as render.py leaves it."""
    folder = media / "clips" / "ch02_attention"
    folder.mkdir(parents=True, exist_ok=True)
    film = folder / f"{scene}_{height}p29.97.mp4"
    steps_film(film, RATE, FRAMES)
    film.with_suffix(".srt").write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{SAID[0]}\n", encoding="utf-8")
    film.with_suffix(".json").write_text("{}", encoding="utf-8")
    clip = {
        "file": film.name, "scene": scene, "sha256": file_sha256(film), "frames": FRAMES, "duration": 4.004,
        "fps": (30000, 1001), "width": 320, "height": height, "text": "the king", "checkpoint": "storybook",
        "checkpoint_hash": "ab" * 32, "beats": beats(), "theme": "dark",
    }  # fmt: skip
    return add_clip(folder, 2, "Attention", Clip.model_validate(clip | changes)).clips[-1]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    media = tmp_path_factory.mktemp("a folder with spaces, # and %") / "media"
    add(media, "AttentionPattern", text=HOSTILE)
    add(media, "SoftmaxColumns", beats=beats()[::2])
    build_gallery(media, CHAPTERS)
    return media


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--mute-audio"])
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, media: Path, address: str = "", **options: object) -> Iterator[Page]:
    """The page in a browser; what it says to the console, and what it asks of the network, is held against it."""
    context = browser.new_context(**options)
    shown, complaints = context.new_page(), []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    shown.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith("file:") else None)
    shown.goto((media / "gallery" / "index.html").as_uri() + address)
    yield shown
    # A film that is still being loaded when another is opened, or the page left, counts as failed; that is no fault.
    assert [one for one in complaints if "ERR_ABORTED" not in one] == []
    assert shown.title() == "How a transformer works"
    context.close()


def playing(shown: Page) -> dict:
    return shown.evaluate(
        "() => { const v = document.querySelector('video'); return {time: v.currentTime, paused: v.paused, "
        "error: v.error && v.error.message, ready: v.readyState, width: v.videoWidth} }"
    )


def wait_for(shown: Page, condition: str) -> None:
    shown.wait_for_function(
        f"() => {{ const v = document.querySelector('video'); return {condition}; }}", timeout=20_000
    )


def test_it_shows_every_clip_with_its_poster(browser: Browser, media: Path) -> None:
    with opened(browser, media) as shown:
        assert shown.locator(".card").count() == 2
        shown.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth > 0)")
        assert shown.locator("h2").first.inner_text().split() == ["2", "Attention"]


def test_a_click_opens_the_player_and_it_plays(browser: Browser, media: Path) -> None:
    with opened(browser, media) as shown:
        shown.click(f"[data-clip='{FIRST}'] .open")
        wait_for(shown, "v.readyState >= 2")
        shown.evaluate("() => document.querySelector('video').play()")
        wait_for(shown, "v.currentTime > 0.3")
        assert playing(shown)["error"] is None
        assert playing(shown)["width"] == 320


def test_a_beat_jumps_to_its_first_frame(browser: Browser, media: Path) -> None:
    with opened(browser, media, f"#{FIRST}") as shown:
        wait_for(shown, "v.readyState >= 2")
        for number, start in enumerate((0, 40, 80)):
            shown.locator(".beat").nth(number).click()
            wait_for(shown, f"!v.seeking && Math.floor(v.currentTime * {float(RATE)}) === {start}")
            assert shown.locator(".beat[aria-current]").count() == 1
            assert shown.locator(".beat").nth(number).get_attribute("aria-current") == "true"
            light = shown.evaluate(
                """() => { const v = document.querySelector('video'), c = document.createElement('canvas');
                c.width = 8; c.height = 8; const pen = c.getContext('2d'); pen.drawImage(v, 0, 0, 8, 8);
                try { return pen.getImageData(4, 4, 1, 1).data[0] } catch { return null } }"""
            )
            assert light is None or light == pytest.approx(16 + start * 200 // FRAMES, abs=6)


def test_hovering_and_focusing_a_beat_shows_its_tensors(browser: Browser, media: Path) -> None:
    with opened(browser, media, f"#{FIRST}") as shown:
        shown.locator(".beat").nth(2).hover()
        assert shown.locator(".passport li").all_inner_texts() == ["blocks.2.mlp.hook_post × 3", "unembed × 1"]
        assert "4 numbers" in shown.locator(".passport h3").inner_text()
        shown.locator(".beat").nth(0).focus()
        assert shown.locator(".passport li").all_inner_texts() == ["blocks.0.attn.pattern × 12"]
        shown.locator(".beat").nth(1).focus()
        assert "no numbers of the network" in shown.locator(".passport h3").inner_text()


def test_an_address_opens_a_clip_at_a_beat(browser: Browser, media: Path) -> None:
    with opened(browser, media, f"#{SECOND}/3") as shown:
        wait_for(shown, f"Math.floor(v.currentTime * {float(RATE)}) === 80")
        assert shown.locator("#playing").inner_text() == shown.locator(f"[data-clip='{SECOND}'] .name").text_content()


def test_it_searches_titles_narration_sentences_and_tensors(browser: Browser, media: Path) -> None:
    with opened(browser, media) as shown:
        for word, cards, hits in (("SOFTMAX turns", 2, 2), ("mlp.hook_post", 2, 2), ("onerror", 1, 1), ("zebra", 0, 0)):
            shown.fill("#search", word)
            assert shown.locator(".card:visible").count() == cards, word
            assert shown.locator(".hits a").count() == hits, word
        shown.fill("#search", "king gone")
        shown.locator(".hits a").first.click()
        wait_for(shown, f"Math.floor(v.currentTime * {float(RATE)}) === 80")
        shown.keyboard.press("Escape")
        shown.fill("#search", "")
        assert shown.locator(".card:visible").count() == 2


def test_all_of_it_works_by_keyboard(browser: Browser, media: Path) -> None:
    with opened(browser, media) as shown:
        shown.keyboard.press("/")
        assert shown.evaluate("() => document.activeElement.id") == "search"
        shown.keyboard.press("Tab")
        while shown.evaluate("() => document.activeElement.className") != "open":
            shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
        wait_for(shown, "v.readyState >= 2")
        shown.keyboard.press("n")
        wait_for(shown, f"Math.floor(v.currentTime * {float(RATE)}) === 40")
        shown.keyboard.press("p")
        wait_for(shown, f"Math.floor(v.currentTime * {float(RATE)}) === 0")
        shown.evaluate("() => document.activeElement.blur()")
        shown.keyboard.press(" ")
        wait_for(shown, "v.currentTime > 0.1")
        shown.keyboard.press("Escape")
        assert not shown.locator("#player").is_visible()
        assert playing(shown)["paused"]


def test_captions_say_what_is_narrated_as_plain_text(browser: Browser, media: Path) -> None:
    with opened(browser, media, f"#{FIRST}") as shown:
        cues = shown.evaluate(
            "() => [...document.querySelector('video').textTracks[0].cues].map((cue) => "
            "[cue.startTime, cue.endTime, cue.getCueAsHTML().textContent])"
        )
        assert [text for _, _, text in cues] == list(SAID)
        assert [start for start, _, _ in cues] == pytest.approx([start / float(RATE) for start in (0, 40, 80)])


def test_what_clips_say_is_shown_and_never_run(browser: Browser, media: Path) -> None:
    with opened(browser, media, f"#{FIRST}") as shown:
        assert shown.locator(".beat span").nth(1).inner_text() == HOSTILE
        assert HOSTILE in shown.locator(".facts").inner_text()
        assert shown.locator("q").first.text_content() == HOSTILE
        assert shown.locator("img[src='x']").count() == 0


def test_no_foreign_program_runs_even_if_one_got_in(browser: Browser, media: Path) -> None:
    context = browser.new_context()
    shown = context.new_page()
    shown.goto((media / "gallery" / "index.html").as_uri())
    shown.evaluate(
        """() => { const made = document.createElement('script'); made.textContent = 'document.title = "owned"';
        document.body.append(made);
        document.body.insertAdjacentHTML('beforeend', '<b onclick="document.title = 1">b</b>') }"""
    )
    shown.locator("b").last.click()
    assert shown.title() == "How a transformer works"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (844, 390), (1440, 900)], ids=["phone", "phone on its side", "desk"])
def test_it_fits_every_screen_and_can_be_read_on_it(
    browser: Browser, media: Path, scheme: str, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    touch = size[0] < 1000
    with opened(browser, media, viewport=viewport, color_scheme=scheme, has_touch=touch, is_mobile=touch) as shown:
        wide = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert shown.evaluate(wide)
        assert contrast(shown, ".read") >= 4.5
        (shown.tap if touch else shown.click)(f"[data-clip='{FIRST}'] .open")
        wait_for(shown, "v.readyState >= 2")
        assert shown.evaluate(wide)
        for name in ("video", ".close", ".beat"):
            box = shown.locator(name).first.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + 20 < size[1], name
        assert contrast(shown, ".beat") >= 4.5


def contrast(shown: Page, selector: str) -> float:
    """Between a text and what is behind it, as WCAG counts it."""
    colors = shown.evaluate(
        """(selector) => { const one = document.querySelector(selector); let behind = one;
        const of = (node) => getComputedStyle(node).backgroundColor;
        while (behind.parentElement && /, 0\\)$|transparent|color/.test(of(behind))) behind = behind.parentElement;
        return [getComputedStyle(one).color, of(behind)] }""",
        selector,
    )
    light = sorted(
        luminance([int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]]) for color in colors
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(color: list[int]) -> float:
    linear = [(part / 255 / 12.92) if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.text(min_size=1, max_size=40))
def test_any_text_is_text_on_the_page(media: Path, said: str, read: str) -> None:
    shown = gather(media, CHAPTERS)
    clip = shown[0].clip.model_copy(
        update={"text": read, "beats": [shown[0].clip.beats[0].model_copy(update={"narration": said})]}
    )
    object.__setattr__(shown[0], "clip", clip)
    tree = html.document_fromstring(
        page(shown).encode("utf-8", "surrogatepass"), parser=html.HTMLParser(encoding="utf-8")
    )
    plain = html.document_fromstring(page(gather(media, CHAPTERS)))
    assert [one.tag for one in tree.iter()] == [one.tag for one in plain.iter()]
    data = json.loads(tree.get_element_by_id("film").text)
    assert (data[0]["text"], data[0]["beats"][0]["said"]) == (read, said)


def test_of_one_scene_the_best_film_is_shown(tmp_path: Path) -> None:
    for height in (480, 1080, 720):
        add(tmp_path, "AttentionPattern", height)
    assert [one.clip.height for one in gather(tmp_path, CHAPTERS)] == [1080]
    add(tmp_path, "AttentionPattern", 360, text="another sentence")
    assert [one.clip.height for one in gather(tmp_path, CHAPTERS)] == [1080, 360]


def test_a_new_page_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    add(tmp_path, "AttentionPattern")
    (tmp_path / ".gallery.part").mkdir()
    (tmp_path / ".gallery.part" / "left over").touch()
    index = build_gallery(tmp_path, CHAPTERS)
    add(tmp_path, "SoftmaxColumns")
    assert build_gallery(tmp_path, CHAPTERS) == index
    assert len(list((index.parent / "clips" / "ch02_attention").glob("*.mp4"))) == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith((".part", ".old"))] == []
    assert sorted(path.name for path in index.parent.iterdir()) == ["clips", "index.html"]


def test_a_clip_that_was_changed_or_lost_is_a_sentence_and_the_old_page_stays(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there are no clips in"):
        build_gallery(tmp_path, CHAPTERS)
    clip = add(tmp_path, "AttentionPattern")
    index = build_gallery(tmp_path, CHAPTERS)
    before = index.read_bytes()
    film = tmp_path / "clips" / "ch02_attention" / clip.file
    os.rename(film, film.with_suffix(".bak"))
    shutil.copyfile(film.with_suffix(".bak"), film)
    with film.open("ab") as file:
        file.write(b"more")
    with pytest.raises(RecordError, match="was changed since it was rendered"):
        build_gallery(tmp_path, CHAPTERS)
    assert index.read_bytes() == before
    os.rename(film.with_suffix(".bak"), film)
    film.with_suffix(".srt").unlink()
    with pytest.raises(RecordError, match=r"srt is gone; render AttentionPattern again"):
        build_gallery(tmp_path, CHAPTERS)
    assert read_manifest(film.parent).clips == [clip]
