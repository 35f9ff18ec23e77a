"use strict";
for (const table of document.querySelectorAll("#rule-table, #unjudged-table, [id$=check-table]")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(table, head, column));
    head.replaceChildren(button);
  });
}

function key(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
  return (cell.querySelector("summary .name") || cell).textContent.trim();
}

function sort(table, head, column) {
  const falls = head.getAttribute("aria-sort") === "ascending";
  const body = table.tBodies[0];
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));
  const rows = [...body.rows].sort((a, b) => order(key(a, column), key(b, column)));
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falls ? "descending" : "ascending");
  body.append(...(falls ? rows.reverse() : rows));
}

const form = document.querySelector("form.filter");
if (form) {
  const rows = [...document.querySelector("#rule-table").tBodies[0].rows];
  const show = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const standing = form.elements.standing.value;
    let shown = 0;
    for (const row of rows) {
      const fits = row.textContent.toLowerCase().includes(text);
      row.hidden = !fits || (standing !== "" && !row.dataset.standing.split(" ").includes(standing));
      shown += row.hidden ? 0 : 1;
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length} rules`;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
}
