"use strict";
// Sorting and filtering. Without it, everything of the page can be read.
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

for (const box of document.querySelectorAll("[data-table]")) {
  const body = box.querySelector("tbody");
  box.querySelectorAll("thead th").forEach((head, column) => makeSortable(body, head, column));
  const tools = box.querySelector(".tools");
  if (tools) makeFilter(tools, [...body.rows]);
}

function makeSortable(body, head, column) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  const printed = document.createElement("span"); // a control is not repeated on every sheet
  printed.className = "printed";
  printed.ariaHidden = "true";
  printed.append(...head.childNodes);
  head.append(printed, button);
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    sort(body, column, down ? -1 : 1);
  });
}

// A stable sort: of equal rows, the order of before stays. A cell of nothing is last either way.
function sort(body, column, direction) {
  const rows = [...body.rows];
  const numbers = rows.map((row) => number(row.cells[column]));
  const isNumber = numbers.some((number) => number !== "");
  const keys = isNumber ? exact(numbers) : rows.map((row) => row.cells[column].textContent.trim());
  const keyed = rows.map((row, index) => [keys[index], row]);
  keyed.sort(([one], [other]) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    return direction * (isNumber ? compare(one, other) : collator.compare(one, other));
  });
  body.append(...keyed.map(([, row]) => row));
}

function number(cell) {
  return cell.dataset.order ?? cell.querySelector("data")?.value ?? "";
}

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

// Decimal numbers with all their digits: whole numbers of the smallest unit that any of them has.
function exact(numbers) {
  const parts = numbers.map((number) => number.split("."));
  const digits = Math.max(...parts.map(([, rest]) => (rest ?? "").length));
  return parts.map(([whole, rest]) => whole && BigInt(whole + (rest ?? "").padEnd(digits, "0")));
}

function makeFilter(tools, rows) {
  const box = tools.querySelector("input");
  const choices = [...tools.querySelectorAll("select")];
  const count = tools.querySelector("output");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const update = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = words.every((word) => texts[index].includes(word));
      const chosen = choices.every(
        (one) => !one.value || row.cells[one.dataset.column].textContent === one.value
      );
      row.hidden = !(fits && chosen);
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = count.dataset.form
      .replace("{shown}", shown)
      .replace("{all}", rows.length);
  };
  for (const control of [box, ...choices]) control.addEventListener("input", update);
  tools.hidden = false;
  update();
}
