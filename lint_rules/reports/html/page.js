"use strict";
// Draws the lap beside the code and goes through its steps. Without it the page shows the same, as text and links.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PACE = 1100;
  const laps = [...document.querySelectorAll("article.lap")].filter((lap) => lap.querySelector(".steps"));
  const states = new Map(laps.map((lap) => [lap, { at: 0, timer: 0 }]));
  const steps = (lap) => [...lap.querySelectorAll(".steps li a")];

  function element(parent, name, attributes) {
    const made = parent.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function draw(lap) {
    const frames = lap.querySelector(".frames");
    frames.querySelector(".path")?.remove();
    const svg = element(frames, "svg", { class: "path", "aria-hidden": "true" });
    for (const look of ["", "back"]) {
      const tip = { id: `${lap.id}-tip${look}`, class: look, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8 };
      const marker = element(svg, "marker", { ...tip, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" });
      element(marker, "path", { d: "M0 0.5 L8 4 L0 7.5 Z" });
    }
    const origin = frames.getBoundingClientRect();
    const points = steps(lap).map((step) => {
      const box = lap.querySelector(`.pill a[data-step="${step.dataset.step}"]`).parentElement.getBoundingClientRect();
      return { x: box.left - origin.left - 1, y: box.top - origin.top + box.height / 2 };
    });
    points.slice(1).forEach((to, index) => {
      const from = points[index];
      const last = index === points.length - 2;
      if (Math.abs(to.y - from.y) < 2) return;
      const out = Math.min(from.x, to.x) - Math.min(last ? 38 : 30, 12 + Math.abs(to.y - from.y) / 12);
      const offset = last ? -3 : 3; // what comes in and what goes out do not lie on each other
      const d = `M${from.x} ${from.y + 2} C${out} ${from.y + 2} ${out} ${to.y + offset} ${to.x} ${to.y + offset}`;
      const look = last ? "back" : "";
      element(svg, "path", { d, class: look, "data-step": index + 2, "marker-end": `url(#${lap.id}-tip${look})` });
    });
    light(lap);
  }

  function light(lap) {
    const at = String(states.get(lap).at);
    for (const each of lap.querySelectorAll("[data-step]")) {
      const here = each.dataset.step === at;
      if (each.closest(".path")) each.classList.toggle("into", here);
      else if (each.closest(".steps")) here ? each.setAttribute("aria-current", "step") : each.removeAttribute("aria-current");
      else each.classList.toggle("at", here);
    }
    for (const row of lap.querySelectorAll(".row.on")) row.classList.toggle("here", row.querySelector(".note.at") !== null);
  }

  function select(lap, number, { focus = false, scroll = true } = {}) {
    const all = steps(lap);
    const at = ((number - 1 + all.length) % all.length) + 1;
    states.get(lap).at = at;
    light(lap);
    lap.querySelector(".controls .at").textContent = `step ${at} of ${all.length}`;
    history.replaceState(null, "", `#${lap.id}-s${at}`);
    if (focus) all[at - 1].focus({ preventScroll: true });
    if (scroll) for (const each of [all[at - 1], lap.querySelector(".row.here")]) each.scrollIntoView({ block: "nearest" });
  }

  function play(lap, on) {
    const state = states.get(lap);
    clearInterval(state.timer);
    state.timer = on ? setInterval(() => select(lap, state.at + 1, { scroll: false }), PACE) : 0;
    lap.querySelector('[data-go="play"]').setAttribute("aria-pressed", String(on));
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const lap = target?.closest("article.lap");
    if (target?.matches("details")) target.open = true;
    if (lap && target.dataset.step) select(lap, Number(target.dataset.step));
  }

  for (const lap of laps) {
    lap.querySelector(".controls").hidden = false;
    lap.addEventListener("click", (event) => {
      const link = event.target.closest("[data-step]");
      const go = event.target.closest("[data-go]")?.dataset.go;
      if (go === "play") return play(lap, !states.get(lap).timer);
      if (!link && !go) return;
      event.preventDefault();
      play(lap, false);
      select(lap, go ? states.get(lap).at + Number(go) : Number(link.dataset.step));
    });
    lap.addEventListener("keydown", (event) => {
      const all = steps(lap);
      const { at } = states.get(lap);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 1, End: all.length }[event.key];
      if (!to && to !== 0 || event.ctrlKey || event.altKey || event.metaKey || !event.target.closest(".steps, .pill")) return;
      event.preventDefault();
      play(lap, false);
      select(lap, to, { focus: true });
    });
    lap.addEventListener("toggle", () => draw(lap), true);
    new ResizeObserver(() => draw(lap)).observe(lap.querySelector(".frames"));
  }

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  addEventListener("hashchange", follow);
  follow();
})();
