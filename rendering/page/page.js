"use strict";
const film = JSON.parse(document.getElementById("film").textContent);
const player = document.getElementById("player");
const video = player.querySelector("video");
const part = (selector) => player.querySelector(selector);
let shown = null;

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const rate = (clip) => clip.fps[0] / clip.fps[1];
const heading = (beat) => `Beat ${beat.number}`;

// -- the player -------------------------------------------------------------------------------------------------------

function open(clip, number) {
  if (shown !== clip) fill(clip);
  if (!player.open) player.showModal();
  if (number) jump(clip.beats.findIndex((beat) => beat.number === number));
}

function fill(clip) {
  shown = clip;
  part("#playing").textContent = clip.title;
  video.poster = clip.poster;
  video.src = clip.video;
  caption(clip);
  part(".beats").replaceChildren(...listed(clip));
  part(".facts").replaceChildren(...clip.facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  part(".downloads").replaceChildren(...clip.downloads.map(([name, file]) => {
    const link = element("a", name);
    link.href = file;
    link.download = "";
    return link;
  }));
  follow(true);
}

// Captions are added here, since a page that is opened from a disk may not load them from a file. What is said stands
// beside the film, so that nothing of it is covered; on the whole screen, where nothing is beside it, they are shown.
const track = video.addTextTrack("captions", "English", "en");
track.mode = "hidden";
document.addEventListener("fullscreenchange", () => {
  track.mode = document.fullscreenElement === video ? "showing" : "hidden";
});

function caption(clip) {
  while (track.cues.length) track.removeCue(track.cues[0]);
  for (const beat of clip.beats) {
    if (!beat.said) continue;
    const text = beat.said.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    track.addCue(new VTTCue(beat.start / rate(clip), (beat.start + beat.frames) / rate(clip), text));
  }
}

function listed(clip) {
  let act = "";
  return clip.beats.flatMap((beat, place) => {
    const button = element("button", undefined, element("time", clock(beat.start / rate(clip))), element("span", beat.said || heading(beat)));
    button.type = "button";
    button.className = "beat";
    button.setAttribute("aria-description", `Numbers from ${Object.keys(beat.tensors).join(", ") || "no tensor"}`);
    button.addEventListener("click", () => jump(place));
    for (const name of ["mouseenter", "focus"]) button.addEventListener(name, () => passport(beat));
    button.addEventListener("mouseleave", () => follow(true));
    const line = element("li", undefined, button);
    if (!beat.act || beat.act === act) return [line];
    act = beat.act;
    return [element("li", undefined, element("h3", act)), line];
  });
}

function passport(beat) {
  const tensors = Object.entries(beat.tensors);
  const numbers = tensors.reduce((sum, [, count]) => sum + count, 0);
  part(".passport h3").textContent = tensors.length
    ? `${heading(beat)}: ${numbers} number${numbers === 1 ? "" : "s"} on screen from`
    : `${heading(beat)}: no numbers of the network on screen`;
  part(".passport ul").replaceChildren(...tensors.map(([name, count]) => element("li", name, element("span", ` × ${count}`))));
}

function jump(place) {
  const beat = shown.beats[place];
  if (!beat) return;
  video.currentTime = (beat.start + 0.5) / rate(shown); // the middle of its first frame
}

function current() {
  const frame = Math.floor(video.currentTime * rate(shown));
  return Math.max(0, shown.beats.findLastIndex((beat) => beat.start <= frame));
}

let followed = null;
function follow(anew = false) {
  const beat = shown && shown.beats[current()];
  if (!beat || (beat === followed && !anew)) return;
  followed = beat;
  const buttons = player.querySelectorAll(".beat");
  buttons.forEach((button, place) => {
    if (shown.beats[place] === beat) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  const list = part(".beside"), button = buttons[current()];
  if (!list.contains(document.activeElement)) {
    const box = button.getBoundingClientRect(), frame = list.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - frame.height / 3;
  }
  part(".said").textContent = beat.said;
  passport(beat);
}

video.addEventListener("timeupdate", () => follow());
video.addEventListener("seeking", () => follow());
part(".close").addEventListener("click", () => player.close());
player.addEventListener("click", (event) => event.target === player && player.close());
player.addEventListener("close", () => {
  video.pause();
  if (address()) location.hash = "#browse"; // nothing has this name: the page stays where it is
});
addEventListener("keydown", (event) => {
  if (!player.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n") jump(current() + 1);
  else if (event.key === "p") jump(Math.max(0, current() - 1));
  else if (event.key === " " && !["BUTTON", "A", "VIDEO"].includes(event.target.tagName)) {
    event.preventDefault();
    if (video.paused) video.play();
    else video.pause();
  }
});

// -- the address: #CLIP or #CLIP/BEAT ---------------------------------------------------------------------------------

function address() {
  const [id, number] = decodeURIComponent(location.hash.slice(1)).split("/");
  const clip = film.find((one) => one.id === id);
  return clip && { clip, number: Number(number) };
}

function go() {
  const wanted = address();
  if (wanted) open(wanted.clip, wanted.number);
  else if (player.open) player.close();
}

addEventListener("hashchange", go);
for (const card of document.querySelectorAll(".card")) {
  card.querySelector(".open").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.hash = `#${card.dataset.clip}`;
  });
}

// -- the search -------------------------------------------------------------------------------------------------------

const search = document.getElementById("search");
const lower = (text) => text.toLowerCase();
const about = new Map(film.map((clip) => [clip.id, lower([clip.title, clip.scene, ...clip.facts.map(([, value]) => value)].join(" "))]));
const words = (beat) => lower([beat.said, beat.act, ...Object.keys(beat.tensors)].join(" "));
const MOST_HITS = 4;

function marked(text, wanted) {
  const first = wanted.map((word) => [lower(text).indexOf(word), word]).filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0];
  if (!first) return [text];
  const [place, word] = first;
  return [text.slice(0, place), element("mark", text.slice(place, place + word.length)), text.slice(place + word.length)];
}

function find() {
  const wanted = lower(search.value).split(/\s+/).filter(Boolean);
  let scenes = 0, beats = 0;
  for (const card of document.querySelectorAll(".card")) {
    const clip = film.find((one) => one.id === card.dataset.clip);
    const hits = wanted.length ? clip.beats.filter((beat) => wanted.every((word) => words(beat).includes(word))) : [];
    const fits = hits.length > 0 || wanted.every((word) => about.get(clip.id).includes(word));
    card.hidden = !fits;
    scenes += fits;
    beats += hits.length;
    card.querySelector(".hits").replaceChildren(...hits.slice(0, MOST_HITS).map((beat) => {
      const link = element("a", undefined, `${clock(beat.start / rate(clip))}  `, ...marked(beat.said || heading(beat), wanted));
      link.href = `#${clip.id}/${beat.number}`;
      return element("li", undefined, link);
    }));
  }
  for (const chapter of document.querySelectorAll(".chapter")) chapter.hidden = !chapter.querySelector(".card:not([hidden])");
  const said = `${scenes} scene${scenes === 1 ? "" : "s"}, ${beats} beat${beats === 1 ? "" : "s"}`;
  document.getElementById("found").textContent = wanted.length ? said : "";
}

search.addEventListener("input", find);
search.form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", (event) => {
  if (event.key !== "/" || player.open || event.target === search) return;
  event.preventDefault();
  search.focus();
});

go();
