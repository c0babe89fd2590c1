// The plate editor: painting, undo, the live check, and saving. The parts: plate_model.js (data),
// plate_cells.js (the grid), plate_fill.js (series and blocks).
"use strict";

(() => {
  const source = document.getElementById("plate-data");
  if (!source) return;
  const P = exvivo.plates, { element } = P;
  const data = JSON.parse(source.textContent);
  const by = (id) => document.getElementById(id);
  const LETTERS = { standard: "S", blank: "B", ntc: "N", no_rt: "–RT", positive: "P", calibrator: "C", qc: "Q", spike: "K", empty: "∅" };
  const ROLE_WORDS = { ntc: "no template", no_rt: "no RT", qc: "quality control", spike: "spiked sample" };
  const KEY = `exvivo plate ${data.address}`;
  const words = (field) => (ROLE_WORDS[field] || field).replace(/[_:]/g, " ");

  const state = {
    layout: new P.Layout(data.wells), ghosts: {}, marks: {}, wrong: new Map(), layers: [], layer: null, show: "sample", tints: new Map(),

    lines(cells) {
      if (this.show !== "sample") return [cells[this.show] || ""].filter(Boolean);
      const amount = cells.nominal ? short(Number(cells.nominal.replace(",", ".")), 3, cells.nominal) : "";
      const whose = cells.donor || cells.control || amount;
      const what = [cells.stimulus || (cells.control && !cells.donor ? amount : ""), Number(cells.dilution || 1) !== 1 ? `1:${cells.dilution}` : ""].filter(Boolean).join(" ");
      return [whose, what].filter(Boolean);
    },
    letter(cells) { return LETTERS[cells.role] || ""; },
    // A tint a value, in the order in which values appear; roles have their own.
    tint(cells) {
      if (this.show === "sample" || this.show === "role") return cells.role ? `t-${cells.role}` : "";
      const text = cells[this.show];
      if (!text) return "";
      if (!this.tints.has(text)) this.tints.set(text, this.tints.size % 12);
      return `t${this.tints.get(text)}`;
    },
    heat(well) {
      const value = this.layer.values[well];
      if (value === undefined) return null;
      const { low, high, log } = this.layer.range, scale = log ? Math.log : (x) => x;
      const share = high > low ? (scale(value) - scale(low)) / (scale(high) - scale(low)) : 0.5;
      return Math.min(9, Math.max(0, Math.floor(share * 10)));
    },
    words(well, cells, visible) {
      const facts = data.fields.filter((field) => cells[field] && field !== "file").map((field) => (field === "role" ? words(cells.role) : `${words(field)} ${cells[field]}`));
      const signal = this.layer && this.layer.values[well] !== undefined ? [`${this.layer.name} ${short(this.layer.values[well])}`] : [];
      const marks = (this.marks[well] || []).map((mark) => (mark.kind === "out" ? "left out" : "flagged"));
      const wrong = this.wrong.has(well) ? ["to fix"] : [];
      return [visible ? `${visible}, ${well}` : well, ...(facts.length ? facts : ["nothing"]), ...signal, ...new Set(marks), ...wrong].join(", ");
    },
  };
  const cells = new P.Cells(by("grid"), state, { select: onSelect, drop: onDrop, edit: () => edit() });

  // Fields of the brush.

  const brush = new Map();

  function fieldInput(field) {
    const id = `brush-${field.replace(/\W/g, "-")}`;
    const label = element("label", { for: id }, words(field));
    let input;
    if (field === "role") {
      input = element("select", { id });
      input.append(element("option", { value: "" }, ""), ...data.choices.role.map((role) => element("option", { value: role }, `${LETTERS[role] ? `${LETTERS[role]}  ` : ""}${words(role)}`)));
    } else {
      input = element("input", { id, type: "text", maxlength: 200, spellcheck: "false" });
      if (P.NUMBERS.test(field)) input.inputMode = "decimal";
      const choices = data.choices[field] || [];
      if (choices.length) {
        input.setAttribute("list", `list-${id}`);
        const list = element("datalist", { id: `list-${id}` });
        list.append(...choices.map((text) => element("option", { value: text })));
        label.append(list);
      }
    }
    brush.set(field, input);
    const line = element("p", {});
    line.append(label, input);
    return line;
  }

  function options(select, pairs) { select.replaceChildren(...pairs.map(([value, text]) => element("option", { value }, text))); }

  for (const field of data.fields) by(data.usual.includes(field) ? "brush-fields" : "brush-others").append(fieldInput(field));
  options(by("show"), [["sample", "sample"], ...data.fields.map((field) => [field, words(field)])]);
  options(by("clear-field"), [["", "all fields"], ...data.fields.map((field) => [field, words(field)])]);

  // The values of the brush; null where a number is none.
  function brushed() {
    const filled = {};
    for (const [field, input] of brush) {
      const text = input.value.trim();
      if (!text) continue;
      const [value] = (P.NUMBERS.test(field) ? P.decimals([text]) : [text]) || [null];
      if (value === null) { ask(text, field); input.focus(); return null; }
      filled[field] = value;
    }
    return filled;
  }

  function ask(text, field) { exvivo.tell(`${text} as ${words(field)} can be read in two ways: write ${text.replace(",", ".")} or ${text.replace(",", "")}.`); }

  // Strokes.

  const own = (well) => state.layout.now.get(well) || state.ghosts[well] || {};

  function paintWith(values, wells, what = "painted") { return stroke(wells.map((well) => [well, { ...own(well), ...values }]), what); }

  // A well with a donor is a sample, unless it has another role.
  const withRole = (found) => (found.donor && !found.role ? { ...found, role: "sample" } : found);

  function stroke(pairs, what, asIs = false) {
    const wells = state.layout.stroke(asIs ? pairs : pairs.map(([well, found]) => [well, withRole(found)]));
    after(wells, wells.length ? `${P.counted(wells.length)} ${what}` : "Nothing changed");
    return wells.length;
  }

  function after(wells, text) {
    cells.render(wells);
    onSelect();
    legend();
    say(text);
    if (!wells.length) return;
    const changes = state.layout.changes();
    standing(changes);
    keepDraft(changes);
    scheduleCheck();
  }

  function paint() {
    const values = brushed();
    if (!values) return;
    if (!Object.keys(values).length) { say("No field of Paint is filled"); exvivo.tell("Fill a field of Paint first, or type into the well."); return; }
    paintWith(values, cells.wells());
  }

  function clear(field = "") {
    stroke(cells.wells().filter((well) => state.layout.now.has(well)).map((well) => [well, field ? { ...own(well), [field]: "" } : {}]), "cleared", true);
  }

  function pick() {
    const found = own(cells.well());
    for (const [field, input] of brush) input.value = field === "file" || field === "exclude" ? "" : found[field] || "";
    say(`Picked up ${cells.well()}`);
  }

  P.counted = (count) => (count === 1 ? "1 well" : `${count} wells`);

  // What is selected.

  let waiting = 0;

  function onSelect() {
    clearTimeout(waiting);
    waiting = setTimeout(describe, 60);
  }

  function onDrop() {
    if (!by("as-i-drag").checked) return;
    paint();
  }

  function describe() {
    const wells = cells.wells(), box = by("selected");
    const title = wells.length === 1 ? `Well ${wells[0]}` : wells.length ? `${P.counted(wells.length)}, ${wells[0]} to ${wells[wells.length - 1]}` : "No well";
    const list = element("dl", { class: "facts" });
    for (const field of data.fields) {
      const counts = new Map();
      for (const well of wells) if (own(well)[field]) counts.set(own(well)[field], (counts.get(own(well)[field]) || 0) + 1);
      if (counts.size) list.append(element("dt", {}, words(field)), element("dd", {}, listed(counts, wells.length)));
    }
    const values = state.layer ? wells.map((well) => state.layer.values[well]).filter((value) => value !== undefined) : [];
    if (values.length) list.append(element("dt", {}, state.layer.name), element("dd", {}, values.length === 1 ? short(values[0]) : `${short(Math.min(...values))} to ${short(Math.max(...values))}`));
    const notes = wells.length > 8 ? [] : wells.flatMap((well) => [
      ...(state.wrong.get(well) || []).map((text) => [`${well}: ${text}`, "stop"]),
      ...(state.marks[well] || []).map((mark) => [`${well}: ${mark.words}`, mark.kind === "stop" ? "stop" : "look"])]);
    const one = wells.length === 1 && data.looks ? [paragraph("a", { href: `${data.looks}/${wells[0]}` }, `Look at well ${wells[0]}`)] : [];
    const untold = wells.filter((well) => !state.layout.now.has(well) && state.ghosts[well]).length;
    box.replaceChildren(element("p", {}, title), list, ...(untold ? [element("p", { class: "under" }, "As the instrument file names it; not in the layout.")] : []),
      ...notes.map(([text, kind]) => element("p", { class: `plate-note ${kind}` }, text)), ...one);
  }

  function paragraph(tag, attributes, text) { const line = element("p"); line.append(element(tag, attributes, text)); return line; }

  function listed(counts, total) {
    const parts = [...counts].map(([text, count]) => (counts.size === 1 && count === total ? text : `${text} (${count})`));
    return parts.length > 8 ? `${parts.slice(0, 8).join(", ")} and ${parts.length - 8} more` : parts.join(", ");
  }

  const short = (value, digits = 4, text = "") => (Number.isNaN(value) ? text : Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential(2).replace(/\.?0*e\+?/, "e") : String(Number(value.toPrecision(digits))));

  let saying = 0;
  function say(text) {
    clearTimeout(saying);
    saying = setTimeout(() => { by("plate-news").textContent = text; }, 40);
  }

  // Typing into a well.

  function editable() { return state.show === "sample" ? "" : state.show; }

  function edit(first = null) {
    const well = cells.well(), cell = cells.cells[cells.at], field = editable();
    if (cell.querySelector("input")) return;
    const input = element("input", { type: "text", class: "in-well", spellcheck: "false", maxlength: 200, "aria-label": `${field ? words(field) : "sample"} of ${well}` });
    const list = brush.get(field)?.getAttribute("list");
    if (list) input.setAttribute("list", list);
    input.value = first ?? (field ? own(well)[field] || "" : state.lines(own(well)).join(" "));
    cell.replaceChildren(input);
    input.focus();
    if (first === null) input.select();
    let open = true;
    const close = async (keep, move, all) => {
      if (!open) return;
      open = false;
      const text = input.value.trim();
      cells.render([well]);
      if (move !== null) cell.focus();
      if (keep && (first !== null || text !== input.defaultValue)) await fill(all ? cells.wells() : [well], text);
      if (move) cells.move(...move, false);
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") { event.preventDefault(); close(true, event.ctrlKey ? [0, 0] : [event.shiftKey ? -1 : 1, 0], event.ctrlKey); }
      if (event.key === "Tab") { event.preventDefault(); close(true, [0, event.shiftKey ? -1 : 1]); }
      if (event.key === "Escape") { event.preventDefault(); close(false, undefined); }
    });
    input.addEventListener("blur", () => close(true, null));
  }

  // One text into wells: into the field that is shown, or taken apart as the name of a sample.
  async function fill(wells, text) { await P.fill.put(wells.map((well) => [well, text]), editable()); }

  // Keys of the grid.

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-8, 0], PageDown: [8, 0] };

  by("grid").addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT") return;
    const control = event.ctrlKey || event.metaKey, far = control ? 100 : 1;
    const keys = {
      Home: () => cells.move(control ? -100 : 0, -100, event.shiftKey), End: () => cells.move(control ? 100 : 0, 100, event.shiftKey),
      Enter: paint, Delete: () => clear(), Backspace: () => clear(), F2: () => edit(),
      Escape: () => cells.go(cells.at), " ": () => space(event),
    };
    const controls = { a: () => cells.chooseLine(null, null), z: () => (event.shiftKey ? redo() : undo()), y: redo, d: fillDown, s: save };
    const key = event.key.toLowerCase();
    if (ARROWS[event.key]) { const [r, c] = ARROWS[event.key]; cells.move(r * far, c * far, event.shiftKey); }
    else if (event.altKey && key === "p") pick();
    else if (event.altKey) return;
    else if (control && event.key !== " " && !keys[event.key]) { if (!controls[key]) return; controls[key](); }
    else if (keys[event.key]) keys[event.key]();
    else if (event.key.length === 1 && !control) edit(event.key);
    else return;
    event.preventDefault();
  });

  function space(event) {
    if (event.ctrlKey) cells.chooseLine(null, cells.at % cells.columns);
    else if (event.shiftKey) cells.chooseLine(Math.floor(cells.at / cells.columns), null);
    else { const next = new Set(cells.selected); if (!next.delete(cells.at)) next.add(cells.at); cells.choose(next); }
  }

  document.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    if (!control || event.defaultPrevented) return;
    const inText = event.target.matches("input, textarea, select");
    if (key === "s") { event.preventDefault(); save(); }
    else if (!inText && key === "z") { event.preventDefault(); event.shiftKey ? redo() : undo(); }
    else if (!inText && key === "y") { event.preventDefault(); redo(); }
  });

  function fillDown() {
    const wells = cells.wells(), top = Math.min(...wells.map((well) => P.place(well)[0]));
    const first = (well) => own(P.name(top, P.place(well)[1])), field = editable();
    stroke(wells.map((well) => [well, field ? { ...own(well), [field]: first(well)[field] || "" } : { ...first(well) }]), "filled");
  }

  function undo() { const wells = state.layout.undo(); after(wells, wells.length ? `Undone: ${P.counted(wells.length)}` : "Nothing to undo"); }
  function redo() { const wells = state.layout.redo(); after(wells, wells.length ? `Done again: ${P.counted(wells.length)}` : "Nothing to do again"); }

  // The live check: only this layout is read again.

  let checking = 0, running = null;

  function scheduleCheck(delay = 60) {
    by("checked").dataset.state = "asking";
    clearTimeout(checking);
    checking = setTimeout(check, delay);
  }

  async function send(path, body, extra = {}) {
    return fetch(data.address + path, { method: "POST", credentials: "same-origin", body: JSON.stringify(body), ...extra,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...(extra.headers || {}) } });
  }

  async function check() {
    running?.abort();
    const mine = (running = new AbortController());
    try {
      const answer = await send("/check", { version: data.version, changes: state.layout.changes() }, { signal: mine.signal });
      const told = await answer.json();
      if (mine !== running) return;
      if (!answer.ok) { uncheckable(told.error || told.mistakes?.map((each) => `${each.found}; expected ${each.expected}`).join(". ") || "The check did not answer."); return; }
      showCheck(told.mistakes);
    } catch (error) { if (error.name !== "AbortError") uncheckable("The door does not answer. What you paint is kept in this browser."); }
  }

  function uncheckable(text) {
    by("checked").replaceChildren(element("p", { class: "plate-note stop" }, text));
    by("checked").dataset.state = "current";
  }

  function showCheck(mistakes) {
    const before = new Set(state.wrong.keys());
    state.wrong = new Map();
    for (const each of mistakes) if (each.well) state.wrong.set(each.well, [...(state.wrong.get(each.well) || []), each.found]);
    cells.render([...new Set([...before, ...state.wrong.keys()])]);
    const box = by("checked"), most = 30;
    const items = grouped(mistakes).slice(0, most).map(mistakeItem);
    const list = element("ul", { class: "plate-mistakes" });
    list.append(...items);
    const rest = mistakes.length > 0 && items.length === most ? [element("p", { class: "under" }, "And more; fix these first.")] : [];
    const title = element("p", { class: mistakes.length ? "plate-note stop" : "plate-note good" }, mistakes.length ? `${mistakes.length} to fix` : "Nothing to fix in this layout");
    box.replaceChildren(title, ...(items.length ? [list] : []), ...rest);
    box.dataset.state = "current";
    describe();
  }

  // One mistake made in many wells is said once, with all its wells.
  function grouped(mistakes) {
    const groups = new Map();
    for (const each of mistakes) {
      const key = JSON.stringify([each.found, each.expected, each.cure]);
      if (!groups.has(key)) groups.set(key, { ...each, wells: [] });
      if (each.well) groups.get(key).wells.push(each.well);
    }
    return [...groups.values()];
  }

  function mistakeItem(each) {
    const item = element("li");
    const where = element("p", { class: "where" });
    for (const well of each.wells.slice(0, 6)) {
      const button = element("button", { type: "button", class: "quiet" }, well);
      button.addEventListener("click", () => goTo(well));
      where.append(button, " ");
    }
    if (each.wells.length > 6) where.append(`and ${each.wells.length - 6} more`);
    if (!each.wells.length) where.append(each.where);
    item.append(where, prose(each.found), prose(`expected ${each.expected}`, "under"), prose(each.cure));
    return item;
  }

  // A text whose words in backticks are code.
  function prose(text, kind = "") {
    const line = element("p", kind ? { class: kind } : {});
    line.append(...text.split("`").map((part, k) => (k % 2 ? element("code", {}, part) : part)));
    return line;
  }

  function goTo(well) {
    if (!cells.byName.has(well)) resize(P.sizeOf([well], cells.rows * cells.columns));
    cells.go(cells.byName.get(well));
    cells.cells[cells.at].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Saving.

  function standing(changes = state.layout.changes()) {
    const count = Object.keys(changes).length;
    by("save").disabled = !count;
    by("undo").disabled = !state.layout.done.length;
    by("redo").disabled = !state.layout.undone.length;
    by("saved").textContent = count ? `${P.counted(count)} not saved` : "All is saved";
  }

  let saving = false;
  async function save() {
    const changes = state.layout.changes();
    if (saving || !Object.keys(changes).length) return;
    saving = true;
    const now = new Map(state.layout.now);
    by("saved").textContent = "Saving";
    try {
      const answer = await send("/save", { changes }, { headers: { "If-Match": `"${data.version}"` } });
      const told = await answer.json();
      if (answer.status === 412) await merge(told);
      else if (answer.ok) kept(told, now);
      else refused(told.error || told.mistakes?.map((each) => `${each.found}: ${each.cure}`).join(". ") || "Not saved.");
    } catch { refused("Not saved: the door does not answer. What you painted is kept in this browser; save again."); }
    saving = false;
  }

  function refused(text) { standing(); exvivo.tell(text); say(text); }

  function kept(told, now) {
    data.version = told.version;
    state.layout.saved(now);
    keepDraft();
    standing();
    say("Saved");
    if (told.note) exvivo.tell(told.note);
    scheduleCheck(0);
  }

  async function merge(told) {
    const changes = state.layout.changes(), { wells, clashes } = P.merge(changes, told.wells);
    data.version = told.version;
    state.layout.start(told.wells, wells);
    cells.render();
    keepDraft();
    standing();
    scheduleCheck(0);
    if (!clashes.length) { exvivo.tell("Somebody else saved this plate. Your changes were put upon theirs: look, then save again."); return; }
    by("clashes").replaceChildren(...clashes.map(clashRow));
    by("merge-dialog").showModal();
    by("merge-dialog").onclose = () => takeMine(clashes);
  }

  function clashRow({ well, field, mine, theirs }, at) {
    const row = element("tr");
    row.append(element("td", {}, well), element("td", {}, words(field)));
    for (const [value, text] of [["mine", mine], ["theirs", theirs]]) {
      const label = element("label", { class: "inline" });
      const radio = element("input", { type: "radio", name: `clash-${at}`, value });
      radio.defaultChecked = value === "theirs";
      label.append(radio, ` ${text || "(empty)"}`);
      const cell = element("td");
      cell.append(label);
      row.append(cell);
    }
    return row;
  }

  function takeMine(clashes) {
    const chosen = new FormData(by("merge"));
    const pairs = new Map();
    clashes.forEach(({ well, field, mine }, at) => {
      if (chosen.get(`clash-${at}`) === "mine") pairs.set(well, { ...(pairs.get(well) || own(well)), [field]: mine });
    });
    if (pairs.size) stroke([...pairs], "taken over");
  }

  // What is not saved survives a closed tab: it waits in this browser.
  function keepDraft(changes = state.layout.changes()) {
    try {
      if (Object.keys(changes).length) localStorage.setItem(KEY, JSON.stringify({ changes }));
      else localStorage.removeItem(KEY);
    } catch { /* a full or closed storage: the warning before leaving remains */ }
  }

  function takeDraft() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(KEY)); } catch { return; }
    if (!draft || !draft.changes) return;
    const { wells } = P.merge(draft.changes, data.wells);
    const before = JSON.stringify(data.wells);
    if (JSON.stringify(wells) === before) { localStorage.removeItem(KEY); return; }
    const names = new Set([...Object.keys(wells), ...Object.keys(data.wells)]);
    state.layout.stroke([...names].map((well) => [well, wells[well] || {}]));
    exvivo.tell("Changes that were not saved are here again. Undo takes them back.");
  }

  window.addEventListener("beforeunload", (event) => { if (Object.keys(state.layout.changes()).length) event.preventDefault(); });

  // View.

  function resize(size) {
    by("size").value = size;
    cells.build(size);
    cells.choose([0]);
  }

  function legend() {
    const counts = new Map();
    for (const found of state.layout.now.values()) counts.set(found.role || "", (counts.get(found.role || "") || 0) + 1);
    const roles = ["sample", ...Object.keys(LETTERS), ""].filter((role) => counts.has(role));
    const key = element("p", { class: "plate-roles" });
    for (const role of roles) {
      const one = element("span", { class: "plate-role" });
      one.append(element("i", { class: `swatch t-${role}` }, LETTERS[role] || ""), ` ${role ? words(role) : "no role"} ${counts.get(role)}`);
      key.append(one);
    }
    const flagged = Object.keys(state.marks).length;
    if (flagged) key.append(element("span", { class: "plate-role" }, `▲ flagged, × left out: ${P.counted(flagged)}`));
    by("legend").replaceChildren(key, ...(state.layer ? [scale()] : []));
  }

  function scale() {
    const { low, high, log } = state.layer.range, line = element("p", { class: "plate-scale" });
    line.append(`${state.layer.name}${state.layer.unit ? ` (${state.layer.unit})` : ""}: ${short(low)} `);
    for (let step = 0; step < 10; step++) line.append(element("i", { class: `swatch h${step}` }));
    line.append(` ${short(high)}${log ? ", log scale" : ""}`);
    return line;
  }

  async function loadSignal() {
    try {
      const answer = await fetch(`${data.address}/signal`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const told = await answer.json();
      state.ghosts = told.named || {};
      state.marks = told.marks;
      state.layers = told.layers.map((layer) => ({ ...layer, range: rangeOf(Object.values(layer.values)) }));
      by("behind").append(...state.layers.map((layer, at) => element("option", { value: at }, layer.name)));
      const size = P.sizeOf([...told.wells, ...Object.keys(data.wells)], cells.rows * cells.columns);
      if (size > cells.rows * cells.columns && !data.sized) resize(size); else cells.render();
      legend();
      describe();
      if (told.unread) by("legend").append(element("p", { class: "under" }, `The instrument file was not read: ${told.unread}.`));
    } finally { by("behind").dataset.state = "current"; }
  }

  function rangeOf(values) {
    const low = Math.min(...values), high = Math.max(...values), middle = [...values].sort((a, b) => a - b)[values.length >> 1];
    return { low, high, log: low > 0 && high / low > 30 && (middle - low) / (high - low) < 0.2 };
  }

  by("show").addEventListener("change", (event) => { state.show = event.target.value; state.tints = new Map(); cells.render(); });
  by("behind").addEventListener("change", (event) => { state.layer = event.target.value === "" ? null : state.layers[event.target.value]; cells.render(); legend(); describe(); });
  by("size").addEventListener("change", (event) => resize(Number(event.target.value)));
  by("zoom").addEventListener("change", (event) => by("grid").closest(".plate-page").classList.toggle("large", event.target.value === "large"));
  by("undo").addEventListener("click", undo);
  by("redo").addEventListener("click", redo);
  by("save").addEventListener("click", save);
  by("pick").addEventListener("click", pick);
  by("clear").addEventListener("click", () => clear(by("clear-field").value));
  by("empty-brush").addEventListener("click", () => { for (const input of brush.values()) input.value = ""; });
  by("print").addEventListener("click", () => window.print());
  by("brush").addEventListener("submit", (event) => { event.preventDefault(); paint(); });

  P.page = { data, state, cells, stroke, own, words, ask, say, options, editable, clear };
  P.fill.begin(P.page, send);
  resize(data.size);
  takeDraft();
  cells.render();
  legend();
  standing();
  if (data.well) goTo(data.well);
  loadSignal();
  scheduleCheck(0);
})();
