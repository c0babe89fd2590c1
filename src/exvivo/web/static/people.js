// A table of people as a grid: a cell is changed where it stands, a block of Excel is pasted, and
// each change is saved at once. Without this script each donor has a form.
"use strict";

(() => {
  const table = document.getElementById("people-grid");
  if (!table) return;
  const columns = [...table.tHead.rows[0].cells];
  const names = columns.map((cell) => cell.dataset.column);
  const body = table.tBodies[0];
  const url = table.dataset.cells;
  let version = table.dataset.version;
  let active = null;
  let editor = null;
  let queue = Promise.resolve();
  let pending = 0;
  const done = [];
  const undone = [];

  document.documentElement.classList.add("has-script");

  // What may be changed, and by which words it is known.
  const rowOf = (cell) => cell.parentElement.dataset.row;
  const columnOf = (cell) => names[cell.cellIndex];
  const shownRows = () => [...body.rows].filter((row) => !row.hidden);
  const changeable = (cell) => url && cell && cell.tagName === "TD";

  function activate(cell, focus = true) {
    if (!cell) return;
    if (active) active.tabIndex = -1;
    active = cell;
    active.tabIndex = 0;
    if (focus) active.focus();
  }

  function neighbour(cell, down, right) {
    const rows = shownRows();
    const at = rows.indexOf(cell.parentElement);
    const row = rows[Math.min(Math.max(at + down, 0), rows.length - 1)];
    const column = Math.min(Math.max(cell.cellIndex + right, 0), names.length - 1);
    return row.cells[column];
  }

  // Editing one cell.
  function edit(cell, text) {
    if (!changeable(cell) || editor) return;
    activate(cell, false);
    const before = cell.textContent;
    const input = document.createElement("input");
    input.value = text === undefined ? before : text;
    input.setAttribute("aria-label", `${columnOf(cell)} of ${rowOf(cell).split("\u2409")[0]}`);
    input.autocomplete = "off";
    const words = columns[cell.cellIndex].dataset.words;
    if (words) input.setAttribute("list", words);
    cell.classList.add("editing");
    cell.replaceChildren(input);
    editor = { cell, input, before };
    input.focus();
    if (text === undefined) input.select();
    input.addEventListener("blur", () => leave(true));
  }

  function leave(keep) {
    if (!editor) return;
    const { cell, input, before } = editor;
    editor = null;
    const now = keep ? input.value.trim() : before;
    cell.classList.remove("editing");
    cell.textContent = before;
    if (now !== before) change([{ cell, was: before, now }]);
  }

  // Changes are shown at once, and saved one after the other.
  function change(batch, remember = true) {
    if (!batch.length) return;
    for (const each of batch) {
      each.cell.textContent = each.now;
      each.cell.classList.add("saving");
      each.cell.removeAttribute("aria-invalid");
    }
    if (remember) {
      done.push(batch);
      undone.length = 0;
    }
    pending += 1;
    queue = queue.then(() => send(batch)).finally(() => { pending -= 1; });
  }

  function fields(batch) {
    const sent = new URLSearchParams({ table: table.dataset.table, if_match: version });
    for (const { cell, was, now } of batch) {
      sent.append("row", rowOf(cell));
      sent.append("column", columnOf(cell));
      sent.append("was", was);
      sent.append("now", now);
    }
    return sent;
  }

  async function send(batch) {
    const headers = { Accept: "application/json", "If-Match": `"${version}"` };
    let answer;
    try {
      answer = await fetch(url, { method: "POST", headers, body: fields(batch) });
    } catch {
      refuse(batch, ["Not saved: exvivo does not answer. Is it still running? Change the cell again to try once more."]);
      return;
    }
    if (answer.status === 412) {
      sendAsForm(batch);
      return;
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const lines = (told.mistakes || []).flatMap((each) => [`Not saved: ${each.where}`, `Found: ${each.found}`, `To fix: ${each.cure}`]);
      refuse(batch, lines.length ? lines : [told.error || "Not saved."]);
      return;
    }
    version = told.version;
    const texts = new Map(told.cells.map((each) => [`${each.row}\n${each.column}`, each.now]));
    for (const { cell } of batch) {
      cell.classList.remove("saving", "unsaved");
      const text = texts.get(`${rowOf(cell)}\n${columnOf(cell)}`);
      if (text !== undefined && !cell.classList.contains("editing")) cell.textContent = text;
    }
    for (const each of batch) each.now = texts.get(`${rowOf(each.cell)}\n${columnOf(each.cell)}`) ?? each.now;
    say([]);
    // The visit is a part of the name of its row.
    if (batch.some(({ cell }) => columnOf(cell) === "visit")) {
      pending = 0;
      location.reload();
      return;
    }
    document.body.dispatchEvent(new Event("peopleChanged"));
  }

  // Nothing is lost: what was typed stays in its cell, marked as not saved.
  function refuse(batch, lines) {
    for (const { cell } of batch) {
      cell.classList.remove("saving");
      cell.classList.add("unsaved");
      cell.setAttribute("aria-invalid", "true");
    }
    const at = done.indexOf(batch);
    if (at >= 0) done.splice(at, 1);
    say(lines);
  }

  function say(lines) {
    const place = document.getElementById("grid-message");
    place.replaceChildren();
    place.className = lines.length ? "notice stop" : "hidden";
    if (lines.length) place.setAttribute("role", "alert");
    for (const line of lines) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line.replaceAll("`", "");
      place.append(paragraph);
    }
  }

  // Somebody else changed the table: the page that puts both together is shown.
  function sendAsForm(batch) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    form.hidden = true;
    for (const [name, value] of fields(batch)) {
      const input = document.createElement("input");
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    pending = 0;
    form.submit();
  }

  function turn(from, to, before, after) {
    const batch = from.pop();
    if (!batch) return;
    const back = batch.map((each) => ({ cell: each.cell, was: each[before], now: each[after] }));
    change(back, false);
    to.push(batch);
    activate(batch[0].cell);
  }

  function paste(text) {
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const rows = shownRows();
    const top = rows.indexOf(active.parentElement);
    const batch = [];
    lines.forEach((line, down) => line.forEach((word, right) => {
      const row = rows[top + down];
      const cell = row && row.cells[active.cellIndex + right];
      const now = word.trim();
      if (changeable(cell) && cell.textContent !== now) batch.push({ cell, was: cell.textContent, now });
    }));
    const beyond = lines.length - (rows.length - top);
    if (beyond > 0) exvivo.tell(`${beyond} lines below the last row were not pasted. Add people first.`);
    change(batch);
  }

  // Keys.
  const moves = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    PageDown: [12, 0], PageUp: [-12, 0], Home: [0, -1e6], End: [0, 1e6],
  };

  function keyInEditor(event) {
    if (event.key === "Escape") {
      const { cell } = editor;
      leave(false);
      activate(cell);
    } else if (event.key === "Enter" || event.key === "Tab") {
      const { cell } = editor;
      leave(true);
      const next = event.key === "Enter" ? [event.shiftKey ? -1 : 1, 0] : [0, event.shiftKey ? -1 : 1];
      activate(neighbour(cell, ...next));
    } else {
      return;
    }
    event.preventDefault();
  }

  function keyInGrid(event) {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "z" && !event.shiftKey) turn(done, undone, "now", "was");
    else if (command && (key === "y" || (key === "z" && event.shiftKey))) turn(undone, done, "was", "now");
    else if (command && event.key in { Home: 1, End: 1 }) {
      const rows = shownRows();
      activate(event.key === "Home" ? rows[0].cells[0] : rows[rows.length - 1].cells[names.length - 1]);
    } else if (command || event.altKey) return;
    else if (event.key in moves) activate(neighbour(active, ...moves[event.key]));
    else if (event.key === "Enter" && active.tagName === "TH") return active.querySelector("a").click();
    else if (event.key === "Enter" || event.key === "F2") edit(active);
    else if ((event.key === "Delete" || event.key === "Backspace") && changeable(active)) {
      if (active.textContent) change([{ cell: active, was: active.textContent, now: "" }]);
    } else if (event.key.length === 1 && changeable(active)) edit(active, event.key);
    else return;
    event.preventDefault();
  }

  body.addEventListener("keydown", (event) => (editor ? keyInEditor(event) : active && keyInGrid(event)));
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td, th");
    if (!cell || event.target.closest("a") || (editor && editor.cell === cell)) return;
    leave(true);
    if (changeable(cell)) edit(cell);
    else activate(cell);
  });
  body.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th");
    if (cell && cell !== active && !editor) activate(cell, false);
  });
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!active || !url || (editor ? !/[\t\n]./.test(text) : document.activeElement !== active)) return;
    leave(false);
    activate(active);
    event.preventDefault();
    paste(text);
  });
  document.addEventListener("copy", (event) => {
    if (!active || editor || document.activeElement !== active || String(getSelection())) return;
    event.clipboardData.setData("text/plain", active.textContent);
    event.preventDefault();
  });
  addEventListener("beforeunload", (event) => {
    if (pending || body.querySelector(".unsaved")) event.preventDefault();
  });

  // Finding, as one types.
  const find = document.getElementById("find");
  if (find) {
    find.addEventListener("input", () => {
      const word = find.value.trim().toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = !row.textContent.toLowerCase().includes(word);
        shown += row.hidden ? 0 : 1;
      }
      document.getElementById("shown").textContent = shown;
      const address = new URL(location.href);
      if (word) address.searchParams.set("q", find.value.trim());
      else address.searchParams.delete("q");
      history.replaceState(history.state, "", address);
    });
    if (!find.value) find.form.addEventListener("submit", (event) => event.preventDefault());
  }

  table.setAttribute("role", "grid");
  for (const link of body.querySelectorAll("th a")) link.tabIndex = -1;
  if (body.rows.length) activate(body.rows[0].cells[0], false);
})();
