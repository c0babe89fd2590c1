// The grid of wells on the page: what each shows, which are selected, and where the focus is.
"use strict";

exvivo.plates.Cells = class {
  // `state` has layout, show, layer, marks, wrong and ghosts; `on` is told of select, drop and edit.
  constructor(table, state, on) {
    Object.assign(this, { table, state, on, selected: new Set(), at: 0, anchor: 0 });
    table.addEventListener("pointerdown", (event) => this.press(event));
    table.addEventListener("pointerover", (event) => this.drag(event));
    document.addEventListener("pointerup", () => this.release());
    table.addEventListener("dblclick", (event) => this.index(event) >= 0 && on.edit());
  }

  build(size) {
    const { letters, name, SIZES } = exvivo.plates;
    [this.rows, this.columns] = SIZES[size];
    this.table.className = `wells w${size}`;
    this.table.setAttribute("aria-rowcount", this.rows + 1);
    this.table.setAttribute("aria-colcount", this.columns + 1);
    this.cells = [];
    this.names = [];
    const head = element("tr", { role: "row" });
    head.append(heading("", "All wells", { corner: "" }));
    for (let c = 0; c < this.columns; c++) head.append(heading(c + 1, "", { column: c }, "columnheader"));
    const body = element("tbody", { role: "rowgroup" });
    for (let r = 0; r < this.rows; r++) {
      const row = element("tr", { role: "row" });
      row.append(heading(letters(r), "", { row: r }, "rowheader"));
      for (let c = 0; c < this.columns; c++) {
        const cell = element("td", { role: "gridcell", tabindex: "-1", "aria-selected": "false" });
        cell.dataset.at = this.cells.length;
        this.cells.push(cell);
        this.names.push(name(r, c));
        row.append(cell);
      }
      body.append(row);
    }
    const top = element("thead", { role: "rowgroup" });
    top.append(head);
    this.table.replaceChildren(top, body);
    this.byName = new Map(this.names.map((well, at) => [well, at]));
    this.selected.clear();
    this.at = this.anchor = 0;
    this.cells[0].tabIndex = 0;
    this.render();
  }

  render(wells = this.names) {
    for (const well of wells) if (this.byName.has(well)) this.draw(this.byName.get(well), well);
  }

  // What a well shows: its lines of text, the letter of its role, its marks.
  draw(at, well) {
    const cell = this.cells[at], { state } = this;
    const own = state.layout.now.get(well), cells = own || state.ghosts[well] || {};
    const shown = state.lines(cells), letter = state.letter(cells);
    const marks = state.marks[well] || [], wrong = state.wrong.get(well);
    const heat = state.layer ? state.heat(well) : null;
    cell.className = [
      heat === null ? state.tint(cells) : `h${heat}`, own || !state.ghosts[well] ? "" : "ghost", cells.role ? `r-${cells.role}` : "", wrong ? "wrong" : "",
      marks.some((mark) => mark.kind === "out") || cells.exclude ? "out" : "", marks.some((mark) => mark.kind !== "out") ? "flagged" : "",
      this.selected.has(at) ? "chosen" : "",
    ].filter(Boolean).join(" ");
    const parts = shown.map((line) => element("span", {}, line));
    if (letter) parts.unshift(element("b", {}, letter));
    cell.replaceChildren(...parts.flatMap((part, k) => (k ? [" ", part] : [part])));
    cell.setAttribute("aria-label", state.words(well, cells, [letter, ...shown].filter(Boolean).join(" ")));
    if (wrong) cell.setAttribute("aria-invalid", "true"); else cell.removeAttribute("aria-invalid");
  }

  // Selection.

  index(event) {
    const cell = event.target.closest?.("td[data-at]");
    return cell && this.table.contains(cell) ? Number(cell.dataset.at) : -1;
  }

  block(a, b) {
    const [r1, c1, r2, c2] = [Math.floor(a / this.columns), a % this.columns, Math.floor(b / this.columns), b % this.columns];
    const wells = [];
    for (let r = Math.min(r1, r2); r <= Math.max(r1, r2); r++)
      for (let c = Math.min(c1, c2); c <= Math.max(c1, c2); c++) wells.push(r * this.columns + c);
    return wells;
  }

  choose(list) {
    const next = new Set(list), changed = new Set([...this.selected, ...next]);
    for (const at of changed) {
      const is = next.has(at);
      if (this.selected.has(at) === is) continue;
      this.cells[at].classList.toggle("chosen", is);
      this.cells[at].setAttribute("aria-selected", is);
    }
    this.selected = next;
    this.on.select();
  }

  wells() { return [...this.selected].sort((a, b) => a - b).map((at) => this.names[at]); }

  well() { return this.names[this.at]; }

  // Put the focus on a well; the selection follows it, or grows to it.
  go(at, { extend = false, keep = false, quiet = false } = {}) {
    this.cells[this.at].tabIndex = -1;
    this.at = at;
    this.cells[at].tabIndex = 0;
    if (!quiet) this.cells[at].focus();
    if (keep) { this.on.select(); return; }
    if (!extend) this.anchor = at;
    this.choose(extend ? this.block(this.anchor, at) : [at]);
  }

  move(rows, columns, extend) {
    const r = Math.min(Math.max(Math.floor(this.at / this.columns) + rows, 0), this.rows - 1);
    const c = Math.min(Math.max((this.at % this.columns) + columns, 0), this.columns - 1);
    this.go(r * this.columns + c, { extend });
  }

  chooseLine(row, column) {
    const last = this.rows * this.columns - 1;
    const ends = row !== null ? [row * this.columns, row * this.columns + this.columns - 1] : column !== null ? [column, last - (this.columns - 1 - column)] : [0, last];
    this.anchor = ends[0];
    this.choose(this.block(...ends));
  }

  press(event) {
    if (event.button !== 0 || event.target.closest("input")) return;
    const head = event.target.closest("th");
    if (head) {
      event.preventDefault();
      this.press_head(head, event);
      return;
    }
    const at = this.index(event);
    if (at < 0) return;
    event.preventDefault();
    this.kept = event.ctrlKey || event.metaKey || (event.pointerType === "touch" && this.selected.size > 0 && event.shiftKey) ? new Set(this.selected) : new Set();
    if (event.shiftKey) { this.go(at, { extend: true }); this.dragging = event.pointerType !== "touch"; return; }
    const take = this.kept.has(at);
    this.anchor = at;
    this.go(at, { keep: true });
    if (take) this.kept.delete(at);
    this.choose(take ? this.kept : [...this.kept, at]);
    this.dragging = event.pointerType !== "touch" && !take;
    if (!this.dragging) this.on.drop();
  }

  press_head(head, event) {
    const { row, column } = head.dataset;
    const from = this.headAt, both = event.shiftKey && from && (row === undefined) === (from.row === undefined);
    this.chooseLine(row === undefined ? null : Number(row), column === undefined ? null : Number(column));
    const first = this.anchor;
    if (both && (row ?? column) !== undefined) {
      const last = this.rows * this.columns - 1, [a, b] = [Number(from.row ?? from.column), Number(row ?? column)].sort((x, y) => x - y);
      const ends = row !== undefined ? [a * this.columns, (b + 1) * this.columns - 1] : [a, last - (this.columns - 1 - b)];
      this.choose(this.block(...ends));
    } else this.headAt = { row, column };
    this.cells[this.at].tabIndex = -1;
    this.at = first;
    this.cells[first].tabIndex = 0;
    this.cells[first].focus({ preventScroll: true });
    this.on.drop();
  }

  drag(event) {
    if (!this.dragging) return;
    const at = this.index(event);
    if (at < 0) return;
    this.cells[this.at].tabIndex = -1;
    this.at = at;
    this.cells[at].tabIndex = 0;
    this.cells[at].focus({ preventScroll: true });
    this.choose([...this.kept, ...this.block(this.anchor, at)]);
  }

  release() {
    if (!this.dragging) return;
    this.dragging = false;
    this.on.drop();
  }
};

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== "") made.textContent = text;
  return made;
}

function heading(text, hidden, data, role = "columnheader") {
  const made = element("th", { role, scope: role === "rowheader" ? "row" : "col" }, text);
  if (hidden) made.append(element("span", { class: "hidden-text" }, hidden));
  Object.assign(made.dataset, data);
  return made;
}
exvivo.plates.element = element;
