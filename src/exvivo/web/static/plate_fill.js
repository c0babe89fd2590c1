// Many wells at once: texts and blocks put into a field, names of samples taken apart, series.
"use strict";

exvivo.plates.fill = (() => {
  const P = exvivo.plates, by = (id) => document.getElementById(id);
  let page, send;

  // Texts into a field of wells, or as names of samples where the field is empty.
  async function put(pairs, field) {
    if (!field) return names(pairs);
    let texts = pairs.map(([, text]) => text);
    if (P.NUMBERS.test(field)) {
      const numbers = P.decimals(texts);
      if (!numbers) { page.ask(texts.find((text) => text.includes(",")), field); return; }
      texts = numbers;
    }
    if (field === "role") texts = texts.map((text) => text.toLowerCase().replace(/[\s-]+/g, "_"));
    page.stroke(pairs.map(([well], at) => [well, { ...page.own(well), [field]: texts[at] }]), "filled");
  }

  // Names of samples (FM01 ATP 1, Std3, NTC), which the words of the study take apart.
  async function names(pairs) {
    const texts = [...new Set(pairs.map(([, text]) => text).filter(Boolean))];
    const answer = await send("/names", { texts });
    if (!answer.ok) { exvivo.tell("The names could not be read."); return; }
    const { cells } = await answer.json();
    const unclear = texts.filter((text) => !cells[text]);
    const clear = pairs.filter(([, text]) => !text || cells[text]);
    if (clear.length) page.stroke(clear.map(([well, text]) => [well, text ? { ...kept(well), ...cells[text] } : {}]), "filled");
    if (unclear.length) exvivo.tell(`Not understood: ${unclear.slice(0, 5).join(", ")}${unclear.length > 5 ? ` and ${unclear.length - 5} more` : ""}. Write a donor, a stimulus, a replicate; or Std1, Blank, NTC, empty. Or show one field, and type that.`);
  }

  // What a new name does not speak of, and keeps: the file and the target of the well.
  function kept(well) { const { file, target } = page.own(well); return P.filled({ file, target }); }

  function paste(text, field) {
    const rows = P.parseBlock(text), { cells } = page;
    const lines = P.asLines(rows, page.data.fields);
    if (lines) {
      fit(lines.pairs.map(([well]) => well));
      page.stroke(lines.pairs.map(([well, values]) => [well, { ...page.own(well), ...values }]), "pasted");
      if (lines.unknown.length) exvivo.tell(`Columns that no layout has were left out: ${lines.unknown.join(", ")}.`);
      return;
    }
    const block = P.withoutHeads(rows), [top, left] = block.at || P.place(cells.well());
    if (block.rows.length === 1 && block.rows[0].length === 1 && cells.selected.size > 1) { put(cells.wells().map((well) => [well, block.rows[0][0]]), field); return; }
    const pairs = block.rows.flatMap((row, r) => row.map((value, c) => [top + r, left + c, value])).filter(([r, c]) => r < 32 && c < 48).map(([r, c, value]) => [P.name(r, c), value]);
    fit(pairs.map(([well]) => well));
    const there = pairs.filter(([well]) => cells.byName.has(well));
    cells.choose(there.map(([well]) => cells.byName.get(well)));
    put(there, field);
  }

  // A larger plate, where a block reaches beyond the one that is shown.
  function fit(wells) {
    const { cells } = page, now = cells.rows * cells.columns, size = P.sizeOf(wells, now);
    if (size > now) { by("size").value = size; by("size").dispatchEvent(new Event("change")); }
  }

  function copied() {
    const { cells, state } = page, wells = cells.wells(), places = wells.map(P.place), field = page.editable();
    const text = (well) => { const found = page.own(well); return field ? found[field] || "" : sampleName(found); };
    const chosen = new Set(wells), columns = [...new Set(places.map(([, c]) => c))].sort((a, b) => a - b), rows = [...new Set(places.map(([r]) => r))].sort((a, b) => a - b);
    void state;
    return rows.map((r) => columns.map((c) => (chosen.has(P.name(r, c)) ? text(P.name(r, c)) : "")).join("\t")).join("\n");
  }

  function sampleName(found) {
    const named = { ntc: "NTC", no_rt: "no RT", blank: "Blank", empty: "empty", standard: "Std" };
    return found.donor ? ["donor", "visit", "cell_type", "stimulus", "replicate"].map((field) => found[field]).filter(Boolean).join(" ") : found.control || named[found.role] || found.role || "";
  }

  // Series.

  function spec() {
    const form = new FormData(by("series")), kind = form.get("kind"), { choices } = page.data;
    const numeric = (name) => Number((P.decimals([(form.get(name) || "").trim()]) || [NaN])[0]);
    const list = (form.get("list") || "").split(/[\n\t;]+/).map((text) => text.trim()).filter(Boolean);
    const levels = Math.min(1536, Math.max(0, Math.floor(numeric("levels") || 0)));
    const field = { stimulus: "stimulus", replicate: "replicate", values: form.get("field") }[kind];
    return {
      kind: field ? "values" : kind, field, order: form.get("order"), each: Math.floor(numeric("each")) || 1, start: numeric("start"), factor: numeric("factor"), levels,
      named: form.has("named"), blank: form.has("blank"), number: form.has("number") && ["standards", "donors", "values"].includes(kind) && field !== "replicate",
      stimuli: form.has("stimuli") ? choices.stimulus || [] : [], cycle: kind === "stimulus" || kind === "replicate",
      plate: page.data.plate, list: kind === "replicate" ? [...Array(levels).keys()].map((k) => String(k + 1)) : list,
    };
  }

  // Why a series cannot be filled; empty where it can.
  function trouble(wanted) {
    const amounts = (wanted.kind === "standards" && !wanted.named) || wanted.kind === "dilutions";
    if (amounts && !(wanted.start > 0)) return "Write the first amount, a number above 0.";
    if (amounts && !(wanted.factor > 0)) return "Write the factor, a number above 0.";
    if (["standards", "dilutions"].includes(wanted.kind) && !wanted.levels) return "Write how many.";
    if (wanted.kind === "files") return P.series(wanted, page.cells.wells()).pairs.length ? "" : "No file, or several, have the name of a selected well.";
    return P.seriesValues(wanted).length ? "" : "Write the values, one a line.";
  }

  function preview() {
    const kind = by("series-kind").value;
    for (const part of by("series").querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
    by("series-named-line").hidden ||= !page.data.standards.length;
    const wanted = spec(), wrong = trouble(wanted);
    by("series-fill").disabled = Boolean(wrong);
    if (wrong) { by("series-preview").textContent = wrong; return; }
    const made = P.series(wanted, page.cells.wells());
    const values = wanted.kind === "files" ? made.pairs.map(([, found]) => found) : P.seriesValues(wanted);
    const texts = values.slice(0, 4).map((values) => sampleName(values) && values.nominal ? `${sampleName(values)} ${values.nominal}` : sampleName(values) || Object.values(values).join(" "));
    const over = made.left ? ` ${made.left} of ${made.values} find no well.` : "";
    by("series-preview").textContent = `${texts.join(", ")}${made.values > 4 ? ", …" : ""}: ${P.counted(made.pairs.length)} of ${page.cells.selected.size} are filled.${over}`;
  }

  function openSeries() {
    const wells = page.cells.wells(), { choices } = page.data;
    by("series-where").textContent = `Over ${wells[0]} to ${wells[wells.length - 1]}, ${P.counted(wells.length)} that are selected`;
    listFor(by("series-kind").value, choices);
    preview();
    by("series-dialog").showModal();
  }

  function listFor(kind, choices) {
    const there = new Set([...page.state.layout.now.values()].map((found) => found.donor));
    const lists = { donors: (choices.donor || []).filter((donor) => !there.has(donor)), stimulus: choices.stimulus || [], files: choices.file || [], values: [] };
    if (lists[kind]) by("series-list").value = lists[kind].join("\n");
    by("series-levels").value = kind === "replicate" ? "3" : kind === "standards" && page.data.standards.length ? String(page.data.standards.length) : "7";
  }

  function begin(shared, sender) {
    page = shared;
    send = sender;
    const { data, words, options } = page;
    options(by("series-field"), data.fields.filter((field) => field !== "file").map((field) => [field, words(field)]));
    options(by("paste-field"), [["", "names of samples (FM01 ATP 1, Std1, NTC)"], ...data.fields.map((field) => [field, words(field)])]);
    by("series").elements.named.checked = data.standards.length > 0;
    by("open-series").addEventListener("click", openSeries);
    by("series").addEventListener("input", (event) => { if (event.target.id === "series-kind") listFor(event.target.value, data.choices); preview(); });
    by("series-dialog").addEventListener("close", (event) => {
      if (event.target.returnValue !== "fill") return;
      const made = P.series(spec(), page.cells.wells());
      page.stroke(made.pairs.map(([well, values]) => [well, { ...page.own(well), ...values }]), "filled");
    });
    by("open-paste").addEventListener("click", () => {
      by("paste-where").textContent = `well ${page.cells.well()}`;
      by("paste-field").value = page.editable();
      by("paste-text").value = "";
      by("paste-dialog").showModal();
      by("paste-text").focus();
    });
    by("paste-dialog").addEventListener("close", (event) => { if (event.target.returnValue === "paste" && by("paste-text").value.trim()) paste(by("paste-text").value, by("paste-field").value); });
    clipboard();
  }

  function clipboard() {
    const inGrid = () => document.activeElement?.closest?.("#grid") && document.activeElement.tagName !== "INPUT";
    document.addEventListener("paste", (event) => { if (inGrid()) { event.preventDefault(); const text = event.clipboardData.getData("text/plain"); if (text.trim()) paste(text, page.editable()); } });
    for (const kind of ["copy", "cut"]) document.addEventListener(kind, (event) => {
      if (!inGrid()) return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", copied());
      page.say(`Copied ${P.counted(page.cells.selected.size)}`);
      if (kind === "cut") page.clear(page.editable());
    });
  }

  return { begin, put, paste };
})();
