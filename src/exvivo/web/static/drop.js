// The drop zone: files and folders, each sent on its own, straight to its place. A zone states
// where (data-put), and what to renew afterwards (data-renew: a selector; it gets the event
// "handed-in"). Without this script its form sends the chosen files in the usual way.
"use strict";

(() => {
  const AT_ONCE = 3;
  const HIDDEN = /(^|\/)(\.|~\$)/;

  for (const zone of document.querySelectorAll("[data-drop]")) new_zone(zone);

  function new_zone(zone) {
    const state = { zone, waiting: [], running: 0, sent: 0, kept: 0, hidden: 0, total: 0 };
    state.line = zone.querySelector(".uploads-line");
    state.bar = zone.querySelector("progress");
    state.list = zone.querySelector(".uploads");
    zone.querySelector(".plain-send")?.setAttribute("hidden", "");
    for (const input of zone.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        add(state, [...input.files].map((file) => [file, file.webkitRelativePath || file.name]));
        input.value = "";
      });
    }
    for (const button of zone.querySelectorAll("[data-choose]")) {
      button.hidden = false;
      button.addEventListener("click", () => zone.querySelector(button.dataset.choose).click());
    }
    for (const kind of ["dragenter", "dragover"]) {
      zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    }
    zone.addEventListener("dragleave", (event) => {
      if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
    });
    zone.addEventListener("drop", async (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
      const loose = [...event.dataTransfer.files].map((file) => [file, file.name]);
      const entries = items.filter(Boolean);
      add(state, entries.length ? (await Promise.all(entries.map(files_of))).flat() : loose);
    });
  }

  // Every file of an entry, with the folders it lies in.
  async function files_of(entry) {
    const path = entry.fullPath.replace(/^\//, "");
    if (entry.isFile) {
      return new Promise((done) => entry.file((file) => done([[file, path]]), () => done([])));
    }
    const reader = entry.createReader();
    const all = [];
    for (;;) {
      const some = await new Promise((done) => reader.readEntries(done, () => done([])));
      if (!some.length) break;
      for (const each of some) all.push(...await files_of(each));
    }
    return all;
  }

  function add(state, files) {
    const seen = files.filter(([, name]) => !HIDDEN.test(name));
    state.hidden += files.length - seen.length;
    state.total += seen.length;
    state.waiting.push(...seen.map(([file, name]) => ({ file, name: name.replace(/^raw\//, "") })));
    show(state);
    for (let i = state.running; i < AT_ONCE; i += 1) next(state);
  }

  function next(state) {
    const one = state.waiting.shift();
    if (!one) {
      if (!state.running && state.total) finish(state);
      return;
    }
    state.running += 1;
    send(state, one);
  }

  function send(state, one, replace) {
    const largest = Number(state.zone.dataset.largest);
    if (one.file.size > largest * 1024 * 1024) {
      failed(state, one, `More than ${largest} MB. Hand in the files that the instrument exports.`, false);
      return;
    }
    const request = new XMLHttpRequest();
    const to = state.zone.dataset.put + one.name.split("/").map(encodeURIComponent).join("/");
    request.open("PUT", to + (replace ? `?replace=${replace}` : ""));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      one.part = event.total ? event.loaded / event.total : 0;
      show(state, one);
    });
    request.addEventListener("load", () => answered(state, one, request));
    request.addEventListener("error", () => failed(state, one, "The connection was cut off.", true));
    request.send(one.file);
  }

  function answered(state, one, request) {
    let told = {};
    try { told = JSON.parse(request.responseText); } catch { /* a page, not JSON */ }
    if (request.status < 300) {
      state.sent += 1;
      if (told.is_same) state.kept += 1;
      done(state, one);
    } else if (request.status === 409 && told.sha256) {
      ask(state, one, told);
    } else {
      const why = told.mistakes?.map((each) => `${each.found}. To fix: ${each.cure}.`).join(" ");
      failed(state, one, why || told.error || `The door answered ${request.status}.`, request.status >= 500);
    }
  }

  function done(state, one) {
    state.running -= 1;
    one.line?.remove();
    show(state);
    next(state);
  }

  // A line of the list with a text and buttons.
  function line(state, one, text, buttons) {
    one.line?.remove();
    one.line = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = one.name;
    one.line.append(name, " ", text, " ");
    for (const [verb, act] of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = verb;
      button.setAttribute("aria-label", `${verb}: ${one.name}`);
      button.addEventListener("click", act);
      one.line.append(button);
    }
    state.list.append(one.line);
  }

  function failed(state, one, why, again) {
    const retry = ["Try again", () => { state.total += 1; one.line.remove(); state.running += 1; send(state, one); }];
    const away = ["Dismiss", () => one.line.remove()];
    state.running -= 1;
    state.total -= 1;
    line(state, one, why, again ? [retry, away] : [away]);
    show(state);
    next(state);
  }

  function ask(state, one, told) {
    state.running -= 1;
    state.total -= 1;
    const same = told.name === one.name;
    const why = same ? "Another file of this name is here already." : told.mistakes[0].found + ".";
    const keep = ["Keep the one here", () => one.line.remove()];
    const replace = ["Replace it", () => { state.total += 1; one.line.remove(); state.running += 1; send(state, one, told.sha256); }];
    line(state, one, why, same ? [replace, keep] : [keep]);
    show(state);
    next(state);
  }

  function show(state, one) {
    const part = one?.part || 0;
    state.bar.hidden = !(state.running || state.waiting.length);
    state.bar.max = Math.max(state.total, 1);
    state.bar.value = Math.min(state.sent + part, state.total);
    state.line.textContent = state.total ? `${state.sent} of ${state.total} files handed in.` : "";
  }

  function finish(state) {
    const files = state.sent === 1 ? "1 file is here." : `${state.sent} files are here.`;
    const hidden = state.hidden ? ` Passed over: ${state.hidden} hidden.` : "";
    const kept = state.kept ? ` ${state.kept} of them were here already.` : "";
    state.line.textContent = state.sent ? files + kept + hidden : hidden.trim();
    Object.assign(state, { sent: 0, kept: 0, hidden: 0, total: 0 });
    for (const each of document.querySelectorAll(state.zone.dataset.renew)) {
      each.dispatchEvent(new CustomEvent("handed-in", { bubbles: true }));
    }
  }
})();

// A form that takes a while says so, and is sent once: <form data-busy="...">.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const line = form.querySelector(".busy");
    if (line.textContent) {
      event.preventDefault();
      return;
    }
    line.textContent = form.dataset.busy;
    for (const from of form.dataset.with ? document.querySelectorAll(form.dataset.with) : []) {
      const copy = form.querySelector(`input[name=${from.dataset.as}]`) || document.createElement("input");
      Object.assign(copy, { type: "hidden", name: from.dataset.as });
      form.append(copy);
      copy.value = from.value;
    }
  });
  window.addEventListener("pageshow", () => { form.querySelector(".busy").textContent = ""; });
}

// After an answer the next question has the focus, for those who use no mouse.
document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement !== document.body) return;
  const done = [...document.querySelectorAll(".asked.done")].pop();
  const next = done?.nextElementSibling?.querySelector("input:not([type=hidden]), select, button");
  next?.focus({ preventScroll: true });
});
