"use strict";
for (const figure of document.querySelectorAll("figure.chart")) {
  const source = figure.querySelector("script[type='application/json']");
  if (!source) continue;
  const plot = figure.querySelector(".plot");
  let values, box, at = -1;
  const hide = () => { at = -1; if (box) box.hidden = true; plot.classList.remove("reading"); };
  const show = (svg, number) => {
    values ??= JSON.parse(source.textContent);
    at = Math.max(0, Math.min(values.x.length - 1, number));
    if (!box) { box = document.createElement("div"); box.className = "readout"; box.setAttribute("role", "status"); plot.append(box); }
    box.replaceChildren();
    box.append(Object.assign(document.createElement("b"), {textContent: values.t[at]}));
    for (const line of values.lines) {
      if (line.v[at] === "") continue;
      const row = document.createElement("div");
      row.append(Object.assign(document.createElement("i"), {textContent: line.n}), line.v[at]);
      box.append(row);
    }
    box.hidden = false;
    plot.classList.add("reading");
    const [left, right] = svg.dataset.frame.split(" ").map(Number), x = left + (right - left) * values.x[at] / 10000;
    const hair = svg.querySelector(".hair");
    hair.setAttribute("x1", x); hair.setAttribute("x2", x);
    const shown = x * svg.clientWidth / svg.viewBox.baseVal.width, beyond = shown + box.offsetWidth + 16 > svg.clientWidth;
    box.style.left = Math.max(0, beyond ? shown - box.offsetWidth - 10 : shown + 10) + "px";
  };
  const nearest = (svg, clientX) => {
    values ??= JSON.parse(source.textContent);
    const edge = svg.getBoundingClientRect(), [left, right] = svg.dataset.frame.split(" ").map(Number);
    const part = ((clientX - edge.left) * svg.viewBox.baseVal.width / edge.width - left) / (right - left) * 10000;
    let best = 0;
    for (let n = 1; n < values.x.length; n++) if (Math.abs(values.x[n] - part) < Math.abs(values.x[best] - part)) best = n;
    return best;
  };
  for (const svg of plot.querySelectorAll("svg[data-frame]")) {
    svg.addEventListener("pointermove", event => show(svg, nearest(svg, event.clientX)));
    svg.addEventListener("pointerdown", event => show(svg, nearest(svg, event.clientX)));
    svg.addEventListener("pointerleave", hide);
    if (svg.classList.contains("small")) continue;
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", event => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (step) { event.preventDefault(); show(svg, at < 0 ? 0 : at + step); }
    });
  }
}
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending";
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const compared = (a, b) => isNaN(a) || isNaN(b) ? String(a).localeCompare(String(b)) : a - b;
      body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * compared(key(a), key(b))));
    });
  });
}
