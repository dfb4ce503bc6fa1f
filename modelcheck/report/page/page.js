"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  root.classList.add("js");
  const styles = { holds: "g", violated: "r", bounded: "o", unknown: "o", error: "e", not_applicable: "n" };

  // Text from the spec only ever becomes text nodes.
  const make = (tag, content = "", style = "") => {
    const element = document.createElement(tag);
    if (style) element.className = style;
    if (content !== "") element.textContent = content;
    return element;
  };

  // ---------------------------------------------------------------- matrix
  for (const grid of document.querySelectorAll("table.grid")) {
    const key = grid.dataset.section, model = data[key];
    const form = document.querySelector(`form[data-section=${key}]`);
    const detail = document.getElementById(`${key}d`);
    const bodies = [...grid.tBodies];
    const heads = [...grid.tHead.rows[0].cells].slice(1);
    const rowNumber = (row) => Number(row.dataset.row);
    const wordsOf = (text) => model.texts[text].map((word) => model.words[word]);
    const verdictOf = (row, column) => {
      const text = model.rows[row][0][column];
      return text < 0 ? "" : wordsOf(text)[0];
    };

    for (const body of bodies) {
      const head = body.rows[0].cells[0], button = make("button", "+");
      button.type = "button";
      button.setAttribute("aria-label", `scenarios of ${model.variants[Number(body.dataset.variant)]}`);
      button.addEventListener("click", () => {
        const open = body.classList.toggle("open");
        button.textContent = open ? "−" : "+";
        button.setAttribute("aria-expanded", String(open));
        const cell = open && [...body.querySelectorAll("tr[data-row] td")].find(visible);
        if (cell) enter(cell);
        else settle();
      });
      button.setAttribute("aria-expanded", "false");
      head.prepend(button);
    }
    const expand = form.querySelector("[data-do=expand]");
    const fold = (folded) => {
      grid.classList.toggle("folded", folded);
      expand.setAttribute("aria-pressed", String(!folded));
      for (const button of grid.querySelectorAll("th button")) button.hidden = !folded;
      settle();
    };
    expand.addEventListener("click", () => fold(!grid.classList.contains("folded")));

    const filter = () => {
      const { variant, scenario, property, verdict } = Object.fromEntries(new FormData(form));
      if (scenario || verdict) fold(false);
      let shown = 0;
      const used = new Set();
      const columns = model.properties.map((_, column) => column).filter((column) => property === "" || Number(property) === column);
      for (const body of bodies) {
        let any = false;
        for (const row of [...body.rows].slice(1)) {
          const number = rowNumber(row);
          const fits = (column) => !verdict || verdictOf(number, column) === verdict;
          const hits = columns.filter(fits);
          const here = (variant === "" || body.dataset.variant === variant) && (!scenario || model.pairs[number][1] === scenario) && (hits.length > 0 || (!verdict && !property));
          row.classList.toggle("hide", !here);
          if (here) {
            any = true;
            shown += verdict ? hits.length : columns.filter((column) => verdictOf(number, column)).length;
            hits.forEach((column) => used.add(column));
          }
          for (let column = 0; column < heads.length; column++) row.cells[column + 1].classList.toggle("dim", here && Boolean(verdict) && !fits(column));
        }
        body.classList.toggle("hide", !any);
      }
      for (let column = 0; column < heads.length; column++) {
        const gone = !columns.includes(column) || (Boolean(verdict) && !used.has(column));
        for (const row of grid.rows) row.cells[column + 1].classList.toggle("hide", gone);
      }
      form.querySelector(".count").textContent = `${shown.toLocaleString("en")} ${shown === 1 ? "cell" : "cells"}`;
      settle();
    };
    form.addEventListener("change", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());

    // One cell is in the tab order; arrows move it. Should it be hidden, the first one that is not takes its place. The row of a design stands
    // for its scenarios while they are folded away: a cell of it leads to the first scenario with that verdict.
    let current = null;
    const visible = (element) => element.offsetParent !== null;
    const unfolded = (body) => [...body.rows].slice(1).some(visible);
    const rows = () => bodies.flatMap((body) => (unfolded(body) ? [...body.rows].slice(1) : [body.rows[0]])).filter(visible);
    const settle = () => {
      if (current && rows().includes(current.parentElement) && visible(current)) return;
      const cell = rows().flatMap((row) => [...row.cells].slice(1)).find(visible);
      if (cell) enter(cell);
    };
    const lead = (cell) => {
      const body = cell.closest("tbody");
      if (!unfolded(body) && !body.rows[0].classList.contains("hide")) body.querySelector("th button").click();
      const there = [...body.rows].slice(1).filter(visible).map((row) => row.cells[cell.cellIndex]);
      return there.find((one) => rowNumber(one.parentElement) === Number(cell.dataset.at)) || there.find((one) => one.textContent) || null;
    };
    const name = (cell) => {
      const column = cell.cellIndex - 1;
      if (cell.parentElement.classList.contains("sum")) {
        const design = model.variants[Number(cell.closest("tbody").dataset.variant)];
        return `${model.properties[column]} in ${design}: ${cell.dataset.told || "no cell"}; Enter shows the scenarios`;
      }
      const row = rowNumber(cell.parentElement), text = model.rows[row][0][column];
      const told = text < 0 ? "no cell" : wordsOf(text)[1];
      return `${model.properties[column]} in ${model.pairs[row].join(", ")}: ${told}`;
    };
    const enter = (cell) => {
      if (current) current.tabIndex = -1;
      current = cell;
      cell.tabIndex = 0;
      cell.setAttribute("aria-label", name(cell));
    };
    const focus = (cell) => {
      enter(cell);
      cell.focus();
    };
    for (const link of grid.querySelectorAll("td a")) link.tabIndex = -1;
    grid.addEventListener("keydown", (event) => {
      const cell = event.target.closest("tbody td");
      if (!cell) return;
      const row = cell.parentElement;
      let next = null;
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        const move = event.key === "ArrowRight" ? "nextElementSibling" : "previousElementSibling";
        for (next = cell[move]; next && !(next.tagName === "TD" && visible(next)); next = next[move]);
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const shown = rows();
        const below = shown[shown.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
        next = below ? below.cells[cell.cellIndex] : null;
      } else if (event.key === "Enter" || event.key === " ") {
        choose(cell);
        event.preventDefault();
        return;
      } else return;
      event.preventDefault();
      if (next) focus(next);
    });
    grid.addEventListener("click", (event) => {
      const cell = event.target.closest("tbody td");
      if (!cell) return;
      event.preventDefault();
      choose(cell);
    });
    const choose = (chosen) => {
      const cell = chosen.parentElement.classList.contains("sum") ? lead(chosen) : chosen;
      if (!cell) return;
      focus(cell);
      show(cell);
    };

    const show = (cell) => {
      const row = rowNumber(cell.parentElement), column = cell.cellIndex - 1;
      const [told, states, assumed, seconds] = model.rows[row];
      detail.replaceChildren();
      for (const chosen of grid.querySelectorAll("td.chosen")) chosen.classList.remove("chosen");
      cell.classList.add("chosen");
      const text = told[column] < 0 ? ["", "has no cell here", "", "", "", "", ""] : wordsOf(told[column]);
      const [verdict, sentence, evidence, remark, engine, crossed, invariant] = text;
      detail.append(make("h4", `${model.properties[column]} ${sentence}${remark ? ` (${remark})` : ""}`, `verdict ${styles[verdict] || ""}`));
      const list = make("dl");
      const entry = (term, value) => { if (value) list.append(make("dt", term), make("dd", value)); };
      entry("design", model.pairs[row][0]);
      entry("scenario", model.pairs[row][1]);
      entry("kind", model.kinds[column]);
      entry("rests on", evidence + (evidence && states !== null && evidence.startsWith("every") ? ` (${states.toLocaleString("en")})` : ""));
      entry("engine", engine && `${engine}, ${seconds} for the scenario`);
      entry("cross-checked", crossed);
      entry("under", verdict === "not_applicable" ? "" : model.assumptions[assumed]);
      if (invariant) {
        const formulas = make("ul", "", "invariant");
        for (const line of invariant.split("\n")) formulas.append(make("li", line));
        const value = make("dd");
        value.append(formulas);
        list.append(make("dt", "invariant"), value);
      }
      detail.append(list);
      const link = cell.querySelector("a");
      if (link) {
        const button = make("button", "Show the race");
        button.type = "button";
        button.addEventListener("click", () => open(key, Number(link.hash.slice(key.length + 2)), true));
        detail.append(button);
        open(key, Number(link.hash.slice(key.length + 2)), false);
      }
      detail.hidden = false;
      detail.scrollIntoView({ block: "nearest" });
    };
    fold(grid.classList.contains("folded"));
    filter();
  }

  // ---------------------------------------------------------------- races
  const steppers = new Map();
  const open = (key, number, go) => {
    const article = document.getElementById(`${key}r${number}`);
    if (!article) return;
    for (const other of document.querySelectorAll(`article.race[data-section=${key}]`)) other.classList.toggle("open", other === article);
    const picker = document.querySelector(`select[name=race][data-section=${key}]`);
    if (picker) picker.value = String(number);
    if (!steppers.has(article)) steppers.set(article, stepper(article));
    if (go) {
      article.scrollIntoView({ block: "start" });
      article.querySelector(".buttons button").focus({ preventScroll: true });
    }
  };

  const stepper = (article) => {
    const { words, races } = data[article.dataset.section], race = races[article.dataset.race];
    const told = (step) => step.slice(0, 5).map((one) => (Array.isArray(one) ? one.map((word) => words[word]) : words[one]));
    const panel = article.querySelector(".stepper"), boxes = [...article.querySelectorAll(".step")];
    const last = race.steps.length;
    let at = last;
    const buttons = make("div", "", "buttons");
    const button = (label, name, action) => {
      const made = make("button", label);
      made.type = "button";
      made.setAttribute("aria-label", name);
      made.addEventListener("click", action);
      buttons.append(made);
      return made;
    };
    const first = button("|◀", "to the start", () => to(0)), back = button("◀", "step back", () => to(at - 1));
    const range = make("input");
    Object.assign(range, { type: "range", min: 0, max: last });
    range.setAttribute("aria-label", "step");
    range.addEventListener("input", () => to(Number(range.value)));
    buttons.append(range);
    const next = button("▶", "step forward", () => to(at + 1)), end = button("▶|", "to the end", () => to(last));
    const what = make("div", "", "what"), table = make("table", "", "state");
    what.setAttribute("aria-live", "polite");
    panel.append(make("h5", "Step through"), buttons, what, table);
    panel.hidden = false;

    const values = (count) => {
      const found = new Map(race.start.map(([name, value]) => [words[name], words[value]]));
      race.steps.slice(0, count).forEach((step) => step[5].forEach(([name, value]) => found.set(words[name], words[value])));
      return found;
    };
    const to = (where, moved = true) => {
      at = Math.max(0, Math.min(last, where));
      range.value = String(at);
      first.disabled = back.disabled = at === 0;
      next.disabled = end.disabled = at === last;
      const now = values(at), before = values(Math.max(0, at - 1));
      const step = at ? told(race.steps[at - 1]) : null;
      what.replaceChildren(make("p", step ? `Step ${at} of ${last}: ${step[0]}` : `Before the first of ${last} steps`));
      document.querySelectorAll(".source li.now").forEach((line) => line.classList.remove("now"));
      if (step) {
        const line = step[3] && document.getElementById(step[3]);
        const operation = make("p");
        operation.append(make("code", step[1]));
        what.append(operation);
        if (line) {
          const link = make("a", step[2]), where_ = make("p");
          link.href = `#${step[3]}`;
          where_.append(link, " ", make("code", line.textContent.trim()));
          what.append(where_);
          line.classList.add("now");
        }
        const violated = boxes[at - 1] && boxes[at - 1].classList.contains("bad");
        step[4].forEach((note) => what.append(make("p", note, violated && !note.startsWith("* ") ? "found" : "")));
      }
      table.replaceChildren(make("caption", "values"));
      for (const [name, value] of now) {
        const old = before.get(name), changed = step && old !== value;
        if (value === null && !changed) continue;
        const row = make("tr", "", changed ? "changed" : "");
        const head = make("th", name);
        head.scope = "row";
        const cell = make("td");
        if (changed && old !== undefined && old !== null) cell.append(make("span", old, "old"), " → ");
        cell.append(value === null ? make("span", "gone", "gone") : value);
        row.append(head, cell);
        table.append(row);
      }
      boxes.forEach((box, index) => {
        box.classList.toggle("now", index === at - 1);
        box.classList.toggle("later", index >= at);
      });
      if (moved && at && boxes[at - 1]) follow(boxes[at - 1].querySelector(".box"), article.querySelector(".diagram"));
    };
    // Scrolls the diagram, never the page.
    const follow = (box, frame) => {
      const inner = box.getBoundingClientRect(), outer = frame.getBoundingClientRect();
      if (inner.right > outer.right || inner.left < outer.left) frame.scrollLeft += inner.left - outer.left - 10;
      if (inner.bottom > outer.bottom || inner.top < outer.top + 40) frame.scrollTop += inner.top - outer.top - 60;
    };
    boxes.forEach((box, index) => box.addEventListener("click", () => to(index + 1)));
    article.addEventListener("keydown", (event) => {
      if (event.target.matches("input, select, summary, pre") || event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last };
      if (!(event.key in moves)) return;
      event.preventDefault();
      to(moves[event.key]);
    });
    // It opens at its beginning: the first column, with the names of the threads.
    to(last, false);
    return to;
  };

  // ---------------------------------------------------------------- mutants
  for (const form of document.querySelectorAll("form[data-mutants]")) {
    const mutants = [...document.querySelectorAll("details.mutant")];
    const filter = () => {
      const { outcome, operator } = Object.fromEntries(new FormData(form));
      const wanted = (one) => (!outcome || one.dataset.outcome === outcome) && (!operator || one.dataset.operator === operator);
      for (const one of mutants) one.hidden = !wanted(one);
      const shown = mutants.filter(wanted).length;
      form.querySelector(".count").textContent = `${shown} mutant${shown === 1 ? "" : "s"}`;
    };
    form.addEventListener("change", filter);
    filter();
  }

  for (const picker of document.querySelectorAll("select[name=race]"))
    picker.addEventListener("change", () => open(picker.dataset.section, Number(picker.value), false));
  for (const spec of document.querySelectorAll("section.spec")) open(spec.id, 1, false);
  const arrive = () => {
    const race = /^#(s\d+)r(\d+)$/.exec(location.hash);
    if (race) open(race[1], Number(race[2]), true);
    const line = /^#s\d+f\d+l\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (line) { line.closest("details").open = true; line.scrollIntoView({ block: "center" }); line.closest(".scroll").scrollLeft = 0; }
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
