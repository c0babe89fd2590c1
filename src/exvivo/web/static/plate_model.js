// The plate as data: places of wells, strokes that can be undone, blocks that are pasted, series.
// Nothing here touches the page.
"use strict";

exvivo.plates = (() => {
  const SIZES = { 6: [2, 3], 12: [3, 4], 24: [4, 6], 48: [6, 8], 96: [8, 12], 384: [16, 24], 1536: [32, 48] };
  const NUMBERS = /^(dilution|nominal)/;
  const letters = (row) => (row < 26 ? "" : "A") + String.fromCharCode(65 + (row % 26));
  const name = (row, column) => letters(row) + (column + 1);

  // The row and column of a well, from 0; null for any other text.
  function place(well) {
    const match = /^\s*([A-Z]|A[A-F])0?([1-9]\d?)\s*$/i.exec(well);
    if (!match) return null;
    const word = match[1].toUpperCase();
    const row = word.charCodeAt(word.length - 1) - 65 + 26 * (word.length - 1);
    return row < 32 && match[2] <= 48 ? [row, match[2] - 1] : null;
  }

  // The smallest plate that has all of these wells.
  function sizeOf(wells, least) {
    const places = wells.map(place).filter(Boolean);
    const fits = (size) => places.every(([r, c]) => r < SIZES[size][0] && c < SIZES[size][1]);
    return Object.keys(SIZES).map(Number).find((size) => size >= least && fits(size)) || 1536;
  }

  const filled = (cells) => Object.fromEntries(Object.entries(cells).filter(([, text]) => text));

  // The wells of a plate: as saved, as they are now, and the strokes in between.
  class Layout {
    constructor(wells) { this.start(wells); }

    start(wells, now = wells) {
      this.base = new Map(Object.entries(wells));
      this.now = new Map(Object.entries(now));
      this.done = [];
      this.undone = [];
    }

    cells(well) { return this.now.get(well) || {}; }

    // Make a stroke of [well, cells] pairs; gives the wells that changed.
    stroke(pairs) {
      const parts = [];
      for (const [well, cells] of pairs) {
        const before = this.cells(well), after = filled(cells);
        if (JSON.stringify(Object.entries(before).sort()) !== JSON.stringify(Object.entries(after).sort())) parts.push([well, before, after]);
      }
      if (parts.length) { this.done.push(parts); this.undone = []; this.put(parts, 2); }
      return parts.map(([well]) => well);
    }

    undo() { return this.step(this.done, this.undone, 1); }
    redo() { return this.step(this.undone, this.done, 2); }

    step(from, to, side) {
      const parts = from.pop();
      if (!parts) return [];
      to.push(parts);
      this.put(parts, side);
      return parts.map(([well]) => well);
    }

    put(parts, side) {
      for (const part of parts) {
        if (Object.keys(part[side]).length) this.now.set(part[0], part[side]);
        else this.now.delete(part[0]);
      }
    }

    // What is not saved: {well: {field: [was, now]}}.
    changes() { return difference(this.base, this.now); }

    saved(now) { this.base = now; }
  }

  function difference(base, now) {
    const changes = {};
    for (const well of new Set([...base.keys(), ...now.keys()])) {
      const was = base.get(well) || {}, is = now.get(well) || {};
      for (const field of new Set([...Object.keys(was), ...Object.keys(is)]))
        if ((was[field] || "") !== (is[field] || ""))
          (changes[well] ||= {})[field] = [was[field] || "", is[field] || ""];
    }
    return changes;
  }

  // Own changes put upon what somebody else has saved meanwhile: what both changed is a clash.
  function merge(changes, theirs) {
    const wells = new Map(Object.entries(theirs).map(([well, cells]) => [well, { ...cells }]));
    const clashes = [];
    for (const [well, fields] of Object.entries(changes)) {
      for (const [field, [was, now]] of Object.entries(fields)) {
        const other = (theirs[well] || {})[field] || "";
        if (other === now) continue;
        if (other !== was) { clashes.push({ well, field, mine: now, theirs: other }); continue; }
        const cells = filled({ ...(wells.get(well) || {}), [field]: now });
        if (Object.keys(cells).length) wells.set(well, cells); else wells.delete(well);
      }
    }
    return { wells: Object.fromEntries(wells), clashes };
  }

  // The cells of a block as a spreadsheet copies it: tabs and lines, quotes around cells with either.
  function parseBlock(text) {
    const body = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    const sign = body.includes("\t") ? "\t" : !body.includes("\n") || !/[;,]/.test(body) ? "\t" : body.includes(";") ? ";" : ",";
    const rows = [[]];
    const pattern = new RegExp(`(?:"((?:[^"]|"")*)"|([^${sign}\\n]*))(${sign}|\\n|$)`, "gy");
    for (let match; pattern.lastIndex <= body.length && (match = pattern.exec(body));) {
      rows[rows.length - 1].push((match[1] !== undefined ? match[1].replace(/""/g, '"') : match[2]).trim());
      if (match[3] === "\n") rows.push([]);
      if (match[3] === "") break;
    }
    return rows;
  }

  // A block without its row letters and column numbers; `at` is the well its first cell then is.
  function withoutHeads(rows) {
    const numbers = rows[0].slice(1);
    const below = rows.slice(1).filter((row) => row[0]);
    const isGrid = numbers.length && below.length && numbers.filter(Boolean).every((n) => /^0?\d{1,2}$/.test(n)) &&
      below.every((row) => /^([A-Z]|A[A-F])$/i.test(row[0]));
    if (!isGrid) return { rows, at: null };
    return { rows: below.map((row) => row.slice(1)), at: place(below[0][0] + numbers[0]) };
  }

  // A table of lines (a header with `well`) as [well, cells] pairs; null for any other block.
  function asLines(rows, fields) {
    const header = rows[0].map((cell) => cell.toLowerCase().replace(/[\s-]+/g, "_"));
    const well = header.findIndex((word) => ["well", "well_position", "position", "well_id"].includes(word));
    if (well < 0 || header.length < 2) return null;
    const columns = header.map((word, at) => (at === well ? "" : fields.find((field) => field.toLowerCase() === word) || ""));
    const pairs = rows.slice(1).filter((row) => place(row[well] || "")).map((row) => [
      name(...place(row[well])),
      Object.fromEntries(columns.map((field, at) => [field, row[at] || ""]).filter(([field]) => field)),
    ]);
    return { pairs, unknown: rows[0].filter((_, at) => at !== well && !columns[at]) };
  }

  // Numbers with decimal commas, with points; null where 1,234 could be read in two ways.
  function decimals(texts) {
    const commas = texts.filter((text) => /^-?\d+,\d+$/.test(text));
    const sure = commas.some((text) => !/^-?[1-9]\d{0,2},\d{3}$/.test(text));
    if (commas.length && !sure) return null;
    return texts.map((text) => (/^-?\d+,\d+$/.test(text) ? text.replace(",", ".") : text));
  }

  // Wells in the order in which they are filled.
  function inOrder(wells, order) {
    const first = order === "down" ? 1 : 0;
    return [...wells].sort((a, b) => {
      const p = place(a), q = place(b);
      return p[first] - q[first] || p[1 - first] - q[1 - first];
    });
  }

  // A number as people write it: no trailing noise of binary fractions.
  const number = (value) => String(Number(value.toPrecision(8)));

  // The values of a series: cells, one set a value.
  function seriesValues(spec) {
    const steps = [...Array(spec.levels || 0).keys()];
    if (spec.kind === "standards") {
      const amounts = (k) => (spec.named ? {} : { nominal: number(spec.start / spec.factor ** k) });
      const values = steps.map((k) => ({ role: "standard", control: `Std${k + 1}`, ...amounts(k) }));
      return spec.blank ? [...values, { role: "blank" }] : values;
    }
    if (spec.kind === "dilutions") return steps.map((k) => ({ dilution: number(spec.start * spec.factor ** k) }));
    if (spec.kind === "donors")
      return spec.list.flatMap((donor) => (spec.stimuli.length ? spec.stimuli : [""]).map((stimulus) => ({ role: "sample", donor, ...(stimulus ? { stimulus } : {}) })));
    return spec.list.map((text) => ({ [spec.field]: text }));
  }

  // The file of each well, where one has the well in its name; of several, one that names the plate.
  function filesOf(files, wells, plate) {
    const wellOf = (file) => {
      const words = file.split("/").pop().replace(/\.\w+$/, "").split(/[^A-Za-z0-9]+/);
      const at = words.map(place).filter(Boolean).pop();
      return at ? name(...at) : "";
    };
    const by = new Map();
    for (const file of files) if (wellOf(file)) by.set(wellOf(file), [...(by.get(wellOf(file)) || []), file]);
    return wells.flatMap((well) => {
      const there = by.get(well) || [], own = there.filter((file) => file.split(/[^A-Za-z0-9]+/).slice(0, -2).includes(plate));
      const sure = own.length === 1 ? own : there;
      return sure.length === 1 ? [[well, { file: sure[0] }]] : [];
    });
  }

  // A series over wells: [well, cells] pairs, and how many values found no well.
  function series(spec, wells) {
    if (spec.kind === "files") { const pairs = filesOf(spec.list, wells, spec.plate); return { pairs, values: pairs.length, left: 0 }; }
    const values = seriesValues(spec), each = Math.max(1, spec.each || 1), places = inOrder(wells, spec.order);
    const cycles = spec.cycle && values.length;
    const pairs = [];
    places.forEach((well, at) => {
      const k = Math.floor(at / each);
      if (!cycles && k >= values.length) return;
      const numbered = spec.number ? { replicate: String((at % each) + 1) } : {};
      pairs.push([well, { ...values[k % values.length], ...numbered }]);
    });
    const used = Math.ceil(places.length / each);
    return { pairs, values: values.length, left: cycles ? 0 : Math.max(0, values.length - used) };
  }

  return { SIZES, NUMBERS, letters, name, place, sizeOf, filled, Layout, merge, parseBlock, withoutHeads, asLines, decimals, inOrder, seriesValues, series };
})();
